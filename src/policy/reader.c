/* SPDX-License-Identifier: Apache-2.0 */
/* The machinery of reading: tables of keys, and errors with their place. An
 * unknown key is always an error. */
#include "policy/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "policy/nearest.h"

enum { PLACE_TEXT = 200 };

__attribute__((format(printf, 4, 0))) static int
tell(const struct reader *reader, const struct place *at, bool at_key,
     const char *format, va_list args)
{
	const struct document *document = reader->document;
	char where[PLACE_TEXT], what[320];
	struct position position;

	place_text(at, where, sizeof(where));
	vsnprintf(what, sizeof(what), format, args);
	if (!document->text)
		return fail(reader->err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: %s%s%s", document->name, where,
			    *where ? ": " : "", what);
	position = locate(document->text, document->len, at, at_key);
	return fail(reader->err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
		    "%s:%zu:%zu: %s%s%s", document->name, position.line,
		    position.column, where, *where ? ": " : "", what);
}

int bad(const struct reader *reader, const struct place *at, const char *format,
	...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = tell(reader, at, false, format, args);
	va_end(args);
	return result;
}

int bad_key(const struct reader *reader, const struct place *at,
	    const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = tell(reader, at, true, format, args);
	va_end(args);
	return result;
}

int reader_no_memory(const struct reader *reader)
{
	return fail_memory(reader->err, PJ_STAGE_POLICY);
}

int reader_warn(struct reader *reader, const struct place *at,
		const char *format, ...)
{
	char where[PLACE_TEXT], what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	place_text(at, where, sizeof(where));
	/* A parent's warning says whose it is. */
	if (strv_pushf(&reader->policy->warnings, "%s%s%s: %s",
		       reader->document->extender ? reader->document->name : "",
		       reader->document->extender ? ": " : "", where, what) < 0)
		return reader_no_memory(reader);
	return 0;
}

static const struct key *find_key(const struct key *keys, size_t count,
				  const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static int unknown_key(const struct reader *reader, const struct place *at,
		       const struct key *keys, size_t count)
{
	struct nearest nearest = nearest_start(at->key);
	char known[200] = "";
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		int n = snprintf(known + used, sizeof(known) - used, "%s%s",
				 i ? ", " : "", keys[i].name);

		nearest_offer(&nearest, keys[i].name);
		if (n > 0 && used + (size_t)n < sizeof(known))
			used += (size_t)n;
	}
	if (nearest.best)
		return bad_key(reader, at,
			       "there is no such key; did you mean \"%s\"?",
			       nearest.best);
	return bad_key(reader, at, "there is no such key; known here: %s",
		       known);
}

int read_object(struct reader *reader, const struct place *at,
		const json_t *value, const struct key *keys, size_t count,
		void *target)
{
	const char *name;
	json_t *item;

	if (!json_is_object(value))
		return bad(reader, at, "must be an object, {…}");
	json_object_foreach((json_t *)value, name, item)
	{
		const struct place here = { .up = at, .key = name };
		const struct key *key = find_key(keys, count, name);
		int result;

		if (!key)
			return unknown_key(reader, &here, keys, count);
		result = key->read(reader, &here, item, key, target);
		if (result < 0)
			return result;
	}
	return 0;
}

int read_list(struct reader *reader, const struct place *at,
	      const json_t *value,
	      int (*read)(struct reader *reader, const struct place *at,
			  const json_t *item, void *target),
	      void *target)
{
	if (!json_is_array(value))
		return bad(reader, at, "must be a list, […]");
	for (size_t i = 0; i < json_array_size(value); i++) {
		const struct place here = { .up = at, .index = i };
		int result =
			read(reader, &here, json_array_get(value, i), target);

		if (result < 0)
			return result;
	}
	return 0;
}

bool has_control(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			return true;
	return false;
}

const char *read_string(struct reader *reader, const struct place *at,
			const json_t *value, const char *what)
{
	const char *text = json_string_value(value);

	if (!text)
		bad(reader, at, "must be %s, as a string", what);
	else if (!*text)
		bad(reader, at, "is empty; write %s", what);
	else if (has_control(text))
		bad(reader, at, "holds a control character; write %s without",
		    what);
	else
		return text;
	return NULL;
}

bool json_whole(const json_t *value, int64_t *ret_number)
{
	double real;

	if (json_is_integer(value)) {
		*ret_number = json_integer_value(value);
		return true;
	}
	if (!json_is_real(value))
		return false;
	real = json_real_value(value);
	/* Beyond 2^53 a double no longer says which whole number it is. */
	if (real < -9007199254740992.0 || real > 9007199254740992.0 ||
	    (double)(int64_t)real < real || (double)(int64_t)real > real)
		return false;
	*ret_number = (int64_t)real;
	return true;
}

int read_flag(struct reader *reader, const struct place *at,
	      const json_t *value, const struct key *key, void *target)
{
	if (!json_is_boolean(value))
		return bad(reader, at, "must be true or false");
	*(bool *)FIELD(target, key) = json_is_true(value);
	return 0;
}

int read_choice(struct reader *reader, const struct place *at,
		const json_t *value, const struct key *key, void *target)
{
	const char *const *names = key->detail;
	const char *text = json_string_value(value);
	char all[200] = "";
	size_t used = 0;

	for (unsigned int i = 0; names[i]; i++) {
		int n = snprintf(all + used, sizeof(all) - used, "%s\"%s\"",
				 i ? ", " : "", names[i]);

		if (text && strcmp(names[i], text) == 0) {
			memcpy(FIELD(target, key), &i, sizeof(i));
			return 0;
		}
		if (n > 0 && used + (size_t)n < sizeof(all))
			used += (size_t)n;
	}
	return bad(reader, at, "must be one of %s", all);
}

int read_count(struct reader *reader, const struct place *at,
	       const json_t *value, const struct key *key, void *target)
{
	const struct whole_range *range = key->detail;
	int64_t number;

	if (!json_whole(value, &number) || number < range->min ||
	    number > range->max)
		return bad(reader, at,
			   "must be a whole number from %lld to %lld",
			   (long long)range->min, (long long)range->max);
	*(uint64_t *)FIELD(target, key) = (uint64_t)number;
	return 0;
}

int read_int64(struct reader *reader, const struct place *at,
	       const json_t *value, const struct key *key, void *target)
{
	int64_t number;

	if (!json_whole(value, &number) || number < -MAX_JSON_INTEGER ||
	    number > MAX_JSON_INTEGER)
		return bad(reader, at,
			   "must be a whole number of at most 2^53");
	*(int64_t *)FIELD(target, key) = number;
	return 0;
}

int read_text(struct reader *reader, const struct place *at,
	      const json_t *value, const struct key *key, void *target)
{
	char **field = FIELD(target, key);
	char *copy;

	if (!json_is_string(value))
		return bad(reader, at, "must be a string");
	copy = strdup(json_string_value(value));
	if (!copy)
		return reader_no_memory(reader);
	free(*field);
	*field = copy;
	return 0;
}

int read_nothing(struct reader *reader, const struct place *at,
		 const json_t *value, const struct key *key, void *target)
{
	(void)reader, (void)at, (void)value, (void)key, (void)target;
	return 0;
}
