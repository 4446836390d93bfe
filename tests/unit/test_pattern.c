/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds written out (see pattern.c for the reason), and matching. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/pattern.h"
#include "tap.h"

static void bounds_are_written_out(void)
{
	static const struct {
		const char *pattern, *expanded;
	} written[] = {
		{ "abc", "abc" },
		{ "^a{2}$", "^((a)(a))$" },
		{ "a{0}b", "()b" },
		{ "a{1,}", "((a)(a)*)" },
		{ "a{,2}", "(((a)((a))?)?)" },
		{ "[]{2}]{1}", "(([]{2}]))" },
		{ "[[:alpha:]{2}]{1}", "(([[:alpha:]{2}]))" },
		{ "(a|b{1})*{1}", "(((a|((b)))*))" },
		{ "\\{{1}", "((\\{))" },
		/* For regcomp() to refuse, or to take as they are. */
		{ "a{", "a{" },
		{ "a{2,1}", "a{2,1}" },
		{ "^{2}", "^{2}" },
		{ "({2}", "({2}" },
		{ "[a{2}", "[a{2}" },
		{ "\\", "\\" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
		auto_free char *expanded = pattern_expand(written[i].pattern);

		CHECK_STR(expanded, written[i].expanded);
	}
}

static void no_end_of_it(void)
{
	CHECK(!pattern_expand("((((a{100}){100}){100}){100}){100}"));
	CHECK(!pattern_expand("a{99999999999999999999}"));
}

/* Long ones, so that it is compiled anew every few hundred. */
static void *ask_often(void *pattern)
{
	char good[201], bad[201];
	uintptr_t wrong = 0;

	memset(good, 'a', 200);
	memset(bad, 'a', 200);
	good[200] = bad[200] = '\0';
	bad[199] = 'b';
	for (int i = 0; i < 1000; i++)
		if (!pattern_matches(pattern, good) ||
		    pattern_matches(pattern, bad) ||
		    pattern_matches(pattern, ""))
			wrong++;
	return (void *)wrong;
}

static void many_values(void)
{
	struct pattern *pattern = pattern_new("(aa)+");
	pthread_t threads[4];

	CHECK(pattern);
	CHECK_STR(pattern_text(pattern), "(aa)+");
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, ask_often, pattern) ==
		      0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *wrong = NULL;

		CHECK(pthread_join(threads[i], &wrong) == 0 && !wrong);
	}
	pattern_free(pattern);
	pattern_free(NULL);
}

static void brackets_have_their_end(void)
{
	static const struct {
		const char *text;
		size_t len;
	} brackets[] = {
		{ "[a]b", 3 },
		{ "[]a]b", 4 },
		{ "[^]a]b", 5 },
		{ "[[:digit:]\\]b", 12 },
		{ "[[.].][=]=]a]]", 13 },
		{ "[a", 2 },
		{ "[", 1 },
		{ "[[:alpha:", 9 },
		{ "[a[]b", 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(brackets); i++)
		CHECK(pattern_bracket_length(brackets[i].text) ==
		      brackets[i].len);
}

static const struct tap_case cases[] = {
	{ "bounds are written out", bounds_are_written_out },
	{ "no end of it", no_end_of_it },
	{ "brackets have their end", brackets_have_their_end },
	{ "many values, many threads", many_values },
};

TAP_MAIN(cases)
