/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer of fixed size that is made when the first byte comes; what was taken
 * from its front is made room again only when the end is near. */
#include "supervise/line_buffer.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD = 64 * 1024 }; /* beyond the longest line */

static void drop_to(struct line_buffer *buffer, size_t at)
{
	buffer->from = at;
	if (buffer->from == buffer->to)
		buffer->from = buffer->to = 0;
	if (buffer->scanned < buffer->from || !buffer->to)
		buffer->scanned = buffer->from;
}

static void compact(struct line_buffer *buffer)
{
	size_t waiting = buffer->to - buffer->from;

	/* Not for each line: only when little is to be moved, or must be. */
	if (buffer->to < buffer->capacity &&
	    (buffer->capacity - buffer->to >= AHEAD || buffer->from < waiting))
		return;
	memmove(buffer->data, buffer->data + buffer->from, waiting);
	buffer->scanned -= buffer->from;
	buffer->from = 0;
	buffer->to = waiting;
}

char *line_buffer_room(struct line_buffer *buffer, size_t *ret_room)
{
	if (!buffer->data) {
		buffer->capacity = buffer->max + 1 + AHEAD;
		buffer->data = malloc(buffer->capacity);
		if (!buffer->data) {
			*ret_room = 1;
			return NULL;
		}
	}
	compact(buffer);
	*ret_room = buffer->capacity - buffer->to;
	return *ret_room ? buffer->data + buffer->to : NULL;
}

void line_buffer_added(struct line_buffer *buffer, size_t n)
{
	buffer->to += n;
}

static char *find_newline(struct line_buffer *buffer)
{
	char *found = NULL;

	if (buffer->scanned < buffer->to)
		found = memchr(buffer->data + buffer->scanned, '\n',
			       buffer->to - buffer->scanned);
	buffer->scanned = found ? (size_t)(found - buffer->data) : buffer->to;
	return found;
}

/* The rest of a line that was too long: true when its newline has come. */
static bool skip(struct line_buffer *buffer)
{
	char *newline = find_newline(buffer);

	drop_to(buffer, newline ? buffer->scanned + 1 : buffer->to);
	buffer->skipping = !newline;
	return newline != NULL;
}

enum line_event line_buffer_next(struct line_buffer *buffer, char **ret_line,
				 size_t *ret_len)
{
	char *newline;
	size_t len;

	if (buffer->skipping && !skip(buffer))
		return LINE_NONE;
	newline = find_newline(buffer);
	len = buffer->scanned - buffer->from;
	if (len > buffer->max) {
		skip(buffer);
		return LINE_TOO_LONG;
	}
	if (!newline)
		return LINE_NONE;
	*newline = '\0';
	*ret_line = buffer->data + buffer->from;
	*ret_len = len;
	drop_to(buffer, buffer->scanned + 1);
	return LINE_READY;
}

const char *line_buffer_rest(struct line_buffer *buffer, size_t *ret_len)
{
	if (buffer->skipping)
		skip(buffer);
	*ret_len = buffer->to - buffer->from;
	return buffer->data ? buffer->data + buffer->from : "";
}

void line_buffer_clear(struct line_buffer *buffer)
{
	free(buffer->data);
	buffer->data = NULL;
	buffer->from = buffer->to = buffer->scanned = 0;
}
