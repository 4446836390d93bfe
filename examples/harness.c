/* SPDX-License-Identifier: Apache-2.0 */
/* Keep one jailed interpreter running and have it evaluate line after line: a
 * harness for code that nobody has read. */
#include <procjail.h>
#include <stdio.h>
#include <string.h>

/* Any runtime that answers each line with a line; here what every host has. */
static const char *const harness[] = {
	"-c", "while read -r a b; do echo \"$((a * b))\"; done", NULL
};

static int start(struct pj_process **ret_process, struct pj_error *err)
{
	const struct pj_policy_options how = { .size = sizeof(how),
					       .caller_chose_command = true };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/bin/sh",
					    .args = harness };
	const struct pj_run_options options = { .size = sizeof(options),
						.interactive = true };
	struct pj_builder *builder = NULL;
	struct pj_policy *policy = NULL;
	struct pj_command *command = NULL;
	int status = pj_builder_new(&builder, err);

	if (status < 0)
		return status;
	pj_builder_extends(builder, "read-only");
	pj_builder_limit(builder, "wall_time", "60s");
	pj_builder_limit(builder, "stdout", "1MiB");
	status = pj_builder_build(builder, &how, &policy, err);
	if (status == 0)
		status = pj_prepare(policy, &request, 0, &command, NULL, err);
	if (status == 0)
		status = pj_spawn(command, &options, ret_process, err);
	pj_command_free(command);
	pj_policy_free(policy);
	pj_builder_free(builder);
	return status;
}

/* Five seconds for a question and as much for its answer. */
static int ask(struct pj_process *process, const char *question,
	       struct pj_error *err)
{
	const char *answer;
	size_t len;
	int status = pj_process_send_line(process, question, strlen(question),
					  5000, err);

	if (status == 0)
		status =
			pj_process_recv_line(process, 5000, &answer, &len, err);
	if (status == 0)
		printf("%s -> %s\n", question, answer);
	return status;
}

int main(void)
{
	static const char *const questions[] = { "6 7", "12 12", "0 9" };
	struct pj_process *process = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	int status = start(&process, &err);

	for (size_t i = 0; i < 3 && status == 0; i++)
		status = ask(process, questions[i], &err);
	/* End of file for the harness; then how it went. */
	if (status == 0)
		status = pj_process_wait(process, &result, &err);
	if (status < 0)
		fprintf(stderr, "example: %s: %s\n", pj_code_name(status),
			err.message);
	else
		printf("%s\n", pj_outcome_name(pj_result_outcome(result)));
	pj_result_free(result);
	pj_process_free(process); /* killed, if something went wrong */
	return status < 0;
}
