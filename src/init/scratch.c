/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes a tree of any depth with one descriptor and no recursion: down into
 * the first directory that is not empty, up again by "..". No link is followed,
 * and ".." must be where we came down from: somebody outside may move what we
 * stand in meanwhile. What cannot be removed ends it: nothing is tried twice.
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

/* One without a right for us: by its descriptor, since its name may be a link
 * by now. */
static int open_closed(int dir, const char *name)
{
	static struct line path;
	int held = (int)raw(__NR_openat, dir, name,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int child;

	if (held < 0)
		return held;
	line_start(&path, "/proc/self/fd/");
	line_add_number(&path, (uint64_t)held);
	raw(__NR_fchmodat, AT_FDCWD, path.text, 0700);
	child = open_directory(held, ".");
	raw(__NR_close, held);
	return child;
}

/* Into a directory that is not empty, whatever mode it was given. */
static int descend(int dir, const char *name)
{
	int child = open_directory(dir, name);

	if (child == -EACCES)
		child = open_closed(dir, name);
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

enum { TRAIL_MAX = 256 };

struct identity {
	uint64_t device, inode; /* 0: none */
};

static struct identity identity_of(int dir)
{
	struct stat stat;

	if (raw(__NR_fstat, dir, &stat) < 0)
		return (struct identity){ 0 };
	return (struct identity){ stat.st_dev, stat.st_ino };
}

static bool is_same(struct identity a, struct identity b)
{
	return a.inode && a.inode == b.inode && a.device == b.device;
}

/* The directories that lead down to where we are. Of a long way just the last
 * ones: above them it begins at the top again. */
static struct identity trail[TRAIL_MAX];
static unsigned int depth, known;

static int go_to_top(void)
{
	depth = known = 0;
	return descend(INIT_FD_SCRATCH, ".");
}

static void note_way_down(struct identity from)
{
	trail[depth++ % TRAIL_MAX] = from;
	if (known < TRAIL_MAX)
		known++;
}

static int go_up(int dir)
{
	int up;

	if (!known)
		return go_to_top();
	known--;
	depth--;
	up = open_directory(dir, "..");
	if (up < 0 || is_same(identity_of(up), trail[depth % TRAIL_MAX]))
		return up;
	raw(__NR_close, up);
	return -ESTALE;
}

void scratch_remove(const struct init_config *config)
{
	int dir = go_to_top();
	struct identity left = { 0 }; /* that we came up from */

	while (dir >= 0) {
		struct identity here = identity_of(dir);
		enum outcome outcome = empty(&dir);
		int up;

		if (outcome == STUCK || (outcome == EMPTY && !depth) ||
		    (outcome == DOWN && is_same(identity_of(dir), left)))
			break;
		if (outcome == DOWN) {
			note_way_down(here);
			left = (struct identity){ 0 };
			continue;
		}
		left = here;
		up = go_up(dir);
		raw(__NR_close, dir);
		dir = up;
	}
	if (dir >= 0)
		raw(__NR_close, dir);
	raw(__NR_unlinkat, AT_FDCWD, (const char *)config + config->scratch,
	    AT_REMOVEDIR);
}
