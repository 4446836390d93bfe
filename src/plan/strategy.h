/* SPDX-License-Identifier: Apache-2.0 */
/* A way to enforce a policy. */
#ifndef PJ_PLAN_STRATEGY_H
#define PJ_PLAN_STRATEGY_H

#include "plan/plan.h"

struct strategy {
	enum strategy_name name;
	/* Fill the plan, and for each property that is held its mechanism. */
	int (*plan)(struct pj_plan *plan, const struct pj_host *host,
		    struct pj_error *err);
};

struct plan_search;

/* A plan by this strategy, refused when it does not hold all that is asked for.
 * Ends the search where no other strategy would do either. */
int plan_with(struct plan_search *search, const struct strategy *strategy,
	      struct pj_plan **ret_plan, struct pj_error *err);

extern const struct strategy strategy_namespaces;
extern const struct strategy strategy_bubblewrap;
extern const struct strategy strategy_firejail;
extern const struct strategy strategy_landlock;
extern const struct strategy strategy_rlimits;
extern const struct strategy strategy_none;
extern const struct strategy strategy_application;

static inline void cleanup_plan(struct pj_plan **plan)
{
	pj_plan_free(*plan);
}

#define auto_plan __attribute__((cleanup(cleanup_plan)))

#endif
