/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: the process that becomes the jail's init. It makes the
 * jail around itself, starts the program, and executes the embedded init with
 * just the descriptors of init/protocol.h and one capability: to read what the
 * broker's callers pass, which no program in the jail can then read of it.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/kernel.h"
#include "base/rawsys.h"
#include "init/protocol.h"
#include "launch/child.h"
#include "launch/raw_clone.h"

enum { ABOVE = 16 };

/* What we open while the program's process puts its streams in their places
 * shall not be there. */
static CHILD_SIDE long fill_standard(const struct launch_context *context)
{
	long fd;

	do
		fd = raw(__NR_fcntl, context->control, F_DUPFD_CLOEXEC, 0);
	while (fd >= 0 && fd <= 2);
	if (fd >= 0)
		raw(__NR_close, fd);
	return fd;
}

/* What else the caller has open would be held by us until exec: pipes and
 * sockets of other jails, which tell by their end of file; and the program's
 * limit of open files is one of their numbers. */
static CHILD_SIDE bool drop_descriptors(struct launch_context *context)
{
	const int kept[] = { context->control,	  context->report,
			     context->config,	  context->init_image,
			     context->account,	  context->begin,
			     context->image,	  context->streams[0],
			     context->streams[1], context->streams[2] };
	unsigned int from = 3;
	long result = context->caller_descriptors ? fill_standard(context) : 0;

	while (context->caller_descriptors && from && result >= 0) {
		unsigned int next = ~0U; /* the first that is kept */

		for (unsigned int i = 0; i < sizeof(kept) / sizeof(*kept); i++)
			if (kept[i] >= (int)from &&
			    (unsigned int)kept[i] < next)
				next = (unsigned int)kept[i];
		if (next > from)
			result = raw(__NR_close_range, from,
				     next == ~0U ? next : next - 1, 0);
		from = next + 1;
	}
	return result >= 0 ||
	       launch_failed(context, STEP_DESCRIPTORS, NULL, result);
}

/* Abstract sockets: only those of this jail. Before the program is made, so
 * that the init, which connects for it, is bound as well. */
static CHILD_SIDE bool enter_scope(struct launch_context *context)
{
	struct kernel_landlock_ruleset ruleset = {
		.scoped = KERNEL_LANDLOCK_SCOPE_ABSTRACT_UNIX |
			  KERNEL_LANDLOCK_SCOPE_SIGNAL,
	};
	long fd, result;

	if (!context->plan->scope_abstract_sockets)
		return true;
	fd = raw(__NR_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	if (fd < 0)
		return launch_failed(context, STEP_SCOPE, NULL, fd);
	result = raw(__NR_landlock_restrict_self, fd, 0);
	raw(__NR_close, fd);
	return result >= 0 || launch_failed(context, STEP_SCOPE, NULL, result);
}

CHILD_SIDE void child_wait(const uint32_t *word, uint32_t value)
{
	raw(__NR_futex, word, FUTEX_WAIT, value, 0, 0, 0);
}

CHILD_SIDE void child_wake(const uint32_t *word)
{
	raw(__NR_futex, word, FUTEX_WAKE, 1, 0, 0, 0);
}

/* Either we sleep until the program is executed (vfork), or both go on. The
 * kernel sets `program_here`, and clears it when the program is executed (or
 * its process has ended): by then nobody but us is in this memory. */
static CHILD_SIDE bool start_program(struct launch_context *context)
{
	bool concurrent = context->plan->concurrent;
	int flags = CLONE_VM | CLONE_FILES | SIGCHLD | CLONE_PARENT_SETTID |
		    CLONE_CHILD_CLEARTID | (concurrent ? 0 : CLONE_VFORK);
	long pid;

	pid = raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (pid < 0)
		return launch_failed(context, STEP_PRIVILEGES, "no_new_privs",
				     pid);
	/* The table of descriptors is shared until exec: the listener appears
	 * here too. */
	context->init_pid = (int)raw(__NR_getpid);
	pid = raw_clone((uint64_t)flags, context->program_stack,
			&context->program_here, &context->program_here,
			child_run_program, context);
	if (pid < 0)
		return launch_failed(context, STEP_FORK, NULL, pid);
	context->main_pid = (int)pid;
	return concurrent || context->program_executed;
}

CHILD_SIDE void child_await_program(const struct launch_context *context)
{
	uint32_t pid;

	while ((pid = __atomic_load_n(&context->program_here,
				      __ATOMIC_ACQUIRE)))
		child_wait(&context->program_here, pid);
}

/* Until the program's process has left our memory. */
static CHILD_SIDE bool join_program(struct launch_context *context,
				    bool root_made)
{
	__atomic_store_n(&context->root_made,
			 root_made ? ROOT_MADE : ROOT_NEVER, __ATOMIC_RELEASE);
	child_wake(&context->root_made);
	child_await_program(context);
	return context->program_executed;
}

static CHILD_SIDE bool write_image(struct launch_context *context)
{
	long result = 1;

	for (size_t done = 0; context->init_bytes && done < context->init_size;
	     done += (size_t)result) {
		result = raw(__NR_write, context->init_image,
			     context->init_bytes + done,
			     context->init_size - done);
		if (result <= 0)
			return launch_failed(context, STEP_INIT, "image",
					     result);
	}
	return true;
}

static CHILD_SIDE bool write_config(struct launch_context *context)
{
	int32_t main_pid = context->main_pid;
	uint32_t scoped = context->scoped;
	long result =
		raw(__NR_pwrite64, context->config, &main_pid, sizeof(main_pid),
		    offsetof(struct init_config, main_pid));

	if (result == sizeof(main_pid))
		result = raw(__NR_pwrite64, context->config,
			     context->memory_devices,
			     sizeof(context->memory_devices),
			     offsetof(struct init_config, private_devices));
	if (result == sizeof(context->memory_devices))
		result = raw(__NR_pwrite64, context->config, &scoped,
			     sizeof(scoped),
			     offsetof(struct init_config, scoped));
	return result == sizeof(scoped) ||
	       launch_failed(context, STEP_INIT, "config", result);
}

/* What there is none of has the place all the same. */
static CHILD_SIDE int or_config(const struct launch_context *context, int fd)
{
	return fd >= 0 ? fd : context->config;
}

/* Those of init/protocol.h, and nothing else. */
static CHILD_SIDE long arrange_descriptors(const struct launch_context *context,
					   int *ret_image)
{
	const int wanted[INIT_FD_COUNT + 1] = {
		[INIT_FD_CONTROL] = context->control,
		[INIT_FD_REPORT] = context->report,
		[INIT_FD_CONFIG] = context->config,
		[INIT_FD_LISTENER] = or_config(context, context->listener),
		[INIT_FD_ACCOUNT] = or_config(context, context->account),
		[INIT_FD_NAMES] = or_config(context, context->names),
		[INIT_FD_NAMES_STREAM] =
			or_config(context, context->names_stream),
		[INIT_FD_NETWORK] = or_config(context, context->network),
		[INIT_FD_SCRATCH] = or_config(context, context->scratch),
		[INIT_FD_BEGIN] = or_config(context, context->begin),
		[INIT_FD_COUNT] = context->init_image,
	};
	long moved[INIT_FD_COUNT + 1];

	for (int i = 0; i <= INIT_FD_COUNT; i++) {
		moved[i] = raw(__NR_fcntl, wanted[i], F_DUPFD_CLOEXEC, ABOVE);
		if (moved[i] < 0)
			return moved[i];
	}
	/* Not left to exec: it wakes the caller before it closes, and nobody
	 * but the program shall hold the program's streams then. */
	for (int i = 0; i < 3; i++)
		raw(__NR_close, context->streams[i]);
	for (int i = 0; i < INIT_FD_COUNT; i++) {
		long result = raw(__NR_dup3, moved[i], i, 0);

		if (result < 0)
			return result;
	}
	*ret_image = (int)moved[INIT_FD_COUNT];
	return raw(__NR_close_range, INIT_FD_COUNT, ~0U, 4 /* CLOEXEC */);
}

/* CAP_SYS_PTRACE over the jail's own user namespace, nothing else; where the
 * init has to enter the program's network, what that takes, until it has. */
static CHILD_SIDE long keep_capabilities(const struct launch_context *context)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };
	bool enters = context->plan->own_network;
	uint32_t bits =
		1U << CAP_SYS_PTRACE | (enters ? 1U << CAP_SYS_ADMIN : 0);
	long result;

	result = raw(__NR_prctl, PR_SET_SECUREBITS,
		     SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
	if (result < 0)
		return result;
	data[0].effective = data[0].permitted = data[0].inheritable = bits;
	result = raw(__NR_capset, &head, data);
	if (result < 0)
		return result;
	result = raw(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
		     CAP_SYS_PTRACE, 0, 0);
	if (result >= 0 && enters)
		result = raw(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
			     CAP_SYS_ADMIN, 0, 0);
	return result;
}

/* Without a user namespace they would be the host's: what the broker does, it
 * does with no more rights than the program has. */
static CHILD_SIDE long keep_no_capability(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	raw(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return raw(__NR_capset, &head, data);
}

static CHILD_SIDE bool limit_file_size(struct launch_context *context)
{
	const struct pj_plan *plan = context->plan;
	long result = 0;

	/* What the broker writes for the program is bound like the program. */
	for (size_t i = 0; i < plan->rlimit_count && result >= 0; i++)
		if (plan->rlimits[i].resource == RLIMIT_FSIZE)
			result = child_set_limit(&plan->rlimits[i]);
	if (result >= 0)
		result = raw(__NR_chdir, "/");
	return result >= 0 || launch_failed(context, STEP_INIT,
					    "file size, directory", result);
}

/* Away from the caller's terminal and its signals. */
static CHILD_SIDE bool leave_session(struct launch_context *context)
{
	const unsigned long initial[4] = { 0 }; /* SIG_DFL, nothing masked */
	long result = raw(__NR_setsid);

	/* A wrapper may have made one for us. */
	if (result == -EPERM && raw(__NR_getsid, 0) == raw(__NR_getpid))
		result = 0;
	/* Where the caller ignores its children's ends, ours would go unseen.
	 */
	if (result >= 0)
		result = raw(__NR_rt_sigaction, SIGCHLD, initial, 0, 8);
	return result >= 0 ||
	       launch_failed(context, STEP_SESSION, NULL, result);
}

static CHILD_SIDE void become_init(struct launch_context *context)
{
	static const char *const argv[] = { "procjail-init", NULL };
	static const char *const envp[] = { NULL };
	int image;
	long result = arrange_descriptors(context, &image);

	if (result >= 0 && context->plan->clone_flags)
		result = keep_capabilities(context);
	else if (result >= 0 && context->plan->landlock.used)
		result = keep_no_capability();
	if (result >= 0) {
		context->init_executed = true;
		child_tell(context);
		result = raw(__NR_execveat, image, "", argv, envp,
			     AT_EMPTY_PATH);
		context->init_executed = false;
	}
	launch_failed(context, STEP_INIT, NULL, result);
}

/* Where there is no pid namespace; exec leaves it so. */
static CHILD_SIDE bool adopt_orphans(struct launch_context *context)
{
	long result = 0;

	if (!context->plan->clone_flags)
		result = raw(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return result >= 0 ||
	       launch_failed(context, STEP_SESSION, "subreaper", result);
}

CHILD_SIDE int child_run_init(void *data)
{
	struct launch_context *context = data;
	bool concurrent = context->plan->concurrent;
	bool made = drop_descriptors(context) && leave_session(context) &&
		    adopt_orphans(context) && child_enter_jail(context) &&
		    enter_scope(context) &&
		    (!concurrent || start_program(context)) &&
		    child_make_jail(context) && child_enter_outer(context) &&
		    child_open_command(context) &&
		    (concurrent || start_program(context));

	if (join_program(context, made) && write_image(context) &&
	    limit_file_size(context) && write_config(context))
		become_init(context);
	/* Without a pid namespace our end is not the program's. */
	if (context->program_executed)
		raw(__NR_kill, context->main_pid, SIGKILL);
	child_remove_scratch(context);
	child_tell(context);
	raw(__NR_exit_group, 1);
	__builtin_unreachable();
}
