/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory "procjail.RANDOM" of the user's. The jail's init holds a lock on
 * it (flock) until it has removed it, and loses the lock by whatever death it
 * dies. So a directory of that name that can be locked is nobody's: the caller
 * empties and removes it, for a while: it looks after nothing else meanwhile.
 * When that was killed, too, the next jail made beside it removes it, if it is
 * empty: a jail that may write where these lie could give such a name to a
 * directory which holds what it may not remove. The maker (child_landlock.c)
 * begins anew when such a removal met it between making and locking.
 */
#include "launch/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/empty_directory.h"
#include "plan/plan.h"

enum { ENTRIES_MAX = 1 << 14, STEPS_MAX = 1 << 19 };

static bool is_scratch(const char *name)
{
	const size_t prefix = sizeof(SCRATCH_PREFIX) - 1;

	return strncmp(name, SCRATCH_PREFIX, prefix) == 0 &&
	       strspn(name + prefix, "0123456789abcdef") == SCRATCH_DIGITS &&
	       !name[prefix + SCRATCH_DIGITS];
}

/* Not into what is mounted there: another user's file system may keep us. */
static int open_directory(int parent_fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, parent_fd, name, &how, sizeof(how));
}

/* A descriptor with the lock, of what is nobody's; or -1. */
static int open_left(int parent_fd, const char *name, struct stat *ret_stat)
{
	auto_fd int fd = open_directory(parent_fd, name);

	if (fd < 0 || fstat(fd, ret_stat) < 0 ||
	    ret_stat->st_uid != geteuid() || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -1;
	return take_fd(fd);
}

static void remove_left(int parent_fd, const char *name)
{
	struct stat stat;
	auto_fd int fd = open_left(parent_fd, name, &stat);

	if (fd >= 0)
		unlinkat(parent_fd, name, AT_REMOVEDIR);
}

/* The directory in which `path` lies; or NULL. */
static DIR *open_parent(const char *path)
{
	auto_free char *parent =
		strndup(path, (size_t)(strrchr(path, '/') - path));

	return parent ? opendir(parent) : NULL;
}

void scratch_clear_left(const char *path)
{
	DIR *dir = open_parent(path);
	struct dirent *entry;

	if (!dir)
		return;
	for (int i = 0; i < ENTRIES_MAX && (entry = readdir(dir)); i++)
		if (is_scratch(entry->d_name))
			remove_left(dirfd(dir), entry->d_name);
	closedir(dir);
}

void scratch_clear(const char *path, struct scratch_identity identity)
{
	struct empty_directory_space space = { .steps = STEPS_MAX };
	const char *name = strrchr(path, '/') + 1;
	DIR *dir = identity.inode ? open_parent(path) : NULL;
	auto_fd int fd = -1;
	struct stat stat;

	if (!dir)
		return;
	fd = open_left(dirfd(dir), name, &stat);
	if (fd >= 0 && stat.st_dev == identity.device &&
	    stat.st_ino == identity.inode) {
		empty_directory(fd, &space);
		unlinkat(dirfd(dir), name, AT_REMOVEDIR);
	}
	closedir(dir);
}
