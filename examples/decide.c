/* SPDX-License-Identifier: Apache-2.0 */
/* Ask the guard, run nothing: what an agent host does with a request that a
 * model wrote. */
#include <procjail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char policy_text[] =
	"{ \"version\": 1,"
	"  \"commands\": { \"/usr/bin/grep\": {"
	"      \"flags\": [\"-n\"], \"positionals\": { \"max\": 2 } } } }";

static const char request_text[] =
	"{ \"program\": \"/usr/bin/grep\", \"args\": [\"-r\", \"x\", \".\"] }";

int main(void)
{
	const struct pj_policy_options options = { .size = sizeof(options) };
	struct pj_request_text *request = NULL;
	struct pj_decision *decision = NULL;
	struct pj_command *command = NULL;
	struct pj_policy *policy = NULL;
	struct pj_error err = { 0 };
	char *json = NULL;
	int status;

	status = pj_policy_parse(policy_text, strlen(policy_text), "example",
				 &options, &policy, &err);
	if (status == 0)
		status = pj_request_parse(request_text, strlen(request_text),
					  "request", &request, &err);
	if (status == 0)
		status = pj_prepare(policy, pj_request_get(request),
				    PJ_PREPARE_ALL, &command, &decision, &err);
	if (decision && pj_decision_json(decision, command, &json, &err) == 0)
		puts(json);
	else
		fprintf(stderr, "example: %s\n", err.message);
	free(json);
	pj_command_free(command);
	pj_decision_free(decision);
	pj_request_free(request);
	pj_policy_free(policy);
	/* The denial is what this example shows. */
	return status == -PJ_E_DENIED ? 0 : 1;
}
