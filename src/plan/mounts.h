/* SPDX-License-Identifier: Apache-2.0 */
/* From path rules to an ordered list of mounts. */
#ifndef PJ_PLAN_MOUNTS_H
#define PJ_PLAN_MOUNTS_H

#include "plan/plan.h"
#include "plan/sites.h"

/* Fill plan->mounts from the sites, which must be sorted. Each site's
 * `effective` is set to what holds there. */
int mounts_plan(struct pj_plan *plan, struct site_list *sites,
		struct pj_error *err);

#endif
