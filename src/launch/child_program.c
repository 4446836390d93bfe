/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: the process that becomes the program. Drops everything,
 * checks that it is gone, and executes the file that the guard held. From the
 * filter on, each call is one that the filter allows.
 */

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/kernel.h"
#include "base/rawsys.h"
#include "launch/child.h"

enum { ABOVE = 16, SIGNAL_COUNT = 64, CLOSE_RANGE_CLOEXEC_FLAG = 4 };

static CHILD_SIDE bool take_streams(struct launch_context *context)
{
	int moved[3];
	long result;

	for (int i = 0; i < 3; i++) {
		result = raw(__NR_fcntl, context->streams[i], F_DUPFD_CLOEXEC,
			     ABOVE);
		if (result < 0)
			return launch_failed(context, STEP_STREAMS, NULL,
					     result);
		moved[i] = (int)result;
	}
	for (int i = 0; i < 3; i++) {
		result = raw(__NR_dup3, moved[i], i, 0);
		raw(__NR_close, moved[i]);
		if (result < 0)
			return launch_failed(context, STEP_STREAMS, NULL,
					     result);
	}
	result = raw(__NR_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC_FLAG);
	return result >= 0 ||
	       launch_failed(context, STEP_DESCRIPTORS, NULL, result);
}

static CHILD_SIDE bool enter_directory(struct launch_context *context)
{
	long result = raw(__NR_fchdir, context->directory);

	return result >= 0 ||
	       launch_failed(context, STEP_DIRECTORY,
			     context->plan->command->cwd, result);
}

static CHILD_SIDE uint64_t half_of(uint64_t limit)
{
	return limit == RLIM_INFINITY ? limit : limit / 2;
}

/* Never above what the caller has itself. */
CHILD_SIDE long child_set_limit(const struct rlimit_op *op)
{
	struct rlimit had = { 0 }, want = op->value;
	long result = raw(__NR_prlimit64, 0, op->resource, 0, &had);

	if (result < 0)
		return result;
	if (op->half)
		want.rlim_cur = want.rlim_max = half_of(had.rlim_cur);
	if (want.rlim_max > had.rlim_max)
		want.rlim_max = had.rlim_max;
	if (want.rlim_cur > want.rlim_max)
		want.rlim_cur = want.rlim_max;
	return raw(__NR_prlimit64, 0, op->resource, &want, 0);
}

static CHILD_SIDE bool set_mark(struct launch_context *context)
{
	const struct rlimit_op op = {
		.resource = RLIMIT_RTTIME,
		.value = { context->plan->mark, context->plan->mark },
	};
	long result = op.value.rlim_max ? child_set_limit(&op) : 0;

	return result >= 0 ||
	       launch_failed(context, STEP_RLIMIT, "RLIMIT_RTTIME", result);
}

static CHILD_SIDE bool set_limits(struct launch_context *context)
{
	const struct pj_plan *plan = context->plan;

	for (size_t i = 0; i < plan->rlimit_count; i++) {
		const struct rlimit_op *op = &plan->rlimits[i];
		long result = child_set_limit(op);

		if (result < 0)
			return launch_failed(context, STEP_RLIMIT, op->name,
					     result);
	}
	return set_mark(context);
}

/* What the caller ignores would stay ignored. The layout is the kernel's. */
CHILD_SIDE bool child_reset_signals(struct launch_context *context)
{
	const unsigned long initial[4] = { 0 }; /* SIG_DFL, nothing masked */
	const unsigned long none = 0;
	long result;

	for (int i = 1; i <= SIGNAL_COUNT; i++) {
		if (i == SIGKILL || i == SIGSTOP)
			continue;
		result = raw(__NR_rt_sigaction, i, initial, 0, 8);
		if (result < 0)
			return launch_failed(context, STEP_SIGNALS, NULL,
					     result);
	}
	result = raw(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
	return result >= 0 ||
	       launch_failed(context, STEP_SIGNALS, NULL, result);
}

static CHILD_SIDE long empty_bounding_set(void)
{
	for (int i = 0; i < 64; i++) {
		long result = raw(__NR_prctl, PR_CAPBSET_DROP, i, 0, 0, 0);

		/* Past the last capability there is none to ask for either. */
		if (result < 0 &&
		    raw(__NR_prctl, PR_CAPBSET_READ, i, 0, 0, 0) >= 0)
			return result;
		if (result < 0)
			break;
	}
	return 0;
}

static CHILD_SIDE bool drop_privileges(struct launch_context *context)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 }, had[2] = { 0 };
	const char *what = "no_new_privs";
	long result = raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	/* Without a namespace of our own root alone may; no_new_privs keeps the
	 * others from gaining anything. */
	if (result >= 0 && !context->plan->clone_flags) {
		what = "bounding set";
		result = raw(__NR_capget, &head, had);
		if (result >= 0 && had[0].effective & 1U << CAP_SETPCAP)
			result = empty_bounding_set();
	}
	if (result >= 0 && context->plan->clone_flags) {
		what = "securebits";
		result = raw(__NR_prctl, PR_SET_SECUREBITS,
			     SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
				     SECBIT_NO_CAP_AMBIENT_RAISE |
				     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
			     0, 0, 0);
	}
	if (result >= 0 && context->plan->clone_flags) {
		what = "bounding set";
		result = empty_bounding_set();
	}
	if (result >= 0) {
		what = "ambient capabilities";
		result = raw(__NR_prctl, PR_CAP_AMBIENT,
			     PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	}
	if (result >= 0) {
		what = "capabilities";
		result = raw(__NR_capset, &head, data);
	}
	return result >= 0 ||
	       launch_failed(context, STEP_PRIVILEGES, what, result);
}

/* ---- Landlock: what may be executed -------------------------------------- */

static CHILD_SIDE bool limit_execution(struct launch_context *context)
{
	long result;

	if (!child_limits_execution(context))
		return true;
	result = raw(__NR_landlock_restrict_self, context->execute_ruleset, 0);
	return result >= 0 ||
	       launch_failed(context, STEP_EXECUTE, "restrict", result);
}

/* Where the init is not pid 1 of a namespace, a signal could stop it. */
static CHILD_SIDE bool scope_signals(struct launch_context *context)
{
	struct kernel_landlock_ruleset ruleset = {
		.scoped = KERNEL_LANDLOCK_SCOPE_SIGNAL,
	};
	long fd, result;

	if (!context->plan->scope_signals)
		return true;
	fd = raw(__NR_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	if (fd < 0)
		return launch_failed(context, STEP_SCOPE, "signals", fd);
	result = raw(__NR_landlock_restrict_self, fd, 0);
	raw(__NR_close, fd);
	return result >= 0 ||
	       launch_failed(context, STEP_SCOPE, "signals", result);
}

/* ---- the last steps ------------------------------------------------------ */

static CHILD_SIDE bool load_filter(struct launch_context *context)
{
	const struct pj_plan *plan = context->plan;
	struct sock_fprog program = { .len = plan->filter_len,
				      .filter = plan->filter };
	unsigned long flags = 0;
	long result;

	if (!plan->filter_len)
		return true;
	if (plan->brokered)
		flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			KERNEL_SECCOMP_WAIT_KILLABLE_RECV;
	result = raw(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	/* Before Linux 5.19: a call that a signal interrupts while it waits for
	 * the broker is made again, or ends with EINTR. */
	if (result == -EINVAL && plan->brokered)
		result = raw(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (result < 0)
		return launch_failed(context, STEP_FILTER, NULL, result);
	if (plan->brokered)
		context->listener = (int)result;
	return true;
}

/* "/.." follows what is mounted on top of the root, if anything is. */
static CHILD_SIDE bool is_root(const struct launch_context *context,
			       const char *path)
{
	struct stat root;

	return raw(__NR_newfstatat, AT_FDCWD, path, &root, 0) >= 0 &&
	       root.st_dev == context->root_device &&
	       root.st_ino == context->root_inode;
}

/* What was promised, asked back from the kernel. */
static CHILD_SIDE bool verify(struct launch_context *context)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (raw(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return launch_failed(context, STEP_VERIFY, "no_new_privs", 0);
	if (raw(__NR_capget, &head, data) < 0 || data[0].effective ||
	    data[0].permitted || data[0].inheritable || data[1].effective ||
	    data[1].permitted || data[1].inheritable)
		return launch_failed(context, STEP_VERIFY,
				     "empty capability sets", 0);
	if (context->plan->filter_len &&
	    raw(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
		return launch_failed(context, STEP_VERIFY, "filter", 0);
	if (!context->plan->clone_flags)
		return true;
	if (!is_root(context, "/") || !is_root(context, "/.."))
		return launch_failed(context, STEP_VERIFY, "the jail's root",
				     0);
	return child_verify_network(context);
}

/* A script is executed by its name, because its interpreter opens it by that.
 */
static CHILD_SIDE void execute(struct launch_context *context)
{
	const struct pj_command *command = context->plan->command;
	long result;

	/* Memory is shared: the parents see this when they run on, which they
	 * do once exec has given us memory of our own. */
	context->program_executed = true;
	if (command->interpreter)
		result = raw(__NR_execve, command->program, context->argv,
			     context->envp);
	else
		result = raw(__NR_execveat, context->program, "", context->argv,
			     context->envp, AT_EMPTY_PATH);
	context->program_executed = false;
	launch_failed(context, STEP_EXEC, command->program, result);
}

/* Nobody else needs them, so they are made here, beside the making of the root.
 * The root of a cgroup namespace is where its maker is: in the jail's leaf. */
static CHILD_SIDE bool own_namespaces(struct launch_context *context)
{
	static const char name[] = "procjail";
	const struct pj_plan *plan = context->plan;
	uint64_t wanted = program_namespaces(plan);
	long result = wanted ? raw(__NR_unshare, wanted) : 0;

	if (result < 0)
		return launch_failed(context, STEP_NAMESPACES, NULL, result);
	result = wanted & CLONE_NEWUTS
			 ? raw(__NR_sethostname, name, sizeof(name) - 1)
			 : 0;
	if (result < 0)
		return launch_failed(context, STEP_HOSTNAME, NULL, result);
	return !(wanted & CLONE_NEWNET) ||
	       (child_loopback_up(context) && child_serve_network(context));
}

static CHILD_SIDE bool leave_session(struct launch_context *context)
{
	long result = raw(__NR_setsid);

	/* In a pid namespace the init's death is everybody's; elsewhere this,
	 * which says nothing of one that is dead already. */
	if (result >= 0)
		result = raw(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (result >= 0 && !context->plan->clone_flags &&
	    raw(__NR_getppid) != context->init_pid)
		result = -ESRCH;
	return result >= 0 ||
	       launch_failed(context, STEP_SESSION, NULL, result);
}

static CHILD_SIDE bool await_root(const struct launch_context *context)
{
	uint32_t made;

	while ((made = __atomic_load_n(&context->root_made,
				       __ATOMIC_ACQUIRE)) == ROOT_AWAITED)
		child_wait(&context->root_made, ROOT_AWAITED);
	return made == ROOT_MADE;
}

/* In the finished root. */
static CHILD_SIDE bool get_ready(struct launch_context *context)
{
	return leave_session(context) && own_namespaces(context) &&
	       take_streams(context) && enter_directory(context) &&
	       set_limits(context) && child_reset_signals(context) &&
	       drop_privileges(context) && limit_execution(context) &&
	       scope_signals(context) && child_enter_inner(context) &&
	       load_filter(context) && verify(context);
}

/* While the root is still being made: the filter, which the kernel takes time
 * to compile, is in force before, and what needs the root comes after. */
static CHILD_SIDE bool get_ready_meanwhile(struct launch_context *context)
{
	return leave_session(context) && own_namespaces(context) &&
	       take_streams(context) && child_reset_signals(context) &&
	       drop_privileges(context) && load_filter(context) &&
	       await_root(context) && enter_directory(context) &&
	       set_limits(context) && verify(context);
}

CHILD_SIDE int child_run_program(void *data)
{
	struct launch_context *context = data;

	if (context->plan->concurrent ? get_ready_meanwhile(context)
				      : get_ready(context))
		execute(context);
	raw(__NR_exit_group, 127);
	__builtin_unreachable();
}
