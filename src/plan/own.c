/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategies made by a launcher that is put in front: an application's own
 * (struct pj_strategy), and ours of the same form (firejail.c). Of each
 * property the strategy's word is taken that its launcher holds it. What our
 * stage adds inside the launcher's jail is added always: no_new_privs, no
 * capabilities, the filter with its broker, limits, descriptors, environment,
 * session.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "host/host.h"
#include "host/tool.h"
#include "plan/common.h"
#include "plan/init_config.h"
#include "plan/limits.h"
#include "plan/mounts.h"
#include "plan/own.h"
#include "plan/strategy.h"

enum { ABI_SCOPES = 6 };

int pj_strategy_launcher(struct pj_strategy_answer *answer,
			 const char *const *argv)
{
	struct wrapper *wrapper;

	if (!answer || !argv || !argv[0])
		return -PJ_E_ARGUMENT;
	wrapper = answer->wrapper;
	strv_clear(&wrapper->argv);
	free(wrapper->path);
	wrapper->path = strdup(argv[0]);
	for (size_t i = 0; argv[i]; i++)
		if (strv_push(&wrapper->argv, argv[i]) < 0)
			return -PJ_E_MEMORY;
	if (!wrapper->path || strv_push(&wrapper->argv, WRAPPER_STAGE_PATH) < 0)
		return -PJ_E_MEMORY;
	return 0;
}

int pj_strategy_holds(struct pj_strategy_answer *answer, const char *property,
		      const char *mechanism)
{
	int index = property ? property_from_name(property) : -1;
	char *copy;

	if (!answer || index < 0 || !mechanism || !*mechanism)
		return -PJ_E_ARGUMENT;
	copy = strdup(mechanism);
	if (!copy)
		return -PJ_E_MEMORY;
	free(answer->held[index]);
	answer->held[index] = copy;
	return 0;
}

static void answer_clear(struct pj_strategy_answer *answer)
{
	for (int i = 0; i < PROPERTY_COUNT; i++)
		free(answer->held[i]);
}

/* What the stage adds, whatever the launcher is. */
static int add_common(struct pj_plan *plan, const struct pj_host *host,
		      struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;
	int abi = host ? host->landlock_abi : host_landlock_abi();

	hold(plan, PROPERTY_ENVIRONMENT, "built by the guard");
	hold(plan, PROPERTY_PRIVILEGES, "no_new_privs, no capabilities");
	plan->scope_abstract_sockets = abi >= ABI_SCOPES;
	plan->scope_signals = abi >= ABI_SCOPES;
	if (policy->syscalls == SYSCALLS_NONE)
		return 0;
	plan->brokered = true;
	hold(plan, PROPERTY_TERMINAL,
	     "new session, system call filter (TIOCSTI, TIOCLINUX)");
	if (policy->network == NETWORK_NONE && plan->scope_abstract_sockets)
		hold(plan, PROPERTY_NETWORK,
		     "system call filter (path sockets only), Landlock scope");
	return common_plan_filter(plan, err);
}

/* Where the broker's rules lie. The launcher makes its own mounts: ours are not
 * there to be compared with. */
static int add_rules(struct pj_plan *plan, const struct pj_host *host,
		     struct pj_error *err)
{
	auto_sites struct site_list sites = { 0 };
	int status = sites_gather(plan->command, plan, &sites, err);

	if (status == 0)
		status = mounts_plan(plan, &sites, err);
	if (status == 0)
		status = common_check_visible(plan, &sites, err);
	if (status < 0)
		return status;
	plan_forget_mounts(plan);
	plan->cwd_in_memory = false;
	limits_plan(plan, NULL, host);
	return init_config_plan(plan, &sites, err);
}

static int keep_claims(struct pj_plan *plan, struct pj_strategy_answer *answer,
		       struct pj_error *err)
{
	for (int i = 0; i < PROPERTY_COUNT; i++) {
		if (!answer->held[i])
			continue;
		/* A stopped init would end nothing. */
		if (i == PROPERTY_KILL_TREE && !plan->scope_signals)
			continue;
		if (strv_take(&plan->texts, answer->held[i]) < 0) {
			answer->held[i] = NULL;
			return fail_memory(err, PJ_STAGE_PLAN);
		}
		plan->properties[i].mechanism = answer->held[i];
		answer->held[i] = NULL;
	}
	return 0;
}

static int open_launcher(struct wrapper *wrapper, struct pj_error *err)
{
	struct stat stat;
	int status = 0;

	if (wrapper->fd < 0)
		status = host_program_open(wrapper->path, &wrapper->fd, err);
	if (status < 0)
		return status;
	if (fstat(wrapper->fd, &stat) < 0)
		return fail_system(err, PJ_STAGE_PLAN, errno, "%s",
				   wrapper->path);
	wrapper->gains_privileges = stat.st_mode & (S_ISUID | S_ISGID);
	return 0;
}

int own_plan(struct pj_plan *plan, const struct pj_host *host,
	     own_answer answers, const void *data, struct pj_error *err)
{
	__attribute__((cleanup(
		answer_clear))) struct pj_strategy_answer answer = { 0 };
	int status;

	plan->wrapper = calloc(1, sizeof(*plan->wrapper));
	if (!plan->wrapper)
		return fail_memory(err, PJ_STAGE_PLAN);
	plan->wrapper->fd = -1;
	answer.wrapper = plan->wrapper;
	status = common_check_execute(plan, err);
	plan->policy_refuses = status < 0;
	plan->execute_listed = false; /* the launcher's, if it holds it */
	if (status == 0)
		status = answers(plan, &answer, data, err);
	if (status == 0 && !plan->wrapper->path)
		status = fail(err, PJ_STAGE_PLAN, PJ_E_ARGUMENT, 0,
			      "strategy %s named no launcher", plan->name);
	if (status == 0)
		status = open_launcher(plan->wrapper, err);
	if (status == 0)
		status = add_common(plan, host, err);
	if (status == 0)
		status = add_rules(plan, host, err);
	if (status == 0)
		status = keep_claims(plan, &answer, err);
	return status;
}

/* ---- an application's own -------------------------------------------------
 */

static int ask_application(struct pj_plan *plan,
			   struct pj_strategy_answer *answer, const void *data,
			   struct pj_error *err)
{
	const struct pj_strategy *own = data;
	const char *asked[PROPERTY_COUNT + 1] = { NULL };
	auto_free char *policy = NULL;
	struct pj_strategy_view view = {
		.size = sizeof(view),
		.command = plan->command,
		.asked = asked,
	};
	size_t count = 0;
	int status = pj_policy_show(plan->command->policy, &policy, err);

	if (status < 0)
		return status;
	view.policy = policy;
	for (int i = 0; i < PROPERTY_COUNT; i++)
		if (plan->properties[i].asked)
			asked[count++] = property_name((enum property)i);
	return own->plan(&view, answer, own->data, err);
}

static int plan_application(struct pj_plan *plan, const struct pj_host *host,
			    struct pj_error *err)
{
	const struct pj_strategy *own = plan->own;

	if (own->size < sizeof(*own) || !own->name || !*own->name || !own->plan)
		return fail(err, PJ_STAGE_PLAN, PJ_E_ARGUMENT, 0,
			    "pj_strategy needs its size, a name and a plan");
	return own_plan(plan, host, ask_application, own, err);
}

const struct strategy strategy_application = {
	.name = STRATEGY_AUTO,
	.plan = plan_application,
};
