/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that the jail's init reads its rules from. */
#ifndef PJ_PLAN_INIT_CONFIG_H
#define PJ_PLAN_INIT_CONFIG_H

#include "plan/plan.h"
#include "plan/sites.h"

/* Fill plan->init_config. Without a broker the rules are left out. */
int init_config_plan(struct pj_plan *plan, const struct site_list *sites,
		     struct pj_error *err);

#endif
