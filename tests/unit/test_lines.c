/* SPDX-License-Identifier: Apache-2.0 */
/* A jailed program that is driven line by line: real runtimes that answer, and
 * programs that misbehave in every way they can. */
#include <poll.h>
#include <procjail.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "tap.h"

enum { SOON = 0, LONG = 60000, ROUNDS = 3000 };

struct limit {
	const char *name, *value;
};

/* A jail that times out on its own is a test that fails, not one that hangs. */
static const struct limit usual[] = { { "wall_time", "100s" }, { NULL, NULL } };

/* Where standard error goes; -1: into the result. */
static int stderr_fd = -1;

static struct pj_process *spawn(const char *program, const char *const *args,
				const struct limit *limits, size_t line_max)
{
	const struct pj_policy_options how = {
		.size = sizeof(how),
		.workspace = "/usr",
		.caller_chose_command = true,
	};
	const struct pj_request request = { .size = sizeof(request),
					    .program = program,
					    .args = args };
	const struct pj_run_options options = {
		.size = sizeof(options),
		.interactive = true,
		.line_max = line_max,
		.stderr_to = stderr_fd < 0 ? PJ_STREAM_CAPTURE : PJ_STREAM_PASS,
		.stderr_fd = stderr_fd
	};
	struct pj_builder *builder = NULL;
	struct pj_policy *policy = NULL;
	struct pj_command *command = NULL;
	struct pj_process *process = NULL;
	struct pj_error err = { 0 };

	CHECK(pj_builder_new(&builder, &err) == 0);
	pj_builder_extends(builder, "read-only");
	for (; limits->name; limits++)
		pj_builder_limit(builder, limits->name, limits->value);
	if (pj_builder_build(builder, &how, &policy, &err) < 0 ||
	    pj_prepare(policy, &request, 0, &command, NULL, &err) < 0 ||
	    pj_spawn(command, &options, &process, &err) < 0) {
		if (err.code == PJ_E_UNAVAILABLE)
			SKIP("%s", err.message);
		printf("# %s\n", err.message);
	}
	CHECK(process);
	pj_command_free(command);
	pj_builder_free(builder);
	pj_policy_free(policy);
	return process;
}

static struct pj_process *shell(const char *script, const struct limit *limits,
				size_t line_max)
{
	const char *const args[] = { "-c", script, NULL };

	return spawn("/bin/sh", args, limits, line_max);
}

static void send_text(struct pj_process *process, const char *text)
{
	struct pj_error err = { 0 };

	if (pj_process_send_line(process, text, strlen(text), LONG, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(err.code == PJ_OK);
}

static void expect(struct pj_process *process, const char *want)
{
	struct pj_error err = { 0 };
	const char *line = NULL;
	size_t len;

	if (pj_process_recv_line(process, LONG, &line, &len, &err) < 0)
		printf("# %s\n", err.message);
	CHECK_STR(line, want);
	CHECK(len == strlen(want));
}

static void expect_code(struct pj_process *process, int timeout_ms,
			enum pj_code want)
{
	struct pj_error err = { 0 };
	const char *line = NULL;
	size_t len;
	int status =
		pj_process_recv_line(process, timeout_ms, &line, &len, &err);

	if (status != -(int)want)
		printf("# %d %s\n", status, status < 0 ? err.message : line);
	CHECK(status == -(int)want && err.code == want && !line);
}

static struct pj_result *end(struct pj_process *process)
{
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	if (pj_process_wait(process, &result, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(result);
	pj_process_free(process);
	return result;
}

static void end_well(struct pj_process *process)
{
	struct pj_result *result = end(process);

	printf("# %s %d\n", pj_outcome_name(pj_result_outcome(result)),
	       pj_result_exit_code(result));
	CHECK(pj_result_outcome(result) == PJ_EXITED);
	CHECK(pj_result_exit_code(result) == 0);
	pj_result_free(result);
}

/* ---- who answers ----------------------------------------------------------
 */

static void converse(struct pj_process *process, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		char question[64], answer[64];

		snprintf(question, sizeof(question), "%d * 2 + 1", i);
		snprintf(answer, sizeof(answer), "%d", 2 * i + 1);
		send_text(process, question);
		expect(process, answer);
	}
}

static void python_evaluates(void)
{
	const char *const args[] = { "-c",
				     "import sys; [print(eval(line), "
				     "flush=True) for line in sys.stdin]",
				     NULL };
	struct pj_process *process;

	if (access("/usr/bin/python3", X_OK) < 0)
		SKIP("no /usr/bin/python3");
	process = spawn("/usr/bin/python3", args, usual, 0);
	converse(process, ROUNDS);
	end_well(process);
}

static void node_evaluates(void)
{
	const char *const args[] = {
		"-e",
		"require('readline').createInterface({ input: process.stdin })"
		".on('line', line => console.log(eval(line)))",
		NULL
	};
	struct pj_process *process;
	struct pj_result *result;
	struct pj_usage usage = { .size = sizeof(usage) };

	if (access("/usr/bin/node", X_OK) < 0)
		SKIP("no /usr/bin/node");
	process = spawn("/usr/bin/node", args, usual, 0);
	converse(process, ROUNDS);
	CHECK(pj_process_close_input(process, NULL) == 0);
	expect_code(process, LONG, PJ_E_CLOSED);
	result = end(process);
	pj_result_usage(result, &usage);
	CHECK(pj_result_exit_code(result) == 0);
	CHECK(usage.cpu_ms > 0 && usage.wall_ms > 0);
	pj_result_free(result);
}

static void *converse_in_thread(void *unused)
{
	struct pj_process *process =
		shell("while read -r a b c d e; do echo $((a * 2 + 1)); done",
		      usual, 0);

	(void)unused;
	converse(process, ROUNDS);
	end_well(process);
	return NULL;
}

static void two_jails_from_two_threads(void)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, converse_in_thread,
				     NULL) == 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void any_bytes_both_ways(void)
{
	static const char bytes[] = "\0a\0\377\376\r\xc3";
	struct pj_process *process = shell("exec cat", usual, 0);
	struct pj_error err = { 0 };
	const char *line;
	size_t len;

	CHECK(pj_process_send_line(process, bytes, sizeof(bytes), LONG, &err) ==
	      0);
	CHECK(pj_process_recv_line(process, LONG, &line, &len, &err) == 0);
	CHECK(len == sizeof(bytes) && memcmp(line, bytes, len) == 0);
	send_text(process, "");
	expect(process, "");
	CHECK(pj_process_send_line(process, "a\nb", 3, LONG, &err) ==
	      -PJ_E_ARGUMENT);
	end_well(process);
}

/* Larger than every pipe on the way, in both directions. */
static void large_lines(void)
{
	struct pj_process *process = shell("exec cat", usual, 4 << 20);
	size_t size = 4 << 20, len;
	char *text = malloc(size);
	struct pj_error err = { 0 };
	const char *line;
	int status;

	CHECK(text);
	memset(text, 'x', size);
	/* It may answer before it has read all: both ways move at once. */
	status = pj_process_send_line(process, text, size, LONG, &err);
	CHECK(status == 0);
	CHECK(pj_process_recv_line(process, LONG, &line, &len, &err) == 0);
	CHECK(len == size && memcmp(line, text, size) == 0);
	free(text);
	end_well(process);
}

/* An event loop of the caller's: never blocked, never asleep on a line. */
static void by_pollfd(void)
{
	struct pj_process *process = shell(
		"for i in 1 2 3; do read -r x; echo $x; echo; done", usual, 0);
	struct pollfd ready = { .fd = pj_process_pollfd(process),
				.events = POLLIN };
	struct pj_error err = { 0 };
	int lines = 0, status = 0;

	for (int i = 0; i < 3; i++)
		send_text(process, "x");
	while (status != -PJ_E_CLOSED) {
		const char *line;
		size_t len;

		CHECK(poll(&ready, 1, LONG) == 1);
		do {
			status = pj_process_recv_line(process, SOON, &line,
						      &len, &err);
			lines += status == 0;
		} while (status == 0);
		CHECK(status == -PJ_E_TIMEOUT || status == -PJ_E_CLOSED);
	}
	CHECK(lines == 6);
	end_well(process);
}

/* ---- who misbehaves -------------------------------------------------------
 */

static void never_answers(void)
{
	struct pj_process *process =
		shell("while read -r x; do :; done", usual, 0);

	send_text(process, "hello");
	expect_code(process, SOON, PJ_E_TIMEOUT);
	expect_code(process, 20, PJ_E_TIMEOUT);
	end_well(process);
}

static void never_reads(void)
{
	struct pj_process *process = shell("echo ready; sleep 1000", usual, 0);
	size_t size = 1 << 20;
	char *text = calloc(1, size);
	struct pj_error err = { 0 };

	CHECK(text);
	expect(process, "ready");
	CHECK(pj_process_send_line(process, text, size, SOON, &err) ==
	      -PJ_E_TIMEOUT);
	CHECK(pj_process_send_line(process, "x", 1, 20, &err) == -PJ_E_TIMEOUT);
	free(text);
	CHECK(pj_process_kill(process, &err) == 0);
	expect_code(process, LONG, PJ_E_CLOSED);
	CHECK(pj_process_send_line(process, "x", 1, LONG, &err) ==
	      -PJ_E_CLOSED);
	pj_process_free(process);
}

/* What a timeout left behind arrives whole and in order. */
static void reads_late(void)
{
	/* `head` takes what it can get; then the rest of it is read. */
	struct pj_process *process = shell(
		"head -c 1 >/dev/null; echo ready; exec wc -lc", usual, 0);
	size_t size = 1 << 20;
	char *text = malloc(size);
	struct pj_error err = { 0 };
	struct pj_result *result;
	size_t len;

	CHECK(text);
	memset(text, 'x', size);
	CHECK(pj_process_send_line(process, text, size, SOON, &err) ==
	      -PJ_E_TIMEOUT);
	CHECK(pj_process_send_line(process, "second", 6, SOON, &err) ==
	      -PJ_E_TIMEOUT);
	expect(process, "ready");
	CHECK(pj_process_close_input(process, &err) == 0);
	CHECK(pj_process_send_line(process, "x", 1, SOON, &err) ==
	      -PJ_E_ARGUMENT);
	result = end(process);
	printf("# %s", pj_result_stdout(result, &len));
	CHECK_STR(pj_result_stdout(result, &len), "      2 1048583\n");
	pj_result_free(result);
	free(text);
}

static void never_ends_a_line(void)
{
	static const struct limit limits[] = { { "wall_time", "300ms" },
					       { NULL, NULL } };
	struct pj_process *process =
		shell("exec tr '\\0' x </dev/zero", limits, 1000);
	struct pj_result *result;

	expect_code(process, LONG, PJ_E_LINE_TOO_LONG);
	expect_code(process, LONG, PJ_E_CLOSED); /* the rest is one line */
	result = end(process);
	CHECK(pj_result_outcome(result) == PJ_TIMED_OUT);
	pj_result_free(result);
}

static void one_line_too_long(void)
{
	struct pj_process *process = shell("echo before; head -c 300000 "
					   "/dev/zero | tr '\\0' x; echo; echo "
					   "after",
					   usual, 1000);

	expect(process, "before");
	expect_code(process, LONG, PJ_E_LINE_TOO_LONG);
	expect(process, "after");
	expect_code(process, LONG, PJ_E_CLOSED);
	end_well(process);
}

static void floods(void)
{
	static const struct limit limits[] = { { "stdout", "1MiB" },
					       { "wall_time", "100s" },
					       { NULL, NULL } };
	struct pj_process *process = shell("exec yes", limits, 0);
	struct pj_error err = { 0 };
	struct pj_result *result;
	size_t lines = 0, len;
	const char *line;
	int status;

	while ((status = pj_process_recv_line(process, LONG, &line, &len,
					      &err)) == 0) {
		CHECK(len == 1 && *line == 'y');
		lines++;
	}
	CHECK(status == -PJ_E_CLOSED && lines == (1 << 20) / 2);
	result = end(process);
	CHECK(pj_result_outcome(result) == PJ_OUTPUT_LIMIT);
	pj_result_free(result);
}

/* Nobody reads: it is stopped, and costs no more memory than one buffer. */
static void floods_unheard(void)
{
	struct pj_process *process = shell("exec yes", usual, 1000);
	struct pj_error err = { 0 };
	struct pj_result *result;
	const char *line;
	size_t len;

	expect(process, "y");
	CHECK(pj_process_kill(process, &err) == 0);
	while (pj_process_recv_line(process, LONG, &line, &len, &err) == 0)
		CHECK(len <= 1);
	CHECK(err.code == PJ_E_CLOSED);
	result = end(process);
	CHECK(pj_result_outcome(result) == PJ_SIGNALED);
	pj_result_free(result);
}

/* More than a pipe of standard error before each answer. */
static void fills_standard_error(void)
{
	struct pj_process *process =
		shell("while read -r x; do head -c 3000000 /dev/zero >&2; echo "
		      "$x; done",
		      usual, 0);
	struct pj_result *result;
	size_t len;

	for (int i = 0; i < 3; i++) {
		send_text(process, "hello");
		expect(process, "hello");
	}
	result = end(process);
	pj_result_stderr(result, &len);
	CHECK(pj_result_exit_code(result) == 0 && len == 9000000);
	pj_result_free(result);
}

static void too_much_standard_error(void)
{
	static const struct limit limits[] = { { "stderr", "64KiB" },
					       { "wall_time", "100s" },
					       { NULL, NULL } };
	struct pj_process *process =
		shell("cat /dev/zero >&2; sleep 1000", limits, 0);
	struct pj_result *result;
	size_t len;

	expect_code(process, LONG, PJ_E_CLOSED);
	result = end(process);
	pj_result_stderr(result, &len);
	CHECK(pj_result_outcome(result) == PJ_OUTPUT_LIMIT && len == 65536);
	pj_result_free(result);
}

static void closes_its_output(void)
{
	struct pj_process *process =
		shell("echo last; exec >&-; read -r x; exit 0", usual, 0);

	expect(process, "last");
	expect_code(process, LONG, PJ_E_CLOSED);
	expect_code(process, LONG, PJ_E_CLOSED);
	send_text(process, "go");
	end_well(process);
}

/* No signal reaches the host program, whose handlers are as they were. */
static void closes_its_input(void)
{
	struct pj_process *process =
		shell("exec <&-; echo closed; sleep 1000", usual, 0);
	struct pj_error err = { 0 };
	sigset_t pending;

	expect(process, "closed");
	CHECK(pj_process_send_line(process, "x", 1, LONG, &err) ==
	      -PJ_E_CLOSED);
	CHECK(pj_process_send_line(process, "x", 1, LONG, &err) ==
	      -PJ_E_CLOSED);
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGPIPE));
	pj_process_free(process);
}

static void ends_before_it_is_asked(void)
{
	struct pj_process *process =
		shell("echo one; echo two; exit 7", usual, 0);
	struct pj_error err = { 0 };
	struct pj_result *result;
	int status;

	do /* the input is still open while the jail ends */
		status = pj_process_send_line(process, "x", 1, LONG, &err);
	while (status == 0);
	CHECK(status == -PJ_E_CLOSED);
	expect(process, "one");
	expect(process, "two");
	expect_code(process, LONG, PJ_E_CLOSED);
	result = end(process);
	CHECK(pj_result_exit_code(result) == 7);
	pj_result_free(result);
}

static void dies_within_a_line(void)
{
	struct pj_process *process =
		shell("echo whole; printf half; kill -KILL $$", usual, 0);
	struct pj_result *result;
	size_t len;

	expect(process, "whole");
	expect_code(process, LONG, PJ_E_CLOSED);
	result = end(process);
	CHECK(pj_result_outcome(result) == PJ_SIGNALED);
	CHECK(pj_result_signal(result) == SIGKILL);
	CHECK_STR(pj_result_stdout(result, &len), "half");
	pj_result_free(result);
}

/* A grandchild in a session of its own holds all three streams. */
static void forks_and_leaves(void)
{
	struct pj_process *process = shell(
		"setsid sh -c 'trap \"\" TERM HUP; echo child; sleep 1000' & "
		"read -r x; exit 3",
		usual, 0);
	struct pj_result *result;

	expect(process, "child");
	send_text(process, "go");
	expect_code(process, LONG, PJ_E_CLOSED);
	result = end(process);
	CHECK(pj_result_exit_code(result) == 3);
	pj_result_free(result);
}

static void is_out_of_time(void)
{
	static const struct limit limits[] = { { "wall_time", "200ms" },
					       { NULL, NULL } };
	struct pj_process *process =
		shell("echo up; exec sleep 1000", limits, 0);
	struct pj_result *result;

	expect(process, "up");
	expect_code(process, LONG, PJ_E_CLOSED);
	result = end(process);
	CHECK(pj_result_outcome(result) == PJ_TIMED_OUT);
	CHECK(pj_result_status(result) == 124);
	pj_result_free(result);
}

/* A host program that makes no call at all: the jail ends itself, and with it
 * the last holder of the pipe. */
static void is_out_of_time_unwatched(void)
{
	static const struct limit limits[] = { { "wall_time", "200ms" },
					       { NULL, NULL } };
	struct pj_process *process;
	struct pj_result *result;
	int fds[2];
	char byte;

	CHECK(pipe(fds) == 0);
	stderr_fd = fds[1];
	process = shell("exec sleep 1000", limits, 0);
	close(fds[1]);
	CHECK(read(fds[0], &byte, 1) == 0);
	result = end(process);
	CHECK(pj_result_outcome(result) == PJ_TIMED_OUT);
	pj_result_free(result);
}

static void is_dropped(void)
{
	struct pj_process *process =
		shell("setsid sleep 1000 & echo up; sleep 1000", usual, 0);

	expect(process, "up");
	CHECK(pj_process_free(process) == NULL);
}

static void what_nobody_received(void)
{
	struct pj_process *process =
		shell("echo one; echo two; cat; printf three", usual, 0);
	struct pj_result *result;
	size_t len;

	expect(process, "one");
	send_text(process, "sent");
	result = end(process);
	CHECK_STR(pj_result_stdout(result, &len), "two\nsent\nthree");
	pj_result_free(result);
}

static void what_is_refused(void)
{
	struct pj_process *process = shell("exec cat", usual, 0);
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	const char *line;
	size_t len;

	CHECK(pj_process_wait(process, &result, &err) == 0);
	CHECK(pj_process_recv_line(process, SOON, &line, &len, &err) ==
	      -PJ_E_ARGUMENT);
	CHECK(pj_process_send_line(process, "", 0, SOON, &err) ==
	      -PJ_E_ARGUMENT);
	CHECK(pj_process_close_input(process, &err) == -PJ_E_ARGUMENT);
	CHECK(pj_process_wait(process, &result, &err) == -PJ_E_ARGUMENT);
	CHECK(pj_process_kill(process, &err) == 0);
	pj_result_free(result);
	pj_process_free(process);
}

static const struct tap_case cases[] = {
	{ "python evaluates", python_evaluates },
	{ "node evaluates", node_evaluates },
	{ "two jails from two threads", two_jails_from_two_threads },
	{ "any bytes, both ways", any_bytes_both_ways },
	{ "lines larger than a pipe", large_lines },
	{ "an event loop", by_pollfd },
	{ "never answers", never_answers },
	{ "never reads", never_reads },
	{ "reads late", reads_late },
	{ "never ends a line", never_ends_a_line },
	{ "one line too long", one_line_too_long },
	{ "floods", floods },
	{ "floods unheard", floods_unheard },
	{ "fills standard error", fills_standard_error },
	{ "too much standard error", too_much_standard_error },
	{ "closes its output", closes_its_output },
	{ "closes its input", closes_its_input },
	{ "ends before it is asked", ends_before_it_is_asked },
	{ "dies within a line", dies_within_a_line },
	{ "forks and leaves", forks_and_leaves },
	{ "is out of time", is_out_of_time },
	{ "is out of time, unwatched", is_out_of_time_unwatched },
	{ "is dropped", is_dropped },
	{ "what nobody received", what_nobody_received },
	{ "what is refused", what_is_refused },
};

TAP_MAIN(cases)
