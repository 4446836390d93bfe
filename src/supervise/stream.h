/* SPDX-License-Identifier: Apache-2.0 */
/* One of the program's output streams, on its way to the caller. */
#ifndef PJ_SUPERVISE_STREAM_H
#define PJ_SUPERVISE_STREAM_H

#include <procjail.h>
#include <stdbool.h>
#include <sys/types.h>

#include "supervise/line_buffer.h"
#include "supervise/result.h"

enum {
	STREAM_CHUNK = 65536,
	/* A result that no policy bounds is bounded all the same, by cutting.
	 */
	STREAM_CAPTURE_MAX = 64 << 20,
};

struct stream {
	int source; /* our end of the pipe; -1: handed through, or ended */
	/* The program's end, held so that its closing wakes nobody: the end of
	 * the whole jail is told anyway. -1: its closing is of interest. */
	int program_end;
	int destination;	   /* PJ_STREAM_PASS; -1: none */
	bool keep;		   /* PJ_STREAM_CAPTURE */
	struct line_buffer *lines; /* borrowed; read by the caller as lines */
	uint64_t limit;		   /* bytes; LIMIT_UNSET */
	bool cut; /* beyond the limit is dropped, not a reason to end */
	struct captured *captured;
	bool grown; /* the pipe has its large buffer */
	/* Read but not yet written on. */
	char *pending;
	size_t pending_from, pending_to;
	int errnum; /* why writing on has failed, or 0 */
};

enum stream_event {
	STREAM_MORE,
	STREAM_IDLE,
	STREAM_ENDED,
	STREAM_OVER,   /* the limit was passed */
	STREAM_FAILED, /* told once: the destination takes no more, see errnum
			*/
};

/* Take what is there, without blocking. Negative: out of memory. */
int stream_pump(struct stream *stream);

/* What to poll for: whether to read from source, or to write to destination. */
bool stream_wants_write(const struct stream *stream);

/* No room before the caller has taken a line. */
bool stream_is_full(const struct stream *stream);

/* From here on what comes is kept, after what nobody has taken as lines.
 * Negative: out of memory. */
int stream_keep_rest(struct stream *stream);

/* As write(2), but EPIPE raises no signal in the host program. */
ssize_t stream_write_quietly(int fd, const char *data, size_t n);

void stream_close(struct stream *stream);

#endif
