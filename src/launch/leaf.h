/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup of one jail. */
#ifndef PJ_LAUNCH_LEAF_H
#define PJ_LAUNCH_LEAF_H

#include "plan/plan.h"

struct leaf {
	int parent_fd, fd; /* -1: this jail has none */
	char name[48];
};

#define LEAF_NONE ((struct leaf){ .parent_fd = -1, .fd = -1 })

/* Make it, with the plan's limits written. What a jail whose supervisor was
 * killed has left in the same parent is removed first. */
int leaf_make(const struct cgroup_plan *plan, struct leaf *ret_leaf,
	      struct pj_error *err);

/* SIGKILL to every process in it, at once. */
void leaf_kill(const struct leaf *leaf);

/* Whether the kernel has killed in it because memory.max was reached. */
bool leaf_memory_exhausted(const struct leaf *leaf);

/* The number behind "KEY " in one of its files; the file's own number for key
 * NULL; 0 when there is none. */
uint64_t leaf_number(const struct leaf *leaf, const char *file,
		     const char *key);

/* Kill what may still live in it, wait for the end of that, remove it. */
void leaf_remove(struct leaf *leaf);

#endif
