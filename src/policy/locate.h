/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a JSON text a value stands. Used only when an error is told. */
#ifndef PJ_POLICY_LOCATE_H
#define PJ_POLICY_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

/* A value's place in a document: a chain of keys and indices up to the root,
 * which is NULL. Lives on the stack of the function that reads the value. */
struct place {
	const struct place *up;
	const char *key; /* NULL: an item of a list */
	size_t index;
};

struct position {
	size_t line, column; /* from 1; a column counts characters */
};

/* The position of an offset. */
struct position locate_offset(const char *text, size_t offset);

/* The position of the value at `place` (or of its key). `text` is JSON that
 * jansson accepts; when the place is not found, the position of the innermost
 * value that is. */
struct position locate(const char *text, size_t len, const struct place *place,
		       bool at_key);

/* "commands["/usr/bin/git"][0].flags[2]"; the root is "". Always terminated. */
void place_text(const struct place *place, char *out, size_t size);

#endif
