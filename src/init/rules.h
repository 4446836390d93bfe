/* SPDX-License-Identifier: Apache-2.0 */
/* May this name be changed? Pure: strings in, a verdict out. */
#ifndef PJ_INIT_RULES_H
#define PJ_INIT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/protocol.h"

/* What somebody wants to do with a name. */
enum act {
	ACT_READ,   /* open what is there, to read */
	ACT_WRITE,  /* change content or metadata of what is there */
	ACT_CREATE, /* make something that is not there */
	ACT_LINK,   /* make a symbolic link */
	ACT_REMOVE,
	ACT_MOVE, /* rename away from here, or to here */
};

struct rules_query {
	const char *path; /* canonical, inside the jail */
	enum act act;
	bool directory;	 /* what moves is a directory */
	bool descriptor; /* no name was said, or one in /proc: the caller holds
			  * it open */
	/* Length of the prefix of `path` that is a git directory by its shape
	 * (it holds HEAD, objects and refs); 0: none is known. */
	size_t shaped_len;
};

/* 0, or -EACCES; with the host's root -EROFS for what is not granted. */
int rules_decide(const struct init_config *config,
		 const struct rules_query *query);

/* The rule for an inode of its own, under whatever name: 0, or -EACCES. */
int rules_decide_inode(const struct init_config *config, enum act act,
		       uint64_t device, uint64_t inode);

/* Whether a path lies in the scratch directory. */
bool rules_in_scratch(const struct init_config *config, const char *path);

/* May a directory of the jail's own memory move? Not with a place in it that
 * the rules know by its path. 0, or -EBUSY. */
int rules_decide_parent(const struct init_config *config, const char *path);

/* The git directory that `path` lies in: length of the prefix of `path`, 0 when
 * in none. The innermost of `.git` components and `shaped_len`. */
size_t rules_git_root(const char *path, size_t shaped_len);

/* Whether any rule is about git directories. */
/* Whether the policy names this very device. */
bool rules_name_device(const struct init_config *config, const char *path);
bool rules_know_git(const struct init_config *config);

/* One component against a pattern in which `*` is any run of bytes; ASCII
 * letters compare without case. `path` ends at '/' or NUL. */
bool rules_component_matches(const char *pattern, const char *path);

#endif
