/* SPDX-License-Identifier: Apache-2.0 */
/* The program's standard streams: handed over untouched where nothing has to
 * be counted or kept, else pipes. Pipes, never sockets: a program may open its
 * streams anew by /dev/stdin and the like. */
#include "supervise/ends.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int null_device(int flags)
{
	return open("/dev/null", flags | O_CLOEXEC);
}

static int open_output(const struct pj_run_options *options, bool is_err,
		       uint64_t limit, enum overflow_mode overflow,
		       struct pj_process *process, struct end *theirs)
{
	enum pj_stream to = is_err ? options->stderr_to : options->stdout_to;
	int destination = is_err ? options->stderr_fd : options->stdout_fd;
	struct stream *stream = is_err ? &process->err : &process->out;
	int pipe_fds[2];

	if (to == PJ_STREAM_DISCARD && limit == LIMIT_UNSET) {
		*theirs = (struct end){ null_device(O_WRONLY), true };
		return theirs->fd < 0 ? -1 : 0;
	}
	if (to == PJ_STREAM_PASS && limit == LIMIT_UNSET) {
		*theirs = (struct end){ destination, false };
		return 0;
	}
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -1;
	stream->source = pipe_fds[0];
	stream->program_end = pipe_fds[1];
	*theirs = (struct end){ stream->program_end, false };
	if (fcntl(stream->source, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	stream->captured =
		is_err ? &process->result->err : &process->result->out;
	stream->destination = to == PJ_STREAM_PASS ? destination : -1;
	stream->keep = to == PJ_STREAM_CAPTURE;
	stream->limit = limit;
	stream->cut = overflow == OVERFLOW_TRUNCATE;
	if (options->interactive && !is_err) {
		theirs->owned = true; /* its closing is an end of file */
		stream->program_end = -1;
		stream->keep = false;
		stream->lines = &process->lines;
	}
	if (stream->keep && limit == LIMIT_UNSET) {
		stream->limit = STREAM_CAPTURE_MAX;
		stream->cut = true;
	}
	return 0;
}

static int open_input(const struct pj_run_options *options,
		      struct pj_process *process, struct end *theirs)
{
	int pipe_fds[2];

	if (!options->input && options->input_from_fd) {
		*theirs = (struct end){ options->input_fd, false };
		return 0;
	}
	if (!options->interactive && !options->input_len) {
		*theirs = (struct end){ null_device(O_RDONLY), true };
		return theirs->fd < 0 ? -1 : 0;
	}
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -1;
	*theirs = (struct end){ pipe_fds[0], true };
	process->input.fd = pipe_fds[1];
	process->input.stays_open = options->interactive;
	if (fcntl(process->input.fd, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return process_queue(process, options->input, options->input_len,
			     false);
}

void ends_close(struct end ends[3])
{
	for (int i = 0; i < 3; i++)
		if (ends[i].owned && ends[i].fd >= 0)
			close(ends[i].fd);
}

int ends_open(struct pj_process *process, const struct pj_run_options *options,
	      const struct limits *limits, struct end ends[3])
{
	if (open_input(options, process, &ends[0]) < 0 ||
	    open_output(options, false, limits->stdout_bytes, limits->overflow,
			process, &ends[1]) < 0 ||
	    open_output(options, true, limits->stderr_bytes, limits->overflow,
			process, &ends[2]) < 0)
		return -1;
	return 0;
}
