/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the limits are a cgroup's. */
#ifndef PJ_PLAN_CGROUP_H
#define PJ_PLAN_CGROUP_H

#include "host/host.h"
#include "plan/plan.h"
#include "plan/sites.h"

/* Fill plan->cgroup when a limit of the policy is held better by a cgroup and
 * the host gives one. `sites`: what the program can write; NULL: no wall of
 * files, so that it could lift any limit of a cgroup, and none is used. `host`
 * NULL: find out now. */
void cgroup_plan(struct pj_plan *plan, const struct site_list *sites,
		 const struct pj_host *host);

/* Where these limits want a cgroup, make it possible (host_cgroup_settle). */
void cgroup_make_room(const struct limits *limits);

#endif
