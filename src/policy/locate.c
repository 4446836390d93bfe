/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a value in a JSON text by walking its tokens. The text has been
 * accepted by jansson; still no read goes past `end`. */
#include "policy/locate.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PLACE_DEPTH = 32 };

struct cursor {
	const char *at, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && strchr(" \t\r\n", *c->at) && *c->at)
		c->at++;
}

/* From the opening quote to behind the closing one. */
static void skip_string(struct cursor *c)
{
	c->at++;
	while (c->at < c->end && *c->at != '"')
		c->at += *c->at == '\\' && c->end - c->at > 1 ? 2 : 1;
	if (c->at < c->end)
		c->at++;
}

static void skip_value(struct cursor *c)
{
	size_t depth = 0;

	do {
		if (c->at >= c->end)
			return;
		if (*c->at == '"') {
			skip_string(c);
			continue;
		}
		if (strchr("[{", *c->at))
			depth++;
		else if (strchr("]}", *c->at) && depth)
			depth--;
		else if (!depth && strchr(",]}", *c->at))
			return;
		c->at++;
	} while (depth || (c->at < c->end && !strchr(",]}", *c->at)));
}

/* Whether the JSON string from `from` to `to`, quotes included, says `key`. */
static bool string_is(const char *from, const char *to, const char *key)
{
	json_t *string =
		json_loadb(from, (size_t)(to - from), JSON_DECODE_ANY, NULL);
	bool same = json_is_string(string) &&
		    strcmp(json_string_value(string), key) == 0;

	json_decref(string);
	return same;
}

/* From the opening brace to the value of `key`; `ret_key` is where it is said.
 */
static bool enter_key(struct cursor *c, const char *key, const char **ret_key)
{
	if (c->at >= c->end || *c->at != '{')
		return false;
	c->at++;
	for (;;) {
		const char *from;
		bool found;

		skip_space(c);
		if (c->at >= c->end || *c->at != '"')
			return false;
		from = c->at;
		skip_string(c);
		found = string_is(from, c->at, key);
		skip_space(c);
		if (c->at >= c->end || *c->at != ':')
			return false;
		c->at++;
		skip_space(c);
		if (found) {
			*ret_key = from;
			return true;
		}
		skip_value(c);
		skip_space(c);
		if (c->at >= c->end || *c->at != ',')
			return false;
		c->at++;
	}
}

static bool enter_index(struct cursor *c, size_t index)
{
	if (c->at >= c->end || *c->at != '[')
		return false;
	c->at++;
	skip_space(c);
	for (size_t i = 0; i < index; i++) {
		skip_value(c);
		skip_space(c);
		if (c->at >= c->end || *c->at != ',')
			return false;
		c->at++;
		skip_space(c);
	}
	return true;
}

struct position locate_offset(const char *text, size_t offset)
{
	struct position position = { 1, 1 };

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			position.line++;
			position.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			position.column++; /* not a UTF-8 continuation */
		}
	}
	return position;
}

/* The chain as a list from the root; the count, at most MAX_PLACE_DEPTH. */
static size_t unroll(const struct place *place,
		     const struct place *steps[MAX_PLACE_DEPTH])
{
	size_t count = 0, depth = 0;

	for (const struct place *p = place; p; p = p->up)
		depth++;
	for (const struct place *p = place; p; p = p->up, depth--)
		if (depth <= MAX_PLACE_DEPTH) {
			steps[depth - 1] = p;
			count++;
		}
	return count;
}

struct position locate(const char *text, size_t len, const struct place *place,
		       bool at_key)
{
	const struct place *steps[MAX_PLACE_DEPTH];
	struct cursor c = { text, text + len };
	size_t count = unroll(place, steps);
	const char *key_at = NULL;
	const char *found;

	skip_space(&c);
	found = c.at;
	for (size_t i = 0; i < count; i++) {
		bool entered = steps[i]->key
				       ? enter_key(&c, steps[i]->key, &key_at)
				       : enter_index(&c, steps[i]->index);

		if (!entered)
			return locate_offset(text, (size_t)(found - text));
		found = c.at;
	}
	if (at_key && key_at)
		found = key_at;
	return locate_offset(text, (size_t)(found - text));
}

static bool plain_key(const char *key)
{
	return *key && key[strspn(key, "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_-$")] == '\0';
}

void place_text(const struct place *place, char *out, size_t size)
{
	const struct place *steps[MAX_PLACE_DEPTH];
	size_t count = unroll(place, steps);
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++) {
		const char *key = steps[i]->key;
		int n;

		if (!key)
			n = snprintf(out + used, size - used, "[%zu]",
				     steps[i]->index);
		else if (plain_key(key))
			n = snprintf(out + used, size - used, "%s%s",
				     i ? "." : "", key);
		else
			n = snprintf(out + used, size - used, "[\"%.80s\"]",
				     key);
		if (n < 0)
			return;
		used += (size_t)n;
	}
}
