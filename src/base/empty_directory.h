/* SPDX-License-Identifier: Apache-2.0 */
/* Of the library and of the init: without a C library. */
#ifndef PJ_BASE_EMPTY_DIRECTORY_H
#define PJ_BASE_EMPTY_DIRECTORY_H

#include <stdint.h>

enum { EMPTY_DIRECTORY_TRAIL = 256, EMPTY_DIRECTORY_BUFFER = 8192 };

struct directory_identity {
	uint64_t device, inode; /* 0: none */
};

/* What it takes; for the init, too much for a stack. */
struct empty_directory_space {
	struct directory_identity trail[EMPTY_DIRECTORY_TRAIL];
	unsigned int depth, known;
	uint64_t steps; /* set by who calls: entries and directories to look at;
			 * then it ends where it is */
	char entries[EMPTY_DIRECTORY_BUFFER] __attribute__((aligned(8)));
};

/* Remove all that lies in the directory `top`, as far as that goes. */
void empty_directory(int top, struct empty_directory_space *space);

#endif
