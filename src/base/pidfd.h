/* SPDX-License-Identifier: Apache-2.0 */
/* A process held by descriptor, so that no other can come to bear its number.
 * For kernels that have the calls and C libraries that do not. */
#ifndef PJ_BASE_PIDFD_H
#define PJ_BASE_PIDFD_H

#include <stdbool.h>

/* SIGKILL. One that has ended already is no error. */
void pidfd_kill(int pidfd);

/* SIGKILL to all of the process group that a child of ours led, which has ended
 * and is not reaped: until it is, nobody else has that number. */
void pidfd_kill_group(int pidfd);

/* Wait for the end of a child of ours, and reap it. True: it has exited; false:
 * it was killed, or nobody knows. */
bool pidfd_reap(int pidfd);

#endif
