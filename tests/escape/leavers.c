/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leavers LOCK KIND...
 *
 * Leaves processes behind that do not want to end with their program, one kind
 * or several, and ends when all are there. All of them hold LOCK, which is free
 * when the last of them is gone. None lives longer than a minute, nor are there
 * ever more than a few hundred, so that a jail that fails costs no machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFE_S = 60, MANY = 6, DEEP = 100 };

static int ready[2];
static time_t until;

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void tell(void)
{
	if (ready[1] && write(ready[1], "x", 1) != 1)
		_exit(1);
}

static void wait_for_long(void)
{
	while (now() < until)
		sleep(1);
	_exit(0);
}

static void stay(void)
{
	for (int i = 1; i < 32; i++)
		signal(i, SIG_IGN);
	tell();
	wait_for_long();
}

/* Whoever is found has ended already, and has a child; perhaps in a session of
 * its own. */
static void run_on(bool changes_session)
{
	const struct timespec moment = { .tv_nsec = 4000000 };

	tell();
	while (now() < until) {
		nanosleep(&moment, NULL);
		if (fork() > 0)
			_exit(0);
		if (changes_session)
			setsid();
	}
	_exit(0);
}

static void run_away(void)
{
	run_on(false);
}

static void wander(void)
{
	run_on(true);
}

static void make(int count, void (*live)(void))
{
	char byte;

	for (int i = 0; i < count; i++)
		if (fork() == 0)
			live();
	for (int i = 0; i < count; i++)
		if (read(ready[0], &byte, 1) != 1)
			_exit(1);
}

static void orphan(void)
{
	setsid();
	if (fork() > 0)
		_exit(0);
	setsid();
	stay();
}

/* Its orphans are its own, not the init's. */
static void adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			if (fork() == 0)
				wait_for_long();
			_exit(0);
		}
	stay();
}

/* A child of our parent. */
static void sibling(void)
{
	if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
		stay();
	_exit(0);
}

static void stopped(void)
{
	tell();
	raise(SIGSTOP);
	_exit(0);
}

static void *stay_in_thread(void *unused)
{
	(void)unused;
	stay();
	return NULL;
}

static void headless(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, stay_in_thread, NULL);
	pthread_exit(NULL);
}

/* Waits in the kernel for its child. */
static void suspended(void)
{
	if (vfork() == 0)
		stay();
	_exit(0);
}

static void deep(void)
{
	for (int i = 0; i < DEEP; i++)
		if (fork() > 0)
			wait_for_long();
	stay();
}

/* A file that nobody may read: nobody may look at its process. */
static void unreadable(void)
{
	char *const argv[] = { (char *)"leavers", NULL };

	tell();
	execve("./unreadable", argv, (char *[]){ NULL });
	_exit(1);
}

/* Asks to be told of nothing, so that its parent's end is not its own. */
static void undead(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_SET_DUMPABLE, 0);
	stay();
}

static const struct {
	const char *name;
	int count;
	void (*live)(void);
} kinds[] = {
	{ "storm", MANY, run_away }, { "wanderers", MANY, wander },
	{ "orphans", MANY, orphan }, { "adopters", 3, adopt },
	{ "siblings", 3, sibling },  { "stopped", 3, stopped },
	{ "headless", 3, headless }, { "suspended", 3, suspended },
	{ "deep", 1, deep },	     { "unreadable", 3, unreadable },
	{ "undead", 3, undead },
};

static bool make_kind(const char *name)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		if (strcmp(name, kinds[k].name) != 0)
			continue;
		make(kinds[k].count, kinds[k].live);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	int lock;
	bool last;

	until = now() + LIFE_S;
	if (argc == 1)
		stay(); /* the unreadable one: what it has is inherited */
	lock = argc < 3 ? -1 : open(argv[1], O_CREAT | O_RDWR, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0 || pipe(ready) < 0)
		return 2;
	last = strcmp(argv[argc - 1], "stay") == 0;
	for (int i = 2; i < argc - last; i++)
		if (!make_kind(argv[i]))
			return 2;
	puts("all there");
	fflush(stdout);
	if (last)
		stay();
	return 0;
}
