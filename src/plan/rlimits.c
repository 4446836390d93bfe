/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy `rlimits`: limits, environment, descriptors, no privileges, the end
 * of the whole tree. No wall for files, network or other processes, and the
 * plan says so: a policy that asks for them must give them up by name.
 */
#include "base/kernel.h"
#include "host/host.h"
#include "plan/common.h"
#include "plan/init_config.h"
#include "plan/landlock.h"
#include "plan/limits.h"
#include "plan/strategy.h"

static int plan_rlimits(struct pj_plan *plan, const struct pj_host *host,
			struct pj_error *err)
{
	int abi = host ? host->landlock_abi : host_landlock_abi();
	const struct site_list nothing = { 0 };
	int status;

	hold(plan, PROPERTY_PRIVILEGES, "no_new_privs, no capabilities");
	hold(plan, PROPERTY_ENVIRONMENT, "built by the guard");
	/* A tree that forks faster than it is found would outrun a sweep over
	 * it; a signal to a domain reaches all of it at once. */
	if (landlock_scopes_plan(plan, abi)) {
		plan->landlock.scoped = KERNEL_LANDLOCK_SCOPE_SIGNAL;
		hold(plan, PROPERTY_KILL_TREE,
		     "one signal to the whole Landlock domain");
	}
	limits_plan(plan, NULL, host);
	status = limits_mark(plan, err);
	return status < 0 ? status : init_config_plan(plan, &nothing, err);
}

const struct strategy strategy_rlimits = {
	.name = STRATEGY_RLIMITS,
	.plan = plan_rlimits,
};
