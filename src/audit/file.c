/* SPDX-License-Identifier: Apache-2.0 */
/* The log as a file: only a regular file is one, and never one that is reached
 * through a symbolic link at its last component. */
#include "audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"

/* O_NONBLOCK: opening a FIFO or a device does not wait before it is refused. */
int audit_open_file(const char *path, int flags, struct pj_error *err)
{
	auto_fd int fd = open(
		path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		0600);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return fail(err, PJ_STAGE_AUDIT, PJ_E_AUDIT, 0,
			    "%s is a symbolic link; name the log itself", path);
	if (fd < 0)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "open %s", path);
	if (fstat(fd, &st) < 0)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "stat %s", path);
	if (!S_ISREG(st.st_mode))
		return fail(err, PJ_STAGE_AUDIT, PJ_E_AUDIT, 0,
			    "%s is not a regular file; an audit log must be "
			    "one",
			    path);
	return take_fd(fd);
}

int audit_lock(int fd, int operation, const char *path, struct pj_error *err)
{
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return fail_system(err, PJ_STAGE_AUDIT, errno,
					   "lock %s", path);
	return 0;
}

int audit_file_size(int fd, const char *path, off_t *ret_size,
		    struct pj_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "stat %s", path);
	*ret_size = st.st_size;
	return 0;
}
