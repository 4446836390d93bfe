/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of ours are never 0, 1 or 2, even in a caller that has closed
 * those: the program's streams are put there while we still need ours. */
#ifndef PJ_LAUNCH_AWAY_H
#define PJ_LAUNCH_AWAY_H

#include <fcntl.h>
#include <unistd.h>

/* A copy of `fd`; -1 and errno. */
static inline int dup_away(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* The same descriptor, or a copy in its place. Takes it; -1 stays -1. */
static inline int move_away(int fd)
{
	int moved;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = dup_away(fd);
	close(fd);
	return moved;
}

#endif
