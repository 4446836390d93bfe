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
	const char *path; /* canonical; of a missing path: canonical parent +
			     rest */
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
	const char *alias; /* the written path, clean, when a link was followed;
			    * or NULL */
	int errnum; /* why the target does not exist for us: ENOENT, EACCES … */
};

/* Path and identity come from one open file, so they agree. All strings lie in
 * `text`. Return 0, or -errno: -ENOMEM, -ENAMETOOLONG, -EMFILE …, or -EINVAL
 * when ".." stands behind something that does not exist (nobody can say where
 * that leads). */
int resolve_path(struct directories *known, struct arena *text,
		 const char *absolute, bool links_wanted,
		 struct resolution *ret_resolution);

/* The directory that `written` (clean) names up to `len`. It stays good until
 * another is asked for. 0 or -errno. */
int resolve_directory(struct directories *known, const char *written,
		      size_t len, struct known_directory **ret_directory);
/* resolve_path() of a name in it. 1: done; 0: the whole path has to be looked
 * at; or -errno. */
int resolve_name(struct known_directory *directory, struct arena *text,
		 const char *name, bool links_wanted,
		 struct resolution *ret_resolution);

/* resolve_path() of a clean path, without a look at what is known. */
int resolve_whole(struct arena *text, const char *path, bool links_wanted,
		  struct resolution *ret_resolution);

/* Just the canonical path (of a missing one: parent + rest). */
int resolve_text(struct directories *known, struct arena *text,
		 const char *absolute, const char **ret_path);

#endif
