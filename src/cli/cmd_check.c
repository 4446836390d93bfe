/* SPDX-License-Identifier: Apache-2.0 */
/* procjail check: the decision that run would make; runs nothing. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/invocation.h"

static void cleanup_plan(struct pj_plan **plan)
{
	pj_plan_free(*plan);
}

#define auto_plan __attribute__((cleanup(cleanup_plan)))

static int set_plan(void *target, const char *value)
{
	struct invocation *invocation = target;

	(void)value;
	invocation->plan = true;
	return 0;
}

static int set_all(void *target, const char *value)
{
	struct invocation *invocation = target;

	(void)value;
	invocation->all = true;
	return 0;
}

static const struct option own_options[] = {
	{ 0, "all", NULL, "tell all that is wrong, not just the first",
	  set_all },
	{ 0, "plan", NULL, "print what would be launched (JSON)", set_plan },
	{ 0 },
};

/* -PJ_E_UNAVAILABLE and the like are failures, as for run; *ret_status tells
 * how the printing went. */
static int print_plan(const struct invocation *invocation, int *ret_status,
		      struct pj_error *err)
{
	auto_plan struct pj_plan *plan = NULL;
	auto_free char *json = NULL;
	int r = pj_plan_make(invocation->command, NULL, &plan, err);

	if (r == 0)
		r = pj_plan_json(plan, &json, err);
	if (r == 0)
		*ret_status = print_text(json);
	return r;
}

static int print_decision_json(const struct invocation *invocation)
{
	auto_free char *json = NULL;
	struct pj_error err = { 0 };

	if (pj_decision_json(invocation->decision, invocation->command, &json,
			     &err) < 0)
		return failure(&err);
	return print_text(json);
}

static int print_decision(const struct invocation *invocation)
{
	const struct pj_decision *decision = invocation->decision;

	if (invocation->json)
		return print_decision_json(invocation);
	if (pj_decision_allowed(decision))
		printf("allowed\n");
	for (size_t i = 0; i < pj_decision_violation_count(decision); i++) {
		auto_free char *text = invocation_denial(invocation, i);

		printf("%s\n", text ? text : "denied");
	}
	return print_finish();
}

static int end_failed(struct invocation *invocation,
		      const struct pj_error *failed)
{
	struct pj_error err = { 0 };

	failure(failed);
	if (invocation_record(invocation, NULL, failed, &err) < 0)
		failure(&err);
	return CLI_FAILED;
}

static int run(const struct command *self, int argc, char **argv)
{
	auto_invocation struct invocation invocation = { 0 };
	struct pj_error err = { 0 };
	int status = CLI_OK;
	int r;

	if (!invocation_parse(&invocation, self, argc, argv, &status))
		return status;
	r = invocation_decide(&invocation, &err);
	invocation_warn(&invocation);
	if (r < 0 && r != -PJ_E_DENIED)
		return end_failed(&invocation, &err);
	if (r == 0 && invocation.plan) {
		r = print_plan(&invocation, &status, &err);
		if (r < 0)
			return end_failed(&invocation, &err);
	} else {
		status = print_decision(&invocation);
	}
	if (invocation_record(&invocation, NULL, NULL, &err) < 0)
		return failure(&err);
	if (status != CLI_OK)
		return status;
	return invocation.command ? CLI_OK : CLI_DENIED;
}

const struct command cmd_check = {
	.name = "check",
	.full_name = "procjail check",
	.usage = "[OPTION...] [--] PROGRAM [ARG...]",
	.summary = "Say whether a program may run, and why not; run nothing",
	.shared = shared_options,
	.own = own_options,
	.run = run,
};
