/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the two Landlock domains, from the sites of a jail. */
#ifndef PJ_PLAN_LANDLOCK_H
#define PJ_PLAN_LANDLOCK_H

#include "plan/sites.h"

/* Set each site's `effective`, and fill plan->landlock for an ABI. */
int landlock_rules_plan(struct pj_plan *plan, struct site_list *sites, int abi,
			struct pj_error *err);

/* The domains that hold signals (and abstract sockets) alone: for strategies
 * without walls for files. False where the ABI has no scopes. */
bool landlock_scopes_plan(struct pj_plan *plan, int abi);

#endif
