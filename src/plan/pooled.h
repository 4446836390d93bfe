/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of jails that are made before their command is known. */
#ifndef PJ_PLAN_POOLED_H
#define PJ_PLAN_POOLED_H

#include "plan/plan.h"

/* The plan of a jail that waits, without a program; or, with `like`, of one
 * that this command could have. -PJ_E_UNAVAILABLE says what keeps jails of this
 * policy from being made in advance. `command` becomes the plan's, with nothing
 * but the policy (borrowed) and the root as directory; it lives as long as the
 * plan. */
int pooled_plan(const struct pj_policy *policy, const struct pj_host *host,
		bool may_move_cgroup, const struct pj_command *like,
		struct pj_command *command, struct pj_plan **ret_plan,
		struct pj_error *err);

/* What of a command its plan depends on, for later; NULL: out of memory. To be
 * freed as a command. */
struct pj_command *pooled_like(const struct pj_command *command);

/* Whether a jail by the one plan is a jail by the other: all that does not lie
 * in the command is equal. */
bool pooled_same(const struct pj_plan *a, const struct pj_plan *b);

#endif
