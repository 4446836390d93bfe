/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a jailed program tries, one attempt a line of standard input:
 *
 *   WANTED OPERATION [ARGUMENT...]
 *
 * (or of the file that it is given). WANTED is `ok`, an errno name, several of
 * them with `|` between, or `no` for any refusal, or `any` where the test looks
 * at what became of it. Prints each attempt that ended otherwise, and how many
 * were made as the last line; exits 1 when one ended otherwise. Payloads are
 * harmless: a byte in a file, a marker, a name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 8 };

struct operation {
	const char *name;
	int arguments;
	/* 0 or more: it worked; else errno tells. */
	int (*run)(char **argv);
};

static int close_fd(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static int refuse(int errnum)
{
	errno = errnum;
	return -1;
}

/* ---- files --------------------------------------------------------------- */

static int open_flags(const char *words)
{
	static const struct {
		const char *word;
		int flag;
	} table[] = {
		{ "r", O_RDONLY },	  { "w", O_WRONLY },
		{ "rw", O_RDWR },	  { "creat", O_CREAT },
		{ "excl", O_EXCL },	  { "trunc", O_TRUNC },
		{ "append", O_APPEND },	  { "path", O_PATH },
		{ "dir", O_DIRECTORY },	  { "nofollow", O_NOFOLLOW },
		{ "tmpfile", O_TMPFILE }, { "nonblock", O_NONBLOCK },
	};
	char copy[128], *rest = copy, *word;
	int flags = 0;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, ",")))
		for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
			if (strcmp(word, table[i].word) == 0)
				flags |= table[i].flag;
	return flags;
}

/* A file's first byte, or a directory's first entry. */
static int do_read(char **argv)
{
	int fd = open(argv[0], O_RDONLY | O_NONBLOCK);
	struct stat stat;
	char byte[4096];
	ssize_t n;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -1;
	n = S_ISDIR(stat.st_mode)
		    ? syscall(SYS_getdents64, fd, byte, sizeof(byte))
		    : read(fd, byte, 1);
	close(fd);
	return n < 0 ? -1 : 0;
}

/* read PATH through the descriptor FD as directory */
static int do_read_at(char **argv)
{
	return close_fd(openat(atoi(argv[0]), argv[1], O_RDONLY));
}

static int do_open(char **argv)
{
	return close_fd(open(argv[0], open_flags(argv[1]), 0644));
}

/* openat DIRECTORY NAME FLAGS: the directory by an O_PATH descriptor */
static int do_openat(char **argv)
{
	int dir = open(argv[0], O_PATH);
	int fd = dir < 0 ? -1 : openat(dir, argv[1], open_flags(argv[2]), 0644);

	return close_fd(fd);
}

static int do_write(char **argv)
{
	int fd = open(argv[0], O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, "x", 1);

	return n < 0 || close(fd) < 0 ? -1 : 0;
}

static int do_creat(char **argv)
{
	return close_fd(creat(argv[0], 0644));
}

static int do_mkdir(char **argv)
{
	return mkdir(argv[0], 0755);
}

static int do_mkfifo(char **argv)
{
	return mkfifo(argv[0], 0644);
}

static int do_mkdevice(char **argv)
{
	/* 1:3 is /dev/null. */
	return (int)syscall(SYS_mknodat, AT_FDCWD, argv[0],
			    strcmp(argv[1], "block") == 0 ? S_IFBLK | 0666
							  : S_IFCHR | 0666,
			    1 << 8 | 3);
}

static int do_unlink(char **argv)
{
	return unlink(argv[0]);
}

static int do_rmdir(char **argv)
{
	return rmdir(argv[0]);
}

static int do_rename(char **argv)
{
	return rename(argv[0], argv[1]);
}

static int do_exchange(char **argv)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1],
			    RENAME_EXCHANGE);
}

static int do_link(char **argv)
{
	return link(argv[0], argv[1]);
}

static int fd_link(int fd, const char *to)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
}

static int do_link_fd(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : fd_link(fd, argv[1]);
}

static int do_link_empty(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : linkat(fd, "", AT_FDCWD, argv[1], AT_EMPTY_PATH);
}

/* A file without a name in DIRECTORY, then a name for it. */
static int do_link_unnamed(char **argv)
{
	int fd = open(argv[0], O_TMPFILE | O_RDWR, 0644);

	return fd < 0 ? -1 : fd_link(fd, argv[1]);
}

static int do_symlink(char **argv)
{
	return symlink(argv[0], argv[1]);
}

static int do_truncate(char **argv)
{
	return truncate(argv[0], 0);
}

static mode_t mode_of(const char *text)
{
	return (mode_t)strtoul(text, NULL, 8);
}

static int do_chmod(char **argv)
{
	return chmod(argv[0], mode_of(argv[1]));
}

static int do_fchmod(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : fchmod(fd, mode_of(argv[1]));
}

static int do_creat_mode(char **argv)
{
	return close_fd(
		open(argv[0], O_CREAT | O_EXCL | O_WRONLY, mode_of(argv[1])));
}

static int do_chown(char **argv)
{
	return chown(argv[0], getuid(), getgid());
}

static int do_fchown(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : fchown(fd, getuid(), getgid());
}

static int do_setxattr(char **argv)
{
	return setxattr(argv[0], "user.pj", "x", 1, 0);
}

static int do_fsetxattr(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : fsetxattr(fd, "user.pj", "x", 1, 0);
}

static int do_utimes(char **argv)
{
	return utimensat(AT_FDCWD, argv[0], NULL, 0);
}

static int do_futimes(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : futimens(fd, NULL);
}

/* Opened for reading, then again for writing by its descriptor's name. */
static int do_reopen(char **argv)
{
	int fd = open(argv[0], O_RDONLY);
	char path[64];

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, O_WRONLY);
	return fd < 0 || write(fd, "x", 1) != 1 ? -1 : 0;
}

static int do_immutable(char **argv)
{
	int fd = open(argv[0], O_RDONLY);
	int flags = FS_NODUMP_FL;

	return fd < 0 ? -1 : ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int do_chdir(char **argv)
{
	return chdir(argv[0]);
}

static int do_fchdir(char **argv)
{
	return fchdir(atoi(argv[0]));
}

/* deep NAME LEAF: NAME/NAME/... until a longer path has no room, then LEAF's
 * parts objects, refs, HEAD in it; and the top renamed to a short name. */
static int do_deep_repository(char **argv)
{
	static char path[8192];
	char name[201];
	size_t n = 0;

	memset(name, argv[0][0], 200);
	name[200] = '\0';
	if (getcwd(path, sizeof(path)))
		n = strlen(path);
	for (; n + 201 + 8 < 4096; n += 201) {
		if (mkdir(name, 0755) < 0 || chdir(name) < 0)
			return -1;
	}
	memset(name, argv[0][0], 200);
	if (n + 7 < 4089) {
		name[4089 - n - 1 < 200 ? 4089 - n - 1 : 200] = '\0';
		if (mkdir(name, 0755) < 0 || chdir(name) < 0)
			return -1;
	}
	if (close_fd(creat("HEAD", 0644)) < 0 || mkdir("refs", 0755) < 0)
		return -1;
	return mkdir("objects", 0755);
}

/* How many descriptors beyond the three are open: none may be. */
static int do_no_descriptors(char **argv)
{
	(void)argv;
	for (int fd = 3; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return refuse(EBADF);
	return 0;
}

/* ---- execution ----------------------------------------------------------- */

/* exec's errno through a pipe; the program's own status is not asked. */
static int run_child(const char *path, int fd, char **argv)
{
	char *const environment[] = { NULL };
	int report[2], status, errnum = 0;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		if (path)
			execve(path, argv, environment);
		else
			syscall(SYS_execveat, fd, "", argv, environment,
				AT_EMPTY_PATH);
		errnum = errno;
		if (write(report[1], &errnum, sizeof(errnum)) < 0)
			_exit(126);
		_exit(127);
	}
	close(report[1]);
	if (read(report[0], &errnum, sizeof(errnum)) < 0)
		errnum = errno;
	close(report[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (errnum)
		return refuse(errnum);
	return 0;
}

static int do_exec(char **argv)
{
	char *const arguments[] = { argv[0], NULL };

	return run_child(argv[0], -1, (char **)arguments);
}

static int do_exec_fd(char **argv)
{
	char *const arguments[] = { argv[0], NULL };
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : run_child(NULL, fd, (char **)arguments);
}

static int copy_to(int from, int to)
{
	char buffer[65536];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return -1;
	return n < 0 ? -1 : 0;
}

/* copy FROM TO, executable */
static int do_copy(char **argv)
{
	int from = open(argv[0], O_RDONLY);
	int to = open(argv[1], O_CREAT | O_TRUNC | O_WRONLY, 0755);

	return from < 0 || to < 0 || copy_to(from, to) < 0 || close(to) < 0 ? -1
									    : 0;
}

static int do_exec_memory(char **argv)
{
	char *const arguments[] = { argv[0], NULL };
	int from = open(argv[0], O_RDONLY);
	int to = (int)syscall(SYS_memfd_create, "copy", 0);

	if (from < 0 || to < 0 || copy_to(from, to) < 0)
		return -1;
	return run_child(NULL, to, (char **)arguments);
}

/* What a program that runs says: the loader executed, its argument not. */
static int do_load(char **argv)
{
	char *const arguments[] = { argv[0], argv[1], NULL };
	int out[2], status;
	pid_t pid = pipe(out) < 0 ? -1 : fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		execv(argv[0], arguments);
		_exit(127);
	}
	close(out[0]);
	close(out[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0
							     : refuse(EACCES);
}

static int do_map_exec(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	if (fd < 0)
		return -1;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

/* Mapped without the right, which is asked for later. */
static int do_protect_exec(char **argv)
{
	int fd = open(argv[0], O_RDONLY);
	void *map = fd < 0 ? MAP_FAILED
			   : mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? -1
				 : mprotect(map, 4096, PROT_READ | PROT_EXEC);
}

/* The descriptor that `.git` of a worktree gives, filled and executed. */
static int do_exec_scratch(char **argv)
{
	char *const arguments[] = { argv[0], NULL };
	int from = open(argv[0], O_RDONLY);
	int to = open(argv[1], O_CREAT | O_EXCL | O_RDWR, 0755);

	if (from < 0 || to < 0 || copy_to(from, to) < 0)
		return -1;
	if (fchmod(to, 0755) < 0)
		return -1;
	return run_child(NULL, to, (char **)arguments);
}

/* ---- processes ----------------------------------------------------------- */

/* A number, or who serves our calls, or all processes. */
static pid_t process_of(const char *word)
{
	if (strcmp(word, "parent") == 0)
		return getppid();
	return strcmp(word, "all") == 0 ? -1 : atoi(word);
}

static int do_kill(char **argv)
{
	return kill(process_of(argv[0]), atoi(argv[1]));
}

static int do_ptrace(char **argv)
{
	return (int)ptrace(PTRACE_SEIZE, process_of(argv[0]), NULL, NULL);
}

static int do_vm_read(char **argv)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { (void *)0x400000, 1 };

	return (int)process_vm_readv(process_of(argv[0]), &local, 1, &remote, 1,
				     0);
}

static int do_vm_write(char **argv)
{
	char byte = 0;
	struct iovec local = { &byte, 1 }, remote = { (void *)0x400000, 1 };

	return (int)process_vm_writev(process_of(argv[0]), &local, 1, &remote,
				      1, 0);
}

static int do_pidfd_getfd(char **argv)
{
	int pidfd = (int)syscall(SYS_pidfd_open, process_of(argv[0]), 0);

	return pidfd < 0
		       ? -1
		       : (int)syscall(SYS_pidfd_getfd, pidfd, atoi(argv[1]), 0);
}

static int do_prlimit(char **argv)
{
	struct rlimit limit = { 0, 0 };

	return prlimit(atoi(argv[0]), RLIMIT_CPU, &limit, NULL);
}

static int do_schedule(char **argv)
{
	struct sched_param parameter = { 0 };

	return sched_setscheduler(atoi(argv[0]), SCHED_IDLE, &parameter);
}

static int do_pin(char **argv)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(atoi(argv[0]), sizeof(set), &set);
}

static int do_nice(char **argv)
{
	return setpriority(PRIO_PROCESS, (id_t)atoi(argv[0]), 19);
}

static int do_nice_user(char **argv)
{
	(void)argv;
	return setpriority(PRIO_USER, 0, 19);
}

/* Only pid 1, ourselves and our descendants. */
static int do_alone(char **argv)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	(void)argv;
	if (!proc)
		return -1;
	while ((entry = readdir(proc)))
		count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
	closedir(proc);
	return count <= 2 ? 0 : refuse(EEXIST);
}

static long flag_of(const char *word)
{
	static const struct {
		const char *word;
		long flag;
	} table[] = {
		{ "user", CLONE_NEWUSER },     { "mount", CLONE_NEWNS },
		{ "pid", CLONE_NEWPID },       { "net", CLONE_NEWNET },
		{ "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },
		{ "cgroup", CLONE_NEWCGROUP }, { "time", 0x80 },
		{ "files", CLONE_FILES },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(word, table[i].word) == 0)
			return table[i].flag;
	return -1;
}

static int do_unshare(char **argv)
{
	return unshare((int)flag_of(argv[0]));
}

static int do_clone(char **argv)
{
	long pid = syscall(SYS_clone, flag_of(argv[0]) | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return -1;
	waitpid((pid_t)pid, NULL, 0);
	return 0;
}

static int do_clone3(char **argv)
{
	struct {
		uint64_t flags, rest[10];
	} arguments = { .flags = (uint64_t)flag_of(argv[0]) };
	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (pid == 0)
		_exit(0);
	return (int)pid;
}

static int do_setns(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : setns(fd, 0);
}

static int do_mount(char **argv)
{
	return mount("none", argv[0], "tmpfs", 0, NULL);
}

static int do_bind_mount(char **argv)
{
	return mount(argv[0], argv[1], NULL, MS_BIND, NULL);
}

static int do_remount(char **argv)
{
	return mount(NULL, argv[0], NULL, MS_REMOUNT | MS_BIND, NULL);
}

static int do_umount(char **argv)
{
	return umount2(argv[0], MNT_DETACH);
}

static int do_open_tree(char **argv)
{
	return (int)syscall(SYS_open_tree, AT_FDCWD, argv[0], 1);
}

static int do_fsopen(char **argv)
{
	return (int)syscall(SYS_fsopen, argv[0], 0);
}

static int do_chroot(char **argv)
{
	return chroot(argv[0]);
}

static int do_pivot(char **argv)
{
	return (int)syscall(SYS_pivot_root, argv[0], argv[0]);
}

static int do_handle(char **argv)
{
	struct {
		struct file_handle head;
		unsigned char bytes[128];
	} handle = { .head.handle_bytes = 128 };
	int id;

	if (name_to_handle_at(AT_FDCWD, argv[0], &handle.head, &id, 0) < 0)
		return -1;
	return open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY);
}

static int do_lease(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	return fd < 0 ? -1 : fcntl(fd, F_SETLEASE, F_RDLCK);
}

static int do_setuid(char **argv)
{
	return setuid((uid_t)atoi(argv[0]));
}

/* ---- the terminal -------------------------------------------------------- */

static int do_tiocsti(char **argv)
{
	char byte = 'X';

	return ioctl(atoi(argv[0]), TIOCSTI, &byte);
}

static int do_tiocsctty(char **argv)
{
	return ioctl(atoi(argv[0]), TIOCSCTTY, 1);
}

static int do_tioclinux(char **argv)
{
	char command = 2;

	return ioctl(atoi(argv[0]), TIOCLINUX, &command);
}

/* ---- sockets ------------------------------------------------------------- */

static socklen_t address_make(struct sockaddr_un *address, const char *path)
{
	size_t n = strlen(path);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (n >= sizeof(address->sun_path))
		n = sizeof(address->sun_path) - 1;
	memcpy(address->sun_path, path, n);
	if (*path == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
			   (*path != '@'));
}

static int do_bind(char **argv)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address, argv[0]);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 ? -1 : bind(fd, (void *)&address, len);
}

static int do_connect(char **argv)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address, argv[0]);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int status = fd < 0 ? -1 : connect(fd, (void *)&address, len);

	return status < 0 ? -1 : close(fd);
}

/* Bind, listen and connect; the server stays until the end. */
static int do_own_socket(char **argv)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address, argv[0]);
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	if (server < 0 || bind(server, (void *)&address, len) < 0 ||
	    listen(server, 8) < 0)
		return -1;
	return do_connect(argv);
}

/* An end of a pair, which the init may have made for us. */
static int pair_end(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return -1;
	close(pair[1]);
	return pair[0];
}

static int do_pair_connect(char **argv)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address, argv[0]);
	int fd = pair_end();

	return fd < 0 ? -1 : connect(fd, (void *)&address, len);
}

static int do_pair_bind(char **argv)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address, argv[0]);
	int fd = pair_end();

	return fd < 0 || bind(fd, (void *)&address, len) < 0 ? -1 : close(fd);
}

/* own-socket, then N more connections */
static int do_connect_often(char **argv)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address, argv[0]);
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	if (server < 0 || bind(server, (void *)&address, len) < 0 ||
	    listen(server, 8) < 0)
		return -1;
	for (int i = atoi(argv[1]); i > 0; i--) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0), other;

		if (fd < 0 || connect(fd, (void *)&address, len) < 0)
			return -1;
		other = accept(server, NULL, NULL);
		if (other < 0)
			return -1;
		close(other);
		close(fd);
	}
	return close(server);
}

static int do_datagram(char **argv)
{
	struct sockaddr_un address;
	socklen_t len = address_make(&address, argv[0]);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	return fd < 0 ? -1 : (int)sendto(fd, "x", 1, 0, (void *)&address, len);
}

static int inet_socket(const char *port, struct sockaddr_in *address)
{
	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int do_tcp(char **argv)
{
	struct sockaddr_in address;
	int fd = inet_socket(argv[0], &address);

	return fd < 0 ? -1 : connect(fd, (void *)&address, sizeof(address));
}

static int do_own_tcp(char **argv)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	int server = inet_socket("0", &address), fd;

	(void)argv;
	if (server < 0 || bind(server, (void *)&address, len) < 0 ||
	    listen(server, 1) < 0 ||
	    getsockname(server, (void *)&address, &len) < 0)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	return connect(fd, (void *)&address, len);
}

static int do_udp(char **argv)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = inet_addr(argv[0]),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd < 0 ? -1
		      : (int)sendto(fd, "x", 1, 0, (void *)&address,
				    sizeof(address));
}

static int do_socket(char **argv)
{
	return close_fd(socket(atoi(argv[0]), atoi(argv[1]), atoi(argv[2])));
}

/* The kernel gives a socket that wants credentials a name when it connects. */
static int do_passcred_listen(char **argv)
{
	struct sockaddr_un nobody = { .sun_family = AF_UNIX,
				      .sun_path = "\0n" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), on = 1;

	(void)argv;
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -1;
	if (connect(fd, (void *)&nobody, sizeof(nobody.sun_family) + 2) == 0)
		return 0;
	return listen(fd, 8);
}

/* A signal to whoever owns what this descriptor is of, when input comes. */
static int do_async(char **argv)
{
	int fd = atoi(argv[0]), on = 1;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_ASYNC) == 0)
		return 0;
	return errno == EPERM ? ioctl(fd, FIOASYNC, &on) : -1;
}

static int do_signal_of(char **argv)
{
	return fcntl(atoi(argv[0]), F_SETSIG, atoi(argv[1]));
}

static int do_exclusive(char **argv)
{
	return ioctl(atoi(argv[0]), TIOCEXCL);
}

/* ---- the table ----------------------------------------------------------- */

static const struct operation operations[] = {
	{ "read", 1, do_read },
	{ "read-at", 2, do_read_at },
	{ "open", 2, do_open },
	{ "openat", 3, do_openat },
	{ "write", 1, do_write },
	{ "creat", 1, do_creat },
	{ "mkdir", 1, do_mkdir },
	{ "mkfifo", 1, do_mkfifo },
	{ "mkdevice", 2, do_mkdevice },
	{ "unlink", 1, do_unlink },
	{ "rmdir", 1, do_rmdir },
	{ "rename", 2, do_rename },
	{ "exchange", 2, do_exchange },
	{ "link", 2, do_link },
	{ "link-fd", 2, do_link_fd },
	{ "link-empty", 2, do_link_empty },
	{ "link-unnamed", 2, do_link_unnamed },
	{ "symlink", 2, do_symlink },
	{ "truncate", 1, do_truncate },
	{ "chmod", 2, do_chmod },
	{ "fchmod", 2, do_fchmod },
	{ "creat-mode", 2, do_creat_mode },
	{ "chown", 1, do_chown },
	{ "fchown", 1, do_fchown },
	{ "setxattr", 1, do_setxattr },
	{ "fsetxattr", 1, do_fsetxattr },
	{ "utimes", 1, do_utimes },
	{ "futimes", 1, do_futimes },
	{ "reopen", 1, do_reopen },
	{ "immutable", 1, do_immutable },
	{ "chdir", 1, do_chdir },
	{ "fchdir", 1, do_fchdir },
	{ "deep-repository", 1, do_deep_repository },
	{ "no-descriptors", 0, do_no_descriptors },
	{ "exec", 1, do_exec },
	{ "exec-fd", 1, do_exec_fd },
	{ "copy", 2, do_copy },
	{ "exec-memory", 1, do_exec_memory },
	{ "exec-scratch", 2, do_exec_scratch },
	{ "load", 2, do_load },
	{ "map-exec", 1, do_map_exec },
	{ "protect-exec", 1, do_protect_exec },
	{ "kill", 2, do_kill },
	{ "ptrace", 1, do_ptrace },
	{ "vm-read", 1, do_vm_read },
	{ "vm-write", 1, do_vm_write },
	{ "pidfd-getfd", 2, do_pidfd_getfd },
	{ "prlimit", 1, do_prlimit },
	{ "schedule", 1, do_schedule },
	{ "pin", 1, do_pin },
	{ "nice", 1, do_nice },
	{ "nice-user", 0, do_nice_user },
	{ "alone", 0, do_alone },
	{ "unshare", 1, do_unshare },
	{ "clone", 1, do_clone },
	{ "clone3", 1, do_clone3 },
	{ "setns", 1, do_setns },
	{ "mount", 1, do_mount },
	{ "bind-mount", 2, do_bind_mount },
	{ "remount", 1, do_remount },
	{ "umount", 1, do_umount },
	{ "open-tree", 1, do_open_tree },
	{ "fsopen", 1, do_fsopen },
	{ "chroot", 1, do_chroot },
	{ "pivot", 1, do_pivot },
	{ "handle", 1, do_handle },
	{ "lease", 1, do_lease },
	{ "setuid", 1, do_setuid },
	{ "tiocsti", 1, do_tiocsti },
	{ "tiocsctty", 1, do_tiocsctty },
	{ "tioclinux", 1, do_tioclinux },
	{ "bind", 1, do_bind },
	{ "connect", 1, do_connect },
	{ "own-socket", 1, do_own_socket },
	{ "connect-often", 2, do_connect_often },
	{ "datagram", 1, do_datagram },
	{ "pair-connect", 1, do_pair_connect },
	{ "pair-bind", 1, do_pair_bind },
	{ "tcp", 1, do_tcp },
	{ "own-tcp", 0, do_own_tcp },
	{ "udp", 1, do_udp },
	{ "socket", 3, do_socket },
	{ "passcred-listen", 0, do_passcred_listen },
	{ "async", 1, do_async },
	{ "signal-of", 2, do_signal_of },
	{ "exclusive", 1, do_exclusive },
};

static const struct operation *operation_find(const char *name, int arguments)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (strcmp(operations[i].name, name) == 0 &&
		    operations[i].arguments == arguments)
			return &operations[i];
	return NULL;
}

static bool is_wanted(const char *wanted, const char *got)
{
	char copy[128], *rest = copy, *word;

	if (strcmp(wanted, "any") == 0)
		return true;
	if (strcmp(wanted, "no") == 0)
		return strcmp(got, "ok") != 0;
	snprintf(copy, sizeof(copy), "%s", wanted);
	while ((word = strsep(&rest, "|")))
		if (strcmp(word, got) == 0)
			return true;
	return false;
}

/* One line: false when it ended otherwise than wanted. */
static bool attempt(char *line)
{
	char shown[8192], *words[ARGUMENTS_MAX + 2], *rest = line, *word;
	const struct operation *operation;
	const char *got = "ok";
	int count = 0;

	snprintf(shown, sizeof(shown), "%s", line);
	while (count < ARGUMENTS_MAX + 2 && (word = strsep(&rest, " ")))
		if (*word)
			words[count++] = word;
	operation = count < 2 ? NULL : operation_find(words[1], count - 2);
	if (!operation) {
		printf("no such operation: %s\n", shown);
		return false;
	}
	if (operation->run(words + 2) < 0)
		got = strerrorname_np(errno);
	if (is_wanted(words[0], got))
		return true;
	printf("got %s: %s\n", got, shown);
	return false;
}

int main(int argc, char **argv)
{
	static char lines[1 << 16];
	char *rest = lines, *line;
	size_t n = 0;
	ssize_t got;
	int made = 0, wrong = 0;
	int source = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : 0;

	while ((got = read(source, lines + n, sizeof(lines) - 1 - n)) > 0)
		n += (size_t)got;
	lines[n] = '\0';
	if (argc > 1)
		close(source);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((line = strsep(&rest, "\n"))) {
		if (!*line || *line == '#')
			continue;
		made++;
		wrong += !attempt(line);
	}
	printf("%d attempts, %d otherwise\n", made, wrong);
	return wrong != 0;
}
