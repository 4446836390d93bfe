/* SPDX-License-Identifier: Apache-2.0 */
/* Where the death of the init is not everybody's. */
#ifndef PJ_LAUNCH_SURVIVORS_H
#define PJ_LAUNCH_SURVIVORS_H

#include <stdint.h>

/* SIGKILL to every process that bears the mark (struct pj_plan), until none is
 * left or, of a tree that forks faster than it is found, for two seconds. 0: no
 * jail has that mark. */
void survivors_kill(uint64_t mark);

#endif
