/* SPDX-License-Identifier: Apache-2.0 */
/* The two pointers that `git worktree add` writes. */
#ifndef PJ_INIT_BROKER_GIT_H
#define PJ_INIT_BROKER_GIT_H

#include "init/broker_place.h"

/* Remember the directory of a worktree's `gitdir` file that is being written.
 */
void git_notice(const struct call_request *request, const struct place *place);

/* When the new file is a `.git` that a worktree's `gitdir` file names, or a
 * worktree's `commondir`: write it, with the only content that it may have.
 * 1: written; 0: it is neither; or a negative errno. */
int git_write_pointer(const struct call_request *request,
		      const struct place *place, unsigned int mode);

/* A worktree's `commondir`: only git_write_pointer() makes one. */
bool git_is_pointer(const char *path);

/* A worktree's `.git` or `commondir`, which `git worktree remove` takes away.
 */
bool git_is_own_pointer(const struct call_request *request,
			const struct place *place);

/* `git config` and its like write a new file even where nothing changes: is
 * this the replacement of a `config` by the same content? */
bool git_config_unchanged(const struct call_request *request,
			  const struct place *from, const struct place *to);

#endif
