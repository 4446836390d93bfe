/* SPDX-License-Identifier: Apache-2.0 */
/* procjail run: decide, run, tell. With --json everything is in the one object
 * on standard output; else the streams pass through and what procjail has to
 * say is on standard error. */
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/invocation.h"
#include "cli/run_end.h"
#include "cli/signals.h"
#include "service/client.h"

/* Where its input comes from: the request, --stdin, or our own; with --json
 * only what was named. */
static int choose_input(const struct invocation *invocation,
			struct pj_run_options *options, struct pj_error *err)
{
	const char *from = invocation->stdin_file;

	if (!from && invocation->request_text) {
		options->input = pj_request_stdin(invocation->request_text,
						  &options->input_len);
		if (options->input)
			return 0;
	}
	if (!from &&
	    (invocation->json || (invocation->request_file &&
				  strcmp(invocation->request_file, "-") == 0)))
		return 0;
	options->input_from_fd = true;
	return file_open(from ? from : "-", &options->input_fd, err);
}

static int run_command(struct invocation *invocation,
		       struct pj_result **ret_result, struct pj_error *err)
{
	enum pj_stream to =
		invocation->json ? PJ_STREAM_CAPTURE : PJ_STREAM_PASS;
	struct pj_run_options options = {
		.may_move_cgroup = true,
		.size = sizeof(options),
		.stdout_to = to,
		.stderr_to = to,
		.stdout_fd = STDOUT_FILENO,
		.stderr_fd = STDERR_FILENO,
		.has_signals = true,
	};
	int r = choose_input(invocation, &options, err);

	if (r == 0)
		r = signals_forward(&options.signal_fd, err);
	if (r == 0)
		r = pj_run(invocation->command, &options, ret_result, err);
	return r;
}

static int run(const struct command *self, int argc, char **argv)
{
	/* They last as long as the process. Memory given back piece by piece
	 * after the jail would be waited for by each processor it ran on. */
	static struct invocation invocation;
	static struct pj_result *result;
	struct pj_error err = { 0 };
	int status = CLI_OK;
	int r;

	if (!invocation_parse(&invocation, self, argc, argv, &status))
		return status;
	if (invocation.pool)
		return client_run(&invocation);
	r = invocation_decide(&invocation, &err);
	invocation_warn(&invocation);
	if (r == -PJ_E_DENIED)
		return end_denied(&invocation);
	if (r == 0)
		r = run_command(&invocation, &result, &err);
	if (r < 0)
		return end_failed(&invocation, &err);
	invocation.signalled = signals_seen();
	return end_result(&invocation, result);
}

const struct command cmd_run = {
	.name = "run",
	.full_name = "procjail run",
	.usage = "[OPTION...] [--] PROGRAM [ARG...]",
	.summary = "Run a program so that it can do only what a policy says",
	.shared = shared_options,
	.own = run_options,
	.run = run,
};
