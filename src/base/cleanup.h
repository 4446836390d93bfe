/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership: acquire into a variable that releases itself, give away with
 * take(). */
#ifndef PJ_BASE_CLEANUP_H
#define PJ_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define take(pointer)                                                          \
	({                                                                     \
		__typeof__(pointer) taken_ = (pointer);                        \
		(pointer) = NULL;                                              \
		taken_;                                                        \
	})

#define take_fd(fd)                                                            \
	({                                                                     \
		int taken_ = (fd);                                             \
		(fd) = -1;                                                     \
		taken_;                                                        \
	})

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define auto_free __attribute__((cleanup(cleanup_free)))
#define auto_file __attribute__((cleanup(cleanup_file)))
#define auto_fd	  __attribute__((cleanup(cleanup_fd)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

#endif
