/* SPDX-License-Identifier: Apache-2.0 */
/* Lines out of bytes that come in any pieces; too long ones told, never split.
 */
#include "supervise/line_buffer.h"

#include "tap.h"

enum { MAX = 8 };

static void put(struct line_buffer *buffer, const char *bytes, size_t n)
{
	while (n) {
		size_t room;
		char *to = line_buffer_room(buffer, &room);

		CHECK(to);
		if (room > n)
			room = n;
		memcpy(to, bytes, room);
		line_buffer_added(buffer, room);
		bytes += room;
		n -= room;
	}
}

static void expect(struct line_buffer *buffer, const char *want,
		   size_t want_len)
{
	char *line;
	size_t len;

	CHECK(line_buffer_next(buffer, &line, &len) == LINE_READY);
	CHECK(len == want_len && memcmp(line, want, len) == 0);
	CHECK(line[len] == '\0');
}

static void expect_event(struct line_buffer *buffer, enum line_event want)
{
	char *line;
	size_t len;

	CHECK(line_buffer_next(buffer, &line, &len) == want);
}

static void whole_lines(void)
{
	struct line_buffer buffer = { .max = MAX };

	expect_event(&buffer, LINE_NONE);
	put(&buffer, "one\n\ntwo\nthr", 12);
	expect(&buffer, "one", 3);
	expect(&buffer, "", 0);
	expect(&buffer, "two", 3);
	expect_event(&buffer, LINE_NONE);
	put(&buffer, "ee\n", 3);
	expect(&buffer, "three", 5);
	expect_event(&buffer, LINE_NONE);
	line_buffer_clear(&buffer);
}

static void any_bytes(void)
{
	struct line_buffer buffer = { .max = MAX };

	put(&buffer, "\0\377\r\0\n", 5);
	expect(&buffer, "\0\377\r\0", 4);
	line_buffer_clear(&buffer);
}

static void the_longest_and_one_more(void)
{
	struct line_buffer buffer = { .max = MAX };

	put(&buffer, "12345678\n123456789\nafter\n", 25);
	expect(&buffer, "12345678", 8);
	expect_event(&buffer, LINE_TOO_LONG);
	expect(&buffer, "after", 5);
	line_buffer_clear(&buffer);
}

static void too_long_in_pieces(void)
{
	struct line_buffer buffer = { .max = MAX };

	put(&buffer, "12345678", 8);
	expect_event(&buffer, LINE_NONE); /* its newline may be next */
	put(&buffer, "9", 1);
	expect_event(&buffer, LINE_TOO_LONG);
	for (int i = 0; i < 100; i++) {
		put(&buffer, "more of the same", 16);
		expect_event(&buffer, LINE_NONE); /* told once */
	}
	put(&buffer, "\nafter\n", 7);
	expect(&buffer, "after", 5);
	line_buffer_clear(&buffer);
}

/* Every cut of a text gives the same lines. */
static void every_cut(void)
{
	static const char text[] = "a\nbb\n\n123456789\nccc\n";

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct line_buffer buffer = { .max = MAX };
		char seen[64] = "";

		for (int half = 0; half < 2; half++) {
			size_t from = half ? cut : 0;
			size_t to = half ? sizeof(text) - 1 : cut;
			enum line_event event;
			char *line;
			size_t len;

			if (to > from)
				put(&buffer, text + from, to - from);
			while ((event = line_buffer_next(&buffer, &line,
							 &len))) {
				strcat(seen, event == LINE_READY ? line : "!");
				strcat(seen, "|");
			}
		}
		CHECK_STR(seen, "a|bb||!|ccc|");
		line_buffer_clear(&buffer);
	}
}

static void the_rest(void)
{
	struct line_buffer buffer = { .max = MAX };
	size_t len;

	CHECK_STR(line_buffer_rest(&buffer, &len), "");
	CHECK(len == 0);
	put(&buffer, "one\ntwo\nthr", 11);
	expect(&buffer, "one", 3);
	CHECK(memcmp(line_buffer_rest(&buffer, &len), "two\nthr", 7) == 0);
	CHECK(len == 7);
	put(&buffer, "123456\n", 7);
	expect(&buffer, "two", 3);
	expect_event(&buffer, LINE_TOO_LONG);
	put(&buffer, "0123456789", 10);
	expect_event(&buffer, LINE_TOO_LONG);
	put(&buffer, "0123456789\nkept", 15);
	CHECK(memcmp(line_buffer_rest(&buffer, &len), "kept", 4) == 0);
	CHECK(len == 4);
	line_buffer_clear(&buffer);
}

/* A buffer that nobody takes from fills and then has no room; each line taken
 * makes some again. */
static void full(void)
{
	struct line_buffer buffer = { .max = MAX };
	size_t room, lines = 0, taken = 0;

	while (line_buffer_room(&buffer, &room)) {
		put(&buffer, "x\n", room < 2 ? 1 : 2);
		lines += room >= 2;
	}
	CHECK(room == 0 && lines > 1000);
	for (; taken < lines; taken++) {
		expect(&buffer, "x", 1);
		CHECK(line_buffer_room(&buffer, &room) && room >= 2);
	}
	put(&buffer, buffer.to > buffer.from ? "\n" : "x\n",
	    buffer.to > buffer.from ? 1 : 2);
	expect(&buffer, "x", 1);
	expect_event(&buffer, LINE_NONE);
	line_buffer_clear(&buffer);
}

static const struct tap_case cases[] = {
	{ "whole lines", whole_lines },
	{ "any bytes", any_bytes },
	{ "the longest, and one more", the_longest_and_one_more },
	{ "too long, in pieces", too_long_in_pieces },
	{ "every cut of a text", every_cut },
	{ "the rest", the_rest },
	{ "full, and room again", full },
};

TAP_MAIN(cases)
