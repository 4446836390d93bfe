/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One output stream: read from the pipe, count, keep up to the limit or write
 * on. Never blocks: the pipe is non-blocking, and a destination is written to
 * only after poll said so, with what a pipe takes then (PIPE_BUF).
 */
#include "supervise/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "policy/policy.h"

enum { PIPE_LARGE = 1 << 20, HUGE_PAGE = 2 << 20, ROOM_MAX = 1 << 28 };

bool stream_wants_write(const struct stream *stream)
{
	return stream->pending_to > stream->pending_from;
}

void stream_close(struct stream *stream)
{
	if (stream->source >= 0)
		close(stream->source);
	if (stream->program_end >= 0)
		close(stream->program_end);
	stream->source = stream->program_end = -1;
	free(stream->pending);
	stream->pending = NULL;
	stream->pending_from = stream->pending_to = 0;
}

/* A large result gets the room that its limit allows at once (untouched, it
 * costs nothing) in huge pages, which are a hint only: else the page faults of
 * keeping it would cost more than reading it. */
static char *large_room(const struct stream *stream, size_t *capacity)
{
	uint64_t most = stream->limit < ROOM_MAX ? stream->limit : ROOM_MAX;
	char *data;

	if (*capacity < most + 2 * PIPE_LARGE)
		*capacity = (size_t)most + 2 * PIPE_LARGE;
	*capacity = (*capacity + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
	data = aligned_alloc(HUGE_PAGE, *capacity);
	if (data)
		madvise(data, *capacity, MADV_HUGEPAGE);
	return data;
}

static int reserve(const struct stream *stream, size_t more)
{
	struct captured *captured = stream->captured;
	size_t capacity =
		captured->capacity ? captured->capacity : STREAM_CHUNK;
	bool large;
	char *data;

	if (captured->len + more + 1 <= captured->capacity)
		return 0;
	while (capacity < captured->len + more + 1)
		capacity *= 2;
	large = capacity > HUGE_PAGE;
	data = large ? large_room(stream, &capacity)
		     : realloc(captured->data, capacity);
	if (!data)
		return -1;
	if (large) {
		if (captured->len)
			memcpy(data, captured->data, captured->len);
		free(captured->data);
	}
	data[captured->len] = '\0';
	captured->data = data;
	captured->capacity = capacity;
	return 0;
}

/* How many of `n` new bytes still belong to the result. */
static size_t within_limit(const struct stream *stream, size_t n)
{
	uint64_t seen = stream->captured->seen;

	if (stream->limit == LIMIT_UNSET)
		return n;
	if (seen >= stream->limit)
		return 0;
	return stream->limit - seen < n ? (size_t)(stream->limit - seen) : n;
}

/* A reader that has gone raises SIGPIPE: taken here, so that the host program's
 * handlers see nothing of it. */
ssize_t stream_write_quietly(int fd, const char *data, size_t n)
{
	const struct timespec now = { 0 };
	sigset_t pipe_signal, before, pending;
	ssize_t written;
	int errnum;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	written = write(fd, data, n);
	errnum = errno;
	if (written < 0 && errnum == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe_signal, NULL, &now) < 0 &&
		       errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = errnum;
	return written;
}

static int write_on(struct stream *stream)
{
	struct pollfd ready = { .fd = stream->destination, .events = POLLOUT };
	size_t n = stream->pending_to - stream->pending_from;
	ssize_t written;

	if (poll(&ready, 1, 0) <= 0 || !ready.revents)
		return STREAM_IDLE;
	if (n > PIPE_BUF)
		n = PIPE_BUF;
	written = stream_write_quietly(
		stream->destination, stream->pending + stream->pending_from, n);
	if (written >= 0) {
		stream->pending_from += (size_t)written;
		return STREAM_MORE;
	}
	if (errno == EINTR || errno == EAGAIN)
		return STREAM_IDLE;
	/* Nobody reads any more: the program shall see a closed pipe too. All
	 * else (a full disk) has lost what the program believes written. */
	if (errno != EPIPE)
		stream->errnum = errno;
	stream_close(stream);
	return stream->errnum ? STREAM_FAILED : STREAM_ENDED;
}

/* After the first full read: fewer, larger turns. Refused when the user has
 * too many such pipes; then it stays as it is. */
static void grow_pipe(struct stream *stream, ssize_t n)
{
	if (stream->grown || n < STREAM_CHUNK)
		return;
	stream->grown = true;
	fcntl(stream->source, F_SETPIPE_SZ, PIPE_LARGE);
}

static int count_bytes(struct stream *stream, ssize_t n, size_t *ret_kept)
{
	struct captured *captured = stream->captured;
	size_t kept = within_limit(stream, (size_t)n);

	captured->seen += (uint64_t)n;
	*ret_kept = kept;
	if (kept == (size_t)n)
		return STREAM_MORE;
	captured->truncated = true;
	return stream->cut ? STREAM_MORE : STREAM_OVER;
}

/* Where the next bytes go. NULL: out of memory, or (*ret_room is 0) full. */
static char *find_room(struct stream *stream, size_t *ret_room)
{
	struct captured *captured = stream->captured;
	bool wanted = within_limit(stream, 1) != 0;

	if (stream->lines && wanted)
		return line_buffer_room(stream->lines, ret_room);
	*ret_room = stream->grown ? PIPE_LARGE : STREAM_CHUNK;
	if (stream->keep && wanted) {
		if (reserve(stream, *ret_room) < 0)
			return NULL;
		return captured->data + captured->len;
	}
	if (!stream->pending)
		stream->pending = malloc(PIPE_LARGE);
	return stream->pending;
}

static void place(struct stream *stream, size_t kept)
{
	struct captured *captured = stream->captured;

	if (stream->lines) {
		line_buffer_added(stream->lines, kept);
	} else if (stream->keep && kept) {
		captured->len += kept;
		captured->data[captured->len] = '\0';
	} else if (stream->destination >= 0) {
		stream->pending_from = 0;
		stream->pending_to = kept;
	}
}

static int read_some(struct stream *stream)
{
	size_t room, kept;
	char *buffer = find_room(stream, &room);
	ssize_t n;
	int event;

	if (!buffer)
		return room ? -1 : STREAM_IDLE;
	n = read(stream->source, buffer, room);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? STREAM_IDLE
							 : STREAM_ENDED;
	if (n == 0)
		return STREAM_ENDED;
	grow_pipe(stream, n);
	event = count_bytes(stream, n, &kept);
	place(stream, kept);
	return event;
}

bool stream_is_full(const struct stream *stream)
{
	const struct line_buffer *lines = stream->lines;

	return lines && lines->data &&
	       lines->to - lines->from == lines->capacity;
}

int stream_keep_rest(struct stream *stream)
{
	struct captured *captured = stream->captured;
	const char *rest;
	size_t len;

	if (!stream->lines)
		return 0;
	rest = line_buffer_rest(stream->lines, &len);
	stream->lines = NULL;
	stream->keep = true;
	if (stream->limit == LIMIT_UNSET) {
		stream->limit = captured->seen + STREAM_CAPTURE_MAX;
		stream->cut = true;
	}
	if (!len)
		return 0;
	if (reserve(stream, len) < 0)
		return -1;
	memcpy(captured->data, rest, len);
	captured->data[len] = '\0';
	captured->len = len;
	return 0;
}

int stream_pump(struct stream *stream)
{
	int event;

	if (stream->source < 0)
		return STREAM_ENDED;
	if (stream_wants_write(stream)) {
		event = write_on(stream);
		if (event != STREAM_MORE || stream_wants_write(stream))
			return event;
	}
	event = read_some(stream);
	if (event == STREAM_ENDED)
		stream_close(stream);
	return event;
}
