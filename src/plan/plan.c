/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a command to a plan, or to the name of the property that cannot be
 * enforced here. Each strategy says of each property that the policy asks for
 * what holds it; a property that nothing holds refuses the launch unless
 * `may_lack` names it.
 */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "plan/choose.h"
#include "plan/strategy.h"
#include "plan/wrapper.h"

/* What every policy asks for, limits aside. */
static const enum property always_asked[] = {
	PROPERTY_FILESYSTEM_READ,
	PROPERTY_FILESYSTEM_WRITE,
	PROPERTY_NETWORK,
	PROPERTY_PROCESSES,
	PROPERTY_IPC,
	PROPERTY_DEVICES,
	PROPERTY_PRIVILEGES,
	PROPERTY_SYSCALLS,
	PROPERTY_TERMINAL,
	PROPERTY_KILL_TREE,
	PROPERTY_ENVIRONMENT,
};

static void ask(struct pj_plan *plan)
{
	const struct pj_policy *policy = plan->command->policy;

	for (size_t i = 0; i < ARRAY_SIZE(always_asked); i++)
		plan->properties[always_asked[i]].asked = true;
	plan->properties[PROPERTY_EXECUTE].asked = policy->execute_listed;
	if (policy->network == NETWORK_HOST)
		plan->properties[PROPERTY_NETWORK].asked = false;
	if (policy->syscalls == SYSCALLS_NONE && !policy->syscalls_deny.count)
		plan->properties[PROPERTY_SYSCALLS].asked = false;
}

/* Which sockets may be reached is the broker's to say. */
static int refuse_sockets(const struct pj_plan *plan, struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;

	if (!policy->unix_sockets.count || plan->strategy == STRATEGY_NONE)
		return 0;
	if (policy->syscalls == SYSCALLS_STRICT &&
	    policy->network == NETWORK_NONE)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "ipc: network.unix_sockets needs sockets, which "
			    "syscalls.profile \"strict\" without network does "
			    "not have; choose \"default\", or a network mode");
	if (!plan->brokered)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "ipc: network.unix_sockets is not enforced by "
			    "strategy %s with syscalls.profile \"%s\"; choose "
			    "\"namespaces\" and \"default\"",
			    strategy_name_text(plan->strategy),
			    policy->syscalls == SYSCALLS_NONE ? "none"
							      : "default");
	return 0;
}

static bool lacks(const struct pj_plan *plan, int property)
{
	return plan->properties[property].asked &&
	       !plan->properties[property].mechanism &&
	       !plan->command->policy->may_lack[property];
}

/* The first property that is lacking begins the message, all others follow: who
 * gives them up wants to know them at once. Where several strategies are tried,
 * the advice is told once. */
static int fail_lacking(const struct pj_plan *plan, int first,
			struct pj_error *err)
{
	char others[sizeof(err->message)] = "";
	size_t len = 0;
	bool no_filter = plan->command->policy->syscalls == SYSCALLS_NONE;
	bool advise = plan->command->policy->strategy != STRATEGY_AUTO ||
		      plan->strategy == STRATEGY_NAMESPACES || plan->own;

	for (int i = first + 1; i < PROPERTY_COUNT && len < sizeof(others); i++)
		if (lacks(plan, i))
			len += (size_t)snprintf(
				others + len, sizeof(others) - len, "%s%s",
				len ? ", " : ", nor ",
				property_name((enum property)i));
	return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
		    "%s: strategy %s cannot enforce it here%s%s%s%s",
		    property_name((enum property)first), plan->name,
		    no_filter ? " without the system call filter" : "", others,
		    !advise	? ""
		    : no_filter ? "; choose \"default\" or \"strict\" for "
				  "syscalls.profile"
				: "; see what each strategy holds with "
				  "`procjail doctor`",
		    advise ? ", or give up with may_lack what is lacking" : "");
}

/* Refused is what is asked for, not held, and not given up. */
static int refuse_lacking(const struct pj_plan *plan, struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;

	if (policy->any_program &&
	    !plan->properties[PROPERTY_FILESYSTEM_READ].mechanism &&
	    !plan->properties[PROPERTY_FILESYSTEM_WRITE].mechanism)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-write: the policy lets any program run "
			    "(\"*\"), and strategy %s walls off no files; list "
			    "the commands, or use another strategy",
			    plan->name);
	if (plan->strategy == STRATEGY_NONE)
		return 0; /* said explicitly: the guard alone */
	for (int i = 0; i < PROPERTY_COUNT; i++)
		if (lacks(plan, i))
			return fail_lacking(plan, i, err);
	return 0;
}

int plan_with(struct plan_search *search, const struct strategy *strategy,
	      struct pj_plan **ret_plan, struct pj_error *err)
{
	auto_plan struct pj_plan *plan = calloc(1, sizeof(*plan));
	int status;

	if (!plan)
		return fail_memory(err, PJ_STAGE_PLAN);
	plan->command = search->command;
	plan->strategy = strategy->name;
	plan->own = search->own;
	plan->name = search->own ? search->own->name
				 : strategy_name_text(strategy->name);
	ask(plan);
	status = strategy->plan(plan, search->host, err);
	if (status == 0)
		status = refuse_sockets(plan, err);
	if (status == 0)
		status = refuse_lacking(plan, err);
	search->ended = plan->policy_refuses;
	if (status < 0)
		return status;
	*ret_plan = take(plan);
	return 0;
}

void plan_forget_mounts(struct pj_plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		free(plan->mounts[i].source);
		free(plan->mounts[i].target);
	}
	free(plan->mounts);
	plan->mounts = NULL;
	plan->mount_count = 0;
}

struct pj_plan *pj_plan_free(struct pj_plan *plan)
{
	if (!plan)
		return NULL;
	plan_forget_mounts(plan);
	free(plan->cgroup.parent);
	for (size_t i = 0; i < plan->landlock.rule_count; i++)
		free(plan->landlock.rules[i].path);
	free(plan->landlock.rules);
	free(plan->scratch);
	strv_clear(&plan->envp);
	strv_clear(&plan->execute_paths);
	strv_clear(&plan->texts);
	strv_clear(&plan->warnings);
	free(plan->filter);
	free(plan->init_config);
	wrapper_free(plan->wrapper);
	free(plan);
	return NULL;
}
