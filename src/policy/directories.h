/* SPDX-License-Identifier: Apache-2.0 */
/* The directories that paths of one policy lie in, each looked at once: a
 * policy names hundreds of paths in a handful of directories. */
#ifndef PJ_POLICY_DIRECTORIES_H
#define PJ_POLICY_DIRECTORIES_H

#include <stdbool.h>
#include <stddef.h>

enum { DIRECTORIES_MAX = 128 };

struct known_directory {
	char *written;
	size_t written_len;
	char *path; /* canonical; of a missing one: canonical parent + rest;
		     * NULL: it cannot be said here, look at the whole path */
	int fd;	    /* O_PATH, or -1 when it is missing */
	unsigned int asked;
	struct listing *listing; /* NULL: not read, or too large */
};

/* Zero-initialise; directories_clear() releases. */
struct directories {
	struct known_directory items[DIRECTORIES_MAX];
	size_t count;
	size_t next; /* to be forgotten when full */
};

/* NULL when not known. */
struct known_directory *directories_find(struct directories *known,
					 const char *written);
/* Whether an existing directory surely has no such name: after a few questions
 * it is read whole, since most of what a policy names is not there. */
bool directories_lacks(struct known_directory *directory, const char *name);
/* Takes ownership of `path` and `fd`, also on failure; NULL is no memory. */
struct known_directory *directories_add(struct directories *known,
					const char *written, char *path,
					int fd);
void directories_clear(struct directories *known);

#endif
