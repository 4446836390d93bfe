/* SPDX-License-Identifier: Apache-2.0 */
/* Files without a name, by which data reaches the jail's own programs. */
#include "launch/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "launch/away.h"

static int make(const char *name, unsigned int flags, const void *data,
		size_t size)
{
	auto_fd int fd = move_away(memfd_create(name, MFD_CLOEXEC | flags));
	size_t done = 0;

	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, (const char *)data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return take_fd(fd);
}

int memory_file(const char *name, const void *data, size_t size)
{
	return make(name, 0, data, size);
}

int memory_file_sealed(const char *name, const void *data, size_t size)
{
	auto_fd int fd = make(name, MFD_ALLOW_SEALING, data, size);

	if (fd >= 0 &&
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return take_fd(fd);
}
