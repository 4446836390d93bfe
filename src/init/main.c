/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jail's init. Pid 1 of the jail's pid namespace (or, without one, the
 * subreaper of its tree): it reaps, samples what the tree uses, starts the
 * broker, passes signals on, and ends the whole tree when the program
 * has ended, when a limit is passed, or when the library is gone. It is a
 * program of its own without libc, so that it costs a few pages and shares no
 * memory with the host program. Nothing in the jail can signal or trace it:
 * signals from inside a pid namespace do not reach its pid 1, and it is not
 * dumpable.
 */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "base/empty_directory.h"
#include "base/start.h"
#include "init/broker.h"
#include "init/lib.h"
#include "init/network.h"
#include "init/protocol.h"
#include "init/tree.h"

enum { FD_SIGNALS = INIT_FD_COUNT };
enum { SWEEP_MS = 5 };
enum { REAPED_MAX = 1024 };

struct state {
	const struct init_config *config;
	struct init_report report;
	uint64_t before_us; /* in the account: what making the jail took */
	bool begun;	    /* INIT_WAITS: it is time for the first look */
	bool broker_started;
	bool broker_awaited; /* no place for its thread yet */
	bool program_ended;
	bool must_end;
};

/* What cannot go on as promised ends the jail, and is told. */
static void give_up(struct state *state, long result)
{
	state->report.ended_by = ENDED_BY_FAILURE;
	state->report.errnum = (int32_t)-result;
	state->must_end = true;
}

static void note_end(struct state *state, long pid, int status)
{
	broker_reaped(pid);
	if (pid != state->config->main_pid)
		return;
	state->report.wait_status = status;
	state->program_ended = true;
}

/* -ECHILD: there is nobody left. Where they die as fast as they are reaped, the
 * rest is for the next time. */
static long reap(struct state *state)
{
	for (int i = 0; i < REAPED_MAX; i++) {
		int status;
		long pid = raw(__NR_wait4, -1, &status, WNOHANG | __WALL, 0);

		if (pid <= 0)
			return pid;
		note_end(state, pid, status);
	}
	return 0;
}

/* The same, and whoever is of the group of an ended one ends with it. */
static long reap_groups(struct state *state)
{
	for (int i = 0; i < REAPED_MAX; i++) {
		siginfo_t info = { 0 };
		int status;
		long result = raw(__NR_waitid, P_ALL, 0, &info,
				  WEXITED | WNOHANG | WNOWAIT | __WALL, 0);

		if (result < 0 || !info.si_pid)
			return result;
		tree_kill_group(state->config, info.si_pid);
		result = raw(__NR_wait4, info.si_pid, &status, WNOHANG | __WALL,
			     0);
		if (result > 0)
			note_end(state, result, status);
	}
	return 0;
}

static uint64_t microseconds(long seconds, long more)
{
	return (uint64_t)seconds * 1000000 + (uint64_t)more;
}

/* All that was ever used in the jail's cgroup: the first line of cpu.stat is
 * "usage_usec N". */
static uint64_t account_us(void)
{
	static const char key[] = "usage_usec ";
	char text[64];
	const char *digits = text + sizeof(key) - 1;
	long n = raw(__NR_pread64, INIT_FD_ACCOUNT, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text_starts(text, key) ? number_read(&digits) : 0;
}

static void sample(struct state *state)
{
	struct tree_sample now = { 0 };
	const struct init_config *config = state->config;
	bool counted = tree_sample(config, &now);

	if (config->flags & INIT_ACCOUNT) {
		uint64_t us = account_us() - state->before_us;

		now.cpu_us = us > now.cpu_us ? us : now.cpu_us;
	} else if (!counted) {
		return;
	}
	if (now.processes > state->report.processes_peak)
		state->report.processes_peak = now.processes;
	if (now.memory_bytes > state->report.peak_tree_bytes)
		state->report.peak_tree_bytes = now.memory_bytes;
	if (now.memory_bytes > config->memory_limit)
		state->report.ended_by = ENDED_BY_MEMORY;
	else if (now.cpu_us > config->cpu_limit_us)
		state->report.ended_by = ENDED_BY_CPU;
	else if (now.processes > config->process_limit)
		state->report.ended_by = ENDED_BY_PROCESSES;
	else
		return;
	state->must_end = true;
}

/* One byte a signal; end of file: the library is gone. */
static void control(struct state *state)
{
	unsigned char signals[16];
	long n = raw(__NR_read, INIT_FD_CONTROL, signals, sizeof(signals));

	if (n == -EINTR || n == -EAGAIN)
		return;
	if (n < 0)
		give_up(state, n);
	if (n == 0)
		state->must_end = true;
	for (long i = 0; i < n; i++) {
		if (signals[i] == SIGKILL)
			state->must_end = true;
		else if (!state->program_ended)
			raw(__NR_kill, state->config->main_pid, signals[i]);
	}
}

/* The library keeps the time; but it is code of its host program, which may be
 * busy elsewhere while the time is over. */
static void check_time(struct state *state, uint64_t used_ms)
{
	if (used_ms < state->config->wall_limit_ms)
		return;
	state->report.ended_by = ENDED_BY_TIME;
	state->must_end = true;
}

/* By the clock: look at the tree, and at who waits for nobody. */
static void tick(struct state *state, uint64_t used_ms)
{
	sample(state);
	check_time(state, used_ms);
	reap(state);
	broker_sweep();
}

/* A program that forked to its limit before we got here has our thread's place
 * as well, where a cgroup counts; its calls wait until it gives one back. */
static void start_broker(struct state *state)
{
	long result = broker_start(state->config);

	state->broker_started = result >= 0;
	state->broker_awaited =
		result == -EAGAIN && state->config->flags & INIT_COUNTED;
	if (result < 0 && !state->broker_awaited)
		give_up(state, result);
}

static uint64_t clock_ns(void)
{
	struct __kernel_timespec now;

	raw(__NR_clock_gettime, 1, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

/* The last process that had the filter is ending (told before its memory is
 * taken apart since Linux 6.11): it has ended before we would be asleep, to be
 * woken once more. Whoever else wants the processor has it. */
static void await_last(struct state *state)
{
	enum { MOST_NS = 100 * 1000, TURN_NS = 10 * 1000 };
	uint64_t start = clock_ns(), before, now = start;

	do {
		before = now;
		reap(state);
		if (state->program_ended)
			return;
		raw(__NR_sched_yield);
		now = clock_ns();
	} while (now - before < TURN_NS && now - start < MOST_NS);
}

enum { POLL_CONTROL, POLL_SIGNALS, POLL_LISTENER, POLL_BEGIN, POLL_COUNT };

static void answer_polls(struct state *state, struct pollfd *polls)
{
	/* From the first call on it is the broker that listens. */
	if (polls[POLL_LISTENER].revents & POLLIN)
		start_broker(state);
	else if (polls[POLL_LISTENER].revents & POLLHUP)
		await_last(state);
	if (polls[POLL_LISTENER].revents)
		polls[POLL_LISTENER].fd = -1;
	if (polls[POLL_BEGIN].revents)
		state->begun = true;
	if (polls[POLL_CONTROL].revents)
		control(state);
	if (polls[POLL_SIGNALS].revents) {
		char drain[512];

		raw(__NR_read, FD_SIGNALS, drain, sizeof(drain));
		reap(state);
	}
}

#define POLLS                                                                  \
	{                                                                      \
		[POLL_CONTROL] = { INIT_FD_CONTROL, POLLIN, 0 },               \
		[POLL_SIGNALS] = { FD_SIGNALS, POLLIN, 0 },                    \
		[POLL_LISTENER] = { -1, POLLIN, 0 },                           \
		[POLL_BEGIN] = { -1, POLLIN, 0 },                              \
	}

/* Its thread is for who needs it: for a program that is over at once it would
 * be a tenth of the whole. */
static void prepare_broker(struct state *state, struct pollfd *polls)
{
	if (state->config->flags & (INIT_NETWORK | INIT_COUNTED))
		start_broker(state);
	else
		polls[POLL_LISTENER].fd = INIT_FD_LISTENER;
}

/* Without a clock: jails that wait shall cost no time. What a program asks for
 * before the first look is answered. */
static void await_begin(struct state *state)
{
	struct pollfd polls[POLL_COUNT] = POLLS;

	if (state->config->flags & INIT_BROKER)
		prepare_broker(state, polls);
	polls[POLL_BEGIN].fd = INIT_FD_BEGIN;
	while (!state->begun && !state->program_ended && !state->must_end)
		if (raw(__NR_ppoll, polls, POLL_COUNT, 0, 0, 8) > 0)
			answer_polls(state, polls);
	if (state->begun)
		raw(__NR_close, INIT_FD_BEGIN);
}

static void serve(struct state *state)
{
	struct pollfd polls[POLL_COUNT] = POLLS;
	const struct init_config *config = state->config;
	unsigned int every_ms = init_look_ms(config);
	/* In a jail that has waited the timer was set for the first look. */
	uint64_t next_ms = clock_ms() + (state->begun ? 0 : every_ms);
	uint64_t start_ms = next_ms - every_ms;

	if (config->flags & INIT_BROKER && !state->broker_started &&
	    !state->must_end && !state->program_ended)
		prepare_broker(state, polls);
	while (!state->program_ended && !state->must_end) {
		struct __kernel_timespec wait = { 0 };
		uint64_t now_ms = clock_ms();

		if (now_ms >= next_ms) {
			tick(state, now_ms - start_ms);
			if (state->broker_awaited && !state->must_end)
				start_broker(state);
			next_ms = now_ms + every_ms;
		}
		if (state->must_end)
			break;
		wait.tv_nsec = (long long)(next_ms - now_ms) * 1000000;
		if (raw(__NR_ppoll, polls, POLL_COUNT, &wait, 0, 8) > 0)
			answer_polls(state, polls);
	}
}

/* Until another child has ended, or a moment has passed. */
static void await_child(void)
{
	struct pollfd poll = { FD_SIGNALS, POLLIN, 0 };
	struct __kernel_timespec wait = { .tv_nsec = SWEEP_MS * 1000000 };
	char drain[512];

	if (raw(__NR_ppoll, &poll, 1, &wait, 0, 8) > 0)
		raw(__NR_read, FD_SIGNALS, drain, sizeof(drain));
}

/* The directory that stands for a private /tmp. */
static void remove_scratch(const struct init_config *config)
{
	static struct empty_directory_space space = { .steps = UINT64_MAX };

	empty_directory(INIT_FD_SCRATCH, &space);
	raw(__NR_unlinkat, AT_FDCWD, (const char *)config + config->scratch,
	    AT_REMOVEDIR);
}

/* Nothing survives: who has no child left has no descendant, since each of them
 * is one when its parents are gone. Then what the whole tree has used is in our
 * children's account. */
static void end_tree(struct state *state)
{
	struct rusage usage = { 0 };

	broker_stop();
	while (reap_groups(state) != -ECHILD) {
		tree_kill(state->config);
		await_child();
	}
	if (!state->program_ended && !state->report.errnum)
		give_up(state, -ECHILD);
	if (state->config->scratch)
		remove_scratch(state->config);
	raw(__NR_getrusage, RUSAGE_CHILDREN, &usage);
	state->report.user_us =
		microseconds(usage.ru_utime.tv_sec, usage.ru_utime.tv_usec);
	state->report.system_us =
		microseconds(usage.ru_stime.tv_sec, usage.ru_stime.tv_usec);
	state->report.peak_process_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

extern char _end[]; /* of the program */

static long read_config(struct state *state)
{
	struct init_config head;
	long result = raw(__NR_pread64, INIT_FD_CONFIG, &head, sizeof(head), 0);

	if (result != sizeof(head))
		return result < 0 ? result : -EIO;
	/* Beside the program, if that can be: in the same table of pages. */
	result = raw(__NR_mmap, ((uintptr_t)_end + 0xffff) & ~0xffffUL,
		     head.size, PROT_READ, MAP_PRIVATE, INIT_FD_CONFIG, 0);
	if (result < 0)
		return result;
	state->config = (const struct init_config *)result;
	return 0;
}

static long watch_children(void)
{
	uint64_t child_signal = 1ULL << (SIGCHLD - 1), all = ~0ULL;
	long result = raw(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8), fd;

	if (result < 0)
		return result;
	fd = raw(__NR_signalfd4, -1, &child_signal, 8, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fd == FD_SIGNALS)
		return fd;
	result = raw(__NR_dup3, fd, FD_SIGNALS, O_CLOEXEC);
	raw(__NR_close, fd);
	return result;
}

static long prepare(struct state *state)
{
	long result = read_config(state);

	if (result >= 0)
		result = raw(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (result >= 0)
		result = watch_children();
	raw(__NR_prctl, PR_SET_NAME, "procjail-init", 0, 0, 0);
	if (result >= 0 && !(state->config->flags & INIT_WAITS))
		raw(__NR_close, INIT_FD_BEGIN);
	if (result >= 0 && state->config->flags & INIT_ACCOUNT)
		state->before_us = account_us();
	return result;
}

/* In one page, as a rule, while it waits: what it knows, and below that its
 * stack. */
enum {
	OWN_BYTES = 64 * 1024,
	STATE_BYTES = (sizeof(struct state) + 15) / 16 * 16
};

static struct {
	unsigned char stack[OWN_BYTES - STATE_BYTES];
	struct state state __attribute__((aligned(16)));
} own __attribute__((aligned(4096)));

static void go_on(void)
{
	if (own.state.config) {
		reap(&own.state);
		serve(&own.state);
		end_tree(&own.state);
	}
	raw(__NR_write, INIT_FD_REPORT, &own.state.report,
	    sizeof(own.state.report));
	/* A pool's caller does not wait for the end of the namespaces. */
	if (own.state.config && own.state.config->flags & INIT_WAITS)
		raw(__NR_sched_yield);
	raw(__NR_exit_group, 0);
}

static void wait_first(void)
{
	start_drop_above();
	await_begin(&own.state);
	go_on();
}

__attribute__((used)) void init_entry(void);
void init_entry(void)
{
	long result = prepare(&own.state);

	own.state.report.size = sizeof(own.state.report);
	own.state.report.processes_peak = 1;
	if (result < 0) {
		give_up(&own.state, result);
	} else if (own.state.config->flags & INIT_NETWORK &&
		   !network_start(own.state.config)) {
		own.state.report.ended_by = ENDED_BY_NETWORK;
		own.state.must_end = true;
	}
	if (own.state.config && own.state.config->flags & INIT_WAITS)
		start_over(own.stack + sizeof(own.stack), wait_first);
	go_on();
	__builtin_unreachable();
}

START_AT(init_entry);
