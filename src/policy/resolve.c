/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolves paths. The file system decides what links and ".." mean; only the
 * rest behind the last thing that exists is taken as text, and it holds no
 * "..". The links on the way are told too, because whoever may turn a link
 * elsewhere turns the path elsewhere.
 */
#include "policy/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/links.h"
#include "policy/path_text.h"

static const char *copy_of(struct arena *text, const char *path)
{
	return arena_text(text, path, strlen(path));
}

/* The name the kernel has for an open file, checked to be that file. */
static const char *name_of(struct arena *text, int fd, const char *opened,
			   const struct stat *st)
{
	char link[64], name[PATH_MAX];
	struct stat found;
	ssize_t n;

	if (strcmp(opened, "/") == 0)
		return copy_of(text, opened);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n > 0 && name[0] == '/') {
		name[n] = '\0';
		if (lstat(name, &found) == 0 && found.st_dev == st->st_dev &&
		    found.st_ino == st->st_ino)
			return copy_of(text, name);
	}
	/* No /proc, or a name longer than it tells. */
	if (!realpath(opened, name) || lstat(name, &found) < 0)
		return NULL;
	if (found.st_dev != st->st_dev || found.st_ino != st->st_ino) {
		errno = ESTALE;
		return NULL;
	}
	return copy_of(text, name);
}

/* 0 and an existing thing, or -errno. */
static int look_at(struct arena *text, const char *path, struct resolved *ret)
{
	auto_fd int fd = openat(AT_FDCWD, path, O_PATH | O_CLOEXEC);
	const char *name;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return errno ? -errno : -EIO;
	name = name_of(text, fd, path, &st);
	if (!name)
		return errno ? -errno : -ENOMEM;
	*ret = resolved_item(name, &st);
	return 0;
}

/* Let the file system resolve everything up to the last "..". */
static int settle_dots(struct arena *text, const char *path,
		       const char **ret_path)
{
	const char *cleaned = path_clean(text, path, false), *head,
		   *last = NULL;
	struct resolved found = { 0 };
	int result;

	if (!cleaned)
		return -ENOMEM;
	for (const char *p = strstr(cleaned, "/.."); p;
	     p = strstr(p + 1, "/.."))
		if (p[3] == '\0' || p[3] == '/')
			last = p + 3;
	*ret_path = cleaned;
	if (!last)
		return 0;
	head = arena_text(text, cleaned, (size_t)(last - cleaned));
	if (!head)
		return -ENOMEM;
	result = look_at(text, head, &found);
	if (result < 0)
		return result == -ENOMEM ? result : -EINVAL;
	*ret_path = path_join(text, found.path, *last ? last + 1 : "");
	return *ret_path ? 0 : -ENOMEM;
}

static int resolve_quickly(struct directories *known, struct arena *text,
			   const char *path, bool links_wanted,
			   struct resolution *r);

/* Where a directory's parent is known and has no such name, what it would be
 * called; no system call tells more. NULL: it has to be looked at. */
static const char *known_missing(struct directories *known,
				 struct known_directory *parent,
				 const char *name)
{
	if (!parent->path ||
	    (parent->fd >= 0 && !directories_lacks(parent, name)))
		return NULL;
	return path_join(&known->text, parent->path, name);
}

/* Where no link is followed, a directory's name is its parent's and its own.
 * NULL: the whole path has to be looked at. */
static const char *open_below(struct directories *known,
			      struct known_directory *parent, const char *name,
			      int *ret_fd)
{
	if (parent->fd < 0)
		return NULL;
	*ret_fd = openat(parent->fd, name,
			 O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_fd < 0 && errno != ENOENT)
		return NULL;
	/* That was a question too. */
	if (*ret_fd < 0)
		directories_lacks(parent, name);
	return path_join(&known->text, parent->path, name);
}

/* By its parent, which is known. NULL: the whole path has to be looked at. */
static struct known_directory *learn_below(struct directories *known,
					   const char *written,
					   struct known_directory *parent,
					   const char *name)
{
	const char *path = known_missing(known, parent, name);
	auto_fd int fd = -1;

	if (!path)
		path = open_below(known, parent, name, &fd);
	return path ? directories_add(known, written, path, take_fd(fd)) : NULL;
}

/* The directory `written` (clean) is found, opened and named. NULL with
 * *ret_error on failure. A missing one is known by what it would be. */
static struct known_directory *learn_whole(struct directories *known,
					   const char *written, int *ret_error)
{
	auto_fd int fd =
		openat(AT_FDCWD, written, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *path = NULL;
	struct resolution r;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		path = name_of(&known->text, fd, written, &st);
	} else if (errno == ENOENT && strcmp(written, "/") != 0) {
		*ret_error = resolve_quickly(known, &known->text, written,
					     false, &r);
		if (*ret_error < 0)
			return NULL;
		if (*ret_error && r.errnum == ENOENT && r.count == 1)
			path = r.items[0].path;
	}
	return directories_add(known, written, path, path ? take_fd(fd) : -1);
}

static struct known_directory *
learn_directory(struct directories *known, const char *written, int *ret_error)
{
	const char *name = strrchr(written, '/') + 1;
	size_t above = (size_t)(name - written);
	struct known_directory *parent =
		directories_find(known, written, above > 1 ? above - 1 : 1);
	struct known_directory *learnt = NULL;

	if (parent && *name)
		learnt = learn_below(known, written, parent, name);
	return learnt ? learnt : learn_whole(known, written, ret_error);
}

int resolve_directory(struct directories *known, const char *written,
		      size_t len, struct known_directory **ret_directory)
{
	const char *copy;
	int result = 0;

	*ret_directory = directories_find(known, written, len);
	if (*ret_directory)
		return 0;
	copy = arena_text(&known->text, written, len);
	if (!copy)
		return -ENOMEM;
	*ret_directory = learn_directory(known, copy, &result);
	return *ret_directory ? 0 : result;
}

int resolve_name(struct known_directory *directory, struct arena *text,
		 const char *name, bool links_wanted, struct resolution *r)
{
	struct stat st;
	int result;
	const char *full;

	r->count = 0;
	r->alias = NULL;
	if (!directory->path)
		return 0;
	errno = ENOENT;
	result = directory->fd < 0 || directories_lacks(directory, name)
			 ? -1
			 : fstatat(directory->fd, name, &st,
				   AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
	if (result < 0 && errno != ENOENT)
		return 0;
	if (result == 0 && S_ISLNK(st.st_mode))
		return 0;
	if (links_wanted && directory->linked)
		return 0;
	full = path_join(text, directory->path, name);
	if (directory->linked)
		r->alias = path_join(text, directory->written, name);
	if (!full || (directory->linked && !r->alias))
		return -ENOMEM;
	r->errnum = result < 0 ? ENOENT : 0;
	r->items[r->count++] = resolved_item(full, result < 0 ? NULL : &st);
	return 1;
}

/* Where the last component is no link and its directory is known, one system
 * call tells all. 1: done; 0: the long way is needed; negative: -errno. */
static int resolve_quickly(struct directories *known, struct arena *text,
			   const char *path, bool links_wanted,
			   struct resolution *r)
{
	const char *slash = strrchr(path, '/');
	struct known_directory *directory;
	int result;

	if (!slash[1])
		return 0;
	result = resolve_directory(known, path,
				   slash == path ? 1 : (size_t)(slash - path),
				   &directory);
	return result < 0 ? result
			  : resolve_name(directory, text, slash + 1,
					 links_wanted, r);
}

/* The long way: open it, or find out what is missing. The links on the way
 * become items of their own, before what they lead to. */
int resolve_whole(struct arena *text, const char *path, bool links_wanted,
		  struct resolution *r)
{
	struct resolved found = { 0 };
	const char *end;
	int result = look_at(text, path, &found);

	r->count = 0;
	r->alias = NULL;
	r->errnum = -result;
	if (result < 0 && !means_missing(-result))
		return result;
	result = 0;
	if (links_wanted || !found.path)
		result = links_walk(text, path, r, &end);
	if (result < 0)
		return result;
	if (!found.path)
		found.path = end;
	r->items[r->count++] = found;
	if (strcmp(path, found.path) == 0)
		return 0;
	r->alias = copy_of(text, path);
	return r->alias ? 0 : -ENOMEM;
}

int resolve_path(struct directories *known, struct arena *text,
		 const char *absolute, bool links_wanted, struct resolution *r)
{
	const char *path = absolute;
	int result = 0;

	if (strlen(absolute) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!path_is_clean(path))
		result = settle_dots(text, absolute, &path);
	if (result < 0)
		return result;
	result = resolve_quickly(known, text, path, links_wanted, r);
	if (result == 0)
		return resolve_whole(text, path, links_wanted, r);
	return result < 0 ? result : 0;
}

int resolve_text(struct directories *known, struct arena *text,
		 const char *absolute, const char **ret_path)
{
	struct resolution r;
	int result = resolve_path(known, text, absolute, false, &r);

	if (result < 0)
		return result;
	*ret_path = r.items[r.count - 1].path;
	return 0;
}
