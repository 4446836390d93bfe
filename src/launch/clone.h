/* SPDX-License-Identifier: Apache-2.0 */
/* The one process that is made with a stack of its own in the caller's memory.
 */
#ifndef PJ_LAUNCH_CLONE_H
#define PJ_LAUNCH_CLONE_H

#include <stddef.h>
#include <stdint.h>

/* clone() with a pidfd and no exit signal; with cgroup_fd >= 0 the child starts
 * inside that cgroup, and so do all that it starts. `run` never returns.
 * Returns 0, or a negative errno. */
int launch_clone(uint64_t flags, int cgroup_fd, unsigned char *stack,
		 size_t stack_size, int (*run)(void *), void *argument,
		 int *ret_pidfd);

#endif
