/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching as bytes, in the C locale, so that no host program's locale changes
 * an answer. The compiled expression is kept for the next value, by one thread
 * at a time: who finds none makes one. A C library may keep each state that its
 * matching comes by, so an expression is compiled anew after some bytes, and
 * values, which are others' choice, cannot make it grow for ever.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/pattern.h"

enum { BYTES_MAX = 64 * 1024 };

struct compiled {
	regex_t regex;
	size_t bytes; /* of the values that it has been asked about */
};

struct pattern {
	struct compiled *idle; /* taken and given back atomically; or NULL */
	char text[];
};

struct pattern *pattern_new(const char *text)
{
	size_t size = strlen(text) + 1;
	struct pattern *pattern = calloc(1, sizeof(*pattern) + size);

	if (pattern)
		memcpy(pattern->text, text, size);
	return pattern;
}

const char *pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

static struct compiled *compile(const char *text)
{
	auto_free struct compiled *compiled = calloc(1, sizeof(*compiled));

	if (!compiled || pattern_compile(&compiled->regex, text) != 0)
		return NULL;
	return take(compiled);
}

static void compiled_free(struct compiled *compiled)
{
	if (!compiled)
		return;
	regfree(&compiled->regex);
	free(compiled);
}

static struct compiled *exchange(struct pattern *pattern, struct compiled *with)
{
	return __atomic_exchange_n(&pattern->idle, with, __ATOMIC_ACQ_REL);
}

/* Of a POSIX match, the leftmost and longest. */
static bool matches_whole(struct pattern *pattern, const char *value)
{
	size_t len = strlen(value);
	struct compiled *compiled = exchange(pattern, NULL);
	regmatch_t whole = { .rm_so = -1 };
	bool matched;

	if (!compiled)
		compiled = compile(pattern->text);
	if (!compiled)
		return false;
	matched = regexec(&compiled->regex, value, 1, &whole, 0) == 0 &&
		  whole.rm_so == 0 && (size_t)whole.rm_eo == len;
	compiled->bytes += len;
	if (compiled->bytes < BYTES_MAX)
		compiled = exchange(pattern, compiled);
	compiled_free(compiled);
	return matched;
}

bool pattern_matches(struct pattern *pattern, const char *value)
{
	locale_t bytes = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before;
	bool matched;

	if (!bytes)
		return false;
	before = uselocale(bytes);
	matched = matches_whole(pattern, value);
	uselocale(before);
	freelocale(bytes);
	return matched;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	compiled_free(pattern->idle);
	free(pattern);
}
