/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a host of another kind for a command: host SITUATION COMMAND...
 *
 *   no-mounts      user namespaces without capabilities (AppArmor,
 * Ubuntu 24.04) container      a container's default filter no-landlock    a
 * kernel without Landlock abi=N          a kernel with Landlock of this ABI
 *   listener       a seccomp filter with a listener is in force
 *
 * By a filter; the ABI by tracing, since a filter cannot answer with a number
 * and a listener would be in the way of the jail's own.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNSUPPORTED = 77, MOST = 64 };

struct filter {
	struct sock_filter code[MOST];
	unsigned short len;
};

static void add(struct filter *filter, struct sock_filter instruction)
{
	filter->code[filter->len++] = instruction;
}

static void start(struct filter *filter)
{
	add(filter,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					 offsetof(struct seccomp_data, nr)));
}

static void answer(struct filter *filter, long number, uint32_t action)
{
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						 (uint32_t)number, 0, 1));
	add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static int load(struct filter *filter, unsigned int flags)
{
	struct sock_fprog program = { filter->len, filter->code };
	long result;

	add(filter,
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	program.len = filter->len;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (result < 0) {
		perror("host: seccomp");
		exit(125);
	}
	return (int)result;
}

static const long mount_calls[] = {
	SYS_mount,	SYS_umount2,	   SYS_pivot_root,  SYS_open_tree,
	SYS_move_mount, SYS_fsopen,	   SYS_fsmount,	    SYS_fsconfig,
	SYS_fspick,	SYS_mount_setattr, SYS_sethostname,
};

static void refuse_mounts(struct filter *filter)
{
	for (size_t i = 0; i < sizeof(mount_calls) / sizeof(long); i++)
		answer(filter, mount_calls[i], SECCOMP_RET_ERRNO | EPERM);
}

static void no_mounts(struct filter *filter)
{
	start(filter);
	refuse_mounts(filter);
	load(filter, 0);
}

/* As moby's default profile does without capabilities. */
static void container(struct filter *filter)
{
	const uint32_t namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID |
				    CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
				    CLONE_NEWCGROUP;

	start(filter);
	refuse_mounts(filter);
	answer(filter, SYS_unshare, SECCOMP_RET_ERRNO | EPERM);
	answer(filter, SYS_setns, SECCOMP_RET_ERRNO | EPERM);
	answer(filter, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						 SYS_clone, 0, 3));
	add(filter,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					 offsetof(struct seccomp_data, args)));
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						 namespaces, 0, 1));
	add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ERRNO | EPERM));
	load(filter, 0);
}

static void no_landlock(struct filter *filter)
{
	start(filter);
	answer(filter, SYS_landlock_create_ruleset, SECCOMP_RET_ERRNO | ENOSYS);
	answer(filter, SYS_landlock_add_rule, SECCOMP_RET_ERRNO | ENOSYS);
	answer(filter, SYS_landlock_restrict_self, SECCOMP_RET_ERRNO | ENOSYS);
	load(filter, 0);
}

/* For a call that nobody makes; a parent keeps the listener. */
static void listener(struct filter *filter)
{
	int fd, status = 0;
	pid_t child;

	start(filter);
	answer(filter, SYS_acct, SECCOMP_RET_USER_NOTIF);
	fd = load(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	child = fork();
	if (child == 0) {
		close(fd);
		return;
	}
	waitpid(child, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

/* ---- an older Landlock ----------------------------------------------------
 */

#if defined(__x86_64__)

/* What each ABI knows: file rights, network rights, scopes
 * (Documentation/userspace-api/landlock.rst). */
static const struct {
	uint64_t files, network, scopes;
} known[] = {
	{ 0, 0, 0 },	  { 0x1fff, 0, 0 }, { 0x3fff, 0, 0 }, { 0x7fff, 0, 0 },
	{ 0x7fff, 3, 0 }, { 0xffff, 3, 0 }, { 0xffff, 3, 3 }, { 0xffff, 3, 3 },
};

static uint64_t peek(pid_t pid, uint64_t address)
{
	return (uint64_t)ptrace(PTRACE_PEEKDATA, pid, address, NULL);
}

enum { OWN = 0x7fffffff };

/* An answer instead of the call; OWN: the kernel's. Kernels of ABI 1 know no
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (32). */
static long answer_of(pid_t pid, const struct user_regs_struct *regs,
		      unsigned int abi)
{
	uint64_t size = regs->rsi;

	if (regs->orig_rax == SYS_seccomp)
		return abi == 1 && regs->rdi == SECCOMP_SET_MODE_FILTER &&
				       regs->rsi & 32
			       ? -EINVAL
			       : OWN;
	if (regs->rdx & 1)
		return (long)abi;
	if (regs->rdx)
		return -EINVAL;
	if (peek(pid, regs->rdi) & ~known[abi].files)
		return -EINVAL;
	if (size >= 16 && peek(pid, regs->rdi + 8) & ~known[abi].network)
		return abi < 4 ? -E2BIG : -EINVAL;
	if (size >= 24 && peek(pid, regs->rdi + 16) & ~known[abi].scopes)
		return abi < 6 ? -E2BIG : -EINVAL;
	return OWN;
}

static void pretend(pid_t pid, unsigned int abi)
{
	struct user_regs_struct regs;
	long result;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return;
	result = answer_of(pid, &regs, abi);
	if (result == OWN)
		return;
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = (unsigned long long)result;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void trace(pid_t first, unsigned int abi)
{
	for (;;) {
		int status, signal;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			exit(125);
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				exit(WIFEXITED(status)
					     ? WEXITSTATUS(status)
					     : 128 + WTERMSIG(status));
			continue;
		}
		signal = WSTOPSIG(status);
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
			pretend(pid, abi);
		if (status >> 16)
			signal = 0; /* an event, or the stop of a new child */
		ptrace(PTRACE_CONT, pid, NULL, signal);
	}
}

static void older_landlock(struct filter *filter, unsigned int abi)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		raise(SIGSTOP);
		start(filter);
		answer(filter, SYS_landlock_create_ruleset, SECCOMP_RET_TRACE);
		answer(filter, SYS_seccomp, SECCOMP_RET_TRACE);
		load(filter, 0);
		return;
	}
	waitpid(child, &status, WUNTRACED);
	if (ptrace(PTRACE_SEIZE, child, NULL,
		   PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
			   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			   PTRACE_O_EXITKILL) < 0) {
		kill(child, SIGKILL);
		exit(UNSUPPORTED);
	}
	kill(child, SIGCONT);
	trace(child, abi);
}

#else

static void older_landlock(struct filter *filter, unsigned int abi)
{
	(void)filter;
	(void)abi;
	exit(UNSUPPORTED);
}

#endif

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(struct filter *filter);
	} situations[] = {
		{ "no-mounts", no_mounts },
		{ "container", container },
		{ "no-landlock", no_landlock },
		{ "listener", listener },
	};
	static struct filter filter;
	bool found = false;

	if (argc < 3)
		return 125;
	for (size_t i = 0; i < sizeof(situations) / sizeof(*situations); i++)
		if (strcmp(argv[1], situations[i].name) == 0) {
			situations[i].make(&filter);
			found = true;
		}
	if (strncmp(argv[1], "abi=", 4) == 0 && argv[1][4] >= '1' &&
	    argv[1][4] <= '7') {
		older_landlock(&filter, (unsigned int)(argv[1][4] - '0'));
		found = true;
	}
	if (!found)
		return 125;
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
