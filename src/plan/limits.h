/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's limits as limits of the kernel. */
#ifndef PJ_PLAN_LIMITS_H
#define PJ_PLAN_LIMITS_H

#include "host/host.h"
#include "plan/plan.h"
#include "plan/sites.h"

/* `sites`: what the program can reach; NULL: there is no wall of files. `host`
 * NULL: what is needed of it is found out. */
void limits_plan(struct pj_plan *plan, const struct site_list *sites,
		 const struct pj_host *host);

/* Where the processes are not those of a pid namespace: plan->mark. A caller
 * that has such a limit itself gets none, it could only be lowered. */
int limits_mark(struct pj_plan *plan, struct pj_error *err);

/* Tasks of the init's own, which the kernel counts and which do not count
 * against the program: it, its broker, and what stands in the program's
 * network. */
unsigned int limits_init_tasks(const struct pj_plan *plan);

#endif
