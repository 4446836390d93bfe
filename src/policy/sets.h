/* SPDX-License-Identifier: Apache-2.0 */
/* An entry that starts with `@`: a list that stands in profiles/sets.json. */
#ifndef PJ_POLICY_SETS_H
#define PJ_POLICY_SETS_H

#include "policy/reader.h"

/* Add a set's entries under `access` to the draft (to `executes` when that is
 * where it stands). An unknown name is an error that lists the sets. */
int set_expand(struct reader *reader, const struct place *at, const char *name,
	       enum path_access access, struct draft_paths *paths);

/* What set_expand() has left for when all grants are known: the paths that sets
 * forbid. Where nothing is granted there is nothing to forbid, and most of what
 * the sets name is not there: such entries are passed over. */
int sets_settle(struct draft *draft, struct pj_error *err);

#endif
