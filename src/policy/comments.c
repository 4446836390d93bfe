/* SPDX-License-Identifier: Apache-2.0 */
/* Blanks comments in place; the length and every offset stay. */
#include "policy/comments.h"

/* Behind the string that starts at `i`; an unterminated one ends at its line,
 * and the JSON parser tells of it. */
static size_t string_end(const char *text, size_t len, size_t i)
{
	for (i++; i < len && text[i] != '"' && text[i] != '\n'; i++)
		if (text[i] == '\\')
			i++;
	return i < len ? i + 1 : len;
}

static size_t line_end(const char *text, size_t len, size_t i)
{
	while (i < len && text[i] != '\n')
		i++;
	return i;
}

/* Behind the closing star-slash, or 0. */
static size_t block_end(const char *text, size_t len, size_t i)
{
	for (i += 2; i + 1 < len; i++)
		if (text[i] == '*' && text[i + 1] == '/')
			return i + 2;
	return 0;
}

bool comments_blank(char *text, size_t len, size_t *ret_start)
{
	size_t i = 0;

	while (i < len) {
		size_t end;

		if (text[i] == '"') {
			i = string_end(text, len, i);
			continue;
		}
		if (text[i] != '/' || i + 1 >= len ||
		    (text[i + 1] != '/' && text[i + 1] != '*')) {
			i++;
			continue;
		}
		end = text[i + 1] == '/' ? line_end(text, len, i)
					 : block_end(text, len, i);
		if (!end) {
			*ret_start = i;
			return false;
		}
		for (; i < end; i++)
			if (text[i] != '\n')
				text[i] = ' ';
	}
	return true;
}
