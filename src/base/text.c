/* SPDX-License-Identifier: Apache-2.0 */
/* Small text helpers; each writes within its bounds and terminates. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

void text_escape_controls(char *out, size_t size, const char *text, size_t len)
{
	size_t used = 0;

	if (!size)
		return;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		char piece[5] = { (char)c, '\0' };
		size_t n;

		if (c == '\n')
			memcpy(piece, "\\n", 3);
		else if (c == '\t')
			memcpy(piece, "\\t", 3);
		else if (c < 0x20 || c == 0x7f)
			snprintf(piece, sizeof(piece), "\\x%02x", c);
		n = piece[0] ? strlen(piece) : 1;
		if (used + n + 1 > size)
			break;
		memcpy(out + used, piece, n);
		used += n;
	}
	out[used] = '\0';
}

bool path_within(const char *path, const char *tree)
{
	size_t n = strlen(tree);

	if (n == 1 && tree[0] == '/')
		return path[0] == '/';
	return strncmp(path, tree, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/');
}

/* Unicode 15, table 3-7: the well-formed byte sequences. */
bool text_is_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	const unsigned char *end = p + len;

	while (p < end) {
		unsigned char lo = 0x80, hi = 0xbf;
		int more;

		if (*p < 0x80) {
			p++;
			continue;
		}
		if (*p >= 0xc2 && *p <= 0xdf)
			more = 1;
		else if (*p >= 0xe0 && *p <= 0xef)
			more = 2;
		else if (*p >= 0xf0 && *p <= 0xf4)
			more = 3;
		else
			return false;
		if (*p == 0xe0)
			lo = 0xa0;
		else if (*p == 0xed)
			hi = 0x9f;
		else if (*p == 0xf0)
			lo = 0x90;
		else if (*p == 0xf4)
			hi = 0x8f;
		if (end - p <= more || p[1] < lo || p[1] > hi)
			return false;
		for (int i = 2; i <= more; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		p += more + 1;
	}
	return true;
}
