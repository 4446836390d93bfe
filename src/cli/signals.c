/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as bytes in a pipe, so that the library needs no handlers. The
 * handler makes one write(2), which is async-signal-safe and never waits. */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

/* timeout(1) and systemd send SIGCONT behind the signal that is to end a
 * program: one that is stopped sees to that signal only then. */
static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCONT };

/* A handler has no other way to know; written before it is installed. */
static volatile sig_atomic_t pipe_end = -1;
static volatile sig_atomic_t to_socket;
static volatile sig_atomic_t seen;

static void handle(int number)
{
	int saved = errno;
	bool ends = number != SIGCONT;
	unsigned char byte = (unsigned char)(seen && ends ? SIGKILL : number);
	ssize_t ignored;

	if (ends)
		seen = 1;
	ignored = to_socket ? send((int)pipe_end, &byte, 1,
				   MSG_NOSIGNAL | MSG_DONTWAIT)
			    : write((int)pipe_end, &byte, 1);
	(void)ignored;
	errno = saved;
}

static void install(void)
{
	struct sigaction action = { .sa_handler = handle,
				    .sa_flags = SA_RESTART };
	sigset_t set;

	sigemptyset(&set);
	/* One after the other: else the handler of a second one that is pending
	 * would run within the first one's, before it. */
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		sigaddset(&action.sa_mask, forwarded[i]);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++) {
		struct sigaction old;

		sigaction(forwarded[i], NULL, &old);
		if (old.sa_handler == SIG_IGN)
			continue;
		sigaction(forwarded[i], &action, NULL);
		sigaddset(&set, forwarded[i]);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int signals_forward(int *ret_fd, struct pj_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail_system(err, PJ_STAGE_SUPERVISE, errno, "pipe2");
	pipe_end = fds[1];
	install();
	*ret_fd = fds[0];
	return 0;
}

void signals_send(int socket)
{
	to_socket = 1;
	pipe_end = socket;
	install();
}

bool signals_seen(void)
{
	return seen != 0;
}
