/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that make up a policy. */
#ifndef PJ_POLICY_EXTENDS_H
#define PJ_POLICY_EXTENDS_H

#include "policy/draft.h"

/* Put `document` (ownership goes to the draft, also on failure) and all that it
 * extends into the draft, in the order of merging: each after its parents. */
int extends_collect(struct draft *draft, struct document *document,
		    struct pj_error *err);

#endif
