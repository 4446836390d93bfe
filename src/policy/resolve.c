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

void resolution_clear(struct resolution *resolution)
{
	for (size_t i = 0; i < resolution->count; i++)
		free(resolution->items[i].path);
	free(resolution->alias);
	resolution->alias = NULL;
	resolution->count = 0;
}

/* `path` without empty and "." components and without a trailing slash; ".."
 * takes the component before it away when `fold`, and stays if not. */
static char *clean(const char *path, bool fold)
{
	char *out = malloc(strlen(path) + 2);
	size_t used = 0;

	if (!out)
		return NULL;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.' && fold) {
			while (used && out[--used] != '/')
				;
		} else if (n && !(n == 1 && path[0] == '.')) {
			out[used++] = '/';
			memcpy(out + used, path, n);
			used += n;
		}
		path += n;
		path += *path == '/';
	}
	if (!used)
		out[used++] = '/';
	out[used] = '\0';
	return out;
}

static char *join(const char *parent, const char *rest)
{
	size_t n = strlen(parent), rest_size = strlen(rest) + 1;
	char *out;

	if (rest_size == 1)
		return strdup(parent);
	if (n == 1) /* "/" */
		n = 0;
	out = malloc(n + 1 + rest_size);
	if (!out)
		return NULL;
	memcpy(out, parent, n);
	out[n] = '/';
	memcpy(out + n + 1, rest, rest_size);
	return out;
}

/* The name the kernel has for an open file, checked to be that file. */
static char *name_of(int fd, const char *opened, const struct stat *st)
{
	char link[64], name[PATH_MAX];
	struct stat found;
	ssize_t n;

	if (strcmp(opened, "/") == 0)
		return strdup(opened);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n > 0 && name[0] == '/') {
		name[n] = '\0';
		if (lstat(name, &found) == 0 && found.st_dev == st->st_dev &&
		    found.st_ino == st->st_ino)
			return strdup(name);
	}
	/* No /proc, or a name longer than it tells. */
	if (!realpath(opened, name) || lstat(name, &found) < 0)
		return NULL;
	if (found.st_dev != st->st_dev || found.st_ino != st->st_ino) {
		errno = ESTALE;
		return NULL;
	}
	return strdup(name);
}

/* 0 and an existing thing, or -errno. */
static int look_at(const char *path, struct resolved *ret)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	ret->path = name_of(fd, path, &st);
	if (!ret->path)
		return errno ? -errno : -ENOMEM;
	ret->exists = true;
	ret->type = st.st_mode & S_IFMT;
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	return 0;
}

/* For this process, and so for any that it jails. */
static bool means_missing(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES ||
	       errnum == ELOOP;
}

static void set_item(struct resolved *item, char *path, const struct stat *st)
{
	*item = (struct resolved){ .path = path };
	if (!st)
		return;
	item->exists = true;
	item->type = st->st_mode & S_IFMT;
	item->device = st->st_dev;
	item->inode = st->st_ino;
}

/* ---- step by step ----------------------------------------------------------
 */

/* Where a walk stands: `at` is canonical, `rest` is still to go. */
struct walk {
	char *at;
	char *rest;
};

static void walk_clear(struct walk *walk)
{
	free(walk->at);
	free(walk->rest);
}

/* `at` becomes `next`, of which ownership is taken. */
static int step_to(struct walk *walk, char *next)
{
	if (!next)
		return -ENOMEM;
	free(walk->at);
	walk->at = next;
	return 0;
}

static int step_up(struct walk *walk)
{
	char *slash = strrchr(walk->at, '/');

	slash[slash == walk->at] = '\0';
	return 0;
}

/* Follow the link at `link` (ownership goes to `r`): its target goes before the
 * rest. */
static int step_through(struct walk *walk, struct resolution *r, char *link,
			const struct stat *st)
{
	auto_free char *mine = link;
	char target[PATH_MAX], *rest = NULL;
	ssize_t n = readlink(link, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (asprintf(&rest, "%s/%s", target, walk->rest) < 0)
		return -ENOMEM;
	free(walk->rest);
	walk->rest = rest;
	set_item(&r->items[r->count++], take(mine), st);
	return target[0] == '/' ? step_to(walk, strdup("/")) : 0;
}

/* The first component of the rest, taken off it; "" at the end. NULL: no
 * memory. */
static char *next_component(struct walk *walk)
{
	char *from = walk->rest + strspn(walk->rest, "/");
	size_t n = strcspn(from, "/");
	char *component = strndup(from, n);

	memmove(walk->rest, from + n, strlen(from + n) + 1);
	return component;
}

/* One component further. 1: arrived, or nothing more is there. */
static int step(struct walk *walk, struct resolution *r)
{
	auto_free char *component = next_component(walk);
	auto_free char *next = NULL;
	struct stat st;

	if (!component)
		return -ENOMEM;
	if (!*component)
		return 1;
	if (strcmp(component, ".") == 0)
		return 0;
	if (strcmp(component, "..") == 0)
		return step_up(walk);
	next = join(walk->at, component);
	if (!next)
		return -ENOMEM;
	if (lstat(next, &st) == 0) {
		if (S_ISLNK(st.st_mode) && r->count < RESOLVE_MAX_LINKS)
			return step_through(walk, r, take(next), &st);
		return step_to(walk, take(next));
	}
	if (!means_missing(errno))
		return -errno;
	/* The rest is text; ".." in it is from a link, and folds. */
	free(take(component));
	if (asprintf(&component, "%s/%s", next, walk->rest) < 0)
		component = NULL;
	walk->rest[0] = '\0';
	return component ? step_to(walk, clean(component, true)) : -ENOMEM;
}

/* Record each link on the way of `path` (clean, without ".."), and where it
 * leads as `*ret_end`, whether that exists or not. */
static int walk_links(const char *path, struct resolution *r, char **ret_end)
{
	__attribute__((cleanup(walk_clear))) struct walk walk = {
		.at = strdup("/"),
		.rest = strdup(path),
	};
	int result = walk.at && walk.rest ? 0 : -ENOMEM;

	while (result == 0)
		result = step(&walk, r);
	if (result < 0)
		return result;
	*ret_end = take(walk.at);
	return 0;
}

/* Let the file system resolve everything up to the last "..". */
static int settle_dots(const char *path, char **ret_path)
{
	auto_free char *cleaned = clean(path, false), *head = NULL;
	struct resolved found = { 0 };
	const char *last = NULL;
	int result;

	if (!cleaned)
		return -ENOMEM;
	for (const char *p = strstr(cleaned, "/.."); p;
	     p = strstr(p + 1, "/.."))
		if (p[3] == '\0' || p[3] == '/')
			last = p + 3;
	if (!last) {
		*ret_path = take(cleaned);
		return 0;
	}
	head = strndup(cleaned, (size_t)(last - cleaned));
	if (!head)
		return -ENOMEM;
	result = look_at(head, &found);
	if (result < 0)
		return result == -ENOMEM ? result : -EINVAL;
	*ret_path = join(found.path, *last ? last + 1 : "");
	free(found.path);
	return *ret_path ? 0 : -ENOMEM;
}

static int resolve_quickly(struct directories *known, const char *path,
			   struct resolution *r);

/* Where a directory's parent is known and has no such name, what it would be
 * called; no system call tells more. NULL: it has to be looked at. */
static char *known_missing(struct directories *known, const char *written)
{
	const char *slash = strrchr(written, '/');
	struct known_directory *directory;
	auto_free char *parent = NULL;

	if (slash == written)
		return NULL;
	parent = strndup(written, (size_t)(slash - written));
	directory = parent ? directories_find(known, parent) : NULL;
	if (!directory || !directory->path ||
	    (directory->fd >= 0 && !directories_lacks(directory, slash + 1)))
		return NULL;
	return join(directory->path, slash + 1);
}

/* The directory `written` (clean) is found, opened and named. NULL with
 * *ret_error on failure. A missing one is known by what it would be. */
static struct known_directory *
learn_directory(struct directories *known, const char *written, int *ret_error)
{
	auto_resolution struct resolution r = { 0 };
	auto_fd int fd = -1;
	struct known_directory *learnt;
	struct stat st;
	char *path = known_missing(known, written);

	if (path) {
		learnt = directories_add(known, written, path, -1);
		*ret_error = learnt ? 0 : -ENOMEM;
		return learnt;
	}
	fd = open(written, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		path = name_of(fd, written, &st);
	} else if (errno == ENOENT && strcmp(written, "/") != 0) {
		*ret_error = resolve_quickly(known, written, &r);
		if (*ret_error < 0)
			return NULL;
		if (*ret_error && r.errnum == ENOENT && r.count == 1)
			path = take(r.items[0].path);
	}
	learnt = directories_add(known, written, path, path ? take_fd(fd) : -1);
	*ret_error = learnt ? 0 : -ENOMEM;
	return learnt;
}

/* Where the last component is no link and its directory is known, one system
 * call tells all. 1: done; 0: the long way is needed; negative: -errno. */
static int resolve_quickly(struct directories *known, const char *path,
			   struct resolution *r)
{
	const char *slash = strrchr(path, '/');
	struct known_directory *directory;
	auto_free char *parent = NULL;
	struct stat st;
	int result = 0;
	char *full;

	if (!known || !slash[1])
		return 0;
	parent = slash == path ? strdup("/")
			       : strndup(path, (size_t)(slash - path));
	if (!parent)
		return -ENOMEM;
	directory = directories_find(known, parent);
	if (!directory)
		directory = learn_directory(known, parent, &result);
	if (!directory)
		return result;
	if (!directory->path)
		return 0;
	errno = ENOENT;
	result = directory->fd < 0 || directories_lacks(directory, slash + 1)
			 ? -1
			 : fstatat(directory->fd, slash + 1, &st,
				   AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
	if (directory->fd >= 0 && result < 0 && errno != ENOENT)
		return 0;
	if (result == 0 && S_ISLNK(st.st_mode))
		return 0;
	full = join(directory->path, slash + 1);
	if (!full)
		return -ENOMEM;
	r->errnum = result < 0 ? ENOENT : 0;
	set_item(&r->items[r->count++], full, result < 0 ? NULL : &st);
	return 1;
}

/* The long way: open it, or find out what is missing. The links on the way
 * become items of their own, before what they lead to. */
static int resolve_slowly(const char *path, struct resolution *r)
{
	struct resolved found = { 0 };
	auto_free char *opened = NULL, *end = NULL;
	int result = look_at(path, &found);

	opened = found.path;
	if (result < 0 && !means_missing(-result))
		return result;
	r->errnum = -result;
	result = walk_links(path, r, &end);
	if (result < 0)
		return result;
	found.path = opened ? take(opened) : take(end);
	r->items[r->count++] = found;
	return 0;
}

static int resolve_into(struct directories *known, const char *absolute,
			bool links_wanted, struct resolution *r)
{
	auto_free char *path = NULL;
	int result;

	if (strlen(absolute) >= PATH_MAX)
		return -ENAMETOOLONG;
	result = settle_dots(absolute, &path);
	if (result < 0)
		return result;
	result = resolve_quickly(known, path, r);
	if (result == 1 && links_wanted &&
	    strcmp(path, r->items[0].path) != 0) {
		/* A link above it was followed. */
		free(take(r->items[0].path));
		r->count = 0;
		result = 0;
	}
	if (result == 0)
		result = resolve_slowly(path, r);
	if (result < 0)
		return result;
	if (strcmp(path, r->items[r->count - 1].path) != 0)
		r->alias = take(path);
	return 0;
}

int resolve_path(struct directories *known, const char *absolute,
		 bool links_wanted, struct resolution *ret_resolution)
{
	int result;

	/* The items are set as they are counted. */
	ret_resolution->count = 0;
	ret_resolution->alias = NULL;
	ret_resolution->errnum = 0;
	result = resolve_into(known, absolute, links_wanted, ret_resolution);
	if (result < 0)
		resolution_clear(ret_resolution);
	return result;
}

int resolve_text(struct directories *known, const char *absolute,
		 char **ret_path)
{
	auto_resolution struct resolution r = { 0 };
	int result = resolve_path(known, absolute, false, &r);

	if (result < 0)
		return result;
	*ret_path = take(r.items[r.count - 1].path);
	return 0;
}
