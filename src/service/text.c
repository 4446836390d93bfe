/* SPDX-License-Identifier: Apache-2.0 */
/* JSON into a buffer of fixed size. What does not fit is counted, not kept. */
#include "service/text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void put(struct wire_text *text, const char *bytes, size_t len)
{
	if (text->len + len <= sizeof(text->bytes))
		memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

void text_raw(struct wire_text *text, const char *raw)
{
	put(text, raw, strlen(raw));
}

static void put_escaped(struct wire_text *text, unsigned char c)
{
	char escape[8];

	if (c == '"' || c == '\\')
		snprintf(escape, sizeof(escape), "\\%c", c);
	else
		snprintf(escape, sizeof(escape), "\\u%04x", c);
	text_raw(text, escape);
}

void text_string(struct wire_text *text, const char *string, size_t len)
{
	size_t from = 0;

	if (!text_is_utf8(string, len))
		text->not_utf8 = true;
	put(text, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)string[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		put(text, string + from, i - from);
		put_escaped(text, c);
		from = i + 1;
	}
	put(text, string + from, len - from);
	put(text, "\"", 1);
}

void text_pair(struct wire_text *text, const char *key, const char *string)
{
	if (!string)
		return;
	text_raw(text, ",\"");
	text_raw(text, key);
	text_raw(text, "\":");
	text_string(text, string, strlen(string));
}

void text_flag(struct wire_text *text, const char *key, bool on)
{
	if (!on)
		return;
	text_raw(text, ",\"");
	text_raw(text, key);
	text_raw(text, "\":true");
}
