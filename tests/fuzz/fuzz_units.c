/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a size, a time, a host pattern, and as JSON with comments: no
 * value overflows, no comment survives, nothing is read past the end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/comments.h"
#include "policy/hosts.h"
#include "policy/locate.h"
#include "policy/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void try_comments(char *text, size_t size)
{
	const struct place key = { .key = "a" };
	const struct place item = { .up = &key, .index = 1 };
	size_t start = 0;
	struct position position;

	if (!comments_blank(text, size, &start)) {
		check(start < size);
		return;
	}
	position = locate(text, size, &item, false);
	check(position.line > 0 && position.column > 0);
	check(comments_blank(text, size, &start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct host_pattern host;
	uint64_t value = 0;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (!units_parse_size(text, &value))
		check(value <= INT64_MAX);
	if (!units_parse_time(text, &value))
		check(value <= INT64_MAX);
	if (!host_pattern_parse(text, &host))
		check(host.name[0] || host.kind == HOST_NETWORK ||
		      host.kind == HOST_ANY);
	if (!memchr(data, '\0', size))
		try_comments(text, size);
	free(text);
	return 0;
}
