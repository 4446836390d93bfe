/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the file that a policy is read from. Where all files have to come from
 * one directory, what is looked at is the descriptors that are then read, so
 * that nothing can change in between: that directory, which is reached over no
 * link; that the file's name is one of this very directory; and that no other
 * name and nobody else can have written the file.
 */
#include "policy/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
	FILE_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
	DIRECTORY_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC,
};

static int fail_open(struct pj_error *err, const char *path)
{
	return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, errno,
		    "%s: cannot be opened", path);
}

/* One component after the other, none of them a link. (openat2 could do that at
 * once, where it is to be had.) */
static int walk_to(const char *directory)
{
	int at = open("/", DIRECTORY_FLAGS);

	while (at >= 0 && *directory) {
		size_t n = strcspn(directory, "/");
		auto_free char *name = strndup(directory, n);
		auto_fd int left = at;

		directory += n + (directory[n] == '/');
		at = name ? openat(left, n ? name : ".",
				   DIRECTORY_FLAGS | O_NOFOLLOW)
			  : -1;
	}
	return at;
}

/* The one directory, as the descriptor by which its files are opened. */
static int open_directory(const char *directory, int *ret_fd,
			  struct pj_error *err)
{
	int fd;

	if (directory[0] != '/')
		return fail(err, PJ_STAGE_POLICY, PJ_E_ARGUMENT, 0,
			    "files_from: '%s' is no absolute path", directory);
	fd = walk_to(directory);
	/* What O_DIRECTORY says of a link that is not followed. */
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: has become a symbolic link, or lies behind "
			    "one; name the directory itself",
			    directory);
	if (fd < 0)
		return fail_open(err, directory);
	*ret_fd = fd;
	return 0;
}

static bool same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* That the last component of `path` is a name in the directory. */
static int check_place(const char *path, const char *directory, int fd,
		       struct pj_error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	struct stat wanted, there;

	if (!parent)
		return fail_memory(err, PJ_STAGE_POLICY);
	if (fstat(fd, &wanted) < 0 || stat(parent, &there) < 0)
		return fail_open(err, path);
	if (!same_inode(&wanted, &there))
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: does not lie in %s, as all files of its "
			    "policies must; copy it there",
			    path, directory);
	return 0;
}

static int open_in(const char *path, const char *directory, int *ret_fd,
		   struct pj_error *err)
{
	const char *slash = strrchr(path, '/');
	auto_fd int directory_fd = -1;
	int r = open_directory(directory, &directory_fd, err);

	if (r == 0)
		r = check_place(path, directory, directory_fd, err);
	if (r < 0)
		return r;
	*ret_fd = openat(directory_fd, slash ? slash + 1 : path,
			 FILE_FLAGS | O_NOFOLLOW);
	if (*ret_fd < 0 && errno == ELOOP)
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: is a symbolic link; put a copy of the file "
			    "there",
			    path);
	return *ret_fd < 0 ? fail_open(err, path) : 0;
}

/* That who has another name of it, or may write, is not somebody else. */
static int check_writers(const char *path, const struct stat *st,
			 struct pj_error *err)
{
	if ((st->st_uid != geteuid() && st->st_uid != 0) ||
	    (st->st_mode & (S_IWGRP | S_IWOTH)))
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: can be written by others; make it yours, "
			    "with mode 0644 or less",
			    path);
	if (st->st_nlink > 1)
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: has %ju names, and may be written by another "
			    "one (hard links); put a copy of the file there",
			    path, (uintmax_t)st->st_nlink);
	return 0;
}

int source_open(const char *path, const char *files_from, int *ret_fd,
		struct stat *ret_st, struct pj_error *err)
{
	auto_fd int fd = -1;
	int r;

	if (files_from) {
		r = open_in(path, files_from, &fd, err);
		if (r < 0)
			return r;
	} else {
		fd = open(path, FILE_FLAGS);
	}
	if (fd < 0 || fstat(fd, ret_st) < 0)
		return fail_open(err, path);
	if (!S_ISREG(ret_st->st_mode))
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: is no regular file; name a policy file", path);
	r = files_from ? check_writers(path, ret_st, err) : 0;
	if (r == 0)
		*ret_fd = take_fd(fd);
	return r;
}
