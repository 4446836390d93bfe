/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a jail's mounts, out of the caller's way. */
#ifndef PJ_LAUNCH_TEARDOWN_H
#define PJ_LAUNCH_TEARDOWN_H

/* A descriptor that holds the mount namespace of a process. When it is closed,
 * nobody waits for the namespace's end. -1 where the kernel has no way to hold
 * one so (before Linux 6.11): then the process's own end takes the time. */
int teardown_hold(int pidfd);

#endif
