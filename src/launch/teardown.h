/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a jail's mounts, out of the caller's way. */
#ifndef PJ_LAUNCH_TEARDOWN_H
#define PJ_LAUNCH_TEARDOWN_H

/* The mount namespace of a process, so that its end is not this process's to
 * wait for; -1 where the kernel cannot tell it (before Linux 6.11). */
int teardown_hold(int pidfd);

/* Let go of it (-1: nothing to do). */
void teardown_later(int namespace_fd);

#endif
