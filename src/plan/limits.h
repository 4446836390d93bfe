/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's limits as resource limits of the kernel. */
#ifndef PJ_PLAN_LIMITS_H
#define PJ_PLAN_LIMITS_H

#include "plan/plan.h"

void limits_plan(struct pj_plan *plan);

#endif
