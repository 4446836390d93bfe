/* SPDX-License-Identifier: Apache-2.0 */
/* A jail from command to result: streams, launch, supervision. What is freed
 * before its end is killed, whole, and waited for. */
#include "supervise/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/pidfd.h"
#include "launch/scratch.h"
#include "launch/survivors.h"
#include "plan/cgroup.h"
#include "plan/choose.h"
#include "plan/strategy.h"
#include "supervise/ends.h"
#include "supervise/refused.h"

enum { LINE_MAX_USUAL = 1 << 20, LINE_MAX_MOST = 1 << 30 };

void process_cleanup(struct pj_process **process)
{
	pj_process_free(*process);
}

/* ---- the result -----------------------------------------------------------
 */

static int describe(struct pj_result *result, const struct pj_command *command,
		    const struct pj_plan *plan)
{
	for (int i = 0; i < PROPERTY_COUNT; i++) {
		const char *mechanism = plan->properties[i].mechanism;

		result->asked[i] = plan->properties[i].asked;
		if (mechanism && !(result->enforced[i] = strdup(mechanism)))
			return -1;
	}
	for (size_t i = 0; i < command->envp.count; i++)
		if (strv_push_n(&result->env_names, command->envp.items[i],
				strcspn(command->envp.items[i], "=")) < 0)
			return -1;
	result->strategy = strdup(plan->name);
	result->program = strdup(command->program);
	result->cwd = strdup(command->cwd);
	if (!result->strategy || !result->program || !result->cwd)
		return -1;
	return strv_append(&result->argv, &command->argv);
}

/* ---- spawn ----------------------------------------------------------------
 */

static struct pj_process *process_new(void)
{
	struct pj_process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->jail = LAUNCHED_NONE;
	process->out.source = process->err.source = -1;
	process->out.destination = process->err.destination = -1;
	process->out.program_end = process->err.program_end = -1;
	process->input.fd = process->signal_fd = -1;
	process->epoll_fd = process->timer_fd = process->handover_fd = -1;
	process->result = calloc(1, sizeof(*process->result));
	if (!process->result)
		return pj_process_free(process);
	return process;
}

static void take_limits(struct pj_process *process, const struct limits *limits)
{
	struct rusage own;

	process->wall_limit_ms = limits->wall_time_ms;
	process->memory_limit = limits->memory;
	process->has_cpu_limit = limits->cpu_time_ms != LIMIT_UNSET;
	getrusage(RUSAGE_SELF, &own);
	process->own_peak_bytes = (size_t)own.ru_maxrss * 1024;
}

/* A caller that was built against an older, smaller struct says so in `size`;
 * one that asks for what only a newer library knows is refused. */
static int take_options(struct pj_run_options *options,
			const struct pj_run_options *given,
			struct pj_error *err)
{
	static const struct pj_run_options unset;
	const char *bytes = (const char *)given;
	size_t first = offsetof(struct pj_run_options, interactive);

	*options = unset;
	if (given && given->size < first)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_ARGUMENT, 0,
			    "pj_run_options.size is %zu; set it to sizeof",
			    given->size);
	for (size_t i = sizeof(*options); given && i < given->size; i++)
		if (bytes[i])
			return fail(err, PJ_STAGE_LAUNCH, PJ_E_ARGUMENT, 0,
				    "pj_run_options holds an option that this "
				    "library does not know");
	if (given)
		memcpy(options, given,
		       given->size < sizeof(*options) ? given->size
						      : sizeof(*options));
	if (options->interactive && (options->input || options->input_from_fd ||
				     options->stdout_to != PJ_STREAM_CAPTURE))
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_ARGUMENT, 0,
			    "an interactive process has no other input, and "
			    "its standard output goes nowhere else");
	if (options->line_max > LINE_MAX_MOST)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_ARGUMENT, 0,
			    "line_max is over 1 GiB");
	if (!options->line_max)
		options->line_max = LINE_MAX_USUAL;
	return 0;
}

/* What the init's list of refusals counts in. */
static int take_host_rules(struct pj_process *process,
			   const struct pj_policy *policy)
{
	if (strv_append(&process->host_rules, &policy->network_allow) < 0)
		return -1;
	return strv_append(&process->host_rules, &policy->network_deny);
}

int process_describe(struct pj_process *process,
		     const struct pj_command *command,
		     const struct pj_plan *plan, struct pj_error *err)
{
	/* Then the kernel tells, not the figures. */
	if (plan->cgroup.memory)
		process->memory_limit = LIMIT_UNSET;
	process->refusals_at = plan->refusals_at;
	process->scratch = plan->scratch ? strdup(plan->scratch) : NULL;
	if (plan->scratch && !process->scratch)
		return fail_memory(err, PJ_STAGE_LAUNCH);
	if (describe(process->result, command, plan) < 0 ||
	    take_host_rules(process, command->policy) < 0)
		return fail_memory(err, PJ_STAGE_LAUNCH);
	return 0;
}

/* A launch that fails has run nothing of the program and read nothing of its
 * streams: what the host refuses may be tried another way. */
int process_launch(struct pj_process *process, const struct pj_command *command,
		   const struct pj_run_options *options, const int streams[3],
		   void *data, struct pj_error *err)
{
	auto_search struct plan_search search = { .command = command,
						  .host = options->host,
						  .own = options->strategy };

	(void)data;
	for (;;) {
		auto_plan struct pj_plan *plan = NULL;
		struct pj_error why = { 0 };
		int status = plan_search_next(&search, &plan, err);

		if (status < 0)
			return status;
		status = launch(plan, streams, NULL, &process->jail, &why);
		if (status == 0) {
			process->result->passed_over = search.passed_over;
			search.passed_over = (struct strv){ 0 };
			return process_describe(process, command, plan, err);
		}
		if (!plan_search_refused(&search, plan, &why)) {
			if (err)
				*err = why;
			return status;
		}
	}
}

int process_spawn(const struct pj_command *command,
		  const struct pj_run_options *given, process_start *start,
		  void *data, struct pj_process **ret_process,
		  struct pj_error *err)
{
	struct pj_run_options options;
	const struct limits *limits = &command->policy->limits;
	struct end ends[3] = { { -1, false }, { -1, false }, { -1, false } };
	auto_process struct pj_process *process = process_new();
	int streams[3], status;

	if (!process)
		return fail_memory(err, PJ_STAGE_LAUNCH);
	status = take_options(&options, given, err);
	if (status < 0)
		return status;
	take_limits(process, limits);
	if (options.has_signals)
		process->signal_fd = options.signal_fd;
	process->interactive = options.interactive;
	process->lines.max = options.line_max;
	status = ends_open(process, &options, limits, ends);
	if (status < 0)
		status = fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno,
			      "standard streams");
	for (int i = 0; i < 3; i++)
		streams[i] = ends[i].fd;
	clock_gettime(CLOCK_MONOTONIC, &process->started);
	if (options.may_move_cgroup)
		cgroup_make_room(limits);
	if (status == 0)
		status = start(process, command, &options, streams, data, err);
	ends_close(ends);
	if (status < 0)
		return status;
	*ret_process = take(process);
	return 0;
}

static void watch(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	/* A descriptor that epoll refuses (a plain file) is always ready. */
	if (fd >= 0)
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* The caller's event loop shall turn to us when the time is over. */
static int watch_deadline(struct pj_process *process)
{
	uint64_t ms = process->wall_limit_ms;
	struct itimerspec at = { 0 };

	if (ms == LIMIT_UNSET)
		return 0;
	process->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (process->timer_fd < 0)
		return -1;
	at.it_value.tv_sec = process->started.tv_sec + (time_t)(ms / 1000);
	at.it_value.tv_nsec =
		process->started.tv_nsec + (long)(ms % 1000) * 1000000;
	if (at.it_value.tv_nsec >= 1000000000) {
		at.it_value.tv_sec++;
		at.it_value.tv_nsec -= 1000000000;
	}
	watch(process->epoll_fd, process->timer_fd, EPOLLIN);
	return timerfd_settime(process->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

int process_watch(struct pj_process *process, struct pj_error *err)
{
	process->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (process->epoll_fd < 0)
		return fail_system(err, PJ_STAGE_LAUNCH, errno, "epoll");
	watch(process->epoll_fd, process->jail.pidfd, EPOLLIN);
	watch(process->epoll_fd, process->jail.report_fd, EPOLLIN);
	watch(process->epoll_fd, process->out.source, EPOLLIN);
	watch(process->epoll_fd, process->err.source, EPOLLIN);
	watch(process->epoll_fd, process->signal_fd, EPOLLIN);
	process_feed(process);
	if (watch_deadline(process) < 0)
		return fail_system(err, PJ_STAGE_LAUNCH, errno, "timerfd");
	return 0;
}

void process_unwatch(struct pj_process *process)
{
	if (process->timer_fd >= 0)
		close(take_fd(process->timer_fd));
	if (process->epoll_fd >= 0)
		close(take_fd(process->epoll_fd));
}

int pj_spawn(const struct pj_command *command,
	     const struct pj_run_options *options,
	     struct pj_process **ret_process, struct pj_error *err)
{
	auto_process struct pj_process *process = NULL;
	int status;

	if (!command || !ret_process)
		return fail_missing(err, PJ_STAGE_LAUNCH,
				    "command and ret_process");
	status = process_spawn(command, options, process_launch, NULL, &process,
			       err);
	if (status == 0)
		status = process_watch(process, err);
	if (status < 0)
		return status;
	*ret_process = take(process);
	return 0;
}

int pj_process_pollfd(const struct pj_process *process)
{
	return process ? process->epoll_fd : -1;
}

int pj_process_kill(struct pj_process *process, struct pj_error *err)
{
	if (!process)
		return fail_missing(err, PJ_STAGE_SUPERVISE, "process");
	process_end(process, BECAUSE_ASKED);
	return 0;
}

int pj_process_wait(struct pj_process *process, struct pj_result **ret_result,
		    struct pj_error *err)
{
	int status;

	if (!process || !ret_result)
		return fail_missing(err, PJ_STAGE_SUPERVISE,
				    "process and ret_result");
	if (!process->result)
		return fail(err, PJ_STAGE_SUPERVISE, PJ_E_ARGUMENT, 0,
			    "the process has been waited for already");
	process->input.stays_open = false;
	process_feed(process);
	if (stream_keep_rest(&process->out) < 0)
		return fail_memory(err, PJ_STAGE_SUPERVISE);
	status = process_supervise(process, err);
	if (status < 0)
		return status;
	process_conclude(process);
	status = refused_take(process, err);
	if (status < 0)
		return status;
	*ret_result = take(process->result);
	return 0;
}

int jail_patience_ms(const struct launched *jail)
{
	return jail->init_is_jail ? PATIENCE_MS : LONG_PATIENCE_MS;
}

/* Closing the control pipe ends the jail; its init is ours to reap, and killed
 * where it does not come to its end. */
static void wait_gone(struct launched *jail)
{
	struct pollfd gone = { .fd = jail->pidfd, .events = POLLIN };
	bool exited;

	if (jail->control_fd >= 0)
		close(take_fd(jail->control_fd));
	if (jail->pidfd < 0)
		return;
	if (poll(&gone, 1, jail_patience_ms(jail)) == 0)
		pidfd_kill(jail->pidfd);
	exited = pidfd_reap(jail->pidfd);
	/* First, since the other needs descriptors. */
	close(take_fd(jail->pidfd));
	if (!exited)
		survivors_kill(jail->mark);
}

void process_end_jail(struct launched *jail)
{
	wait_gone(jail);
	leaf_remove(&jail->leaf);
}

struct pj_process *pj_process_free(struct pj_process *process)
{
	void (*give_back)(struct pj_process *);

	if (!process)
		return NULL;
	give_back = take(process->give_back);
	if (give_back) {
		give_back(process);
		return NULL;
	}
	process_end_jail(&process->jail);
	if (process->scratch)
		scratch_clear(process->scratch, process->jail.scratch);
	free(process->scratch);
	if (process->handover_fd >= 0)
		close(process->handover_fd);
	if (process->jail.report_fd >= 0)
		close(process->jail.report_fd);
	if (process->jail.config_fd >= 0)
		close(process->jail.config_fd);
	if (process->jail.begin_fd >= 0)
		close(process->jail.begin_fd);
	strv_clear(&process->host_rules);
	stream_close(&process->out);
	stream_close(&process->err);
	if (process->input.fd >= 0)
		close(process->input.fd);
	process_unwatch(process);
	free(process->input.data);
	line_buffer_clear(&process->lines);
	pj_result_free(process->result);
	free(process);
	return NULL;
}

int pj_run(const struct pj_command *command,
	   const struct pj_run_options *options, struct pj_result **ret_result,
	   struct pj_error *err)
{
	auto_process struct pj_process *process = NULL;
	int status;

	if (!command || !ret_result)
		return fail_missing(err, PJ_STAGE_LAUNCH,
				    "command and ret_result");
	status = process_spawn(command, options, process_launch, NULL, &process,
			       err);
	if (status < 0)
		return status;
	return pj_process_wait(process, ret_result, err);
}
