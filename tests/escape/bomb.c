/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes more than it is given; the limits of the jail around it must hold it.
 * Each mode bounds itself as well (BOUND), so that a jail that fails costs some
 * memory for a moment and not the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MEBIBYTE = 1 << 20, BOUND = 512, CHILDREN_MAX = 2000 };

static char block[MEBIBYTE];

static void end(const char *what, int amount)
{
	printf("%s %d %s\n", what, amount, errno ? strerrorname_np(errno) : "");
	fflush(stdout);
	_exit(3);
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

/* ---- processes ----------------------------------------------------------- */

/* The call waits for the broker: from then on all of the init's tasks, for
 * which the limit leaves room, are there, and the count is exact. */
static void bomb_forks(void)
{
	int made = 0, started = open("/tmp/started", O_CREAT | O_WRONLY, 0600);

	if (started >= 0)
		close(started);
	while (made < CHILDREN_MAX) {
		pid_t pid = fork();

		if (pid == 0)
			wait_for_ever();
		if (pid < 0)
			end("forks", made);
		made++;
	}
	wait_for_ever();
}

/* Each child forks on: exponentially, ten deep. */
static void bomb_tree(void)
{
	for (int i = 0; i < 10; i++)
		fork();
	wait_for_ever();
}

/* ---- memory -------------------------------------------------------------- */

static void fill(void *map)
{
	memset(map, 'x', MEBIBYTE);
}

static void bomb_map(int flags)
{
	for (int i = 0; i < BOUND; i++) {
		void *map = mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE,
				 MAP_ANONYMOUS | flags, -1, 0);

		if (map == MAP_FAILED)
			end("map", i);
		fill(map);
	}
	errno = 0;
	end("map", BOUND);
}

static void bomb_heap(void)
{
	bomb_map(MAP_PRIVATE);
}

static void bomb_shared(void)
{
	bomb_map(MAP_SHARED);
}

static void *fill_from_thread(void *unused)
{
	(void)unused;
	bomb_map(MAP_SHARED);
	return NULL;
}

/* The first thread ends: the process shows no memory of its own. */
static void bomb_headless(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fill_from_thread, NULL) != 0)
		end("thread", 0);
	pthread_exit(NULL);
}

static void bomb_children(void)
{
	for (int i = 0; i < BOUND / 8; i++) {
		pid_t pid = fork();

		if (pid < 0)
			end("children", i);
		if (pid > 0)
			continue;
		for (int at = 0; at < 8; at++)
			fill(mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE,
				  MAP_ANONYMOUS | MAP_PRIVATE, -1, 0));
		wait_for_ever();
	}
	wait_for_ever();
}

/* Written, never mapped: no process has it. */
static void bomb_memfd(void)
{
	int fd = (int)syscall(SYS_memfd_create, "bomb", 0);

	if (fd < 0)
		end("memfd", 0);
	for (int i = 0; i < BOUND; i++)
		if (write(fd, block, sizeof(block)) != sizeof(block))
			end("memfd", i);
	errno = 0;
	end("memfd", BOUND);
}

/* Mapped once, and held by its descriptor alone. */
static void bomb_secret(void)
{
	for (int i = 0; i < BOUND; i++) {
		int fd = (int)syscall(SYS_memfd_secret, 0);
		char *map;

		if (fd < 0 || ftruncate(fd, MEBIBYTE) < 0)
			end("secret", i);
		map = mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   fd, 0);
		if (map == MAP_FAILED)
			end("secret", i);
		memset(map, 'x', MEBIBYTE);
		munmap(map, MEBIBYTE);
	}
	errno = 0;
	end("secret", BOUND);
}

/* Filled and detached: no process has it either. */
static void bomb_sysv(void)
{
	for (int i = 0; i < BOUND / 8; i++) {
		int id = shmget(IPC_PRIVATE, 8 * MEBIBYTE, IPC_CREAT | 0600);
		char *map = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

		if (map == (void *)-1)
			end("sysv", 8 * i);
		memset(map, 'x', 8 * MEBIBYTE);
		shmdt(map);
	}
	/* It stays until the jail has gone: whoever sees it ends us. */
	wait_for_ever();
}

/* ---- files, output, time ------------------------------------------------- */

static void bomb_disk(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	if (fd < 0)
		end("disk", 0);
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < BOUND; i++)
		if (write(fd, block, sizeof(block)) != sizeof(block))
			end("disk", i);
	errno = 0;
	end("disk", BOUND);
}

static void bomb_files(const char *directory)
{
	char name[256];

	for (int i = 0; i < 200000; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s/%d", directory, i);
		fd = open(name, O_CREAT | O_WRONLY, 0600);
		if (fd < 0)
			end("files", i);
		close(fd);
	}
	errno = 0;
	end("files", 200000);
}

static void bomb_open(void)
{
	for (int i = 0; i < 10000; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			end("open", i);
	errno = 0;
	end("open", 10000);
}

static void bomb_flood(void)
{
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < BOUND; i++)
		if (write(1, block, sizeof(block)) < 0)
			break;
	_exit(0);
}

static void burn(unsigned int ms)
{
	struct timespec now;
	unsigned long until;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	until = (unsigned long)now.tv_sec * 1000 +
		(unsigned long)now.tv_nsec / 1000000 + ms;
	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	} while ((unsigned long)now.tv_sec * 1000 +
			 (unsigned long)now.tv_nsec / 1000000 <
		 until);
}

/* 30 seconds of CPU time by processes of a tenth, each of which leaves a mark;
 * `forget`: whose time goes to nobody, since their parent does not wait. */
static void bomb_cpu(bool forget)
{
	if (forget)
		signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();

		if (pid < 0)
			end("cpu", i);
		if (pid == 0) {
			burn(100);
			_exit(write(1, ".", 1) != 1);
		}
		waitpid(pid, NULL, 0);
	}
	errno = 0;
	end("cpu", 300);
}

static void bomb_cpu_reaped(void)
{
	bomb_cpu(false);
}

static void bomb_cpu_forgotten(void)
{
	bomb_cpu(true);
}

static void bomb_stop(void)
{
	for (;;)
		raise(SIGSTOP);
}

static void bomb_ignore(void)
{
	for (int i = 1; i < 32; i++)
		signal(i, SIG_IGN);
	wait_for_ever();
}

/* Outputs closed, in a session of its own twice removed, with a lock that tells
 * whether it lives. */
static void bomb_daemon(const char *lock)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		end("pipe", 0);
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			int fd = open(lock, O_CREAT | O_RDWR, 0600);

			setsid();
			signal(SIGTERM, SIG_IGN);
			flock(fd, LOCK_EX);
			close(0);
			close(1);
			close(2);
			if (write(ready[1], "x", 1) == 1)
				close(ready[1]);
			wait_for_ever();
		}
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		end("daemon", 0);
	puts("daemon runs");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
		void (*run_on)(const char *name);
	} bombs[] = {
		{ "forks", bomb_forks, NULL },
		{ "tree", bomb_tree, NULL },
		{ "heap", bomb_heap, NULL },
		{ "shared", bomb_shared, NULL },
		{ "headless", bomb_headless, NULL },
		{ "children", bomb_children, NULL },
		{ "memfd", bomb_memfd, NULL },
		{ "secret", bomb_secret, NULL },
		{ "sysv", bomb_sysv, NULL },
		{ "disk", NULL, bomb_disk },
		{ "files", NULL, bomb_files },
		{ "open", bomb_open, NULL },
		{ "flood", bomb_flood, NULL },
		{ "cpu", bomb_cpu_reaped, NULL },
		{ "cpu-forgotten", bomb_cpu_forgotten, NULL },
		{ "stop", bomb_stop, NULL },
		{ "ignore", bomb_ignore, NULL },
		{ "daemon", NULL, bomb_daemon },
	};
	bool stay = argc == 4 && strcmp(argv[3], "stay") == 0;

	for (size_t i = 0; i < sizeof(bombs) / sizeof(*bombs); i++) {
		if (argc < 2 || strcmp(bombs[i].name, argv[1]) != 0)
			continue;
		if (bombs[i].run)
			bombs[i].run();
		else
			bombs[i].run_on(argv[2]);
		if (stay)
			bomb_ignore();
		return 0;
	}
	return 2;
}
