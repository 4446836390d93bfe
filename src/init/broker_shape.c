/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory is git's when it holds HEAD, objects and refs; no call of a jail
 * may be the one that completes it. Other jails work on the same directories at
 * the same time, and each has a broker of its own. So what is looked at is the
 * directory that the call acts on, by descriptor, wherever somebody moves it
 * meanwhile; and who makes a part holds a lock on that very directory from the
 * look until the act. A lock that cannot be had is a refusal.
 */
#include "init/broker_shape.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/time_types.h>

/* ---- the lock ------------------------------------------------------------ */

/* A rename has two directories. Who holds a lock is soon done, but may have to
 * wait for a processor; what holds it for long is no broker. */
enum { LOCKS = 2, TRIES = 100, YIELDS = 50 };
enum { FLOCK_EXCLUSIVE_NOW = 2 | 4, FLOCK_UNLOCK = 8 };

static struct {
	int fd;
	uint64_t device, inode;
} locks[LOCKS];
static unsigned int lock_count;

static bool is_locked(const struct stat *directory)
{
	for (unsigned int i = 0; i < lock_count; i++)
		if (locks[i].device == directory->st_dev &&
		    locks[i].inode == directory->st_ino)
			return true;
	return false;
}

/* Never waits in the kernel: two that each hold what the other one wants are
 * refused. */
static bool take(int fd)
{
	static const struct __kernel_timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < TRIES; i++) {
		long status = raw(__NR_flock, fd, FLOCK_EXCLUSIVE_NOW);

		if (status != -EAGAIN && status != -EINTR)
			return status == 0;
		if (i < YIELDS)
			raw(__NR_sched_yield);
		else
			raw(__NR_ppoll, 0, 0, &pause, 0, 8);
	}
	return false;
}

static int lock(int directory)
{
	struct stat stat;
	int fd;

	if (raw(__NR_fstat, directory, &stat) < 0)
		return -EACCES;
	if (is_locked(&stat))
		return 0;
	if (lock_count == LOCKS)
		return -EACCES;
	fd = (int)raw(__NR_openat, directory, ".",
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -EACCES;
	if (!take(fd)) {
		raw(__NR_close, fd);
		return -EACCES;
	}
	locks[lock_count].fd = fd;
	locks[lock_count].device = stat.st_dev;
	locks[lock_count].inode = stat.st_ino;
	lock_count++;
	return 0;
}

/* By name, not by closing alone: a child of ours may have the descriptor too.
 */
void shape_unlock(void)
{
	while (lock_count) {
		int fd = locks[--lock_count].fd;

		raw(__NR_flock, fd, FLOCK_UNLOCK);
		raw(__NR_close, fd);
	}
}

/* ---- the look ------------------------------------------------------------ */

/* Whether it was us, or a jail like this one, who closed this directory. */
static bool is_ours(int directory, const char *above)
{
	struct stat stat;
	long status = raw(__NR_newfstatat, directory, above, &stat,
			  *above ? 0 : AT_EMPTY_PATH);

	return status == 0 && stat.st_uid == (unsigned int)raw(__NR_getuid);
}

/* A link counts, wherever it leads: its end may be made later. So does what
 * cannot be looked at, or is too deep for it. `above` is any number of "../".
 */
static bool holds(int directory, const char *above, const char *name)
{
	static struct line path;
	struct stat stat;
	long status;

	line_start(&path, above);
	line_add(&path, name);
	if (path.overflow)
		return true;
	status = raw(__NR_newfstatat, directory, path.text, &stat,
		     AT_SYMLINK_NOFOLLOW);
	if (status == -EACCES)
		return is_ours(directory, above);
	return status != -ENOENT && status != -ENOTDIR;
}

static bool is_shaped(int directory, const char *above)
{
	return holds(directory, above, "HEAD") &&
	       holds(directory, above, "objects") &&
	       holds(directory, above, "refs");
}

static size_t parent_len(const char *path, size_t len)
{
	while (len && path[len - 1] != '/')
		len--;
	return len ? len - 1 : 0;
}

static bool is_directory(const struct place *place)
{
	return place->exists && (place->stat.st_mode & S_IFMT) == S_IFDIR;
}

/* Up from a directory, whose own path is the first `len` bytes of `path`. Above
 * what somebody moves meanwhile the path may be another one by now; the names
 * below it, which rules are about, are not. */
static size_t look_up_from(int directory, const char *path, size_t len)
{
	static struct line above;

	line_start(&above, "");
	for (; len > 1; len = parent_len(path, len)) {
		if (above.overflow || is_shaped(directory, above.text))
			return len;
		line_add(&above, "../");
	}
	return 0;
}

static bool has_no_name(const struct place *place)
{
	return place->parent < 0 || text_equal(place->name, ".") ||
	       text_equal(place->name, "..");
}

/* A file that the caller holds open: its directory is the one of its path, if
 * it is found there. One without any name is in none. */
static long look_up_from_file(const struct place *place)
{
	size_t len = parent_len(place->path, text_len(place->path));
	static char folder[PATH_BYTES];
	struct stat found;
	long result = -EACCES;
	int directory;

	if (!place->stat.st_nlink)
		return 0;
	memcpy(folder, place->path, len);
	memcpy(folder + len, "/", 2);
	directory = (int)raw(__NR_openat, AT_FDCWD, folder,
			     O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -EACCES;
	if (raw(__NR_newfstatat, directory, place->path + len + 1, &found,
		AT_SYMLINK_NOFOLLOW) == 0 &&
	    found.st_dev == place->stat.st_dev &&
	    found.st_ino == place->stat.st_ino)
		result = (long)look_up_from(directory, place->path, len);
	raw(__NR_close, directory);
	return result;
}

long shape_prefix(const struct place *place)
{
	size_t len = text_len(place->path);

	if (has_no_name(place))
		return is_directory(place)
			       ? (long)look_up_from(place->node, place->path,
						    len)
			       : look_up_from_file(place);
	if (is_directory(place) && is_shaped(place->node, ""))
		return (long)len;
	return (long)look_up_from(place->parent, place->path,
				  parent_len(place->path, len));
}

bool shape_around(const struct place *place)
{
	return place->parent >= 0 && is_shaped(place->parent, "");
}

bool shape_has_name(const struct place *place, size_t shaped_len)
{
	return shaped_len &&
	       shaped_len == parent_len(place->path, text_len(place->path));
}

/* ---- names --------------------------------------------------------------- */

static bool named(const struct place *place, const char *name)
{
	return rules_component_matches(name, place->name);
}

bool shape_needs_name(const struct place *place)
{
	return named(place, "HEAD") || named(place, "objects") ||
	       named(place, "refs");
}

/* REPO/.git/worktrees/NAME */
static bool is_worktree(const char *path, size_t root, size_t len)
{
	if (!text_starts(path + root, "/worktrees/"))
		return false;
	for (size_t at = root + 11; at < len; at++)
		if (path[at] == '/')
			return false;
	return true;
}

static bool with(const struct place *place, const char *name)
{
	return named(place, name) || holds(place->parent, "", name);
}

/* Git would obey a `config` beside the parts. */
int shape_guard(const struct place *place)
{
	size_t len = parent_len(place->path, text_len(place->path));
	size_t root = rules_git_root(place->path, 0);
	int status;

	if (!shape_needs_name(place) && !named(place, "commondir"))
		return 0;
	/* The git directory itself, and what `git worktree add` makes in it:
	 * there the rules hold what git would obey. Anywhere else in it a
	 * repository could be prepared, and moved out. */
	if (root && (len == root || is_worktree(place->path, root, len)))
		return 0;
	status = lock(place->parent);
	if (status < 0)
		return status;
	return with(place, "HEAD") &&
			       (with(place, "commondir") ||
				(with(place, "objects") && with(place, "refs")))
		       ? -EACCES
		       : 0;
}
