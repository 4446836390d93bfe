/* SPDX-License-Identifier: Apache-2.0 */
/* The directories that paths of one policy lie in, each looked at once: a
 * policy names hundreds of paths in a handful of directories. */
#ifndef PJ_POLICY_DIRECTORIES_H
#define PJ_POLICY_DIRECTORIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { DIRECTORIES_MAX = 128, DIRECTORIES_SLOTS = 2 * DIRECTORIES_MAX };

struct known_directory {
	const char *written;
	size_t written_len;
	const char *path; /* canonical; of a missing one: canonical parent +
			   * rest; NULL: it cannot be said here, look at the
			   * whole path */
	bool linked;	  /* `path` is not as written: a link was followed */
	int fd;		  /* O_PATH, or -1 when it is missing */
	unsigned int asked;
	struct listing *listing; /* NULL: not read, or too large */
};

/* Zero-initialise; directories_clear() releases. */
struct directories {
	struct known_directory items[DIRECTORIES_MAX];
	size_t count;
	unsigned int forgotten;		  /* how often all was */
	uint8_t slots[DIRECTORIES_SLOTS]; /* hashed: index of an item, plus 1 */
	struct arena text;
};

/* The directory that `written` names up to `len`; NULL when not known. */
struct known_directory *directories_find(struct directories *known,
					 const char *written, size_t len);
/* Whether an existing directory surely has no such name: after a few questions
 * it is read whole, since most of what a policy names is not there. */
bool directories_lacks(struct known_directory *directory, const char *name);
/* `written` and `path` lie in `known->text`; takes ownership of `fd`. */
struct known_directory *directories_add(struct directories *known,
					const char *written, const char *path,
					int fd);
void directories_clear(struct directories *known);

#endif
