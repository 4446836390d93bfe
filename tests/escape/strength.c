/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How strong is this jail? One line a fact: what the kernel says of this
 * process, what it sees, and which of a list of attempts are refused. Two jails
 * of one policy print the same; inject.c compares. A line that begins with
 * "may" tells what is granted, and "unseen" stands for all lines that begin
 * with what follows.
 *
 * strength HIDDEN ABSTRACT: a file beyond the granted trees, and a socket of
 * the host. In the directory it runs in: `namespaces` (the host's, as written
 * by inject.c), `denied`, `protected`, `missing` (denied, not there), `own`.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
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
#include <sys/un.h>
#include <unistd.h>

static const char *hidden, *abstract;

/* ---- what the kernel says -------------------------------------------------
 */

/* Where opens are the broker's, one of its calls may fail: once. */
static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "re");

	return file ? file : fopen(path, "re");
}

/* Where opens are the broker's and it is gone, the kernel says this. */
static void tell_unseen(const char *kind)
{
	if (errno == ENOSYS)
		printf("unseen %s\n", kind);
}

static void tell_status(void)
{
	static const char *const kept[] = {
		"Uid:",	   "Gid:",    "Groups:",     "Cap",
		"SigBlk:", "SigIgn:", "NoNewPrivs:", "Seccomp:"
	};
	FILE *file = open_file("/proc/self/status");
	char line[4096];

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
			if (strncmp(line, kept[i], strlen(kept[i])) == 0)
				printf("status %s", line);
	if (file)
		fclose(file);
	else
		tell_unseen("status ");
}

static void tell_process(void)
{
	mode_t mask = umask(022);
	char name[256] = "";
	int number = 0;

	gethostname(name, sizeof(name));
	printf("own session: %d\n", getsid(0) == getpid());
	printf("umask: %o\n", mask);
	printf("securebits: %#x\n", (unsigned int)prctl(PR_GET_SECUREBITS));
	prctl(PR_GET_PDEATHSIG, &number);
	printf("death signal: %d\n", number);
	printf("host name: %s\n", name);
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("descriptor: %d\n", fd);
}

static void tell_limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = { 0, 0 };

		getrlimit((__rlimit_resource_t)i, &limit);
		/* The mark of a jail (launch/survivors.c) is another each time.
		 */
		if (i == RLIMIT_RTTIME && limit.rlim_cur == limit.rlim_max &&
		    limit.rlim_max != RLIM_INFINITY)
			limit.rlim_cur = limit.rlim_max = 1;
		printf("limit %d: %ju %ju\n", i, (uintmax_t)limit.rlim_cur,
		       (uintmax_t)limit.rlim_max);
	}
}

/* Without the numbers that each jail has its own: mount, parent, device. */
static void tell_mounts(void)
{
	FILE *file = open_file("/proc/self/mountinfo");
	char line[4096];

	while (file && fgets(line, sizeof(line), file)) {
		char *at = line;

		for (int field = 0; field < 3 && at; field++) {
			at = strchr(at, ' ');
			at += at != NULL;
		}
		printf("mount: %s", at ? at : line);
	}
	if (file)
		fclose(file);
	else
		tell_unseen("mount: ");
}

static void tell_namespaces(void)
{
	FILE *file = open_file("namespaces");
	char line[64], own[64], path[64];

	while (file && fscanf(file, "%63s", line) == 1) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%.*s",
			 (int)strcspn(line, ":"), line);
		n = readlink(path, own, sizeof(own) - 1);
		own[n < 0 ? 0 : n] = '\0';
		printf("namespace %.*s: %s\n", (int)strcspn(line, ":"), line,
		       n < 0			? "hidden"
		       : strcmp(own, line) == 0 ? "the host's"
						: "own");
	}
	if (file)
		fclose(file);
	else
		tell_unseen("namespace ");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void tell_names(const char *directory)
{
	char kind[64];
	struct dirent **names;
	int count = scandir(directory, &names, NULL, by_name);

	if (count < 0)
		count = scandir(directory, &names, NULL, by_name);
	for (int i = 0; i < count; i++)
		printf("name: %s/%s\n", directory, names[i]->d_name);
	snprintf(kind, sizeof(kind), "name: %s/", directory);
	if (count < 0)
		tell_unseen(kind);
}

/* ---- what it refuses ------------------------------------------------------
 */

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int read_hidden(void)
{
	return try_open(hidden, O_RDONLY);
}

static int read_denied(void)
{
	char byte;
	int fd = open("denied", O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, &byte, 1) != 1 ? -1 : 0;
}

static int write_protected(void)
{
	return try_open("protected", O_WRONLY);
}

static int rename_protected(void)
{
	return rename("protected", "moved");
}

static int make_missing(void)
{
	return try_open("missing", O_WRONLY | O_CREAT);
}

static int make_hook(void)
{
	return mkdir(".git", 0755) < 0 ? -1 : rmdir(".git") * 0;
}

static int write_above(void)
{
	return try_open("../above", O_WRONLY | O_CREAT);
}

static int write_system(void)
{
	return try_open("/usr/procjail-was-here", O_WRONLY | O_CREAT);
}

static int grow_beyond(void)
{
	int result = close(open("grown", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));

	if (result == 0)
		result = truncate("grown", 100 << 20);
	unlink("grown");
	return result;
}

static int set_user_id(void)
{
	return chmod("own", 04755);
}

static int do_mount(void)
{
	return mount("none", "/tmp", "tmpfs", 0, NULL);
}

static int new_user_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int new_mount_namespace(void)
{
	return unshare(CLONE_NEWNS);
}

static int trace_init(void)
{
	return (int)ptrace(PTRACE_SEIZE, 1, NULL, NULL);
}

static int read_init(void)
{
	return try_open("/proc/1/mem", O_RDONLY);
}

static int init_environment(void)
{
	return try_open("/proc/1/environ", O_RDONLY);
}

/* The jail's init, whoever that is here, and the host's. */
static int signal_parent(void)
{
	return kill(getppid(), 0);
}

static int signal_first(void)
{
	return kill(1, 0);
}

static int own_connection(void)
{
	return fcntl(0, F_SETOWN, getppid());
}

static int internet_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : close(fd);
}

static int netlink_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : close(fd);
}

static int abstract_socket(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t n = strlen(abstract);
	int result;

	memcpy(to.sun_path + 1, abstract, n);
	result = connect(
		fd, (struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n));
	close(fd);
	return result;
}

static int memory_file(void)
{
	int fd = (int)syscall(SYS_memfd_create, "x", MFD_CLOEXEC);

	return fd < 0 ? -1 : close(fd);
}

static int keyring(void)
{
	return (int)syscall(SYS_keyctl, 0, -3, 0);
}

static int type_into_terminal(void)
{
	return ioctl(0, TIOCSTI, "x");
}

static int execute_elsewhere(void)
{
	char *const argv[] = { (char *)"true", NULL };

	/* Only where it is refused do we come back. */
	return access("copy-of-true", F_OK) < 0 ? -1
						: execv("copy-of-true", argv);
}

static int read_own(void)
{
	return try_open("own", O_RDONLY);
}

static int write_own(void)
{
	return try_open("own", O_WRONLY);
}

static int make_own(void)
{
	return try_open("new", O_WRONLY | O_CREAT) < 0 ? -1 : unlink("new");
}

static const struct attempt {
	const char *name;
	int (*run)(void);
} attempts[] = {
	{ "read hidden", read_hidden },
	{ "read denied", read_denied },
	{ "write protected", write_protected },
	{ "rename protected", rename_protected },
	{ "make missing", make_missing },
	{ "make .git", make_hook },
	{ "may write above", write_above },
	{ "write system", write_system },
	{ "grow beyond", grow_beyond },
	{ "set-user-id", set_user_id },
	{ "mount", do_mount },
	{ "user namespace", new_user_namespace },
	{ "mount namespace", new_mount_namespace },
	{ "trace init", trace_init },
	{ "read init", read_init },
	{ "environment of init", init_environment },
	{ "signal the parent", signal_parent },
	{ "signal process 1", signal_first },
	{ "signals to the parent", own_connection },
	{ "internet socket", internet_socket },
	{ "netlink socket", netlink_socket },
	{ "abstract socket", abstract_socket },
	{ "memory file", memory_file },
	{ "keyring", keyring },
	{ "type into terminal", type_into_terminal },
	{ "execute elsewhere", execute_elsewhere },
	{ "may read own", read_own },
	{ "may write own", write_own },
	{ "may make own", make_own },
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	hidden = argv[1];
	abstract = argv[2];
	tell_status();
	tell_process();
	tell_limits();
	tell_mounts();
	tell_namespaces();
	tell_names("/");
	tell_names("/dev");
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		int result = attempts[i].run();

		printf("%s: %s\n", attempts[i].name,
		       result < 0 ? "refused" : "done");
	}
	return 0;
}
