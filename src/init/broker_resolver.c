/* SPDX-License-Identifier: Apache-2.0 */
/* A file of memory, new for each open, that nobody can change: its text says to
 * ask us for names. */
#include "init/broker_resolver.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>

bool resolver_is_meant(const struct call_request *request,
		       const struct place *place, uint32_t flags)
{
	const struct init_config *config = request->config;

	return config->resolver &&
	       !(flags & (O_ACCMODE | O_CREAT | O_TRUNC | O_DIRECTORY)) &&
	       !place->trailing_slash && !place->private &&
	       text_equal(place->path, (const char *)config + config->resolver);
}

static long fill(int fd, const char *text)
{
	long len = (long)text_len(text);
	long status = raw(__NR_pwrite64, fd, text, len, 0);

	if (status != len)
		return status < 0 ? status : -EIO;
	return raw(__NR_fcntl, fd, F_ADD_SEALS,
		   F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

/* The same file, to be read alone. */
static long reopened(long fd)
{
	return raw(__NR_openat, AT_FDCWD, fd_path((int)fd).text,
		   O_RDONLY | O_CLOEXEC);
}

long resolver_open(const struct call_request *request)
{
	const struct init_config *config = request->config;
	long fd = raw(__NR_memfd_create, "resolv.conf",
		      MFD_CLOEXEC | MFD_ALLOW_SEALING);
	long status = fd;

	if (fd >= 0)
		status = fill((int)fd,
			      (const char *)config + config->resolver_text);
	if (status >= 0)
		status = reopened(fd);
	if (fd >= 0)
		raw(__NR_close, fd);
	return status;
}
