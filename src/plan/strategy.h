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

/* A plan by this strategy, refused when it does not hold all that is asked for.
 * *ret_final: no other strategy would do either. */
int plan_with(const struct strategy *strategy, const struct pj_command *command,
	      const struct pj_host *host, struct pj_plan **ret_plan,
	      bool *ret_final, struct pj_error *err);

extern const struct strategy strategy_namespaces;
extern const struct strategy strategy_bubblewrap;
extern const struct strategy strategy_none;

static inline void cleanup_plan(struct pj_plan **plan)
{
	pj_plan_free(*plan);
}

#define auto_plan __attribute__((cleanup(cleanup_plan)))

#endif
