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

/* `space`: what lies in it goes as well; or NULL. */
static void clear_one(int parent_fd, const char *name,
		      struct empty_directory_space *space)
{
	auto_fd int fd = open_directory(parent_fd, name);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0 || stat.st_uid != geteuid() ||
	    flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (space)
		empty_directory(fd, space);
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
			clear_one(dirfd(dir), entry->d_name, NULL);
	closedir(dir);
}

void scratch_clear(const char *path)
{
	struct empty_directory_space space = { .steps = STEPS_MAX };
	DIR *dir = open_parent(path);

	if (!dir)
		return;
	clear_one(dirfd(dir), strrchr(path, '/') + 1, &space);
	closedir(dir);
}
