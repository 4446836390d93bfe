/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a set that are paths, one after the other. */
#ifndef PJ_POLICY_SET_PATHS_H
#define PJ_POLICY_SET_PATHS_H

#include "policy/paths.h"
#include "policy/profiles.h"

struct set_paths {
	struct reader *reader;
	const struct place *at;
	struct draft_paths *paths;
	const struct named_set *set;
	enum path_access access;
};

/* Add an entry "~/…" or "/…" to the draft. */
int set_paths_add(struct set_paths *to, const struct set_entry *entry);

#endif
