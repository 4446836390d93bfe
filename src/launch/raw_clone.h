/* SPDX-License-Identifier: Apache-2.0 */
/* clone() itself, without libc: the stage has none, and musl's (since 1.2.5)
 * refuses CLONE_CHILD_CLEARTID. */
#ifndef PJ_LAUNCH_RAW_CLONE_H
#define PJ_LAUNCH_RAW_CLONE_H

#include <stdint.h>

/* The child calls run(argument), which never returns, on its stack.
 * `parent_word`: where CLONE_PIDFD or CLONE_PARENT_SETTID writes, `child_word`:
 * what CLONE_CHILD_CLEARTID clears. Returns the pid or a negative errno. */
long raw_clone(uint64_t flags, void *stack_top, void *parent_word,
	       void *child_word, int (*run)(void *), void *argument);

#endif
