/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The things that are measured. Each sample runs its program to the end and
 * fails unless that ended with 0: a jail that does not work is not fast.
 */
#include "samples.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"

enum { GUARD_CALLS = 20, ARGUMENTS_MAX = 24 };

const char *target_path(const struct setting *setting, enum target target)
{
	return target == TARGET_TRUE ? "/bin/true" : setting->nothing;
}

/* The command lines. `argv` has room for ARGUMENTS_MAX. */
static void command_line(const struct setting *setting, const char *program,
			 const char **argv)
{
	const char *const line[] = {
		setting->procjail, "run", "-p", setting->policy_file, "--",
		program,	   NULL
	};

	memcpy(argv, line, sizeof(line));
}

int sample_spawn(const struct setting *setting, enum target target,
		 double *ret_value)
{
	const char *argv[] = { target_path(setting, target), NULL };

	return timed_spawn(argv, NULL, ret_value);
}

int sample_command(const struct setting *setting, enum target target,
		   double *ret_value)
{
	const char *argv[ARGUMENTS_MAX];

	command_line(setting, target_path(setting, target), argv);
	return timed_spawn(argv, NULL, ret_value);
}

/* What a first user gets. */
int sample_by_default(const struct setting *setting, enum target target,
		      double *ret_value)
{
	const char *argv[] = { setting->procjail, "run", "--",
			       target_path(setting, target), NULL };

	return timed_spawn(argv, setting->workspace, ret_value);
}

/* The service has had the time of the other samples to make a jail. */
int sample_by_service(const struct setting *setting, enum target target,
		      double *ret_value)
{
	const char *argv[] = { setting->procjail,
			       "run",
			       "--pool",
			       setting->socket,
			       "-p",
			       "jail",
			       "--",
			       target_path(setting, target),
			       NULL };

	return timed_spawn(argv, NULL, ret_value);
}

int sample_start(const struct setting *setting, enum target target,
		 double *ret_value)
{
	const char *argv[] = { setting->procjail, "--version", NULL };
	posix_spawn_file_actions_t quiet;
	double started = microseconds();
	int status = -1;
	pid_t pid;

	(void)target;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	if (posix_spawn(&pid, argv[0], &quiet, NULL, (char *const *)argv,
			environ) == 0)
		waitpid(pid, &status, 0);
	*ret_value = microseconds() - started;
	posix_spawn_file_actions_destroy(&quiet);
	return status == 0 ? 0 : -1;
}

/* Prepare, run, capture; 0 when the program ended with 0 and wrote `bytes`. */
static int run_in_jail(const struct setting *setting,
		       const struct pj_policy *policy, const char *program,
		       const char *const *args, size_t bytes)
{
	struct pj_request request = { .size = sizeof(request),
				      .program = program,
				      .args = args };
	struct pj_run_options options = { .size = sizeof(options),
					  .host = setting->host };
	struct pj_command *command = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	size_t len = 0;
	int r = -1;

	if (pj_prepare(policy, &request, 0, &command, NULL, &err) == 0 &&
	    pj_run(command, &options, &result, &err) == 0) {
		pj_result_stdout(result, &len);
		if (pj_result_outcome(result) == PJ_EXITED &&
		    pj_result_exit_code(result) == 0 && len == bytes)
			r = 0;
	}
	if (err.message[0])
		fprintf(stderr, "bench: %s: %s\n", program, err.message);
	pj_result_free(result);
	pj_command_free(command);
	return r;
}

int sample_library(const struct setting *setting, enum target target,
		   double *ret_value)
{
	double started = microseconds();
	int r = run_in_jail(setting, setting->jail,
			    target_path(setting, target), NULL, 0);

	*ret_value = microseconds() - started;
	return r;
}

int sample_loopback(const struct setting *setting, enum target target,
		    double *ret_value)
{
	double started = microseconds();
	int r = run_in_jail(setting, setting->loopback,
			    target_path(setting, target), NULL, 0);

	*ret_value = microseconds() - started;
	return r;
}

int sample_guard(const struct setting *setting, enum target target,
		 double *ret_value)
{
	static const char *const args[] = { "-n",    "-m", "5", "--include=*.c",
					    "hello", ".",  NULL };
	struct pj_request request = { .size = sizeof(request),
				      .program = "/usr/bin/true",
				      .args = args };
	double started = microseconds();

	(void)target;
	for (int i = 0; i < GUARD_CALLS; i++) {
		struct pj_command *command = NULL;
		struct pj_error err = { 0 };

		if (pj_prepare(setting->guard, &request, 0, &command, NULL,
			       &err) < 0) {
			fprintf(stderr, "bench: guard: %s\n", err.message);
			return -1;
		}
		pj_command_free(command);
	}
	*ret_value = (microseconds() - started) / GUARD_CALLS;
	return 0;
}

static void output_size(char *text, size_t size)
{
	snprintf(text, size, "%d", OUTPUT_BYTES);
}

/* What a careful reader without a jail does: keep all of it. `pipe_size`: 0 is
 * what a pipe has, 64 KiB; as much is read at once. */
static int read_plainly(const struct setting *setting, int pipe_size,
			double *ret_value)
{
	size_t step = pipe_size ? (size_t)pipe_size : 65536;
	char size[24];
	const char *argv[] = { setting->writer, size, NULL };
	double started = microseconds();
	char *kept = malloc(OUTPUT_BYTES);
	size_t len = 0;
	ssize_t n = 1;
	int output = -1, status = -1;
	pid_t pid;

	output_size(size, sizeof(size));
	pid = kept ? spawn_piped(argv, &output, NULL) : -1;
	if (pid > 0 && pipe_size)
		fcntl(output, F_SETPIPE_SZ, pipe_size);
	while (pid > 0 && n > 0 && len < OUTPUT_BYTES) {
		size_t left = OUTPUT_BYTES - len;

		n = read(output, kept + len, left < step ? left : step);
		len += n > 0 ? (size_t)n : 0;
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (output >= 0)
		close(output);
	free(kept);
	*ret_value = microseconds() - started;
	return status == 0 && len == OUTPUT_BYTES ? 0 : -1;
}

int sample_plain_pipe(const struct setting *setting, enum target target,
		      double *ret_value)
{
	(void)target;
	return read_plainly(setting, 0, ret_value);
}

int sample_large_pipe(const struct setting *setting, enum target target,
		      double *ret_value)
{
	(void)target;
	return read_plainly(setting, 1 << 20, ret_value);
}

int sample_captured(const struct setting *setting, enum target target,
		    double *ret_value)
{
	char size[24];
	const char *args[] = { size, NULL };
	double started = microseconds();
	int r;

	(void)target;
	output_size(size, sizeof(size));
	r = run_in_jail(setting, setting->jail, setting->writer, args,
			OUTPUT_BYTES);
	*ret_value = microseconds() - started;
	return r;
}

int sample_command_memory(const struct setting *setting, enum target target,
			  double *ret_value)
{
	const char *argv[ARGUMENTS_MAX];

	(void)target;
	command_line(setting, "/bin/cat", argv);
	return supervisor_memory(argv, ret_value);
}
