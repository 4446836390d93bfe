/* SPDX-License-Identifier: Apache-2.0 */
/* The client's request, written without a document in memory. */
#ifndef PJ_SERVICE_TEXT_H
#define PJ_SERVICE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "service/wire.h"

struct wire_text {
	size_t len; /* may pass the room: it did not fit */
	bool not_utf8;
	char bytes[WIRE_REQUEST_MAX];
};

void text_raw(struct wire_text *text, const char *raw);
/* A JSON string. */
void text_string(struct wire_text *text, const char *string, size_t len);
/* `,"key":` and a string; nothing for NULL. */
void text_pair(struct wire_text *text, const char *key, const char *string);
/* `,"key":true`, or nothing. */
void text_flag(struct wire_text *text, const char *key, bool on);

#endif
