/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as a policy writes them. */
#ifndef PJ_POLICY_PATHS_H
#define PJ_POLICY_PATHS_H

#include "policy/reader.h"
#include "policy/resolve.h"

/* Checked and made absolute (home, workspace), not resolved. NULL with an
 * error told. The caller frees it. */
char *read_path(struct reader *reader, const struct place *at,
		const json_t *value);
/* The same, resolved; a missing one is canonical parent + rest. It lives as
 * long as the policy. */
const char *read_canonical(struct reader *reader, const struct place *at,
			   const json_t *value);
/* For read_list(): appends the canonical path; target: struct strv. */
int read_tree(struct reader *reader, const struct place *at,
	      const json_t *value, void *target);

struct written_path {
	const char *absolute;
	const char *origin;	  /* as long as the policy; or NULL … */
	const char *set, *reason; /* … and these, static, from a set */
	enum path_access access;
	bool from_set;
};

/* Resolve a path and add its rules to the list. A grant of what does not exist
 * is dropped, with a warning unless it stands in a set or a built-in profile.
 */
int paths_add(struct reader *reader, const struct place *at,
	      struct draft_paths *paths, const struct written_path *written);

/* The same of a path that is resolved already. */
int paths_add_resolved(struct reader *reader, const struct place *at,
		       struct draft_paths *paths,
		       const struct written_path *written,
		       const struct resolution *r);

/* What resolve_path() could not do, told. */
int bad_resolution(const struct reader *reader, const struct place *at,
		   const char *path, int negative_errno);

#endif
