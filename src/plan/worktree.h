/* SPDX-License-Identifier: Apache-2.0 */
/* A linked git worktree keeps its data in the main repository. */
#ifndef PJ_PLAN_WORKTREE_H
#define PJ_PLAN_WORKTREE_H

#include "plan/sites.h"

/* For each writable tree whose `.git` is a file that leads to a worktree
 * directory which leads back: make the repository's git directory writable too,
 * under the policy's rules for git directories. Nothing without such rules. */
void worktree_add(struct site_list *sites, const struct pj_policy *policy);

/* Provided by sites.c. */
struct site *sites_add_write(struct site_list *sites, const char *path);

#endif
