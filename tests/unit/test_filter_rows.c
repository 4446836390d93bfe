/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters on the running kernel, call by call: what is always refused, and
 * what depends on arguments, with and without a broker. The arguments are such
 * that without a filter the kernel would say something else (a bad pointer
 * gives EFAULT, descriptor -1 EBADF) and nothing would happen.
 */
#include "filter_jail.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#define BAD 1L /* no pointer */

static const struct jail default_jail = { SYSCALLS_DEFAULT, false,
					  SOCKETS_NONE };
static const struct jail strict_jail = { SYSCALLS_STRICT, false, SOCKETS_NONE };

static const struct {
	const char *name;
	int errno_value;
} refused[] = {
	{ "mount", EPERM },
	{ "umount2", EPERM },
	{ "pivot_root", EPERM },
	{ "chroot", EPERM },
	{ "open_tree", EPERM },
	{ "move_mount", EPERM },
	{ "fsopen", EPERM },
	{ "fsconfig", EPERM },
	{ "fsmount", EPERM },
	{ "fspick", EPERM },
	{ "mount_setattr", EPERM },
	{ "setns", EPERM },
	{ "clone3", ENOSYS },
	{ "openat2", ENOSYS },
	{ "fchmodat2", ENOSYS },
	{ "name_to_handle_at", EOPNOTSUPP },
	{ "open_by_handle_at", EPERM },
	{ "ptrace", EPERM },
	{ "process_vm_readv", EPERM },
	{ "process_vm_writev", EPERM },
	{ "process_madvise", EPERM },
	{ "pidfd_getfd", EPERM },
	{ "kcmp", EPERM },
	{ "move_pages", EPERM },
	{ "migrate_pages", EPERM },
	{ "io_uring_setup", ENOSYS },
	{ "io_uring_enter", ENOSYS },
	{ "io_uring_register", ENOSYS },
	{ "userfaultfd", EPERM },
	{ "bpf", EPERM },
	{ "perf_event_open", EPERM },
	{ "add_key", ENOSYS },
	{ "request_key", ENOSYS },
	{ "keyctl", ENOSYS },
	{ "fanotify_init", EPERM },
	{ "fanotify_mark", EPERM },
	{ "mbind", EPERM },
	{ "set_mempolicy", EPERM },
	{ "set_mempolicy_home_node", EPERM },
	{ "modify_ldt", ENOSYS },
	{ "iopl", EPERM },
	{ "ioperm", EPERM },
	{ "lookup_dcookie", ENOSYS },
	{ "kexec_load", EPERM },
	{ "kexec_file_load", EPERM },
	{ "init_module", EPERM },
	{ "finit_module", EPERM },
	{ "delete_module", EPERM },
	{ "swapon", EPERM },
	{ "swapoff", EPERM },
	{ "reboot", EPERM },
	{ "acct", EPERM },
	{ "quotactl", EPERM },
	{ "quotactl_fd", EPERM },
	{ "settimeofday", EPERM },
	{ "clock_settime", EPERM },
	{ "clock_adjtime", EPERM },
	{ "adjtimex", EPERM },
	{ "sethostname", EPERM },
	{ "setdomainname", EPERM },
	{ "syslog", EPERM },
	{ "vhangup", EPERM },
	{ "uselib", ENOSYS },
	{ "ustat", ENOSYS },
	{ "sysfs", ENOSYS },
	{ "_sysctl", ENOSYS },
	{ "nfsservctl", ENOSYS },
	{ "create_module", ENOSYS },
	{ "query_module", ENOSYS },
	/* Newer than anybody looked at. */
	{ "mseal", ENOSYS },
	{ "setxattrat", ENOSYS },
	{ "removexattrat", ENOSYS },
	{ "open_tree_attr", ENOSYS },
	{ "file_setattr", ENOSYS },
};

static void call_refused(struct jail jail)
{
	(void)jail;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		int number = filter_call_number(refused[i].name);
		long r;

		CHECK(filter_name_known(refused[i].name));
		if (number < 0)
			continue; /* not on this machine */
		errno = 0;
		r = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
		if (r != -1 || errno != refused[i].errno_value)
			printf("# %s: %ld, errno %d\n", refused[i].name, r,
			       errno);
		CHECK(r == -1 && errno == refused[i].errno_value);
	}
	CHECK(syscall(600L) == -1 && errno == ENOSYS);
	CHECK(syscall(1023L) == -1 && errno == ENOSYS);
	CHECK(syscall(1024L) == -1 && errno == ENOSYS);
	CHECK(syscall(0x3fffffffL) == -1 && errno == ENOSYS);
}

static void test_refused(void)
{
	CHECK(run_jailed(default_jail, call_refused) == 0);
	CHECK(run_jailed(strict_jail, call_refused) == 0);
}

static void test_refused_brokered(void)
{
	struct jail jail = { SYSCALLS_DEFAULT, true, SOCKETS_INET };

	CHECK(run_brokered(jail, call_refused) == 0);
	jail.profile = SYSCALLS_STRICT;
	CHECK(run_brokered(jail, call_refused) == 0);
}

enum { ASKED = BROKER_ERRNO };

/* Expected errno without and with a broker; 0: the call succeeds. */
static const struct {
	const char *name;
	long args[4];
	int direct, brokered;
} rows[] = {
	/* clang-format off */
	{ "clone", { CLONE_NEWUSER | SIGCHLD }, EPERM, EPERM },
	{ "clone", { CLONE_NEWNS | SIGCHLD }, EPERM, EPERM },
	{ "clone", { CLONE_NEWPID | SIGCHLD }, EPERM, EPERM },
	{ "clone", { CLONE_NEWNET | SIGCHLD }, EPERM, EPERM },
	{ "clone", { CLONE_NEWIPC | SIGCHLD }, EPERM, EPERM },
	{ "clone", { CLONE_NEWUTS | SIGCHLD }, EPERM, EPERM },
	{ "clone", { CLONE_NEWCGROUP | SIGCHLD }, EPERM, EPERM },
	{ "clone", { CLONE_SIGHAND | SIGCHLD }, EINVAL, EINVAL },
	{ "unshare", { CLONE_NEWUSER }, EPERM, EPERM },
	{ "unshare", { CLONE_NEWNS }, EPERM, EPERM },
	{ "unshare", { 0x80 /* CLONE_NEWTIME */ }, EPERM, EPERM },
	{ "unshare", { CLONE_FILES }, 0, 0 },
	{ "prlimit64", { 1, RLIMIT_CORE, BAD, 0 }, EPERM, EPERM },
	{ "prlimit64", { 1, RLIMIT_CORE, 1L << 32, 0 }, EPERM, EPERM },
	{ "prlimit64", { 0, RLIMIT_CORE, BAD, 0 }, EFAULT, EFAULT },
	{ "prlimit64", { 0x7ffffff0, RLIMIT_CORE, 0, 0 }, ESRCH, ESRCH },
	{ "seccomp", { 1, 8 /* NEW_LISTENER */, 0 }, EPERM, EPERM },
	{ "seccomp", { 1, 9, 0 }, EPERM, EPERM },
	{ "seccomp", { 1, 0, 0 }, EFAULT, EFAULT },
	{ "personality", { 0x0040000 /* ADDR_NO_RANDOMIZE */ }, EPERM, EPERM },
	{ "personality", { 8 /* PER_LINUX32 */ }, EPERM, EPERM },
	{ "personality", { 0 }, 0, 0 },
	{ "personality", { 0xffffffff }, 0, 0 },
	{ "prctl", { 35 /* PR_SET_MM */, 99, 0, 1 }, EPERM, EPERM },
	{ "prctl", { PR_SET_DUMPABLE, 1, 0, 0 }, 0, 0 },
	{ "ioctl", { -1, 0x5412 /* TIOCSTI */, BAD }, EPERM, EPERM },
	{ "ioctl", { -1, 0x100005412 /* bits above an int */, BAD }, EPERM, EPERM },
	{ "ioctl", { -1, 0x541c /* TIOCLINUX */, BAD }, EPERM, EPERM },
	{ "ioctl", { -1, 0x541d /* TIOCCONS */, BAD }, EPERM, EPERM },
	{ "ioctl", { -1, 0x5423 /* TIOCSETD */, BAD }, EPERM, EPERM },
	{ "ioctl", { -1, 0x540c /* TIOCEXCL */, BAD }, EPERM, EPERM },
	{ "ioctl", { -1, 0x5452 /* FIOASYNC */, BAD }, EPERM, EPERM },
	{ "fcntl", { -1, F_SETFL, O_ASYNC | O_NONBLOCK }, EPERM, EPERM },
	{ "fcntl", { -1, F_SETFL, O_NONBLOCK }, EBADF, EBADF },
	{ "fcntl", { -1, 10 /* F_SETSIG */, 9 }, EPERM, EPERM },
	{ "ioctl", { -1, 0x5401 /* TCGETS */, BAD }, EBADF, EBADF },
	{ "ioctl", { -1, 0x40086602 /* FS_IOC_SETFLAGS */, BAD }, EBADF, EPERM },
	{ "ioctl", { -1, 0x401c5820 /* FS_IOC_FSSETXATTR */, BAD }, EBADF, EPERM },
	{ "ioctl", { -1, 0x40087602 /* FS_IOC_SETVERSION */, BAD }, EBADF, EPERM },
	{ "ioctl", { -1, 0x80086601 /* FS_IOC_GETFLAGS */, BAD }, EBADF, EBADF },
	{ "ioctl", { -1, 0x40806685 /* FS_IOC_ENABLE_VERITY */, BAD }, EBADF, ENOTTY },
	{ "ioctl", { -1, 0x5000940e /* BTRFS_IOC_SUBVOL_CREATE */, BAD }, EBADF, ENOTTY },
	{ "ioctl", { -1, 0xc020660b /* FS_IOC_FIEMAP */, BAD }, EBADF, EBADF },
	{ "ioctl", { -1, 0x40049409 /* FICLONE */, BAD }, EBADF, EBADF },
	{ "ioctl", { -1, 0x4020940d /* FICLONERANGE */, BAD }, EBADF, EBADF },
	{ "ioctl", { -1, 0xc0189436 /* FIDEDUPERANGE */, BAD }, EBADF, EBADF },
	{ "open", { BAD, O_CREAT | O_WRONLY, 04755 }, EPERM, EPERM },
	{ "open", { BAD, O_CREAT | O_WRONLY, 02755 }, EPERM, EPERM },
	{ "open", { BAD, O_TMPFILE | O_RDWR, 04755 }, EPERM, EPERM },
	{ "open", { BAD, O_RDONLY, 06777 /* no mode */ }, EFAULT, EFAULT },
	{ "open", { BAD, O_PATH | O_CLOEXEC | O_NOFOLLOW, 0 }, EFAULT, EFAULT },
	{ "open", { BAD, O_PATH | O_RDWR | O_CREAT, 0 }, EFAULT, EFAULT },
	{ "open", { BAD, O_DIRECTORY | O_NONBLOCK, 0 }, EFAULT, EFAULT },
	{ "open", { BAD, O_WRONLY, 0 }, EFAULT, ASKED },
	{ "open", { BAD, O_RDWR, 0 }, EFAULT, ASKED },
	{ "open", { BAD, O_CREAT, 0644 }, EFAULT, ASKED },
	{ "open", { BAD, O_TRUNC, 0 }, EFAULT, ASKED },
	{ "openat", { -1, BAD, O_CREAT | O_WRONLY, 04755 }, EPERM, EPERM },
	{ "openat", { -1, BAD, O_CREAT | O_WRONLY, 02644 }, EPERM, EPERM },
	{ "openat", { -1, BAD, O_TMPFILE | O_RDWR, 04755 }, EPERM, EPERM },
	{ "openat", { -1, BAD, O_RDONLY, 06777 /* no mode */ }, EFAULT, EFAULT },
	{ "openat", { -1, BAD, O_PATH | O_CLOEXEC, 0 }, EFAULT, EFAULT },
	{ "openat", { -1, BAD, O_PATH | O_RDWR | O_CREAT, 0 }, EFAULT, EFAULT },
	{ "openat", { -1, BAD, O_WRONLY | O_APPEND, 0 }, EFAULT, ASKED },
	{ "openat", { -1, BAD, O_RDWR, 0 }, EFAULT, ASKED },
	{ "openat", { -1, BAD, O_CREAT, 01777 }, EFAULT, ASKED },
	{ "openat", { -1, BAD, O_TRUNC, 0 }, EFAULT, ASKED },
	{ "openat", { -1, BAD, O_TMPFILE | O_WRONLY, 0600 }, EFAULT, ASKED },
	{ "creat", { BAD, 04755 }, EPERM, EPERM },
	{ "creat", { BAD, 0755 }, EFAULT, ASKED },
	{ "chmod", { BAD, 04755 }, EPERM, EPERM },
	{ "chmod", { BAD, 02755 }, EPERM, EPERM },
	{ "chmod", { BAD, 01777 }, EFAULT, ASKED },
	{ "fchmod", { -1, 04755 }, EPERM, EPERM },
	{ "fchmod", { -1, 1L << 32 | 0755 }, EBADF, ASKED },
	{ "fchmodat", { -1, BAD, 04755 }, EPERM, EPERM },
	{ "fchmodat", { -1, BAD, 02000 }, EPERM, EPERM },
	{ "fchmodat", { -1, BAD, 0755 }, EFAULT, ASKED },
	{ "mknod", { BAD, S_IFCHR | 0600, 0 }, EPERM, EPERM },
	{ "mknod", { BAD, S_IFBLK | 0600, 0 }, EPERM, EPERM },
	{ "mknod", { BAD, S_IFREG | 04755, 0 }, EPERM, EPERM },
	{ "mknod", { BAD, S_IFIFO | 0600, 0 }, EFAULT, ASKED },
	{ "mknodat", { -1, BAD, S_IFCHR | 0600, 0 }, EPERM, EPERM },
	{ "mknodat", { -1, BAD, S_IFBLK | 0600, 0 }, EPERM, EPERM },
	{ "mknodat", { -1, BAD, S_IFREG | 02755, 0 }, EPERM, EPERM },
	{ "mknodat", { -1, BAD, S_IFIFO | 0600, 0 }, EFAULT, ASKED },
	{ "mkdir", { BAD, 0755 }, EFAULT, ASKED },
	{ "mkdirat", { -1, BAD, 0755 }, EFAULT, ASKED },
	{ "rename", { BAD, BAD }, EFAULT, ASKED },
	{ "renameat", { -1, BAD, -1, BAD }, EFAULT, ASKED },
	{ "renameat2", { -1, BAD, -1, BAD }, EFAULT, ASKED },
	{ "link", { BAD, BAD }, EFAULT, ASKED },
	{ "linkat", { -1, BAD, -1, BAD }, EFAULT, ASKED },
	{ "symlink", { BAD, BAD }, EFAULT, ASKED },
	{ "symlinkat", { BAD, -1, BAD }, EFAULT, ASKED },
	{ "unlink", { BAD }, EFAULT, ASKED },
	{ "unlinkat", { -1, BAD, 0 }, EFAULT, ASKED },
	{ "rmdir", { BAD }, EFAULT, ASKED },
	{ "truncate", { BAD, 0 }, EFAULT, ASKED },
	{ "ftruncate", { -1, 0 }, EBADF, EBADF },
	{ "chown", { BAD, -1, -1 }, EFAULT, ASKED },
	{ "lchown", { BAD, -1, -1 }, EFAULT, ASKED },
	{ "fchown", { -1, -1, -1 }, EBADF, ASKED },
	{ "fchownat", { -1, BAD, -1, -1 }, EFAULT, ASKED },
	{ "setxattr", { BAD, BAD, 0, 0 }, EFAULT, ASKED },
	{ "lsetxattr", { BAD, BAD, 0, 0 }, EFAULT, ASKED },
	{ "fsetxattr", { -1, (long)"user.x", 0, 0 }, EBADF, ASKED },
	{ "removexattr", { BAD, BAD }, EFAULT, ASKED },
	{ "lremovexattr", { BAD, BAD }, EFAULT, ASKED },
	{ "fremovexattr", { -1, (long)"user.x" }, EBADF, ASKED },
	{ "utime", { BAD, 0 }, EFAULT, ASKED },
	{ "utimes", { BAD, 0 }, EFAULT, ASKED },
	{ "futimesat", { -1, BAD, 0 }, EFAULT, ASKED },
	{ "utimensat", { -1, BAD, 0, 0 }, EFAULT, ASKED },
	{ "stat", { BAD, BAD }, EFAULT, EFAULT },
	{ "newfstatat", { -1, BAD, BAD, 0 }, EFAULT, EFAULT },
	{ "faccessat", { -1, BAD, 0 }, EFAULT, EFAULT },
	{ "readlinkat", { -1, BAD, BAD, 1 }, EFAULT, EFAULT },
	{ "execve", { BAD, 0, 0 }, EFAULT, EFAULT },
	{ "getxattr", { BAD, BAD, 0, 0 }, EFAULT, EFAULT },
	{ "sendto", { -1, 0, 0, 0 }, EBADF, EBADF },
	{ "bind", { -1, 0, 0 }, EBADF, ASKED },
	{ "connect", { -1, 0, 0 }, EBADF, ASKED },
	{ "listen", { -1, 1 }, EBADF, ASKED },
	{ "accept4", { -1, 0, 0, 0 }, EBADF, EBADF },
	/* clang-format on */
};

/* Where the strict filter answers otherwise; `brokered` 0: it does not. */
static const struct {
	const char *name;
	int direct, brokered;
} strict_answers[] = {
	{ "unshare", ENOSYS, ENOSYS }, /* the one here that it leaves out */
};

static int strict_answer(struct jail jail, const char *name, int otherwise)
{
	for (size_t i = 0; i < ARRAY_SIZE(strict_answers); i++) {
		int answer = jail.brokered ? strict_answers[i].brokered
					   : strict_answers[i].direct;

		if (strcmp(strict_answers[i].name, name) == 0 && answer)
			return answer;
	}
	return otherwise;
}

static void call_rows(struct jail jail)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int number = filter_call_number(rows[i].name);
		int want = jail.brokered ? rows[i].brokered : rows[i].direct;
		const long *args = rows[i].args;
		long r;

		CHECK(filter_name_known(rows[i].name));
		if (jail.profile == SYSCALLS_STRICT)
			want = strict_answer(jail, rows[i].name, want);
		if (number < 0)
			continue;
		errno = 0;
		r = syscall(number, args[0], args[1], args[2], args[3], 0L, 0L);
		if (r < 0 ? errno != want : want != 0)
			printf("# row %zu, %s: %ld, errno %d, wanted %d\n", i,
			       rows[i].name, r, errno, want);
		CHECK(r < 0 ? errno == want : want == 0);
	}
}

static void test_rows(void)
{
	CHECK(run_jailed(default_jail, call_rows) == 0);
	CHECK(run_jailed(strict_jail, call_rows) == 0);
}

static void test_rows_brokered(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct jail jail = { i & 1 ? SYSCALLS_STRICT : SYSCALLS_DEFAULT,
				     true,
				     i & 2 ? SOCKETS_INET : SOCKETS_NONE };

		CHECK(run_brokered(jail, call_rows) == 0);
	}
}

static const struct tap_case cases[] = {
	{ "refused calls give their errno", test_refused },
	{ "refused calls do not reach a broker", test_refused_brokered },
	{ "arguments decide", test_rows },
	{ "arguments decide what reaches a broker", test_rows_brokered },
};

TAP_MAIN(cases)
