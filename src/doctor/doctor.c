/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries each strategy with the complete stack: a run of true(1) under a policy
 * that asks for everything and gives up what is not to be had, so that the
 * result tells what is. Nothing is deduced from parts.
 */
#include "doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "host/remedy.h"

static const char policy_format[] =
	"{ \"version\": 1, \"commands\": { \"/usr/bin/true\": {} },"
	"  \"working_directory\": { \"default\": \"/usr\", \"within\": "
	"[\"/usr\"] },"
	"  \"filesystem\": { \"read\": [\"/usr\"], \"execute\": [\"/usr\"],"
	"    \"deny\": [\"/usr/local/share\"], \"protect\": [\"@git\"] },"
	"  \"limits\": { \"wall_time\": \"30s\", \"cpu_time\": \"20s\","
	"    \"memory\": \"512MiB\", \"processes\": 512, \"open_files\": 256,"
	"    \"file_size\": \"1GiB\", \"stdout\": \"1MiB\", \"stderr\": "
	"\"1MiB\" },"
	"  \"containment\": { \"strategy\": \"%s\", \"may_lack\": [%s] } }";

/* The names of all properties, quoted. */
static void list_properties(char *text, size_t size)
{
	size_t len = 0;

	for (int i = 0; i < PROPERTY_COUNT && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s\"%s\"",
					i ? ", " : "",
					property_name((enum property)i));
}

static int make_command(const char *strategy, struct pj_command **ret_command,
			struct pj_error *err)
{
	const struct pj_policy_options options = { .size = sizeof(options),
						   .workspace = "/usr",
						   .home = "/" };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/usr/bin/true" };
	struct pj_policy *policy = NULL;
	char properties[600];
	auto_free char *text = NULL;
	int status;

	list_properties(properties, sizeof(properties));
	if (asprintf(&text, policy_format, strategy, properties) < 0) {
		text = NULL;
		return fail_memory(err, PJ_STAGE_HOST);
	}
	status = pj_policy_parse(text, strlen(text), "doctor", &options,
				 &policy, err);
	if (status == 0)
		status =
			pj_prepare(policy, &request, 0, ret_command, NULL, err);
	pj_policy_free(policy);
	return status;
}

/* A strategy that cannot be launched is a finding, not a failure. */
static int try_strategy(struct trial *trial, const struct pj_host *host,
			struct pj_error *err)
{
	const struct pj_run_options options = { .size = sizeof(options),
						.host = host };
	struct pj_command *command = NULL;
	int status = make_command(trial->strategy, &command, err);

	if (status < 0)
		return status;
	status = pj_run(command, &options, &trial->result, &trial->why);
	pj_command_free(command);
	if (status == 0 && pj_result_status(trial->result) != 0) {
		fail(&trial->why, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, 0,
		     "a run of /usr/bin/true ended with %d",
		     pj_result_status(trial->result));
		trial->result = pj_result_free(trial->result);
	}
	if (!trial->result)
		host_remedy(trial->strategy, &trial->why, trial->remedy,
			    sizeof(trial->remedy));
	return 0;
}

static void clear(struct examination *examination)
{
	for (int i = 0; i < TRIAL_COUNT; i++)
		pj_result_free(examination->trials[i].result);
	pj_host_free(examination->host);
}

int pj_doctor(bool json, char **ret_text, struct pj_error *err)
{
	__attribute__((cleanup(clear))) struct examination examination = { 0 };
	int status;

	if (!ret_text)
		return fail_missing(err, PJ_STAGE_HOST, "ret_text");
	status = pj_host_probe(&examination.host, err);
	for (int i = 0; status == 0 && i < TRIAL_COUNT; i++) {
		struct trial *trial = &examination.trials[i];

		trial->strategy = strategy_name_text(
			(enum strategy_name)(STRATEGY_NAMESPACES + i));
		status = try_strategy(trial, examination.host, err);
	}
	if (status < 0)
		return status;
	return json ? print_examination_json(&examination, ret_text, err)
		    : print_examination_table(&examination, ret_text, err);
}
