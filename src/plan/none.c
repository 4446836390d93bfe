/* SPDX-License-Identifier: Apache-2.0 */
/* Strategy `none`: the guard alone. What costs nothing is held all the same;
 * files, network and other processes are not, and the result says so. */
#include "plan/init_config.h"
#include "plan/limits.h"
#include "plan/strategy.h"

static int plan_none(struct pj_plan *plan, const struct pj_host *host,
		     struct pj_error *err)
{
	const struct site_list nothing = { 0 };
	int status;

	limits_plan(plan, NULL, host);
	plan->properties[PROPERTY_PRIVILEGES].mechanism =
		"no_new_privs, no capabilities";
	plan->properties[PROPERTY_ENVIRONMENT].mechanism = "built by the guard";
	plan->properties[PROPERTY_TERMINAL].mechanism = NULL;
	status = limits_mark(plan, err);
	return status < 0 ? status : init_config_plan(plan, &nothing, err);
}

const struct strategy strategy_none = {
	.name = STRATEGY_NONE,
	.plan = plan_none,
};
