/* SPDX-License-Identifier: Apache-2.0 */
/* procjail: run a command so that it can do only what a policy says. Only this
 * file ends the process; before anything is opened, the three standard
 * descriptors exist, so that no file of ours becomes one of them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"

static const struct command *const commands[] = {
	&cmd_run,    &cmd_check, &cmd_pool, &cmd_doctor,
	&cmd_policy, &cmd_audit, NULL,
};

static const struct command procjail = {
	.name = "procjail",
	.full_name = "procjail",
	.usage = "COMMAND [ARGUMENT...]",
	.summary = "Run a command so that it can do only what a policy says",
	.members = commands,
};

/* Theirs is to be inherited: no O_CLOEXEC. Where one was closed, what writes to
 * it fails as it would have, with EBADF: ourselves and the program. Standard
 * input is empty then. */
static bool standard_descriptors_exist(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* NOLINTNEXTLINE(android-cloexec-open) */
		if (open("/dev/null", O_RDONLY) != fd)
			return false;
	}
	return true;
}

/* Whoever started us may have ignored them (bubblewrap issue 705): waiting
 * for the jail needs SIGCHLD, and a closed reader ends us as it ends cat(1). */
static void reset_signals(void)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
}

int main(int argc, char **argv)
{
	if (!standard_descriptors_exist())
		return CLI_FAILED;
	reset_signals();
	return command_start(&procjail, argc, argv);
}
