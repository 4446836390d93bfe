/* SPDX-License-Identifier: Apache-2.0 */
/* Running, through the library: from a threaded parent, with hostile signal
 * dispositions, both outputs at once, descriptors that must not leak. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <procjail.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tap.h"

static struct pj_command *command_for(const char *script, const char *limit,
				      const char *value)
{
	const struct pj_policy_options options = {
		.size = sizeof(options),
		.workspace = "/usr",
		.caller_chose_command = true,
	};
	const char *const args[] = { "-c", script, NULL };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/bin/sh",
					    .args = args };
	struct pj_builder *builder = NULL;
	struct pj_policy *policy = NULL;
	struct pj_command *command = NULL;
	struct pj_error err = { 0 };

	CHECK(pj_builder_new(&builder, &err) == 0);
	pj_builder_extends(builder, "read-only");
	if (limit)
		pj_builder_limit(builder, limit, value);
	if (pj_builder_build(builder, &options, &policy, &err) < 0 ||
	    pj_prepare(policy, &request, 0, &command, NULL, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(command);
	pj_builder_free(builder);
	pj_policy_free(policy);
	return command;
}

static struct pj_result *run(struct pj_command *command)
{
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	if (pj_run(command, NULL, &result, &err) < 0) {
		printf("# %s\n", err.message);
		if (err.code == PJ_E_UNAVAILABLE)
			SKIP("%s", err.message);
	}
	CHECK(result);
	return result;
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void both_outputs_beyond_a_pipe(void)
{
	struct pj_command *command = command_for(
		"dd if=/dev/zero bs=64k count=40 status=none; "
		"dd if=/dev/zero bs=64k count=30 status=none >&2; echo end",
		NULL, NULL);
	struct pj_result *result = run(command);
	size_t out, err;

	pj_result_stdout(result, &out);
	pj_result_stderr(result, &err);
	CHECK(pj_result_outcome(result) == PJ_EXITED);
	printf("# %zu %zu\n", out, err);
	CHECK(out == 40 * 65536 + 4 && err == 30 * 65536);
	pj_result_free(result);
	pj_command_free(command);
}

static void a_background_child_holds_nothing_up(void)
{
	struct pj_command *command =
		command_for("echo now; sleep 1000 & exit 7", NULL, NULL);
	struct pj_result *result = run(command);
	size_t len;

	CHECK(pj_result_exit_code(result) == 7);
	CHECK_STR(pj_result_stdout(result, &len), "now\n");
	pj_result_free(result);
	pj_command_free(command);
}

static void output_limit_keeps_what_came(void)
{
	struct pj_command *command =
		command_for("exec cat /dev/zero", "stdout", "100KiB");
	struct pj_result *result = run(command);
	size_t len;

	pj_result_stdout(result, &len);
	CHECK(pj_result_outcome(result) == PJ_OUTPUT_LIMIT && len == 102400);
	CHECK(pj_result_status(result) == 137);
	pj_result_free(result);
	pj_command_free(command);
}

static void a_program_that_stops_itself_times_out(void)
{
	struct pj_command *command =
		command_for("kill -STOP $$", "wall_time", "100ms");
	struct pj_result *result = run(command);

	CHECK(pj_result_outcome(result) == PJ_TIMED_OUT);
	CHECK(pj_result_status(result) == 124);
	pj_result_free(result);
	pj_command_free(command);
}

static void input_and_early_end_of_reading(void)
{
	struct pj_command *command = command_for("head -c 3", NULL, NULL);
	struct pj_run_options options = { .size = sizeof(options) };
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	size_t len = 1 << 20;
	char *input = malloc(len);

	memset(input, 'x', len);
	options.input = input;
	options.input_len = len;
	CHECK(pj_run(command, &options, &result, &err) == 0);
	CHECK_STR(pj_result_stdout(result, &len), "xxx");
	pj_result_free(result);
	pj_command_free(command);
	free(input);
}

static void an_empty_output_is_empty(void)
{
	struct pj_command *command = command_for("exit 0", NULL, NULL);
	struct pj_result *result = run(command);
	size_t len;

	CHECK_STR(pj_result_stdout(result, &len), "");
	CHECK(len == 0);
	pj_result_free(result);
	pj_command_free(command);
}

static void nothing_leaks(void)
{
	struct pj_command *command =
		command_for("ls /proc/self/fd", NULL, NULL);
	int secret = open("/etc/passwd", O_RDONLY); /* not close-on-exec */
	struct pj_result *result = run(command);
	int before;
	size_t len;

	/* 3 is the directory that ls reads. */
	CHECK_STR(pj_result_stdout(result, &len), "0\n1\n2\n3\n");
	pj_result_free(result);
	before = open_descriptors();
	for (int i = 0; i < 20; i++)
		pj_result_free(run(command));
	CHECK(open_descriptors() == before);
	pj_command_free(command);
	close(secret);
}

static void the_callers_signals_stay_its_own(void)
{
	struct pj_command *command = command_for(
		"grep -E 'SigIgn|SigBlk' /proc/self/status", NULL, NULL);
	struct pj_result *result;
	sigset_t blocked, after;
	size_t len;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	result = run(command);
	CHECK_STR(pj_result_stdout(result, &len),
		  "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	sigprocmask(SIG_BLOCK, NULL, &after);
	CHECK(sigismember(&after, SIGUSR1) && !sigismember(&after, SIGTERM));
	CHECK(signal(SIGPIPE, SIG_DFL) == SIG_IGN);
	pj_result_free(result);
	pj_command_free(command);
}

static void a_process_that_is_freed_is_killed(void)
{
	struct pj_command *command =
		command_for("echo up; sleep 1000", NULL, NULL);
	struct pj_process *process = NULL;
	struct pj_error err = { 0 };
	int before = open_descriptors();

	CHECK(pj_spawn(command, NULL, &process, &err) == 0);
	CHECK(pj_process_free(process) == NULL);
	CHECK(open_descriptors() == before);
	pj_command_free(command);
}

/* Nobody reads the control pipe any more: no SIGPIPE for the host program. */
static void killing_what_has_ended_is_harmless(void)
{
	struct pj_command *command = command_for("exit 7", NULL, NULL);
	struct pj_process *process = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	siginfo_t info;

	CHECK(pj_spawn(command, NULL, &process, &err) == 0);
	CHECK(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | __WALL) == 0);
	CHECK(pj_process_kill(process, &err) == 0);
	CHECK(pj_process_wait(process, &result, &err) == 0);
	CHECK(pj_result_exit_code(result) == 7);
	CHECK(pj_process_kill(process, &err) == 0);
	CHECK(pj_process_wait(process, &result, &err) == -PJ_E_ARGUMENT);
	CHECK(pj_result_exit_code(result) == 7);
	pj_result_free(result);
	pj_process_free(process);
	pj_command_free(command);
}

static void pollfd_tells_of_the_deadline(void)
{
	struct pj_command *command =
		command_for("sleep 1000", "wall_time", "50ms");
	struct pj_process *process = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	struct pollfd ready;

	CHECK(pj_spawn(command, NULL, &process, &err) == 0);
	ready = (struct pollfd){ .fd = pj_process_pollfd(process),
				 .events = POLLIN };
	CHECK(poll(&ready, 1, 60000) == 1);
	CHECK(pj_process_wait(process, &result, &err) == 0);
	CHECK(pj_result_outcome(result) == PJ_TIMED_OUT);
	pj_result_free(result);
	pj_process_free(process);
	pj_command_free(command);
}

/* With a limit the output is copied. `fd` takes it, or takes none of it. */
static int run_into(const char *script, bool is_err, int fd,
		    struct pj_result **ret_result, struct pj_error *err)
{
	struct pj_command *command =
		command_for(script, is_err ? "stderr" : "stdout", "100MiB");
	struct pj_run_options options = {
		.size = sizeof(options),
		.stdout_to = is_err ? PJ_STREAM_DISCARD : PJ_STREAM_PASS,
		.stderr_to = is_err ? PJ_STREAM_PASS : PJ_STREAM_DISCARD,
		.stdout_fd = fd,
		.stderr_fd = fd,
	};
	int status = pj_run(command, &options, ret_result, err);

	pj_command_free(command);
	if (err->code == PJ_E_UNAVAILABLE)
		SKIP("%s", err->message);
	return status;
}

static void output_that_cannot_be_written_is_a_failure(void)
{
	static const struct {
		const char *script;
		bool is_err;
		const char *message;
	} rows[] = {
		{ "echo a", false, "write to standard output: " },
		{ "echo a; exit 3", false, "write to standard output: " },
		{ "while :; do echo a; done", false,
		  "write to standard output: " },
		{ "trap '' PIPE; echo a; sleep 1000", false,
		  "write to standard output: " },
		{ "echo a >&2", true, "write to standard error: " },
		{ "while :; do echo a; done >&2", true,
		  "write to standard error: " },
	};
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (full < 0)
		SKIP("no /dev/full");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pj_result *result = NULL;
		struct pj_error err = { 0 };

		CHECK(run_into(rows[i].script, rows[i].is_err, full, &result,
			       &err) == -PJ_E_SYSTEM);
		CHECK(!result);
		CHECK(err.stage == PJ_STAGE_SUPERVISE && err.errnum == ENOSPC);
		CHECK(strncmp(err.message, rows[i].message,
			      strlen(rows[i].message)) == 0);
	}
	close(full);
}

static void a_descriptor_that_is_none_is_a_failure(void)
{
	int reading = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	CHECK(run_into("echo a", false, reading, &result, &err) ==
	      -PJ_E_SYSTEM);
	CHECK(!result && err.errnum == EBADF);
	close(reading);
}

static void a_reader_that_has_gone_is_no_failure(void)
{
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	int pipe_fds[2];

	CHECK(pipe2(pipe_fds, O_CLOEXEC) == 0);
	close(pipe_fds[0]);
	CHECK(run_into("while :; do echo a; done", false, pipe_fds[1], &result,
		       &err) == 0);
	CHECK(pj_result_outcome(result) == PJ_SIGNALED);
	CHECK(pj_result_signal(result) == SIGPIPE);
	pj_result_free(result);
	close(pipe_fds[1]);
}

static void *run_many(void *data)
{
	struct pj_command *command = data;

	for (int i = 0; i < 25; i++) {
		struct pj_result *result = run(command);

		CHECK(pj_result_exit_code(result) == 0);
		pj_result_free(result);
	}
	return NULL;
}

static void from_many_threads(void)
{
	struct pj_command *command = command_for("exit 0", NULL, NULL);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, run_many, command) ==
		      0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	pj_command_free(command);
}

static void from_a_large_parent(void)
{
	struct pj_command *command = command_for("exit 0", NULL, NULL);
	size_t size = (size_t)512 << 20;
	char *memory = malloc(size);
	struct rusage before, after;
	long faults;

	CHECK(memory);
	memset(memory, 1, size);
	pj_result_free(run(command));
	getrusage(RUSAGE_SELF, &before);
	pj_result_free(run(command));
	getrusage(RUSAGE_SELF, &after);
	/* A copied page table would make each page of ours fault again. */
	memset(memory, 2, size);
	getrusage(RUSAGE_SELF, &after);
	faults = after.ru_minflt - before.ru_minflt;
	printf("# %ld faults\n", faults);
	CHECK(faults < 5000);
	free(memory);
	pj_command_free(command);
}

/* What the launch opens is then given the numbers of the program's streams. */
static void a_caller_without_standard_descriptors(void)
{
	struct pj_command *command =
		command_for("cat && echo out && echo err >&2", NULL, NULL);
	int pipes[2][2], saved[3], good = 0;
	struct pj_error err = { 0 };
	char said[200] = "";

	CHECK(pipe2(pipes[0], O_CLOEXEC) == 0 && close(pipes[0][1]) == 0);
	CHECK(pipe2(pipes[1], O_CLOEXEC) == 0);
	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		close(fd);
	}
	for (int i = 0; i < 20; i++) {
		const struct pj_run_options options = {
			.size = sizeof(options),
			.input_from_fd = true,
			.input_fd = pipes[0][0],
			.stdout_to = PJ_STREAM_PASS,
			.stdout_fd = pipes[1][1],
			.stderr_to = PJ_STREAM_PASS,
			.stderr_fd = pipes[1][1],
		};
		struct pj_result *result = NULL;

		good += pj_run(command, &options, &result, &err) == 0 &&
			pj_result_outcome(result) == PJ_EXITED &&
			pj_result_exit_code(result) == 0;
		pj_result_free(result);
	}
	for (int fd = 0; fd < 3; fd++) {
		CHECK(fcntl(fd, F_GETFD) < 0);
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	if (err.code == PJ_E_UNAVAILABLE)
		SKIP("%s", err.message);
	if (good < 20)
		printf("# %s\n", err.message);
	CHECK(good == 20);
	CHECK(read(pipes[1][0], said, sizeof(said)) == 160 &&
	      strncmp(said, "out\nerr\nout\n", 12) == 0);
	close(pipes[0][0]);
	close(pipes[1][0]);
	close(pipes[1][1]);
	pj_command_free(command);
}

static const struct tap_case cases[] = {
	{ "both outputs beyond a pipe", both_outputs_beyond_a_pipe },
	{ "a background child", a_background_child_holds_nothing_up },
	{ "output limit", output_limit_keeps_what_came },
	{ "a program that stops itself",
	  a_program_that_stops_itself_times_out },
	{ "input, early end", input_and_early_end_of_reading },
	{ "an empty output", an_empty_output_is_empty },
	{ "a caller without standard descriptors",
	  a_caller_without_standard_descriptors },
	{ "nothing leaks", nothing_leaks },
	{ "signals", the_callers_signals_stay_its_own },
	{ "a freed process", a_process_that_is_freed_is_killed },
	{ "killing what has ended", killing_what_has_ended_is_harmless },
	{ "the deadline in pollfd", pollfd_tells_of_the_deadline },
	{ "output that cannot be written",
	  output_that_cannot_be_written_is_a_failure },
	{ "a descriptor that is none", a_descriptor_that_is_none_is_a_failure },
	{ "a reader that has gone", a_reader_that_has_gone_is_no_failure },
	{ "many threads", from_many_threads },
	{ "a large parent", from_a_large_parent },
};

TAP_MAIN(cases)
