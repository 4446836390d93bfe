/* SPDX-License-Identifier: Apache-2.0 */
/* From a first document to a finished policy. */
#ifndef PJ_POLICY_LOAD_H
#define PJ_POLICY_LOAD_H

#include <procjail.h>

#include "policy/document.h"

/* Takes ownership of `document`, also on failure. */
int policy_make(struct document *document,
		const struct pj_policy_options *options,
		struct pj_policy **ret_policy, struct pj_error *err);

#endif
