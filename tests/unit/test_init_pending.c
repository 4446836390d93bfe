/* SPDX-License-Identifier: Apache-2.0 */
/* Which pending signals end a wait in the broker. The one that is looked at is
 * stopped: what is sent to it stays pending. */
#include <signal.h>
#include <stdbool.h>

#include "init/pending.h"
#include "tap.h"

static void on_signal(int number)
{
	(void)number;
}

enum how { CAUGHT, CAUGHT_BLOCKED, IGNORED, DEFAULT_IGNORED, NOT_SENT };

static void wait_stopped(enum how how)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	if (how == IGNORED)
		action.sa_handler = SIG_IGN;
	if (how == DEFAULT_IGNORED)
		action.sa_handler = SIG_DFL;
	sigaction(SIGWINCH, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(how == CAUGHT_BLOCKED ? SIG_BLOCK : SIG_UNBLOCK, &set,
		    NULL);
	raise(SIGSTOP);
	_exit(0);
}

static bool seen(enum how how)
{
	bool pending;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		wait_stopped(how);
	CHECK(pid > 0 && waitpid(pid, &status, WUNTRACED) == pid &&
	      WIFSTOPPED(status));
	if (how != NOT_SENT)
		kill(pid, SIGWINCH);
	pending = pending_signal(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return pending;
}

static void with_a_handler(void)
{
	CHECK(seen(CAUGHT));
}

static void blocked_or_ignored(void)
{
	CHECK(!seen(CAUGHT_BLOCKED));
	CHECK(!seen(IGNORED));
	CHECK(!seen(DEFAULT_IGNORED));
	CHECK(!seen(NOT_SENT));
}

static void nobody(void)
{
	CHECK(!pending_signal(0));
	CHECK(!pending_signal(-1));
}

static const struct tap_case cases[] = {
	{ "one that has a handler counts", with_a_handler },
	{ "blocked and ignored ones do not", blocked_or_ignored },
	{ "who is not there has none", nobody },
};

TAP_MAIN(cases)
