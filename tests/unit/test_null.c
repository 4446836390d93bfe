/* SPDX-License-Identifier: Apache-2.0 */
/* What is not given is an error to be read, never a crash. */
#include <procjail.h>
#include <stdint.h>

#include "tap.h"

/* `call` uses `err`, which is given once and once not. */
#define REFUSED(call)                                                          \
	do {                                                                   \
		struct pj_error told = { 0 }, *err = &told;                    \
                                                                               \
		CHECK((call) == -PJ_E_ARGUMENT);                               \
		CHECK(told.code == PJ_E_ARGUMENT);                             \
		CHECK(strstr(told.message, " must be given"));                 \
		err = NULL;                                                    \
		CHECK((call) == -PJ_E_ARGUMENT);                               \
	} while (0)

static char *text;
static struct pj_policy *policy;
static struct pj_command *command;
static struct pj_result *result;
static struct pj_process *process;

/* Strategy "none" is to be had everywhere. */
static void make_command(void)
{
	const char *const args[] = { "-n", "1", NULL };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/usr/bin/head",
					    .args = args };
	struct pj_builder *builder = NULL;
	struct pj_error err = { 0 };

	CHECK(pj_builder_new(&builder, &err) == 0);
	pj_builder_extends(builder, "strict");
	pj_builder_strategy(builder, "none");
	pj_builder_command(builder, "/usr/bin/head", "\"any-arguments\"");
	if (pj_builder_build(builder, NULL, &policy, &err) < 0 ||
	    pj_prepare(policy, &request, 0, &command, NULL, &err) < 0)
		printf("# %s\n", err.message);
	pj_builder_free(builder);
	CHECK(command);
}

static void policies(void)
{
	struct pj_builder *builder = NULL;

	make_command();
	CHECK(pj_builder_new(&builder, NULL) == 0);
	REFUSED(pj_policy_load(NULL, NULL, &policy, err));
	REFUSED(pj_policy_load("strict", NULL, NULL, err));
	REFUSED(pj_policy_parse(NULL, 0, "p", NULL, &policy, err));
	REFUSED(pj_policy_parse("{}", 2, "p", NULL, NULL, err));
	REFUSED(pj_policy_show(NULL, &text, err));
	REFUSED(pj_policy_show(policy, NULL, err));
	REFUSED(pj_builder_new(NULL, err));
	REFUSED(pj_builder_build(NULL, NULL, &policy, err));
	REFUSED(pj_builder_build(builder, NULL, NULL, err));
	pj_builder_free(builder);
	pj_command_free(command);
	pj_policy_free(policy);
}

static void requests(void)
{
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/nonexistent" };
	struct pj_request_text *read = NULL;
	struct pj_decision *decision = NULL;

	make_command();
	CHECK(pj_prepare(policy, &request, 0, NULL, &decision, NULL) ==
	      -PJ_E_DENIED);
	REFUSED(pj_request_parse(NULL, 1, "r", &read, err));
	REFUSED(pj_request_parse("{}", 2, "r", NULL, err));
	REFUSED(pj_prepare(NULL, &request, 0, NULL, NULL, err));
	CHECK(pj_prepare(policy, NULL, 0, NULL, NULL, NULL) == -PJ_E_ARGUMENT);
	REFUSED(pj_decision_json(NULL, NULL, &text, err));
	REFUSED(pj_decision_json(decision, NULL, NULL, err));
	REFUSED(pj_result_json(NULL, decision, NULL, NULL, NULL, err));
	CHECK(pj_result_json(NULL, NULL, NULL, NULL, &text, NULL) ==
	      -PJ_E_ARGUMENT);
	pj_decision_free(decision);
	pj_command_free(command);
	pj_policy_free(policy);
}

static void hosts_and_plans(void)
{
	struct pj_plan *plan = NULL;
	struct pj_host *host = NULL;

	make_command();
	CHECK(pj_host_probe(&host, NULL) == 0);
	CHECK(pj_plan_make(command, host, &plan, NULL) == 0);
	REFUSED(pj_host_probe(NULL, err));
	REFUSED(pj_host_report(NULL, false, &text, err));
	REFUSED(pj_host_report(NULL, true, &text, err));
	REFUSED(pj_host_report(host, false, NULL, err));
	REFUSED(pj_doctor(false, NULL, err));
	REFUSED(pj_doctor(true, NULL, err));
	REFUSED(pj_plan_make(NULL, host, &plan, err));
	REFUSED(pj_plan_make(command, host, NULL, err));
	REFUSED(pj_plan_json(NULL, &text, err));
	REFUSED(pj_plan_json(plan, NULL, err));
	CHECK(pj_strategy_launcher(NULL, NULL) == -PJ_E_ARGUMENT);
	CHECK(pj_strategy_holds(NULL, "network", "x") == -PJ_E_ARGUMENT);
	CHECK(pj_strategy_holds(NULL, NULL, NULL) == -PJ_E_ARGUMENT);
	pj_plan_free(plan);
	pj_host_free(host);
	pj_command_free(command);
	pj_policy_free(policy);
}

static void runs(void)
{
	const struct pj_run_options options = { .size = sizeof(options),
						.interactive = true };
	const char *line;
	size_t len;

	make_command();
	REFUSED(pj_run(NULL, NULL, &result, err));
	REFUSED(pj_run(command, NULL, NULL, err));
	REFUSED(pj_spawn(NULL, NULL, &process, err));
	REFUSED(pj_spawn(command, NULL, NULL, err));
	REFUSED(pj_quick_run(NULL, "/bin/true", NULL, &result, err));
	REFUSED(pj_quick_run("strict", NULL, NULL, &result, err));
	REFUSED(pj_quick_run("strict", "/bin/true", NULL, NULL, err));
	REFUSED(pj_process_kill(NULL, err));
	REFUSED(pj_process_wait(NULL, &result, err));
	REFUSED(pj_process_send_line(NULL, "x", 1, 0, err));
	REFUSED(pj_process_recv_line(NULL, 0, &line, &len, err));
	REFUSED(pj_process_close_input(NULL, err));
	CHECK(pj_process_pollfd(NULL) == -1);
	CHECK(pj_spawn(command, &options, &process, NULL) == 0);
	REFUSED(pj_process_send_line(process, NULL, 1, 0, err));
	REFUSED(pj_process_recv_line(process, 0, NULL, &len, err));
	REFUSED(pj_process_recv_line(process, 0, &line, NULL, err));
	REFUSED(pj_process_wait(process, NULL, err));
	/* The refused calls have changed nothing. */
	CHECK(pj_process_send_line(process, "x", 1, 60000, NULL) == 0);
	CHECK(pj_process_wait(process, &result, NULL) == 0);
	CHECK(pj_result_status(result) == 0);
	pj_result_free(result);
	pj_process_free(process);
	pj_command_free(command);
	pj_policy_free(policy);
}

static void pools(void)
{
	struct pj_pool *pool = NULL;

	make_command();
	CHECK(pj_pool_new(policy, NULL, &pool, NULL) == 0);
	REFUSED(pj_pool_new(NULL, NULL, &pool, err));
	REFUSED(pj_pool_new(policy, NULL, NULL, err));
	REFUSED(pj_pool_set_policy(NULL, policy, err));
	REFUSED(pj_pool_set_policy(pool, NULL, err));
	REFUSED(pj_pool_run(NULL, command, NULL, &result, err));
	REFUSED(pj_pool_run(pool, NULL, NULL, &result, err));
	REFUSED(pj_pool_run(pool, command, NULL, NULL, err));
	REFUSED(pj_pool_spawn(NULL, command, NULL, &process, err));
	REFUSED(pj_pool_spawn(pool, NULL, NULL, &process, err));
	REFUSED(pj_pool_spawn(pool, command, NULL, NULL, err));
	pj_pool_free(pool);
	pj_command_free(command);
	pj_policy_free(policy);
}

static int show(const char *line, size_t len, void *data)
{
	(void)line;
	(void)len;
	(void)data;
	return 0;
}

static void audits(void)
{
	struct pj_audit *audit = NULL;
	uint64_t records;

	REFUSED(pj_audit_open(NULL, false, &audit, err));
	REFUSED(pj_audit_open("/nonexistent/log", false, NULL, err));
	REFUSED(pj_audit_write(NULL, NULL, NULL, NULL, NULL, NULL, err));
	REFUSED(pj_audit_verify(NULL, &records, err));
	REFUSED(pj_audit_read(NULL, show, NULL, err));
	REFUSED(pj_audit_read("/nonexistent/log", NULL, NULL, err));
}

static const struct tap_case cases[] = {
	{ "policies", policies },
	{ "requests and decisions", requests },
	{ "hosts and plans", hosts_and_plans },
	{ "runs", runs },
	{ "pools", pools },
	{ "audit logs", audits },
};

TAP_MAIN(cases)
