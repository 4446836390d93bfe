/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in, lines out, bounded: pure, it reads and writes nothing. */
#ifndef PJ_SUPERVISE_LINE_BUFFER_H
#define PJ_SUPERVISE_LINE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct line_buffer {
	char *data;	      /* NULL until the first byte */
	size_t from, to;      /* what is there and not yet given out */
	size_t scanned;	      /* no newline before this */
	size_t capacity, max; /* of a line, without its newline */
	bool skipping; /* inside a line that was too long: up to its newline */
};

enum line_event { LINE_NONE, LINE_READY, LINE_TOO_LONG };

/* Where the next bytes go, and how many there is room for: at least one unless
 * whole lines wait to be taken. NULL: no room (*ret_room is 0), or no memory
 * (it is not). */
char *line_buffer_room(struct line_buffer *buffer, size_t *ret_room);
void line_buffer_added(struct line_buffer *buffer, size_t n);

/* LINE_READY: the line without its newline, NUL-terminated, until the next call
 * of any of these. LINE_TOO_LONG: told once for each; what has come of it and
 * what comes up to its newline is dropped. */
enum line_event line_buffer_next(struct line_buffer *buffer, char **ret_line,
				 size_t *ret_len);

/* What is left, newlines and all. */
const char *line_buffer_rest(struct line_buffer *buffer, size_t *ret_len);

void line_buffer_clear(struct line_buffer *buffer);

#endif
