/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system call that the jail's filter need not inspect. The client times
 * itself, many calls at once; it is started anew for each sample, so that no
 * jail's deadline ends it. Without a jail and in one by turns: the difference
 * of neighbours is kept, since a nanosecond is less than a machine's moods.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"
#include "samples.h"

/* The client wants an address and ports, which it does not use for this. */
#define CLIENT(setting) (setting)->client, "127.0.0.1", "0", "0", "0", NULL

/* Ask the client that `argv` starts, once: nanoseconds for a call. */
static int ask(const char *const *argv, double *ret_value)
{
	static const char question[] = "getppid 50\n";
	int output = -1, input = -1, status = -1;
	pid_t pid = spawn_piped(argv, &output, &input);
	char text[64] = "";

	if (input >= 0) {
		if (write(input, question, strlen(question)) < 0)
			perror("bench: client");
		close(input);
	}
	if (output >= 0) {
		if (read(output, text, sizeof(text) - 1) < 0)
			perror("bench: client");
		close(output);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	*ret_value = strtod(text, NULL);
	return status == 0 && *ret_value > 0 ? 0 : -1;
}

int sample_call(const struct setting *setting, enum target target,
		double *ret_value)
{
	const char *argv[] = { CLIENT(setting) };

	(void)target;
	return ask(argv, ret_value);
}

int sample_call_added(const struct setting *setting, enum target target,
		      double *ret_value)
{
	const char *argv[] = { setting->procjail,    "run", "-p",
			       setting->policy_file, "--",  CLIENT(setting) };
	double without = 0, within = 0;

	if (sample_call(setting, target, &without) < 0 ||
	    ask(argv, &within) < 0)
		return -1;
	*ret_value = within - without;
	return 0;
}
