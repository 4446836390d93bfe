/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that samples start: timed, or with streams to talk to them. */
#include "launch.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Run to the end; 0 when it ended with 0. */
static int spawn_and_wait(const char *const *argv, const char *directory)
{
	posix_spawn_file_actions_t actions;
	int r, status = -1;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	if (directory)
		posix_spawn_file_actions_addchdir_np(&actions, directory);
	r = posix_spawn(&pid, argv[0], directory ? &actions : NULL, NULL,
			(char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status == 0 ? 0 : -1;
}

int timed_spawn(const char *const *argv, const char *directory,
		double *ret_value)
{
	double started = microseconds();
	int r = spawn_and_wait(argv, directory);

	*ret_value = microseconds() - started;
	return r;
}

pid_t spawn_piped(const char *const *argv, int *ret_output, int *ret_input)
{
	posix_spawn_file_actions_t actions;
	int output[2] = { -1, -1 }, input[2] = { -1, -1 };
	pid_t pid = -1;

	if (pipe2(output, O_CLOEXEC) < 0)
		return -1;
	if (ret_input && pipe2(input, O_CLOEXEC) < 0) {
		close(output[0]);
		close(output[1]);
		return -1;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
	if (ret_input)
		posix_spawn_file_actions_adddup2(&actions, input[0],
						 STDIN_FILENO);
	if (posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)argv,
			environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(output[1]);
	*ret_output = output[0];
	if (ret_input) {
		close(input[0]);
		*ret_input = input[1];
	}
	return pid;
}

/* VmHWM of a running process, in KiB; 0 when it cannot be read. */
static double peak_memory(pid_t pid)
{
	char path[64], line[256];
	double kib = 0;
	FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtod(line + 6, NULL);
	fclose(file);
	return kib;
}

/* A byte comes back when the jail is complete; `cat` ends with its input. */
int supervisor_memory(const char *const *argv, double *ret_value)
{
	int output = -1, input = -1, status = -1;
	pid_t pid = spawn_piped(argv, &output, &input);
	char byte = 'x';
	bool alive = pid > 0 && write(input, &byte, 1) == 1 &&
		     read(output, &byte, 1) == 1;

	*ret_value = alive ? peak_memory(pid) : 0;
	if (input >= 0)
		close(input);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (output >= 0)
		close(output);
	return status == 0 && *ret_value > 0 ? 0 : -1;
}
