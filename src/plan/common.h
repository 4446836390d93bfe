/* SPDX-License-Identifier: Apache-2.0 */
/* What the strategies that have walls for files share. */
#ifndef PJ_PLAN_COMMON_H
#define PJ_PLAN_COMMON_H

#include "plan/sites.h"

/* Refuse by name where the working directory, the program or its interpreter
 * is not granted. Needs each site's `effective`. */
int common_check_visible(struct pj_plan *plan, const struct site_list *sites,
			 struct pj_error *err);

/* Sets plan->execute_listed; refuses a program that is not among
 * filesystem.execute. */
int common_check_execute(struct pj_plan *plan, struct pj_error *err);

/* Fill plan->filter for the policy's profile, which is not "none", and say
 * that it holds `syscalls`. */
int common_plan_filter(struct pj_plan *plan, struct pj_error *err);

/* Note what holds a property; NULL: nothing does. */
static inline void hold(struct pj_plan *plan, enum property property,
			const char *mechanism)
{
	plan->properties[property].mechanism = mechanism;
}

#endif
