/* SPDX-License-Identifier: Apache-2.0 */
/* Value types: for each an honest value and hostile ones. */
#include "base/cleanup.h"
#include "base/pattern.h"
#include "guard/values.h"
#include "guard_fixture.h"

static bool allowed(const struct value_rule *rule, const char *value)
{
	char why[VALUE_WHY_SIZE] = "", base[PATH_MAX + 8];
	bool yes;

	snprintf(base, sizeof(base), "%s/work", fixture_dir);
	yes = value_allowed(rule, value, base, why);
	if (!yes)
		CHECK(why[0]);
	return yes;
}

static void test_integer(void)
{
	struct value_rule rule = { .type = VALUE_INTEGER,
				   .min = INT64_MIN,
				   .max = INT64_MAX };
	static const char *const good[] = { "0",
					    "7",
					    "-7",
					    "10",
					    "9223372036854775807",
					    "-9223372036854775808" };
	static const char *const bad[] = {
		"",
		"-",
		"+1",
		" 1",
		"1 ",
		"01",
		"-0",
		"-01",
		"1.0",
		"0x10",
		"1e3",
		"--1",
		"1\n",
		"9223372036854775808",
		"-9223372036854775809",
		"99999999999999999999999",
		"٣",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(allowed(&rule, good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!allowed(&rule, bad[i]));
	rule.min = 1;
	rule.max = 1000;
	CHECK(allowed(&rule, "1") && allowed(&rule, "1000"));
	CHECK(!allowed(&rule, "0") && !allowed(&rule, "1001"));
	CHECK(!allowed(&rule, "-1"));
}

static bool fits(const char *pattern, const char *value)
{
	struct value_rule rule = { .type = VALUE_STRING,
				   .max_length = LIMIT_UNSET,
				   .pattern = pattern_new(pattern) };
	bool result = allowed(&rule, value);

	pattern_free(rule.pattern);
	return result;
}

static void test_string(void)
{
	struct value_rule rule = { .type = VALUE_STRING,
				   .max_length = LIMIT_UNSET };

	CHECK(allowed(&rule, "") && allowed(&rule, "anything; at all"));
	rule.max_length = 3;
	CHECK(allowed(&rule, "abc") && !allowed(&rule, "abcd"));
	CHECK(fits("^[A-Za-z0-9_.*-]+$", "*.c"));
	CHECK(!fits("^[A-Za-z0-9_.*-]+$", ""));
	CHECK(!fits("^[A-Za-z0-9_.*-]+$", "a b"));
	CHECK(!fits("^[A-Za-z0-9_.*-]+$", "a\nb"));
	CHECK(!fits("^[A-Za-z0-9_.*-]+$", "a\n"));
	/* the whole value, without anchors in the pattern too */
	CHECK(fits("a|ab", "a") && fits("a|ab", "ab"));
	CHECK(!fits("a|ab", "xa") && !fits("a|ab", "abx"));
	CHECK(!fits("(unclosed", "(unclosed"));
}

static void test_choice(void)
{
	char *items[] = { (char *)"never", (char *)"auto", NULL };
	struct value_rule rule = { .type = VALUE_ENUM,
				   .choices = { items, 2, 3 } };

	CHECK(allowed(&rule, "never") && allowed(&rule, "auto"));
	CHECK(!allowed(&rule, "") && !allowed(&rule, "never "));
	CHECK(!allowed(&rule, "NEVER") && !allowed(&rule, "aut"));
	rule.choices.count = 0;
	CHECK(!allowed(&rule, "never"));
}

static void test_any(void)
{
	struct value_rule rule = { .type = VALUE_ANY };

	CHECK(allowed(&rule, "") && allowed(&rule, "--x"));
	rule.type = (enum value_type)77;
	CHECK(!allowed(&rule, "x"));
}

static void test_path(void)
{
	static const char *const good[] = {
		"file",		"./file",   "sub/../file", "new",
		"new/deeper/",	"sub/new",  ".",	   "sub",
		"$D/work/file", "$D/work/", "~",	   "-",
		"inside",	"new/./x",
	};
	static const char *const bad[] = {
		"",
		"..",
		"../other",
		"/etc/passwd",
		"/",
		"sub/../../other",
		"new/../../other",
		"new/../file",
		"$D/worker",
		"$D/work/../tool",
		"outside",
		"outside/passwd",
		"outside/new",
		"dangling",
		"dangling/x",
		"loop",
		"file/x",
		"//etc/passwd",
		"/proc/self/root",
		"/proc/self/cwd",
	};
	char tree[PATH_MAX + 8], *items[] = { tree, NULL };
	struct value_rule rule = { .type = VALUE_PATH,
				   .within = { items, 1, 2 },
				   .within_given = true };
	char why[VALUE_WHY_SIZE], long_path[2 * PATH_MAX];

	fixture_begin();
	snprintf(tree, sizeof(tree), "%s/work", fixture_dir);
	fixture_make_dir("$D/work/sub", 0755);
	fixture_make_dir("$D/worker", 0755);
	fixture_link("/etc", "$D/work/outside");
	fixture_link("/nonexistent/x", "$D/work/dangling");
	fixture_link("loop", "$D/work/loop");
	fixture_link("sub", "$D/work/inside");
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!allowed(&rule, fixture_text(good[i]))) {
			printf("# %s\n", good[i]);
			FAIL("not as expected: allowed");
		}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (allowed(&rule, fixture_text(bad[i]))) {
			printf("# %s\n", bad[i]);
			FAIL("not as expected: refused");
		}
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	CHECK(!allowed(&rule, long_path));
	/* the empty list grants nothing; no list grants any path */
	rule.within.count = 0;
	CHECK(!allowed(&rule, "file") && !allowed(&rule, "/"));
	rule.within_given = false;
	CHECK(allowed(&rule, "/etc/passwd") && !allowed(&rule, ""));
	/* without a directory, absolute paths are still held to the trees */
	rule.within_given = true;
	rule.within.count = 1;
	CHECK(!value_allowed(&rule, "/etc", NULL, why));
}

static const struct tap_case cases[] = {
	{ "integer", test_integer }, { "string", test_string },
	{ "enum", test_choice },     { "any", test_any },
	{ "path", test_path },
};

TAP_MAIN(cases)
