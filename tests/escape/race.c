/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done to a call while somebody else serves it: change its words,
 * kill its caller, give it nonsense, make it wait, make very many of them.
 *
 *   race flip ALLOWED FORBIDDEN    both of one length, in a directory of theirs
 *   race parts NAME COUNT          of two jails: N/NAME, N below COUNT, at once
 *   race move ONE OTHER            of two jails: back and forth, until
 *   race store COUNT               it has been tried so often to change what is
 *                                  held in store/, and to complete bare/
 *   race crowd | killed | fifo | undumpable | nonsense | descriptors
 *
 * Prints "done" when everything that must work worked.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	FLIPS = 4000,
	FLIPS_S = 20,
	MEETING_S = 60,
	THREADS = 64,
	ROUNDS = 50,
	VICTIMS = 100
};

static void check(bool good, const char *what)
{
	if (good)
		return;
	printf("%s: %s\n", what, strerrorname_np(errno));
	fflush(stdout);
	_exit(1);
}

static bool fails_with(long result, int errnum)
{
	return result < 0 && errno == errnum;
}

/* ---- words that change --------------------------------------------------- */

static char words[4096];
static const char *spellings[2];
static atomic_bool over;

static void *flip(void *unused)
{
	size_t n = strlen(spellings[0]);

	(void)unused;
	for (unsigned int i = 0; !atomic_load(&over); i++)
		for (size_t at = 0; at < n; at++)
			((volatile char *)words)[at] = spellings[i & 1][at];
	return NULL;
}

static void try_all(const char *file)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = open(words, O_CREAT | O_RDWR, 0644);

	if (fd >= 0) {
		if (write(fd, "x", 1) < 0)
			check(false, "write");
		close(fd);
	}
	/* Whether each is refused is told by what is there at the end. */
	(void)!truncate(words, 0);
	unlink(words);
	mkdir(words, 0755);
	rmdir(words);
	(void)!symlink("x", words);
	unlink(words);
	(void)!link(file, words);
	unlink(words);
	fd = open(file, O_CREAT | O_WRONLY, 0644);
	close(fd);
	rename(file, words);
	unlink(words);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	/* The address lies in our stack and is rewritten meanwhile as well. */
	memcpy(address.sun_path, words, sizeof(address.sun_path) - 1);
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	unlink(words);
}

static void race_flip(char **argv)
{
	const time_t until = time(NULL) + FLIPS_S;
	pthread_t thread;

	spellings[0] = argv[0];
	spellings[1] = argv[1];
	check(strlen(argv[0]) == strlen(argv[1]), "lengths");
	memcpy(words, argv[0], strlen(argv[0]));
	check(pthread_create(&thread, NULL, flip, NULL) == 0, "thread");
	/* On a machine that is busy fewer are enough. */
	for (int i = 0; i < FLIPS && time(NULL) < until; i++)
		try_all("file");
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	unlink("file");
}

/* ---- many at once -------------------------------------------------------- */

static void *one_of_many(void *data)
{
	char name[32], other[32];

	snprintf(name, sizeof(name), "crowd%d", (int)(intptr_t)data);
	snprintf(other, sizeof(other), "other%d", (int)(intptr_t)data);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);

		check(fd >= 0 && close(fd) == 0, "creat");
		check(rename(name, other) == 0, "rename");
		check(unlink(other) == 0, "unlink");
	}
	return NULL;
}

static void race_crowd(void)
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, one_of_many,
				     (void *)i) == 0,
		      "thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* ---- callers that die, and calls that wait --------------------------------
 */

static int count_processes(void)
{
	char path[32];
	int count = 0;

	/* The host's processes: not to be counted. */
	if (open("/proc", O_RDONLY) < 0)
		return 1;
	for (int pid = 2; pid < 4096; pid++) {
		snprintf(path, sizeof(path), "/proc/%d", pid);
		count += access(path, F_OK) == 0;
	}
	return count;
}

/* Whoever waits for a caller that was killed must go as well. */
static void race_killed(void)
{
	int status;

	check(mkfifo("fifo", 0600) == 0, "mkfifo");
	for (int i = 0; i < VICTIMS; i++) {
		pid_t pid = fork();

		check(pid >= 0, "fork");
		if (pid == 0) {
			close(open("fifo",
				   i & 1 ? O_WRONLY : O_RDWR | O_CREAT));
			mkdir("made", 0755);
			rmdir("made");
			open("fifo", O_WRONLY);
			_exit(0);
		}
		if (i & 2)
			sched_yield();
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	/* The program, and here and there one that is about to end. */
	for (int i = 0; count_processes() > 1; i++)
		check(i < 20000, "processes were left behind");
	check(unlink("fifo") == 0, "unlink");
}

static void *wait_for_reader(void *result)
{
	*(int *)result = open("fifo", O_WRONLY);
	return NULL;
}

static void race_fifo(void)
{
	pthread_t threads[8];
	int fds[8], reader;

	check(mkfifo("fifo", 0600) == 0, "mkfifo");
	for (int i = 0; i < 8; i++)
		check(pthread_create(&threads[i], NULL, wait_for_reader,
				     &fds[i]) == 0,
		      "thread");
	one_of_many((void *)1); /* goes on meanwhile */
	reader = open("fifo", O_RDONLY);
	check(reader >= 0, "reader");
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		check(fds[i] >= 0 && write(fds[i], "x", 1) == 1, "writer");
	}
	check(unlink("fifo") == 0, "unlink");
}

/* ---- two jails -----------------------------------------------------------
 */

/* In a file of the workspace that both map: how often somebody has arrived, and
 * whether it is over. */
static struct meeting {
	atomic_uint arrived;
	atomic_uint finished;
} * meeting;

static void meet(void)
{
	int fd = open("meeting", O_RDWR);

	check(fd >= 0, "meeting");
	meeting = mmap(NULL, sizeof(*meeting), PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);
	check(meeting != MAP_FAILED, "mmap");
}

/* Until both have arrived `times` times. */
static void arrive(unsigned int times)
{
	const time_t until = time(NULL) + MEETING_S;

	atomic_fetch_add(&meeting->arrived, 1);
	while (atomic_load(&meeting->arrived) < 2 * times) {
		check(time(NULL) < until, "nobody else came");
		sched_yield();
	}
}

/* Who is refused, is by EACCES. One of the two is late now and then, so that
 * whatever happens first in a broker meets what happens last in the other. */
static void race_parts(char **argv)
{
	const unsigned int count = (unsigned int)atoi(argv[1]);
	const unsigned int late = strcmp(argv[0], "HEAD") == 0 ? 0 : 500;
	char name[64];

	meet();
	for (unsigned int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%u/%s", i, argv[0]);
		arrive(i + 1);
		for (volatile unsigned int n = i % 64 * late; n; n--)
			;
		check(mkdir(name, 0755) == 0 || errno == EACCES, name);
	}
}

static void race_move(char **argv)
{
	const time_t until = time(NULL) + MEETING_S;

	meet();
	arrive(1);
	while (!atomic_load(&meeting->finished) && time(NULL) < until) {
		check(rename(argv[0], argv[1]) == 0, "there");
		check(rename(argv[1], argv[0]) == 0, "and back");
	}
}

static void append(const char *name)
{
	int fd = open(name, O_WRONLY | O_APPEND);

	if (fd < 0)
		return;
	if (write(fd, "x", 1) < 0)
		check(false, "write");
	close(fd);
}

/* What came of it is told by what is there at the end. */
static void race_store(char **argv)
{
	const time_t until = time(NULL) + FLIPS_S;
	char path[64];
	int fd = -1;

	meet();
	arrive(1);
	for (int i = 0; i < atoi(argv[0]) && time(NULL) < until; i++) {
		append("top/store/config");
		if (fd < 0)
			fd = open("top/store/config", O_RDONLY);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		append(path);
		(void)!truncate("top/store/config", 0);
		chmod("top/store/config", 0600);
		chmod("top/store/hooks", 0700);
		close(open("top/store/hooks/post-commit", O_CREAT | O_WRONLY,
			   0755));
		unlink("top/store/HEAD");
		close(open("top/bare/HEAD", O_CREAT | O_WRONLY, 0644));
	}
	atomic_store(&meeting->finished, 1);
}

/* ---- odd callers --------------------------------------------------------- */

static void race_undumpable(void)
{
	check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "prctl");
	one_of_many((void *)1);
	check(fails_with(mkdir("/usr/marker", 0755), EROFS), "read-only");
}

static void race_nonsense(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char longest[8192];
	int pair[2], path = open(".", O_PATH), file;

	check(page != MAP_FAILED && munmap(page + 4096, 4096) == 0, "mmap");
	check(fails_with(mkdir((char *)8, 0755), EFAULT), "no memory");
	check(fails_with(mkdir((char *)-4096L, 0755), EFAULT), "kernel memory");
	memset(page, 'a', 4096);
	check(fails_with(mkdir(page + 4000, 0755), EFAULT),
	      "past the last page");
	memcpy(page + 4096 - 5, "name", 5);
	check(mkdir(page + 4096 - 5, 0755) == 0 && rmdir("name") == 0,
	      "up to the last byte");
	memset(longest, 'a', 8191);
	check(fails_with(mkdir(longest, 0755), ENAMETOOLONG), "too long");
	longest[4096] = '\0';
	check(fails_with(mkdir(longest, 0755), ENAMETOOLONG),
	      "a path too long");
	longest[256] = '\0';
	check(fails_with(mkdir(longest, 0755), ENAMETOOLONG),
	      "a name too long");
	check(fails_with(mkdir("", 0755), ENOENT), "empty");
	check(fails_with(mkdirat(-7, "x", 0755), EBADF), "no descriptor");
	check(fails_with(mkdirat(4000, "x", 0755), EBADF), "not open");
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	check(fails_with(mkdirat(pair[0], "x", 0755), ENOTDIR), "a socket");
	file = open("file", O_CREAT | O_RDWR, 0600);
	check(fails_with(mkdirat(file, "x", 0755), ENOTDIR), "a file");
	check(mkdirat(path, "x", 0755) == 0 && rmdir("x") == 0, "O_PATH");
	check(mkdirat(file, "/", 0755) < 0, "the root");
	check(fails_with(rename("file", "file/x"), ENOTDIR), "below a file");
	check(mkdir("new\nline\x7f\xff", 0755) == 0 &&
		      rmdir("new\nline\x7f\xff") == 0,
	      "odd names");
	check(fails_with(syscall(SYS_unlinkat, AT_FDCWD, "file", 0x40000000),
			 EINVAL),
	      "odd flags");
	check(fails_with(bind(pair[0], (void *)8, 110), EFAULT) ||
		      errno == EINVAL,
	      "address");
	check(fails_with(bind(file, (void *)words, 3), ENOTSOCK), "no socket");
	check(fails_with(connect(9999, (void *)words, 3), EBADF), "no socket");
	check(unlink("file") == 0, "unlink");
}

static void race_descriptors(void)
{
	struct rlimit limit = { 16, 16 };
	int fds[32], count = 0;

	check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	for (int i = 0; i < 32; i++) {
		fds[count] = open("file", O_CREAT | O_WRONLY, 0600);
		if (fds[count] < 0)
			break;
		count++;
	}
	check(count < 16 && errno == EMFILE, "its own limit");
	for (int i = 0; i < count; i++)
		check(close(fds[i]) == 0, "close");
	/* Nothing was kept on the other side. */
	for (int i = 0; i < 5000; i++)
		check(close(open("file", O_CREAT | O_WRONLY, 0600)) == 0,
		      "open again");
	check(unlink("file") == 0, "unlink");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} races[] = {
		{ "crowd", race_crowd },
		{ "killed", race_killed },
		{ "fifo", race_fifo },
		{ "undumpable", race_undumpable },
		{ "nonsense", race_nonsense },
		{ "descriptors", race_descriptors },
	};

	static const struct {
		const char *name;
		int count;
		void (*run)(char **argv);
	} told[] = {
		{ "flip", 2, race_flip },
		{ "parts", 2, race_parts },
		{ "move", 2, race_move },
		{ "store", 1, race_store },
	};
	bool found = false;

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(races) / sizeof(*races); i++) {
		if (argc != 2 || strcmp(races[i].name, argv[1]) != 0)
			continue;
		races[i].run();
		found = true;
	}
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		if (argc != told[i].count + 2 ||
		    strcmp(told[i].name, argv[1]) != 0)
			continue;
		told[i].run(argv + 2);
		found = true;
	}
	if (!found)
		return 2;
	puts("done");
	return 0;
}
