/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 *   the caller's thread --clone(VM|VFORK|NEW*)--> init --clone(VM|VFORK)-->
 * program sleeps until the init is executed        sleeps until the program is
 *
 * Both children run in the caller's memory on stacks of their own, with raw
 * system calls only, all signals blocked: no page table is copied, whatever the
 * caller's size, and no lock of another thread can be waited for. What goes
 * wrong is written into the shared context; the launch has succeeded only when
 * both have been executed. Before that, the death of one ends the other:
 * closing the control pipe ends the init, and its end is the jail's.
 */
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/pidfd.h"
#include "init/protocol.h"
#include "launch/away.h"
#include "launch/child.h"
#include "launch/clone.h"
#include "launch/context.h"
#include "launch/memory_file.h"
#include "launch/scratch.h"
#include "launch/survivors.h"
#include "launch/wrapped.h"
#include "plan/wrapper.h"

extern const unsigned char init_image[], init_image_end[];

/* Ours is the memory of both children: nothing that they call is deep. */
enum { STACK_BYTES = 12 * 1024 };

/* Descriptors of one launch; those not given away are closed. */
struct pipes {
	int control[2], report[2], config, image, streams[3], account, begin;
};

static void close_pipes(struct pipes *pipes)
{
	int *all = (int *)pipes;

	for (size_t i = 0; i < sizeof(*pipes) / sizeof(int); i++)
		if (all[i] >= 0)
			close(all[i]);
}

static bool has_walls(const struct pj_plan *plan)
{
	return plan->clone_flags || plan->wrapper || plan->landlock.handled_fs;
}

/* Through a directory the program would reach all that lies in it, and by its
 * ".." the rest of the host. */
static int leads_out(const struct pj_plan *plan, int fd)
{
	struct stat stat;

	if (!has_walls(plan))
		return 0;
	return fstat(fd, &stat) < 0 ? -1 : S_ISDIR(stat.st_mode);
}

/* A stream that is joined to something is led nowhere else (the init's broker);
 * one whose messages each name a receiver would be. -1: it cannot be told. */
static int names_receivers(const struct pj_plan *plan, int fd)
{
	int type;
	socklen_t len = sizeof(type);

	if (!has_walls(plan))
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return errno == ENOTSOCK || errno == EBADF /* O_PATH */ ? 0
									: -1;
	return type != SOCK_STREAM && type != SOCK_SEQPACKET;
}

int launch_check_stream(const struct pj_plan *plan, int number, int fd,
			struct pj_error *err)
{
	int directory = leads_out(plan, fd);
	int receivers = directory == 0 ? names_receivers(plan, fd) : 0;

	if (directory > 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, 0,
			    "standard stream %d is a directory, which leads "
			    "out of the jail; give a file",
			    number);
	if (receivers > 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, 0,
			    "standard stream %d is a socket of datagrams, "
			    "which leads out of the jail; give a stream or a "
			    "pipe",
			    number);
	if (directory < 0 || receivers < 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno,
			    "standard stream %d", number);
	return 0;
}

static int open_pipe(int pair[2], struct pj_error *err)
{
	if (pipe2(pair, O_CLOEXEC) == 0) {
		pair[0] = move_away(pair[0]);
		pair[1] = move_away(pair[1]);
	}
	return pair[0] >= 0 && pair[1] >= 0
		       ? 0
		       : fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno, "pipe");
}

static int open_pipes(const struct pj_plan *plan, const int streams[3],
		      const struct launch_program *program, struct pipes *pipes,
		      struct pj_error *err)
{
	/* Where both processes work at once, the init's writes it itself, once
	 * the program runs. */
	size_t image_size =
		plan->concurrent ? 0 : (size_t)(init_image_end - init_image);

	int status = open_pipe(pipes->control, err);

	if (status == 0)
		status = open_pipe(pipes->report, err);
	if (status == 0 && fcntl(pipes->report[0], F_SETFL, O_NONBLOCK) < 0)
		status = fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno, "pipe");
	if (status < 0)
		return status;
	if (program)
		pipes->begin =
			move_away(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
	if (program && pipes->begin < 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno, "timer");
	pipes->config = memory_file("procjail-config", plan->init_config,
				    plan->init_config_size);
	pipes->image =
		program ? dup_away(program->init_image)
			: memory_file("procjail-init", init_image, image_size);
	if (pipes->config < 0 || pipes->image < 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno,
			    "memory file for the init");
	for (int i = 0; i < 3; i++) {
		status = launch_check_stream(plan, i, streams[i], err);
		if (status < 0)
			return status;
		pipes->streams[i] = dup_away(streams[i]);
		if (pipes->streams[i] < 0)
			return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno,
				    "standard stream %d", i);
	}
	return 0;
}

/* Read by the init, which shall hold nothing of it that could be written. */
static int open_account(const struct pj_plan *plan, const struct leaf *leaf,
			struct pipes *pipes, struct pj_error *err)
{
	if (!plan->cgroup.cpu_time)
		return 0;
	pipes->account = move_away(openat(leaf->fd, "cpu.stat",
					  O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
	if (pipes->account < 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE, errno,
			    "cgroup %s: cpu.stat", plan->cgroup.parent);
	return 0;
}

static const char *const step_names[] = {
	[STEP_START] = "start of the jail",
	[STEP_MAPS] = "user and group map",
	[STEP_NAMESPACES] = "namespaces of the program",
	[STEP_PROPAGATION] = "private mount propagation",
	[STEP_ROOT] = "root of the jail",
	[STEP_MOUNT] = "mount",
	[STEP_SOURCE_CHANGED] = "changed while it was being mounted:",
	[STEP_PIVOT] = "change of root",
	[STEP_NETWORK] = "network of the jail",
	[STEP_HOSTNAME] = "host name",
	[STEP_SYSCTL] = "setting",
	[STEP_SCOPE] = "Landlock scope",
	[STEP_SESSION] = "session of its own",
	[STEP_LANDLOCK] = "Landlock",
	[STEP_SCRATCH] = "directory for temporary files",
	[STEP_FORK] = "process of the program",
	[STEP_STREAMS] = "standard streams",
	[STEP_DIRECTORY] = "working directory",
	[STEP_DIRECTORY_CHANGED] = "working directory changed since the check:",
	[STEP_PROGRAM] = "program",
	[STEP_PROGRAM_CHANGED] = "program changed since the check:",
	[STEP_RLIMIT] = "limit",
	[STEP_SIGNALS] = "signals",
	[STEP_PRIVILEGES] = "drop of privileges",
	[STEP_EXECUTE] = "Landlock rule for execution",
	[STEP_DESCRIPTORS] = "descriptors",
	[STEP_FILTER] = "system call filter",
	[STEP_VERIFY] = "not in force just before exec:",
	[STEP_EXEC] = "exec",
	[STEP_INIT] = "init of the jail",
	[STEP_WRAPPER] = "launcher",
	[STEP_WRAPPED_ROOT] = "the launcher has not made as planned: /",
	[STEP_HANDOVER] = "hand-over to a waiting jail",
};
_Static_assert(ARRAY_SIZE(step_names) == STEP_COUNT, "a name for each step");

/* The filter's listener is the last descriptor that a launch needs. Whose limit
 * holds depends on which was set before (child_program.c). */
static int tell_no_descriptor(const struct pj_plan *plan, struct pj_error *err)
{
	if (!plan->concurrent &&
	    plan->command->policy->limits.open_files != LIMIT_UNSET)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, EMFILE,
			    "limits.open_files leaves no room for the launch; "
			    "give it 64 or more");
	return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, EMFILE,
		    "no descriptor is left for the launch; raise the caller's "
		    "own limit of open files (ulimit -n)");
}

/* A step of the namespaces that this host does not allow is missing
 * containment, anything else a failed launch. */
static int tell_failure(const struct launch_context *context,
			const struct leaf *leaf, struct pj_error *err)
{
	const char *name = context->plan->name;
	bool host_refuses =
		context->step == STEP_WRAPPER ||
		context->step == STEP_WRAPPED_ROOT ||
		context->step == STEP_SCOPE || context->step == STEP_FILTER ||
		(context->plan->clone_flags &&
		 (context->step == STEP_MAPS ||
		  context->step == STEP_NAMESPACES ||
		  context->step == STEP_PROPAGATION ||
		  context->step == STEP_ROOT || context->step == STEP_PIVOT ||
		  (context->step == STEP_MOUNT && context->errnum == EPERM)));
	const char *what = context->what ? context->what : "";

	if (leaf_memory_exhausted(leaf))
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, 0,
			    "the jail cannot be made within limits.memory; "
			    "give it some MiB");
	if (context->step == STEP_FILTER && context->errnum == EMFILE)
		return tell_no_descriptor(context->plan, err);
	if (context->program_executed && !context->init_executed)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, context->errnum,
			    "%s", step_names[STEP_INIT]);
	if (context->step == STEP_LANDLOCK &&
	    (context->errnum == ENOSYS || context->errnum == EOPNOTSUPP ||
	     context->errnum == E2BIG))
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE,
			    context->errnum,
			    "landlock: this host does not allow it (%s); see "
			    "`procjail doctor`",
			    what);
	if (host_refuses)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE,
			    context->errnum,
			    "%s: this host does not allow it (%s%s%s); see "
			    "`procjail doctor`",
			    name, step_names[context->step], *what ? " " : "",
			    what);
	return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, context->errnum,
		    "%s%s%s", step_names[context->step], *what ? " " : "",
		    what);
}

static int tell_clone_failure(const struct pj_plan *plan, int errnum,
			      struct pj_error *err)
{
	if (plan->clone_flags &&
	    (errnum == EPERM || errnum == ENOSPC || errnum == EINVAL ||
	     errnum == EUSERS || errnum == ENOSYS || errnum == EACCES))
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE, errnum,
			    "namespaces: user namespaces are not to be had "
			    "here; see `procjail doctor`");
	return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errnum, "clone");
}

/* Both processes with all signals blocked: no handler of the host program may
 * run in them. */
static int clone_blocked(struct launch_context *context, int cgroup_fd,
			 unsigned char *stack, int *ret_pidfd)
{
	const struct pj_plan *plan = context->plan;
	uint64_t flags = CLONE_VM | CLONE_VFORK;
	sigset_t all, before;
	int status;

	if (!plan->wrapper)
		flags |= plan->clone_flags & ~program_namespaces(plan);
	sigfillset(&all);
	status = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (status)
		return -status;
	/* No exit signal: the host program's own waiting for children does not
	 * see ours. */
	status =
		launch_clone(flags, cgroup_fd, stack, STACK_BYTES,
			     plan->wrapper ? child_run_wrapper : child_run_init,
			     context, ret_pidfd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

static struct launch_context make_context(const struct pj_plan *plan,
					  const struct launch_program *program,
					  const struct pipes *pipes,
					  unsigned char *stacks)
{
	struct launch_context context = {
		.plan = plan,
		.argv = program ? program->argv
				: strv_get(&plan->command->argv),
		.image = program ? program->file : -1,
		.envp = strv_get(plan->envp.count ? &plan->envp
						  : &plan->command->envp),
		.control = pipes->control[0],
		.report = pipes->report[1],
		.config = pipes->config,
		.init_image = pipes->image,
		.init_bytes = plan->concurrent && !program ? init_image : NULL,
		.init_size = (size_t)(init_image_end - init_image),
		.account = pipes->account,
		.begin = pipes->begin,
		.caller_descriptors = true,
		.program_stack = stacks + 2 * STACK_BYTES,
		.listener = -1,
		.names = -1,
		.names_stream = -1,
		.network = -1,
		.scratch = -1,
	};

	memcpy(context.streams, pipes->streams, sizeof(context.streams));
	return context;
}

static int run_children(const struct pj_plan *plan,
			const struct launch_program *program,
			struct pipes *pipes, const struct leaf *leaf,
			unsigned char *stacks, struct launched *ret_launched,
			struct pj_error *err)
{
	struct launch_context context =
		make_context(plan, program, pipes, stacks);
	__attribute__((cleanup(wrapped_close))) struct wrapped wrapped =
		WRAPPED_NONE;
	int pidfd = -1, status = 0;
	bool exited = true;

	if (plan->wrapper)
		status = wrapped_open(&wrapped, &context, err);
	if (status < 0)
		return status;
	status = clone_blocked(&context, leaf->fd, stacks, &pidfd);
	if (status < 0)
		return tell_clone_failure(plan, -status, err);
	if (plan->wrapper && context.init_executed)
		status = wrapped_await(&wrapped, pidfd, &context, err);
	if (!context.program_executed || !context.init_executed) {
		close(take_fd(pipes->control[1]));
		if (plan->wrapper)
			wrapped_end(pidfd);
		else
			exited = pidfd_reap(pidfd);
		/* An init that was killed leaves the other to its death. */
		child_await_program(&context);
		close(pidfd);
		if (!exited)
			survivors_kill(plan->mark);
		if (plan->scratch)
			scratch_clear(plan->scratch, context.scratch_identity);
		return status < 0 && !context.step
			       ? status
			       : tell_failure(&context, leaf, err);
	}
	ret_launched->init_is_jail = plan->clone_flags || plan->wrapper;
	ret_launched->mark = plan->mark;
	ret_launched->scratch = context.scratch_identity;
	ret_launched->pidfd = pidfd;
	ret_launched->control_fd = take_fd(pipes->control[1]);
	ret_launched->report_fd = take_fd(pipes->report[0]);
	ret_launched->config_fd = take_fd(pipes->config);
	ret_launched->begin_fd = take_fd(pipes->begin);
	return 0;
}

int launch(const struct pj_plan *plan, const int streams[3],
	   const struct launch_program *program, struct launched *ret_launched,
	   struct pj_error *err)
{
	__attribute__((cleanup(close_pipes))) struct pipes pipes = {
		{ -1, -1 }, { -1, -1 }, -1, -1, { -1, -1, -1 }, -1, -1
	};
	__attribute__((cleanup(leaf_remove))) struct leaf leaf = LEAF_NONE;
	int status = open_pipes(plan, streams, program, &pipes, err);
	__attribute__((aligned(16))) unsigned char stacks[2 * STACK_BYTES];

	if (status == 0 && plan->cgroup.parent)
		status = leaf_make(&plan->cgroup, &leaf, err);
	if (status == 0)
		status = open_account(plan, &leaf, &pipes, err);
	if (status < 0)
		return status;
	status = run_children(plan, program, &pipes, &leaf, stacks,
			      ret_launched, err);
	if (status < 0)
		return status;
	ret_launched->leaf = leaf;
	leaf = LEAF_NONE;
	/* The program runs meanwhile. */
	if (plan->scratch)
		scratch_clear_left(plan->scratch);
	return 0;
}
