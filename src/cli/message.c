/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to people: one message is one line, whatever a file or an
 * argument was called, and is written whole. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/names.h"
#include "base/text.h"
#include "cli/cli.h"

enum { MESSAGE_SIZE = 4096, WORD_MAX = 32 };

static const char prefix[] = "procjail: ";

/* Of a thread that serves a client. */
static _Thread_local struct told *kept;

void message_keep(struct told *told)
{
	kept = told;
}

static void say(const char *text)
{
	char line[MESSAGE_SIZE];
	size_t len = sizeof(prefix) - 1;
	ssize_t written;

	if (kept) {
		json_array_append_new(kept->messages,
				      json_bytes(text, strlen(text)));
		return;
	}
	memcpy(line, prefix, len);
	text_escape_controls(line + len, sizeof(line) - len - 1, text,
			     strlen(text));
	len = strlen(line);
	line[len++] = '\n';
	do {
		written = write(STDERR_FILENO, line, len);
	} while (written < 0 && errno == EINTR);
}

void message(const char *format, ...)
{
	char text[MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(text);
}

int usage_error(const struct command *command, const char *format, ...)
{
	char text[MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	message("%s; see '%s --help'", text, command->full_name);
	return CLI_FAILED;
}

int failure(const struct pj_error *err)
{
	/* What cannot be enforced goes by its name, like a denial's code. Of a
	 * run, the message says what it was. */
	if (err->code == PJ_E_UNAVAILABLE)
		message("%s: %s", pj_code_name((int)err->code), err->message);
	else if (err->stage == PJ_STAGE_SUPERVISE)
		message("%s", err->message);
	else
		message("%s: %s", pj_stage_name(err->stage), err->message);
	return CLI_FAILED;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters are missing, too much, wrong or swapped with the next
 * (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t d[WORD_MAX + 1][WORD_MAX + 1];

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_len; i++)
		for (size_t j = 1; j <= b_len; j++) {
			size_t change =
				d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			d[i][j] = smaller(
				change, smaller(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[a_len][b_len];
}

const char *nearest(const char *word, const char *const *names)
{
	/* A third of the word may be wrong, at least two letters. */
	size_t best = strlen(word) / 3 > 2 ? strlen(word) / 3 + 1 : 3;
	const char *found = NULL;

	for (; *names; names++) {
		size_t d = distance(word, *names);

		if (d < best && d < strlen(*names)) {
			best = d;
			found = *names;
		}
	}
	return found;
}

int print_finish(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CLI_OK;
	message("write to standard output: %s", errno_text(errno));
	return CLI_FAILED;
}

int print_text(const char *text)
{
	size_t len = strlen(text);

	if (kept) {
		free(kept->output);
		kept->output = strdup(text);
		return kept->output ? CLI_OK : CLI_FAILED;
	}
	fwrite(text, 1, len, stdout);
	if (len == 0 || text[len - 1] != '\n')
		putchar('\n');
	return print_finish();
}
