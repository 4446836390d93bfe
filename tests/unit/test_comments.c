/* SPDX-License-Identifier: Apache-2.0 */
/* Comments become spaces at their place, and a value is found at its place. */
#include "base/cleanup.h"
#include "policy/comments.h"
#include "policy/locate.h"
#include "tap.h"

static void blanks(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "1//x\n2", "1   \n2" },
		{ "1/*x*/2", "1     2" },
		{ "1/*\n*/2", "1  \n  2" },
		{ "\"//\"//", "\"//\"  " },
		{ "\"\\\"/*\"/**/", "\"\\\"/*\"    " },
		{ "\"\\\\\"//x", "\"\\\\\"   " },
		{ "/**//**/", "        " },
		{ "/*/ */", "      " },
		{ "/", "/" },
		{ "\"open // \n//x", "\"open // \n   " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = strdup(rows[i].text);
		size_t start = 0;

		CHECK(comments_blank(text, strlen(text), &start));
		CHECK_STR(text, rows[i].want);
		free(text);
	}
}

static void unended(void)
{
	char open[] = "{ } /* x *", short_one[] = "/*/", slash[] = "/*";
	size_t start = 99;

	CHECK(!comments_blank(open, strlen(open), &start) && start == 4);
	CHECK(!comments_blank(short_one, strlen(short_one), &start) &&
	      start == 0);
	CHECK(!comments_blank(slash, strlen(slash), &start));
}

static void finds(void)
{
	static const char text[] = "\n{ \"a\": [1, {\"x\\u0079\": \"}]\"}],\n"
				   "  \"\xc3\xa4\": {}, \"b/c\": [ ] }";
	struct place a = { .key = "a" };
	struct place a1 = { .up = &a, .index = 1 };
	struct place xy = { .up = &a1, .key = "xy" };
	struct place bc = { .key = "b/c" };
	struct place none = { .up = &a, .index = 5 };
	size_t len = strlen(text);
	struct position p;
	char out[64], tiny[4];

	p = locate(text, len, NULL, false);
	CHECK(p.line == 2 && p.column == 1);
	p = locate(text, len, &a, true);
	CHECK(p.line == 2 && p.column == 3);
	p = locate(text, len, &a, false);
	CHECK(p.line == 2 && p.column == 8);
	p = locate(text, len, &xy, false);
	CHECK(p.line == 2 && p.column == 24);
	p = locate(text, len, &bc, true);
	CHECK(p.line == 3 && p.column == 12);
	p = locate(text, len, &none, false);
	CHECK(p.line == 2 && p.column == 8);
	place_text(&xy, out, sizeof(out));
	CHECK_STR(out, "a[1].xy");
	place_text(&bc, out, sizeof(out));
	CHECK_STR(out, "[\"b/c\"]");
	place_text(NULL, out, sizeof(out));
	CHECK_STR(out, "");
	place_text(&xy, tiny, sizeof(tiny));
	CHECK(strlen(tiny) < sizeof(tiny));
}

static const struct tap_case cases[] = {
	{ "comments are blanked", blanks },
	{ "a comment that does not end", unended },
	{ "a value is found", finds },
};

TAP_MAIN(cases)
