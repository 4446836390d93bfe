/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds written out; see pattern.c for the reason. */
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

static const struct tap_case cases[] = {
	{ "bounds are written out", bounds_are_written_out },
	{ "no end of it", no_end_of_it },
};

TAP_MAIN(cases)
