/* SPDX-License-Identifier: Apache-2.0 */
/* The directory that stands for a private /tmp where there are no mounts. */
#ifndef PJ_LAUNCH_SCRATCH_H
#define PJ_LAUNCH_SCRATCH_H

#include <sys/types.h>

struct scratch_identity {
	dev_t device;
	ino_t inode; /* 0: none was made */
};

/* Remove the empty ones beside `path` of which nobody is left. */
void scratch_clear_left(const char *path);

/* Remove it, if it is still the one that was made, with all that an init that
 * was killed has left in it, unless that would take minutes. */
void scratch_clear(const char *path, struct scratch_identity identity);

#endif
