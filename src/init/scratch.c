/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes a tree of any depth with one descriptor and no recursion: down into
 * the first directory that is not empty, up again by "..". No link is followed.
 * What cannot be removed ends it: nothing is tried twice.
 */
#include "init/scratch.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <asm/stat.h>
#include <linux/fcntl.h>

#include "init/lib.h"

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t len;
	unsigned char type;
	char name[];
};

enum outcome { EMPTY, DOWN, STUCK };

static bool is_dots(const char *name)
{
	return text_equal(name, ".") || text_equal(name, "..");
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

/* Into a directory that is not empty, whatever mode it was given. */
static int descend(int dir, const char *name)
{
	int child = open_directory(dir, name);

	if (child == -EACCES) {
		raw(__NR_fchmodat, dir, name, 0700);
		child = open_directory(dir, name);
	}
	if (child >= 0)
		raw(__NR_fchmod, child, 0700);
	return child;
}

/* Remove what is in *dir. DOWN: *dir is now a directory below it. */
static enum outcome empty(int *dir)
{
	static char buffer[8192] __attribute__((aligned(8)));
	long n;

	raw(__NR_lseek, *dir, 0, 0);
	while ((n = raw(__NR_getdents64, *dir, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *entry = (const void *)(buffer + at);
			int child;

			at += entry->len;
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

static uint64_t inode_of(int dir)
{
	struct stat stat;

	return raw(__NR_fstat, dir, &stat) < 0 ? 0 : stat.st_ino;
}

void scratch_remove(const struct init_config *config)
{
	int dir = descend(INIT_FD_SCRATCH, ".");
	unsigned int depth = 0;
	uint64_t left = 0; /* the directory that we came up from */

	while (dir >= 0) {
		enum outcome outcome = empty(&dir);
		int up;

		if (outcome == STUCK || (outcome == EMPTY && !depth) ||
		    (outcome == DOWN && left && inode_of(dir) == left))
			break;
		if (outcome == DOWN) {
			depth++;
			left = 0;
			continue;
		}
		left = inode_of(dir);
		up = open_directory(dir, "..");
		raw(__NR_close, dir);
		dir = up;
		depth--;
	}
	if (dir >= 0)
		raw(__NR_close, dir);
	raw(__NR_unlinkat, AT_FDCWD, (const char *)config + config->scratch,
	    AT_REMOVEDIR);
}
