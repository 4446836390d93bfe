/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the system's tools. Each name on the way is opened from the one before
 * without following links, so what is judged is what is opened. */
#include "host/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

static const char *const places[] = { "/usr/bin", "/usr/local/bin" };

static bool only_root_writes(const struct stat *stat)
{
	return stat->st_uid == 0 && !(stat->st_mode & (S_IWGRP | S_IWOTH));
}

/* -1 with errno; EXDEV: somebody else could change what is there. */
static int open_trusted(const char *path, struct stat *ret_stat)
{
	auto_fd int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_free char *copy = strdup(path);
	char *rest = copy, *name;

	if (!copy)
		return -1;
	while (fd >= 0 && (name = strsep(&rest, "/"))) {
		int next;

		if (!*name)
			continue;
		if (fstat(fd, ret_stat) < 0)
			return -1;
		if (!only_root_writes(ret_stat)) {
			errno = EXDEV;
			return -1;
		}
		next = openat(fd, name,
			      O_PATH | O_NOFOLLOW | O_CLOEXEC |
				      (rest ? O_DIRECTORY : 0));
		close(fd);
		fd = next;
	}
	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return -1;
	if (!only_root_writes(ret_stat)) {
		errno = EXDEV;
		return -1;
	}
	return take_fd(fd);
}

static int judge(const char *whose, const char *path, int fd,
		 const struct stat *stat, struct pj_error *err)
{
	if (!S_ISREG(stat->st_mode))
		return fail(err, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, 0,
			    "%s%s is no regular file", whose, path);
	if (faccessat(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0)
		return fail(err, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, errno,
			    "%s%s is not executable", whose, path);
	return 0;
}

int host_tool_open(const char *name, const char *package, int *ret_fd,
		   char **ret_path, struct pj_error *err)
{
	char whose[64];

	snprintf(whose, sizeof(whose), "%s: ", package);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		auto_free char *path = NULL;
		struct stat stat;
		auto_fd int fd = -1;

		if (asprintf(&path, "%s/%s", places[i], name) < 0)
			return fail_memory(err, PJ_STAGE_HOST);
		fd = open_trusted(path, &stat);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		if (fd < 0 && errno == EXDEV)
			return fail(
				err, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, 0,
				"%s: %s is not run: it or a directory above "
				"it is not root's alone; chown it to root "
				"and chmod go-w",
				package, path);
		if (fd < 0)
			return fail(err, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, errno,
				    "%s: %s", package, path);
		if (judge(whose, path, fd, &stat, err) < 0)
			return -PJ_E_UNAVAILABLE;
		*ret_fd = take_fd(fd);
		*ret_path = take(path);
		return 0;
	}
	return fail(err, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, 0,
		    "%s: %s is not installed in /usr/bin or /usr/local/bin; "
		    "apt-get install %s",
		    package, name, package);
}

int host_program_open(const char *path, int *ret_fd, struct pj_error *err)
{
	auto_fd int fd = -1;
	struct stat stat;

	if (path[0] != '/')
		return fail(err, PJ_STAGE_HOST, PJ_E_ARGUMENT, 0,
			    "%s: a launcher is named by its absolute path",
			    path);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail(err, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, errno, "%s",
			    path);
	if (stat.st_mode & S_IWOTH)
		return fail(err, PJ_STAGE_HOST, PJ_E_UNAVAILABLE, 0,
			    "%s is not run: anybody may write it", path);
	if (judge("", path, fd, &stat, err) < 0)
		return -PJ_E_UNAVAILABLE;
	*ret_fd = take_fd(fd);
	return 0;
}
