/* SPDX-License-Identifier: Apache-2.0 */
/* What strategies that are a launcher in front have in common. */
#ifndef PJ_PLAN_OWN_H
#define PJ_PLAN_OWN_H

#include "plan/plan.h"
#include "plan/wrapper.h"

/* What such a strategy says. */
struct pj_strategy_answer {
	struct wrapper *wrapper; /* borrowed: the plan's */
	char *held[PROPERTY_COUNT];
};

/* Fills the answer; an error refuses. */
typedef int (*own_answer)(struct pj_plan *plan,
			  struct pj_strategy_answer *answer, const void *data,
			  struct pj_error *err);

int own_plan(struct pj_plan *plan, const struct pj_host *host,
	     own_answer answers, const void *data, struct pj_error *err);

#endif
