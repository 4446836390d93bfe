/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals own          signals within the jail do what they do elsewhere
 * signals reach PID    each way to signal that process of the host is refused
 *
 * The signal that is tried ends a process. Prints what ended otherwise, and how
 * many were tried as the last line; exits 1 when one ended otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLY = SIGUSR1 };

static int checks, otherwise;

static void check(const char *what, bool as_wanted)
{
	checks++;
	if (as_wanted)
		return;
	otherwise++;
	printf("otherwise: %s (%s)\n", what, strerrorname_np(errno));
}

/* ---- within ---------------------------------------------------------------
 */

static volatile sig_atomic_t caught, caught_code, caught_value;
static pthread_t caught_in;

static void note(int number, siginfo_t *info, void *context)
{
	(void)context;
	caught = number;
	caught_code = info->si_code;
	caught_value = info->si_value.sival_int;
	caught_in = pthread_self();
}

static void catch (int number)
{
	struct sigaction action = { .sa_sigaction = note,
				    .sa_flags = SA_SIGINFO };

	sigaction(number, &action, NULL);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		signal(DEADLY, SIG_DFL);
		for (;;)
			pause();
	}
	return pid;
}

/* Waits for it: how it ended. */
static bool ended_by(pid_t pid, int number)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == number;
}

static void check_children(void)
{
	pid_t pid = child(), other;
	siginfo_t info = { .si_signo = DEADLY, .si_code = SI_QUEUE };
	int fd;

	check("kill 0", kill(pid, 0) == 0);
	check("stop",
	      kill(pid, SIGSTOP) == 0 && waitpid(pid, NULL, WUNTRACED) == pid);
	check("go on", kill(pid, SIGCONT) == 0);
	check("kill", kill(pid, SIGTERM) == 0 && ended_by(pid, SIGTERM));
	check("kill what is gone", kill(pid, 0) < 0 && errno == ESRCH);
	check("no such signal", kill(getpid(), 65) < 0 && errno == EINVAL);

	pid = child();
	check("tgkill", syscall(SYS_tgkill, pid, pid, DEADLY) == 0 &&
				ended_by(pid, DEADLY));
	pid = child();
	check("tkill",
	      syscall(SYS_tkill, pid, DEADLY) == 0 && ended_by(pid, DEADLY));
	pid = child();
	check("sigqueue", sigqueue(pid, DEADLY, (union sigval){ 7 }) == 0 &&
				  ended_by(pid, DEADLY));
	pid = child();
	check("a thread's queue",
	      syscall(SYS_rt_tgsigqueueinfo, pid, pid, DEADLY, &info) == 0 &&
		      ended_by(pid, DEADLY));
	info.si_code = SI_USER;
	pid = child();
	check("in another's name",
	      syscall(SYS_rt_sigqueueinfo, pid, DEADLY, &info) < 0 &&
		      errno == EPERM);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	check("pidfd",
	      syscall(SYS_pidfd_send_signal, fd, DEADLY, NULL, 0) == 0 &&
		      ended_by(pid, DEADLY));
	check("pidfd of what is gone",
	      syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) < 0 &&
		      errno == ESRCH);
	close(fd);
	check("pidfd of a file",
	      syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0) < 0 &&
		      errno == EBADF);

	pid = child();
	other = child();
	setpgid(pid, pid);
	setpgid(other, pid);
	check("a group", kill(-pid, DEADLY) == 0 && ended_by(pid, DEADLY) &&
				 ended_by(other, DEADLY));
	check("a group that is gone", kill(-pid, 0) < 0 && errno == ESRCH);
	pid = child();
	other = child();
	signal(DEADLY, SIG_IGN);
	check("the own group", kill(0, DEADLY) == 0 && ended_by(pid, DEADLY) &&
				       ended_by(other, DEADLY));
	signal(DEADLY, SIG_DFL); /* which would end us */
	pid = child();
	other = child();
	setsid();
	setpgid(other, other);
	check("all but the caller", kill(-1, DEADLY) == 0 &&
					    ended_by(pid, DEADLY) &&
					    ended_by(other, DEADLY));
}

static void *send_to(void *thread)
{
	pthread_kill(*(pthread_t *)thread, SIGUSR2);
	return NULL;
}

static void check_self(void)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR2 };
	pthread_t self = pthread_self(), thread;
	sigset_t set, before;
	timer_t timer;

	catch (SIGUSR2);
	check("raise", raise(SIGUSR2) == 0 && caught == SIGUSR2 &&
			       caught_code == SI_TKILL);
	caught = 0;
	check("kill of oneself", kill(getpid(), SIGUSR2) == 0 &&
					 caught == SIGUSR2 &&
					 caught_code == SI_USER);
	check("queue to oneself",
	      sigqueue(getpid(), SIGUSR2, (union sigval){ 42 }) == 0 &&
		      caught_code == SI_QUEUE && caught_value == 42);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	caught = 0;
	pthread_create(&thread, NULL, send_to, &self);
	sigsuspend(&before);
	pthread_join(thread, NULL);
	check("a thread", caught == SIGUSR2 && pthread_equal(caught_in, self));
	caught = 0;
	check("a timer", timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
				 timer_settime(timer, 0, &soon, NULL) == 0);
	while (!caught)
		sigsuspend(&before);
	timer_delete(timer);
}

/* ---- out ------------------------------------------------------------------
 */

static bool refused(long result)
{
	return result < 0 &&
	       (errno == EPERM || errno == ESRCH || errno == EACCES);
}

/* Input is there at once: a signal would be sent. */
static void check_owner(pid_t pid)
{
	struct f_owner_ex owner = { F_OWNER_PID, pid };
	int ends[2], type = pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return;
	check("F_SETOWN", refused(fcntl(ends[0], F_SETOWN, pid)));
	check("F_SETOWN of a group", refused(fcntl(ends[0], F_SETOWN, -pid)));
	check("F_SETOWN_EX", refused(fcntl(ends[0], F_SETOWN_EX, &owner)));
	check("FIOSETOWN", refused(ioctl(ends[0], FIOSETOWN, &type)));
	check("SIOCSPGRP", refused(ioctl(ends[0], SIOCSPGRP, &type)));
	fcntl(ends[0], F_SETSIG, DEADLY);
	fcntl(ends[0], F_SETFL, O_ASYNC);
	if (write(ends[1], "x", 1) != 1)
		check("write", false);
	close(ends[0]);
	close(ends[1]);
	/* A terminal has its foreground for owner. */
	if (isatty(0)) {
		fcntl(0, F_SETSIG, DEADLY);
		fcntl(0, F_SETFL, O_ASYNC);
	}
}

static void check_out_of_reach(pid_t pid)
{
	siginfo_t info = { .si_signo = DEADLY, .si_code = SI_QUEUE };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = DEADLY };
	timer_t timer;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	event._sigev_un._tid = pid;
	for (int i = 0, number = 0; i < 3; i++) {
		number = i == 0 ? 0 : i == 1 ? DEADLY : SIGSTOP;
		check("kill", refused(kill(pid, number)));
		check("kill of a group", refused(kill(-pid, number)));
		check("tkill", refused(syscall(SYS_tkill, pid, number)));
		check("tgkill", refused(syscall(SYS_tgkill, pid, pid, number)));
		info.si_signo = number;
		check("queue", refused(syscall(SYS_rt_sigqueueinfo, pid, number,
					       &info)));
		check("a thread's queue",
		      refused(syscall(SYS_rt_tgsigqueueinfo, pid, pid, number,
				      &info)));
		if (fd >= 0)
			check("pidfd", refused(syscall(SYS_pidfd_send_signal,
						       fd, number, NULL, 0)));
	}
	check("timer",
	      syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) < 0);
	check("setpgid", refused(setpgid(0, pid)));
	check("setpgid of it", refused(setpgid(pid, 0)));
	check_owner(pid);
	signal(DEADLY, SIG_IGN);
	kill(-1, DEADLY);
	kill(0, DEADLY);
	signal(DEADLY, SIG_DFL);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "own") == 0) {
		check_self();
		check_children();
	} else if (argc == 3 && strcmp(argv[1], "reach") == 0) {
		check_out_of_reach(strcmp(argv[2], "init") == 0
					   ? getppid()
					   : atoi(argv[2]));
	} else {
		return 2;
	}
	printf("%d checks, %d otherwise\n", checks, otherwise);
	return otherwise != 0;
}
