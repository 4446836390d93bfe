/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strategy of the application's own: a launcher that it trusts makes the
 * walls, procjail puts the program behind them and adds what it always adds.
 * Here the launcher is util-linux' unshare(1), which gives the program a
 * process tree of its own; files are not walled off, and that is said.
 */
#include <procjail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int plan(const struct pj_strategy_view *view,
		struct pj_strategy_answer *answer, void *data,
		struct pj_error *err)
{
	const char *const launcher[] = { "/usr/bin/unshare",
					 "--user",
					 "--map-current-user",
					 "--pid",
					 "--fork",
					 "--kill-child",
					 "--mount-proc",
					 "--ipc",
					 NULL };
	int status = pj_strategy_launcher(answer, launcher);

	(void)view; /* the command, the policy and what it asks for */
	(void)data;
	(void)err;
	if (status == 0)
		status = pj_strategy_holds(answer, "processes",
					   "unshare: pid namespace");
	if (status == 0)
		status = pj_strategy_holds(answer, "kill-tree",
					   "unshare: pid namespace");
	if (status == 0)
		status = pj_strategy_holds(answer, "ipc",
					   "unshare: ipc namespace");
	return status;
}

/* What the launcher does not hold, the policy must give up by name. */
static const char policy_text[] =
	"{ \"version\": 1, \"risky_programs\": \"allow\","
	"  \"commands\": { \"/bin/sh\": \"any-arguments\" },"
	"  \"filesystem\": { \"read\": [\"/\"] },"
	"  \"working_directory\": { \"default\": \"/\", \"within\": [\"/\"] },"
	"  \"containment\": { \"may_lack\":"
	"    [\"filesystem-read\", \"filesystem-write\", \"devices\"] } }";

static int make_command(struct pj_command **ret_command, struct pj_error *err)
{
	const char *const args[] = { "-c", "echo I am $$", NULL };
	const struct pj_policy_options options = { .size = sizeof(options) };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/bin/sh",
					    .args = args };
	struct pj_policy *policy = NULL;
	int status = pj_policy_parse(policy_text, strlen(policy_text),
				     "own_strategy", &options, &policy, err);

	if (status == 0)
		status =
			pj_prepare(policy, &request, 0, ret_command, NULL, err);
	pj_policy_free(policy);
	return status;
}

int main(void)
{
	const struct pj_strategy own = { .size = sizeof(own),
					 .name = "unshare",
					 .plan = plan };
	const struct pj_run_options options = { .size = sizeof(options),
						.strategy = &own };
	struct pj_command *command = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	char *json = NULL;
	int status = make_command(&command, &err);

	if (status == 0)
		status = pj_run(command, &options, &result, &err);
	if (status == 0)
		status = pj_result_json(result, NULL, NULL, NULL, &json, &err);
	pj_command_free(command);
	if (status < 0) {
		fprintf(stderr, "example: %s\n", err.message);
		return 1;
	}
	puts(json);
	free(json);
	status = pj_result_status(result);
	pj_result_free(result);
	return status;
}
