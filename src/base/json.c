/* SPDX-License-Identifier: Apache-2.0 */
/* JSON out of arbitrary bytes. jansson refuses strings that are not UTF-8;
 * here they become readable text instead, so that no report is ever lost. */
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

size_t utf8_sequence(const char *bytes, size_t len)
{
	/* The shortest well-formed prefix is the sequence itself. */
	for (size_t n = 1; n <= 4 && n <= len; n++)
		if (text_is_utf8(bytes, n))
			return n;
	return 0;
}

static char *escape_invalid(const char *bytes, size_t len, size_t *ret_len)
{
	char *out = malloc(len * 4 + 1);
	size_t used = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(bytes + i, len - i);

		if (n) {
			memcpy(out + used, bytes + i, n);
			used += n;
			i += n;
			continue;
		}
		snprintf(out + used, 5, "\\x%02x", (unsigned char)bytes[i]);
		used += 4;
		i++;
	}
	out[used] = '\0';
	*ret_len = used;
	return out;
}

json_t *json_bytes(const char *bytes, size_t len)
{
	auto_free char *escaped = NULL;
	size_t escaped_len = 0;

	if (text_is_utf8(bytes, len))
		return json_stringn_nocheck(bytes, len);
	escaped = escape_invalid(bytes, len, &escaped_len);
	return escaped ? json_stringn_nocheck(escaped, escaped_len) : NULL;
}

json_t *json_bytes_list(const char *const *items)
{
	json_t *array = json_array();

	for (size_t i = 0; array && items && items[i]; i++) {
		json_t *item = json_bytes(items[i], strlen(items[i]));

		if (json_array_append_new(array, item) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}
