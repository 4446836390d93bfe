/* SPDX-License-Identifier: Apache-2.0 */
/* Value types. All are pure but `path`, which asks the file system where the
 * value leads. What cannot be decided is not allowed. */
#include "guard/values.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/pattern.h"
#include "base/text.h"
#include "guard/decision.h"

/* ---- string -------------------------------------------------------------- */

static bool string_allowed(const struct value_rule *rule, const char *value,
			   char why[VALUE_WHY_SIZE])
{
	char pattern[200];
	const char *text;

	if (rule->max_length != LIMIT_UNSET &&
	    strlen(value) > rule->max_length) {
		snprintf(why, VALUE_WHY_SIZE, "have at most %" PRIu64 " bytes",
			 rule->max_length);
		return false;
	}
	if (!rule->pattern || pattern_matches(rule->pattern, value))
		return true;
	text = pattern_text(rule->pattern);
	printable(pattern, sizeof(pattern), text, strlen(text));
	snprintf(why, VALUE_WHY_SIZE, "match the pattern %s as a whole",
		 pattern);
	return false;
}

/* ---- integer ------------------------------------------------------------- */

/* One spelling for each number: no `+`, no blanks, no leading zeros (some
 * programs read those as octal), no -0. */
static bool integer_parse(const char *value, int64_t *ret)
{
	const char *digits = value + (*value == '-');
	char *end = NULL;
	long long number;

	if (*digits < '0' || *digits > '9')
		return false;
	if (*digits == '0' && (digits[1] || digits != value))
		return false;
	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno || *end)
		return false;
	*ret = number;
	return true;
}

static bool integer_allowed(const struct value_rule *rule, const char *value,
			    char why[VALUE_WHY_SIZE])
{
	int64_t number;

	if (integer_parse(value, &number) && number >= rule->min &&
	    number <= rule->max)
		return true;
	if (rule->min == INT64_MIN && rule->max == INT64_MAX)
		snprintf(why, VALUE_WHY_SIZE, "be a decimal integer");
	else if (rule->max == INT64_MAX)
		snprintf(why, VALUE_WHY_SIZE,
			 "be a decimal integer of at least %" PRId64,
			 rule->min);
	else if (rule->min == INT64_MIN)
		snprintf(why, VALUE_WHY_SIZE,
			 "be a decimal integer of at most %" PRId64, rule->max);
	else
		snprintf(why, VALUE_WHY_SIZE,
			 "be a decimal integer from %" PRId64 " to %" PRId64,
			 rule->min, rule->max);
	return false;
}

/* ---- path ---------------------------------------------------------------- */

/* Cut the last component off `path` and put it in front of `rest`. Refuses
 * ".." (what it means depends on what is missing) and links whose target is
 * missing: writing there would make a file somewhere else. */
static bool cut_missing_component(char *path, char *rest, size_t rest_size)
{
	size_t end = strlen(path);
	struct stat st;
	char longer[PATH_MAX];
	char *name;

	while (end > 1 && path[end - 1] == '/')
		path[--end] = '\0';
	if (lstat(path, &st) == 0)
		return false;
	name = strrchr(path, '/');
	if (!name || strcmp(name, "/..") == 0 || !name[1])
		return false;
	if (strcmp(name, "/.") != 0) {
		int n = snprintf(longer, sizeof(longer), "%s%s", name, rest);

		if (n < 0 || (size_t)n >= sizeof(longer) ||
		    (size_t)n >= rest_size)
			return false;
		memcpy(rest, longer, (size_t)n + 1);
	}
	name[name == path] = '\0';
	return true;
}

/* The canonical form of `path` (absolute): links followed as far as it exists,
 * the missing rest appended as written. */
static bool path_canonical(char path[PATH_MAX], char canonical[PATH_MAX])
{
	char rest[PATH_MAX] = "";
	size_t used;

	while (!realpath(path, canonical))
		if (errno != ENOENT ||
		    !cut_missing_component(path, rest, sizeof(rest)))
			return false;
	used = strlen(canonical);
	if (used == 1 && rest[0])
		used = 0; /* "/" and "/rest" */
	if (used + strlen(rest) >= PATH_MAX)
		return false;
	memcpy(canonical + used, rest, strlen(rest) + 1);
	if (!canonical[0])
		memcpy(canonical, "/", 2);
	return true;
}

static bool path_allowed(const struct value_rule *rule, const char *value,
			 const char *base, char why[VALUE_WHY_SIZE])
{
	char full[PATH_MAX], canonical[PATH_MAX], trees[200];
	bool absolute = value[0] == '/';
	int n;

	snprintf(why, VALUE_WHY_SIZE, "be a path");
	if (!value[0])
		return false;
	if (!rule->within_given || (!absolute && !base))
		return true;
	words_text(trees, sizeof(trees),
		   (const char *const *)strv_get(&rule->within),
		   rule->within.count, "no directory at all");
	n = snprintf(full, sizeof(full), "%s%s%s", absolute ? "" : base,
		     absolute ? "" : "/", value);
	if (n < 0 || (size_t)n >= sizeof(full) ||
	    !path_canonical(full, canonical)) {
		snprintf(why, VALUE_WHY_SIZE,
			 "be a path that can be resolved within %s", trees);
		return false;
	}
	for (size_t i = 0; i < rule->within.count; i++)
		if (path_within(canonical, rule->within.items[i]))
			return true;
	snprintf(why, VALUE_WHY_SIZE, "be a path that stays within %s", trees);
	return false;
}

/* -------------------------------------------------------------------------- */

static bool choice_allowed(const struct value_rule *rule, const char *value,
			   char why[VALUE_WHY_SIZE])
{
	char choices[240];

	if (strv_contains(&rule->choices, value))
		return true;
	words_text(choices, sizeof(choices),
		   (const char *const *)strv_get(&rule->choices),
		   rule->choices.count, "(no value is allowed)");
	snprintf(why, VALUE_WHY_SIZE, "be one of: %s", choices);
	return false;
}

bool value_allowed(const struct value_rule *rule, const char *value,
		   const char *base, char why[VALUE_WHY_SIZE])
{
	switch (rule->type) {
	case VALUE_ANY:
		return true;
	case VALUE_STRING:
		return string_allowed(rule, value, why);
	case VALUE_INTEGER:
		return integer_allowed(rule, value, why);
	case VALUE_PATH:
		return path_allowed(rule, value, base, why);
	case VALUE_ENUM:
		return choice_allowed(rule, value, why);
	}
	snprintf(why, VALUE_WHY_SIZE, "be of a type that is known");
	return false;
}
