/* SPDX-License-Identifier: Apache-2.0 */
/*
 * musl's regcomp() (1.2.3 at least) loses track of a bounded repetition within
 * a repeated group: ^((a{2})*b)*$ matches "ab", and ^((/[a-z]{1,3})*)?$ matches
 * "a". So it is given none: x{2,3} becomes (xx(x)?).
 */
#include "base/pattern.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { EXPANDED_MAX = 256 * 1024, DEPTH_MAX = 1024, UNBOUNDED = -1 };

struct expansion {
	char *text;
	size_t len;
	size_t atom; /* where the last atom begins; `len` where there is none */
	size_t groups[DEPTH_MAX];
	unsigned int depth;
};

static bool add(struct expansion *out, const char *text, size_t len)
{
	if (len > EXPANDED_MAX - 1 - out->len)
		return false;
	memcpy(out->text + out->len, text, len);
	out->len += len;
	out->text[out->len] = '\0';
	return true;
}

size_t pattern_bracket_length(const char *text)
{
	const char *p = text + 1;

	p += *p == '^';
	p += *p == ']';
	for (; *p && *p != ']'; p++) {
		const char end[] = { p[1], ']', '\0' };
		const char *found;

		if (*p != '[' || !p[1] || !strchr(".:=", p[1]))
			continue;
		found = strstr(p + 2, end);
		if (!found)
			return strlen(text);
		p = found + 1;
	}
	return (size_t)(p - text) + (*p == ']');
}

/* "{m}", "{m,}", "{m,n}" or "{,n}": its length, else 0. */
static size_t read_bounds(const char *text, long *ret_min, long *ret_max)
{
	char *end = (char *)text + 1;

	*ret_min = 0;
	if (isdigit((unsigned char)*end))
		*ret_min = strtol(end, &end, 10);
	else if (*end != ',')
		return 0;
	*ret_max = *ret_min;
	if (*end == ',') {
		end++;
		*ret_max = UNBOUNDED;
		if (isdigit((unsigned char)*end))
			*ret_max = strtol(end, &end, 10);
	}
	if (*end != '}' || (*ret_max != UNBOUNDED && *ret_max < *ret_min))
		return 0;
	return (size_t)(end + 1 - text);
}

/* Nested, as x?x?x? would need a transition between any two. */
static bool write_out(struct expansion *out, long min, long max)
{
	size_t len = out->len - out->atom;
	auto_free char *atom = strndup(out->text + out->atom, len);
	bool fits = atom;

	out->len = out->atom;
	fits = fits && add(out, "(", 1);
	for (long i = 0; fits && i < min; i++)
		fits = add(out, "(", 1) && add(out, atom, len) &&
		       add(out, ")", 1);
	if (fits && max == UNBOUNDED)
		fits = add(out, "(", 1) && add(out, atom, len) &&
		       add(out, ")*", 2);
	for (long i = min; fits && i < max; i++)
		fits = add(out, "((", 2) && add(out, atom, len) &&
		       add(out, ")", 1);
	for (long i = min; fits && i < max; i++)
		fits = add(out, ")?", 2);
	return fits && add(out, ")", 1);
}

/* One step from `p`: what was read, 0 when it does not fit. */
static size_t step(struct expansion *out, const char *p)
{
	size_t len = 1, start = out->len;
	long min, max;

	if (*p == '{' && out->atom < out->len) {
		len = read_bounds(p, &min, &max);
		if (len)
			return write_out(out, min, max) ? len : 0;
		return add(out, p, 1) ? 1 : 0;
	}
	if (*p == '[')
		len = pattern_bracket_length(p);
	else if (*p == '\\' && p[1])
		len = 2;
	if (*p == '(' && out->depth == DEPTH_MAX)
		return 0;
	if (!add(out, p, len))
		return 0;
	if (*p == '(')
		out->groups[out->depth++] = start;
	if (*p == ')' && out->depth)
		out->atom = out->groups[--out->depth];
	else if (strchr("(|^$", *p))
		out->atom = out->len;
	else if (!strchr("*+?", *p))
		out->atom = start;
	return len;
}

char *pattern_expand(const char *pattern)
{
	auto_free char *text = calloc(1, EXPANDED_MAX);
	struct expansion out = { .text = text };

	if (!text)
		return NULL;
	while (*pattern) {
		size_t len = step(&out, pattern);

		if (!len)
			return NULL;
		pattern += len;
	}
	return take(text);
}

int pattern_compile(regex_t *ret_compiled, const char *pattern)
{
#ifdef __GLIBC__
	return regcomp(ret_compiled, pattern, REG_EXTENDED);
#else
	auto_free char *expanded = pattern_expand(pattern);

	if (!expanded)
		return REG_ESPACE;
	return regcomp(ret_compiled, expanded, REG_EXTENDED);
#endif
}
