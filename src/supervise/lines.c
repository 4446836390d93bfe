/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is driven line by line. Every wait here is a turn of the one
 * event loop, with a deadline of the caller's: both outputs are taken while
 * input waits to be written, so neither side can block the other for good, and
 * the policy's limits hold meanwhile. Standard output is read ahead by one
 * buffer only: a program that nobody listens to is stopped by its full pipe.
 */
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "policy/policy.h"
#include "supervise/process.h"

static int refuse(const char *why, struct pj_error *err)
{
	return fail(err, PJ_STAGE_SUPERVISE, PJ_E_ARGUMENT, 0, "%s", why);
}

static int check_interactive(const struct pj_process *process,
			     struct pj_error *err)
{
	if (!process->interactive)
		return refuse("the process is not interactive; say so in "
			      "pj_run_options",
			      err);
	if (!process->result)
		return refuse("the process has been waited for", err);
	return 0;
}

static bool jail_ended(const struct pj_process *process)
{
	return process->gone || process->reported;
}

/* ---- the caller's deadline -------------------------------------------------
 */

struct patience {
	uint64_t until_us; /* UINT64_MAX: for ever */
	bool over;	   /* the last turn was made with no time left */
};

static struct patience patience(const struct pj_process *process,
				int timeout_ms)
{
	struct patience patience = { .until_us = UINT64_MAX };

	if (timeout_ms >= 0)
		patience.until_us = process_elapsed_us(process) +
				    (uint64_t)timeout_ms * 1000;
	return patience;
}

static int wait_turn(struct pj_process *process, struct patience *patience,
		     struct pj_error *err)
{
	uint64_t now_us = process_elapsed_us(process), left_ms = 0;

	if (patience->until_us == UINT64_MAX)
		return process_turn(process, -1, err);
	if (patience->until_us > now_us)
		left_ms = (patience->until_us - now_us + 999) / 1000;
	patience->over = left_ms == 0;
	return process_turn(process, left_ms > INT_MAX ? INT_MAX : (int)left_ms,
			    err);
}

/* ---- to the program -------------------------------------------------------
 */

static int told_closed(struct pj_error *err)
{
	return fail(err, PJ_STAGE_SUPERVISE, PJ_E_CLOSED, 0,
		    "the program has closed its input or has ended");
}

static int flush(struct pj_process *process, int timeout_ms,
		 struct pj_error *err)
{
	struct patience left = patience(process, timeout_ms);
	const struct input *input = &process->input;
	int status = 0;

	process_feed(process);
	while (input->fd >= 0 && input->done < input->len) {
		if (jail_ended(process))
			return told_closed(err);
		if (left.over)
			return fail(err, PJ_STAGE_SUPERVISE, PJ_E_TIMEOUT, 0,
				    "the program has not read all of the line "
				    "after %d ms",
				    timeout_ms);
		status = wait_turn(process, &left, err);
		if (status < 0)
			return status;
	}
	return input->fd >= 0 ? 0 : told_closed(err);
}

int pj_process_send_line(struct pj_process *process, const char *line,
			 size_t len, int timeout_ms, struct pj_error *err)
{
	int status;

	if (!process || (!line && len))
		return fail_missing(err, PJ_STAGE_SUPERVISE,
				    "process and line");
	status = check_interactive(process, err);
	if (status < 0)
		return status;
	if (len && memchr(line, '\n', len))
		return refuse("a line holds no newline", err);
	if (process->input.fd < 0)
		return told_closed(err);
	if (!process->input.stays_open)
		return refuse("the input has been closed", err);
	if (process_queue(process, line, len, true) < 0)
		return fail_memory(err, PJ_STAGE_SUPERVISE);
	return flush(process, timeout_ms, err);
}

int pj_process_close_input(struct pj_process *process, struct pj_error *err)
{
	int status;

	if (!process)
		return fail_missing(err, PJ_STAGE_SUPERVISE, "process");
	status = check_interactive(process, err);
	if (status < 0)
		return status;
	process->input.stays_open = false;
	process_feed(process);
	return 0;
}

/* ---- from the program ------------------------------------------------------
 */

/* What was written before the end is still in the pipe; nobody is left to write
 * more, even if somebody should hold it open. */
static int take_last(struct pj_process *process, struct pj_error *err)
{
	int event = process_pump_output(process);

	if (event < 0)
		return fail_memory(err, PJ_STAGE_SUPERVISE);
	if (event == STREAM_IDLE)
		stream_close(&process->out);
	return 0;
}

/* Nothing more will come: the end, or all beyond the limit is cut. */
static bool output_ended(const struct pj_process *process)
{
	return process->out.source < 0 ||
	       (process->out.cut && process->result->out.truncated);
}

static int next_line(struct pj_process *process, const char **ret_line,
		     size_t *ret_len, bool *ret_none, struct pj_error *err)
{
	char *line;

	*ret_none = false;
	switch (line_buffer_next(&process->lines, &line, ret_len)) {
	case LINE_READY:
		*ret_line = line;
		return 0;
	case LINE_TOO_LONG:
		return fail(err, PJ_STAGE_SUPERVISE, PJ_E_LINE_TOO_LONG, 0,
			    "a line of more than %zu bytes is dropped",
			    process->lines.max);
	case LINE_NONE:
		break;
	}
	*ret_none = true;
	return 0;
}

int pj_process_recv_line(struct pj_process *process, int timeout_ms,
			 const char **ret_line, size_t *ret_len,
			 struct pj_error *err)
{
	struct patience left;
	int status;
	bool none;

	if (!process || !ret_line || !ret_len)
		return fail_missing(err, PJ_STAGE_SUPERVISE,
				    "process, ret_line and ret_len");
	left = patience(process, timeout_ms);
	status = check_interactive(process, err);
	while (status == 0) {
		status = next_line(process, ret_line, ret_len, &none, err);
		if (status < 0 || !none)
			return status;
		if (output_ended(process))
			return fail(err, PJ_STAGE_SUPERVISE, PJ_E_CLOSED, 0,
				    "standard output has ended");
		if (left.over)
			return fail(err, PJ_STAGE_SUPERVISE, PJ_E_TIMEOUT, 0,
				    "no whole line after %d ms", timeout_ms);
		status = jail_ended(process) ? take_last(process, err)
					     : wait_turn(process, &left, err);
	}
	return status;
}
