/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of one jail: its end, its report, both outputs, its input, the
 * caller's signals, and the deadline. The report is read before the clock is
 * looked at, so that an exit and a timeout in the same instant have one
 * outcome. The loop is over when the init has reported, which it does when
 * every other process of the jail is gone, and the pipes are drained: nobody is
 * left who could fill them. The kernel takes the namespaces down meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/pidfd.h"
#include "launch/survivors.h"
#include "policy/policy.h"
#include "supervise/process.h"

enum {
	WATCH_GONE,
	WATCH_REPORT,
	WATCH_OUT,
	WATCH_ERR,
	WATCH_INPUT,
	WATCH_SIGNALS,
	WATCH_COUNT,
};

/* What lasts so long is no more in a hurry. */
enum { MOMENT_MS = 1 };

/* A limit beyond it (a century) is none to the clock's arithmetic. */
#define LONGEST_MS (100ULL * 366 * 24 * 3600 * 1000)

uint64_t process_elapsed_us(const struct pj_process *process)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec - process->started.tv_sec) * 1000000 +
	       (uint64_t)((now.tv_nsec - process->started.tv_nsec) / 1000);
}

/* The init may have ended this instant: then nobody reads, and that must raise
 * no signal in the host program. */
static void send_signal(struct pj_process *process, unsigned char number)
{
	const char byte = (char)number;

	if (process->jail.control_fd < 0 ||
	    stream_write_quietly(process->jail.control_fd, &byte, 1) == 1)
		return;
	if (process->jail.init_is_jail)
		pidfd_kill(process->jail.pidfd);
	else
		close(take_fd(process->jail.control_fd)); /* that ends it too */
}

void process_end(struct pj_process *process, enum ended_because why)
{
	if (process->ended != NOT_ENDED || process->reported)
		return;
	process->ended = why;
	process->ended_us = process_elapsed_us(process);
	send_signal(process, SIGKILL);
}

void process_lasts(struct pj_process *process)
{
	void (*lasts)(struct pj_process *) = take(process->lasts);

	if (lasts)
		lasts(process);
}

/* ---- events -------------------------------------------------------------- */

static void read_report(struct pj_process *process)
{
	struct init_report report;
	ssize_t n = read(process->jail.report_fd, &report, sizeof(report));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0)
		process->report_errnum = errno;
	if (n == sizeof(report) && report.size == sizeof(report)) {
		process->report = report;
		process->reported = true;
	}
	close(process->jail.report_fd);
	process->jail.report_fd = -1;
}

static void forward_signals(struct pj_process *process)
{
	unsigned char numbers[32];
	ssize_t n = read(process->signal_fd, numbers, sizeof(numbers));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		process->signal_fd = -1; /* the caller's to close */
	for (ssize_t i = 0; i < n; i++) {
		if (numbers[i] == SIGKILL)
			process_end(process, BECAUSE_ASKED);
		else
			send_signal(process, numbers[i]);
	}
}

static int pump(struct pj_process *process, struct stream *stream)
{
	int event = stream_pump(stream);

	if (event == STREAM_OVER)
		process_end(process, BECAUSE_OUTPUT);
	if (event == STREAM_FAILED)
		process_end(process, BECAUSE_UNWRITTEN);
	return event;
}

int process_pump_output(struct pj_process *process)
{
	return pump(process, &process->out);
}

/* ---- the loop ------------------------------------------------------------ */

static void fill_polls(const struct pj_process *process,
		       struct pollfd polls[WATCH_COUNT])
{
	const struct stream *streams[] = { &process->out, &process->err };

	for (int i = 0; i < WATCH_COUNT; i++)
		polls[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	polls[WATCH_GONE].fd = process->jail.pidfd;
	polls[WATCH_REPORT].fd = process->jail.report_fd;
	for (int i = 0; i < 2; i++) {
		struct pollfd *poll = &polls[WATCH_OUT + i];

		poll->fd = stream_is_full(streams[i]) ? -1 : streams[i]->source;
		if (stream_wants_write(streams[i])) {
			poll->fd = streams[i]->destination;
			poll->events = POLLOUT;
		}
	}
	if (process->input.done < process->input.len)
		polls[WATCH_INPUT].fd = process->input.fd;
	polls[WATCH_INPUT].events = POLLOUT;
	polls[WATCH_SIGNALS].fd = process->signal_fd;
}

/* Until the next thing that happens by the clock; -1: nothing does. */
static int wait_ms(const struct pj_process *process, int most_ms)
{
	uint64_t now_us = process_elapsed_us(process), at_us, left_ms;

	if (process->lasts && (most_ms < 0 || most_ms > MOMENT_MS))
		most_ms = MOMENT_MS;
	if (process->ended != NOT_ENDED)
		at_us = process->ended_us +
			(uint64_t)jail_patience_ms(&process->jail) * 1000;
	else if (process->wall_limit_ms <= LONGEST_MS)
		at_us = process->wall_limit_ms * 1000;
	else
		return most_ms;
	left_ms = at_us > now_us ? (at_us - now_us + 999) / 1000 : 0;
	if (most_ms >= 0 && (uint64_t)most_ms < left_ms)
		return most_ms;
	return left_ms > 3600000 ? 3600000 : (int)left_ms;
}

static void check_clock(struct pj_process *process)
{
	uint64_t now_us = process_elapsed_us(process);
	uint64_t patience_us =
		(uint64_t)jail_patience_ms(&process->jail) * 1000;

	if (process->lasts && now_us >= MOMENT_MS * 1000)
		process_lasts(process);
	if (process->ended != NOT_ENDED) {
		if (now_us >= process->ended_us + patience_us) {
			leaf_kill(&process->jail.leaf);
			pidfd_kill(process->jail.pidfd);
		}
		return;
	}
	if (now_us / 1000 < process->wall_limit_ms)
		return;
	process_end(process, BECAUSE_TIME);
	/* It has told the caller's event loop, and shall not go on. */
	if (process->timer_fd >= 0)
		close(take_fd(process->timer_fd));
}

int process_turn(struct pj_process *process, int most_ms, struct pj_error *err)
{
	struct pollfd polls[WATCH_COUNT];
	int ready;

	fill_polls(process, polls);
	ready = poll(polls, WATCH_COUNT, wait_ms(process, most_ms));
	if (ready < 0) {
		if (errno == EINTR)
			return 0;
		return fail_system(err, PJ_STAGE_SUPERVISE, errno, "poll");
	}
	if (polls[WATCH_REPORT].revents)
		read_report(process);
	if (polls[WATCH_SIGNALS].revents)
		forward_signals(process);
	if (polls[WATCH_INPUT].revents)
		process_feed(process);
	if ((polls[WATCH_OUT].revents && pump(process, &process->out) < 0) ||
	    (polls[WATCH_ERR].revents && pump(process, &process->err) < 0))
		return fail_memory(err, PJ_STAGE_SUPERVISE);
	if (polls[WATCH_GONE].revents)
		process->gone = true;
	check_clock(process);
	return 0;
}

/* What was written before the end is still in the pipe. A destination that
 * takes nothing more than the deadline allows loses the rest. */
static int drain(struct pj_process *process, struct stream *stream,
		 struct pj_error *err)
{
	for (;;) {
		struct pollfd ready[] = {
			{ .fd = stream->destination, .events = POLLOUT },
			{ .fd = process->signal_fd, .events = POLLIN },
		};
		int event = pump(process, stream);

		if (event < 0)
			return fail_memory(err, PJ_STAGE_SUPERVISE);
		if (event == STREAM_ENDED || event == STREAM_FAILED)
			return 0;
		if (event != STREAM_IDLE)
			continue;
		if (!stream_wants_write(stream))
			break;
		if (poll(ready, 2, PATIENCE_MS) == 0 &&
		    process->ended != NOT_ENDED)
			break;
		if (ready[1].revents)
			forward_signals(process);
	}
	stream_close(stream);
	return 0;
}

/* A jail whose end is not known to be what it seems has failed. */
static int check_report(const struct pj_process *process, struct pj_error *err)
{
	const struct init_report *report = &process->report;

	if (process->reported && report->ended_by == ENDED_BY_FAILURE)
		return fail_system(err, PJ_STAGE_SUPERVISE, report->errnum,
				   "the jail's init");
	if (process->reported && report->ended_by == ENDED_BY_NETWORK)
		return fail(err, PJ_STAGE_SUPERVISE, PJ_E_UNAVAILABLE, 0,
			    "network: the broker of mode \"filtered\" cannot "
			    "start on this host; it needs Linux 5.19 and "
			    "netlink; use another mode");
	/* At memory.max the kernel ends the init with the rest. */
	if (!process->reported && process->ended == NOT_ENDED &&
	    !leaf_memory_exhausted(&process->jail.leaf))
		return fail_system(err, PJ_STAGE_SUPERVISE,
				   process->report_errnum,
				   "the jail's init ended without a report");
	return 0;
}

/* Whatever the program did: its output is lost, and nobody else would tell. */
static int check_written(const struct pj_process *process, struct pj_error *err)
{
	if (process->out.errnum)
		return fail_system(err, PJ_STAGE_SUPERVISE, process->out.errnum,
				   "write to standard output");
	if (process->err.errnum)
		return fail_system(err, PJ_STAGE_SUPERVISE, process->err.errnum,
				   "write to standard error");
	return 0;
}

int process_supervise(struct pj_process *process, struct pj_error *err)
{
	int status = 0;

	/* The init reports when no process of the jail is left but itself. */
	while (status == 0 && !process->gone && !process->reported)
		status = process_turn(process, -1, err);
	if (status == 0 && process->jail.report_fd >= 0)
		read_report(process);
	if (process->gone && !process->reported)
		survivors_kill(process->jail.mark);
	if (status == 0)
		status = drain(process, &process->out, err);
	if (status == 0)
		status = drain(process, &process->err, err);
	if (status == 0)
		status = check_report(process, err);
	return status == 0 ? check_written(process, err) : status;
}
