/* SPDX-License-Identifier: Apache-2.0 */
/* Violations and warnings. Whatever the request held, what is kept here is
 * bounded, printable, valid UTF-8, and one line. */
#include "guard/decision.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

enum { ITEM_SIZE = 256, MESSAGE_SIZE = 512 };

static const char *const names[] = {
	[VIOLATION_REQUEST_INVALID] = "request-invalid",
	[VIOLATION_PROGRAM_NOT_ABSOLUTE] = "program-not-absolute",
	[VIOLATION_PROGRAM_NOT_FOUND] = "program-not-found",
	[VIOLATION_PROGRAM_IS_DIRECTORY] = "program-is-directory",
	[VIOLATION_PROGRAM_NOT_REGULAR_FILE] = "program-not-regular-file",
	[VIOLATION_PROGRAM_NOT_EXECUTABLE] = "program-not-executable",
	[VIOLATION_PROGRAM_NOT_ALLOWED] = "program-not-allowed",
	[VIOLATION_PROGRAM_RISKY] = "program-risky",
	[VIOLATION_PROGRAM_CHANGED] = "program-changed",
	[VIOLATION_PROGRAM_WRITABLE] = "program-writable",
	[VIOLATION_CONTROL_CHARACTER] = "control-character",
	[VIOLATION_SHELL_METACHARACTER] = "shell-metacharacter",
	[VIOLATION_SUBCOMMAND_NOT_ALLOWED] = "subcommand-not-allowed",
	[VIOLATION_FLAG_NOT_ALLOWED] = "flag-not-allowed",
	[VIOLATION_TOO_MANY_FLAGS] = "too-many-flags",
	[VIOLATION_OPTION_VALUE_MISSING] = "option-value-missing",
	[VIOLATION_OPTION_VALUE_INVALID] = "option-value-invalid",
	[VIOLATION_TOO_FEW_POSITIONALS] = "too-few-positionals",
	[VIOLATION_TOO_MANY_POSITIONALS] = "too-many-positionals",
	[VIOLATION_POSITIONAL_INVALID] = "positional-invalid",
	[VIOLATION_ENV_NOT_ALLOWED] = "env-not-allowed",
	[VIOLATION_ENV_FORBIDDEN] = "env-forbidden",
	[VIOLATION_ENV_INVALID] = "env-invalid",
	[VIOLATION_CWD_NOT_ABSOLUTE] = "cwd-not-absolute",
	[VIOLATION_CWD_NOT_FOUND] = "cwd-not-found",
	[VIOLATION_CWD_NOT_ALLOWED] = "cwd-not-allowed",
};
_Static_assert(ARRAY_SIZE(names) == VIOLATION_COUNT, "a name for each code");

const char *violation_name(enum violation_code code)
{
	return (unsigned int)code < VIOLATION_COUNT ? names[code] : "unknown";
}

/* Write one character or escape of `bytes` to `piece`; returns how many bytes
 * it stood for. */
static size_t printable_piece(char piece[5], const char *bytes, size_t len)
{
	size_t n = utf8_sequence(bytes, len);
	unsigned char c = (unsigned char)bytes[0];
	bool c1 = n == 2 && c == 0xc2 && (unsigned char)bytes[1] < 0xa0;

	if (c == '\n' || c == '\t') {
		snprintf(piece, 5, "\\%c", c == '\n' ? 'n' : 't');
		return 1;
	}
	if (!n || c < 0x20 || c == 0x7f || c1) {
		/* of a C1 control the second byte follows as a stray one */
		snprintf(piece, 5, "\\x%02x", c);
		return 1;
	}
	memcpy(piece, bytes, n);
	piece[n] = '\0';
	return n;
}

char *printable(char *out, size_t size, const char *bytes, size_t len)
{
	static const char more[] = "...";
	size_t used = 0, fits = 0; /* `fits`: up to where `more` still fits */

	for (size_t i = 0; i < len;) {
		char piece[5];
		size_t step = printable_piece(piece, bytes + i, len - i);
		size_t n = strlen(piece);

		if (used + n + 1 > size) {
			snprintf(out + fits, size - fits, "%s", more);
			return out;
		}
		memcpy(out + used, piece, n);
		used += n;
		i += step;
		if (used + sizeof(more) <= size)
			fits = used;
	}
	out[used] = '\0';
	return out;
}

char *words_text(char *out, size_t size, const char *const *words, size_t count,
		 const char *none)
{
	size_t used = 0;

	snprintf(out, size, "%s", count ? "" : none);
	for (size_t i = 0; i < count; i++) {
		char word[100];
		size_t n;

		printable(word, sizeof(word), words[i], strlen(words[i]));
		n = strlen(word);
		if (used + n + 1 + sizeof(" and 18446744073709551615 more") >
		    size) {
			snprintf(out + used, size - used, " and %zu more",
				 count - i);
			break;
		}
		used += (size_t)snprintf(out + used, size - used, "%s%s",
					 i ? " " : "", word);
	}
	return out;
}

static char *printable_copy(size_t size, const char *text)
{
	char *copy = malloc(size);
	char *fitted;

	if (!copy)
		return NULL;
	printable(copy, size, text, strlen(text));
	fitted = realloc(copy, strlen(copy) + 1);
	return fitted ? fitted : copy;
}

__attribute__((format(printf, 1, 0))) static char *
message_copy(const char *format, va_list args)
{
	auto_free char *raw = NULL;

	if (vasprintf(&raw, format, args) < 0) {
		raw = NULL;
		return NULL;
	}
	return printable_copy(MESSAGE_SIZE, raw);
}

static int reserve(struct pj_decision *decision)
{
	size_t capacity = decision->capacity ? decision->capacity * 2 : 4;
	struct pj_violation *grown;

	if (decision->count < decision->capacity)
		return 0;
	grown = reallocarray(decision->violations, capacity, sizeof(*grown));
	if (!grown)
		return -1;
	decision->violations = grown;
	decision->capacity = capacity;
	return 0;
}

void decision_add(struct pj_decision *decision, enum violation_code code,
		  const char *item, int index, const char *format, ...)
{
	auto_free char *item_copy = NULL, *message = NULL;
	va_list args;

	if (decision_settled(decision))
		return;
	va_start(args, format);
	message = message_copy(format, args);
	va_end(args);
	item_copy = item ? printable_copy(ITEM_SIZE, item) : NULL;
	if (!message || (item && !item_copy) || reserve(decision) < 0) {
		decision->out_of_memory = true;
		return;
	}
	decision->violations[decision->count++] = (struct pj_violation){
		.code = violation_name(code),
		.item = take(item_copy),
		.index = index,
		.message = take(message),
	};
}

void decision_warn(struct pj_decision *decision, const char *format, ...)
{
	va_list args;
	char *message;

	va_start(args, format);
	message = message_copy(format, args);
	va_end(args);
	if (strv_take(&decision->warnings, message) < 0)
		decision->out_of_memory = true;
}

bool decision_settled(const struct pj_decision *decision)
{
	return decision->out_of_memory ||
	       (decision->count > 0 && !decision->all);
}

struct pj_decision *pj_decision_free(struct pj_decision *decision)
{
	if (!decision)
		return NULL;
	for (size_t i = 0; i < decision->count; i++) {
		free((char *)decision->violations[i].item);
		free((char *)decision->violations[i].message);
	}
	free(decision->violations);
	strv_clear(&decision->warnings);
	pj_policy_free(decision->policy);
	free(decision);
	return NULL;
}

bool pj_decision_allowed(const struct pj_decision *decision)
{
	return decision && !decision->count && !decision->out_of_memory;
}

size_t pj_decision_violation_count(const struct pj_decision *decision)
{
	return decision ? decision->count : 0;
}

const struct pj_violation *
pj_decision_violation(const struct pj_decision *decision, size_t index)
{
	return decision && index < decision->count
		       ? &decision->violations[index]
		       : NULL;
}

size_t pj_decision_warning_count(const struct pj_decision *decision)
{
	return decision ? decision->warnings.count : 0;
}

const char *pj_decision_warning(const struct pj_decision *decision,
				size_t index)
{
	return decision && index < decision->warnings.count
		       ? decision->warnings.items[index]
		       : NULL;
}
