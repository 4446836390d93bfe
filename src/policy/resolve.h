/* SPDX-License-Identifier: Apache-2.0 */
/* From an absolute path as somebody wrote it to what it is on this machine. */
#ifndef PJ_POLICY_RESOLVE_H
#define PJ_POLICY_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "policy/directories.h"

enum { RESOLVE_MAX_LINKS = 40 };

struct resolved {
	char *path; /* canonical; of a missing path: canonical parent + rest */
	bool exists;
	mode_t type; /* S_IFMT bits; S_IFLNK: a link itself */
	dev_t device;
	ino_t inode;
};

/* The dangling links met on the way, if any, and the target as the last item.
 */
struct resolution {
	struct resolved items[RESOLVE_MAX_LINKS + 1];
	size_t count;
	char *alias; /* the written path, clean, when a link was followed; or
			NULL */
	int errnum; /* why the target does not exist for us: ENOENT, EACCES … */
};

/* Path and identity come from one open file, so they agree. Return 0, or
 * -errno: -ENOMEM, -ENAMETOOLONG, -EMFILE …, or -EINVAL when ".." stands behind
 * something that does not exist (nobody can say where that leads). `known` may
 * be NULL. */
int resolve_path(struct directories *known, const char *absolute,
		 bool links_wanted, struct resolution *ret_resolution);
void resolution_clear(struct resolution *resolution);
#define auto_resolution __attribute__((cleanup(resolution_clear)))

/* Just the canonical path (of a missing one: parent + rest). */
int resolve_text(struct directories *known, const char *absolute,
		 char **ret_path);

#endif
