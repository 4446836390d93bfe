/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Empties a tree of any depth with one descriptor and no recursion: down into
 * the first directory that is not empty, up again by "..". No link is followed,
 * and ".." must be where we came down from: somebody outside may move what we
 * stand in meanwhile. What cannot be removed ends it: nothing is tried twice.
 */
#include "base/empty_directory.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <stdbool.h>

#include "base/kernel.h"
#include "base/rawsys.h"

enum outcome { EMPTY, DOWN, STUCK };

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int open_directory(int dir, const char *name)
{
	return (int)raw(__NR_openat, dir, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A file, or an empty directory. */
static long remove_entry(int dir, const char *name)
{
	long result = raw(__NR_unlinkat, dir, name, 0);

	if (result == -EISDIR || result == -EPERM)
		result = raw(__NR_unlinkat, dir, name, AT_REMOVEDIR);
	return result;
}

/* The name of a descriptor in /proc. */
struct fd_name {
	char text[sizeof("/proc/self/fd/") + 10];
};

static struct fd_name fd_name(int fd)
{
	struct fd_name name = { "/proc/self/fd/" };
	char *end = name.text + sizeof("/proc/self/fd/") - 1;
	unsigned int scale = 1;

	while ((unsigned int)fd / scale >= 10)
		scale *= 10;
	for (; scale; scale /= 10)
		*end++ = (char)('0' + (unsigned int)fd / scale % 10);
	return name;
}

/* One without a right for us: by its descriptor, since its name may be a link
 * by now. */
static int open_closed(int dir, const char *name)
{
	int held = (int)raw(__NR_openat, dir, name,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int child;

	if (held < 0)
		return held;
	raw(__NR_fchmodat, AT_FDCWD, fd_name(held).text, 0700);
	child = open_directory(held, ".");
	raw(__NR_close, held);
	return child;
}

/* Into a directory that is not empty, whatever rights it gave us. */
static int descend(int dir, const char *name)
{
	int child = open_directory(dir, name);
	struct stat stat = { 0 };

	if (child == -EACCES)
		child = open_closed(dir, name);
	if (child >= 0 && raw(__NR_fstat, child, &stat) >= 0)
		raw(__NR_fchmod, child, (stat.st_mode & 07777) | 0700);
	return child;
}

/* Whoever filled it shall not say how long we are at it. */
static bool may_go_on(struct empty_directory_space *space)
{
	return space->steps && space->steps--;
}

/* Remove what is in *dir. DOWN: *dir is now a directory below it. */
static enum outcome empty(int *dir, struct empty_directory_space *space)
{
	long n;

	raw(__NR_lseek, *dir, 0, 0);
	while ((n = raw(__NR_getdents64, *dir, space->entries,
			sizeof(space->entries))) > 0) {
		for (long at = 0; at < n;) {
			const struct kernel_entry *entry =
				(const void *)(space->entries + at);
			int child;

			at += entry->len;
			if (!may_go_on(space))
				return STUCK;
			if (is_dots(entry->name) ||
			    remove_entry(*dir, entry->name) >= 0)
				continue;
			child = descend(*dir, entry->name);
			if (child < 0)
				return STUCK;
			raw(__NR_close, *dir);
			*dir = child;
			return DOWN;
		}
	}
	return n < 0 ? STUCK : EMPTY;
}

static struct directory_identity identity_of(int dir)
{
	struct directory_identity identity = { 0 };
	struct stat stat = { 0 };

	if (raw(__NR_fstat, dir, &stat) >= 0) {
		identity.device = stat.st_dev;
		identity.inode = stat.st_ino;
	}
	return identity;
}

static bool is_same(struct directory_identity a, struct directory_identity b)
{
	return a.inode && a.inode == b.inode && a.device == b.device;
}

/* The trail are the directories that lead down to where we are. Of a long way
 * just the last ones: above them it begins at the top again. */
static int go_to_top(int dir, struct empty_directory_space *space)
{
	space->depth = space->known = 0;
	return descend(dir, ".");
}

static void note_way_down(struct empty_directory_space *space,
			  struct directory_identity from)
{
	space->trail[space->depth++ % EMPTY_DIRECTORY_TRAIL] = from;
	if (space->known < EMPTY_DIRECTORY_TRAIL)
		space->known++;
}

static int go_up(int dir, struct empty_directory_space *space, int top)
{
	int up;

	if (!space->known)
		return go_to_top(top, space);
	space->known--;
	space->depth--;
	up = open_directory(dir, "..");
	if (up < 0 ||
	    is_same(identity_of(up),
		    space->trail[space->depth % EMPTY_DIRECTORY_TRAIL]))
		return up;
	raw(__NR_close, up);
	return -ESTALE;
}

void empty_directory(int top, struct empty_directory_space *space)
{
	int dir = go_to_top(top, space);
	struct directory_identity left = { 0 }; /* that we came up from */

	while (dir >= 0) {
		struct directory_identity here = identity_of(dir);
		enum outcome outcome = empty(&dir, space);
		int up;

		if (outcome == STUCK || (outcome == EMPTY && !space->depth) ||
		    (outcome == DOWN && is_same(identity_of(dir), left)))
			break;
		if (outcome == DOWN) {
			note_way_down(space, here);
			left = (struct directory_identity){ 0 };
			continue;
		}
		left = here;
		up = go_up(dir, space, top);
		raw(__NR_close, dir);
		dir = up;
	}
	if (dir >= 0)
		raw(__NR_close, dir);
}
