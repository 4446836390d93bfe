/* SPDX-License-Identifier: Apache-2.0 */
/* A policy made by a program, a process that is waited for later, an audit
 * record. */
#include <procjail.h>
#include <stdio.h>
#include <stdlib.h>

static int run(const struct pj_policy *policy, struct pj_error *err)
{
	const char *const args[] = { "-c", "cat; exit 3", NULL };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/bin/sh",
					    .args = args };
	const struct pj_run_options options = { .size = sizeof(options),
						.input = "ping\n",
						.input_len = 5 };
	struct pj_command *command = NULL;
	struct pj_process *process = NULL;
	struct pj_result *result = NULL;
	char *json = NULL;
	int status = pj_prepare(policy, &request, 0, &command, NULL, err);

	if (status == 0)
		status = pj_spawn(command, &options, &process, err);
	/* An event loop would poll pj_process_pollfd(process) meanwhile. */
	if (status == 0)
		status = pj_process_wait(process, &result, err);
	if (status == 0)
		status =
			pj_result_json(result, NULL, command, NULL, &json, err);
	if (status == 0)
		puts(json);
	if (status == 0 && pj_result_exit_code(result) != 3)
		status = -1;
	free(json);
	pj_result_free(result);
	pj_process_free(process);
	pj_command_free(command);
	return status;
}

int main(void)
{
	const struct pj_policy_options options = { .size = sizeof(options),
						   .caller_chose_command =
							   true };
	struct pj_builder *builder = NULL;
	struct pj_policy *policy = NULL;
	struct pj_error err = { 0 };
	int status = pj_builder_new(&builder, &err);

	if (status == 0) {
		pj_builder_extends(builder, "read-only");
		pj_builder_limit(builder, "wall_time", "10s");
		pj_builder_limit(builder, "stdout", "64KiB");
		pj_builder_env_set(builder, "GREETING", "hello");
		status = pj_builder_build(builder, &options, &policy, &err);
	}
	if (status == 0)
		status = run(policy, &err);
	if (status < 0)
		fprintf(stderr, "example: %s\n", err.message);
	pj_policy_free(policy);
	pj_builder_free(builder);
	return status == 0 ? 0 : 1;
}
