/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup of one jail: a directory "procjail-PID-RANDOM". Its maker holds a
 * lock on it (flock) until it is removed, and loses the lock by whatever death
 * it dies. So a directory of that name that can be locked is nobody's: the next
 * jail made beside it ends what is left in it and removes it. The name is
 * chosen anew when such a clearing met ours between making and locking it.
 */
#include "launch/leaf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

#define PREFIX "procjail-"

/* What is killed ends at once, but for what sleeps in the kernel. */
enum { PATIENCE_MS = 2000, ATTEMPTS = 8 };

static void leaf_close(struct leaf *leaf)
{
	if (leaf->fd >= 0)
		close(leaf->fd);
	if (leaf->parent_fd >= 0)
		close(leaf->parent_fd);
	*leaf = LEAF_NONE;
}

static int write_in(int dir, const char *name, const char *text)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* ---- what others have left ----------------------------------------------- */

static void clear_one(int parent_fd, const char *name)
{
	auto_fd int fd =
		openat(parent_fd, name,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	/* Its jail was to end with the supervisor. What has not ended yet is
	 * removed by the next. */
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 && errno == EBUSY)
		write_in(fd, "cgroup.kill", "1");
}

static void clear_left(int parent_fd)
{
	int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(dir));)
		if (strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1) == 0)
			clear_one(parent_fd, entry->d_name);
	closedir(dir);
}

/* ---- making -------------------------------------------------------------- */

/* 0; -EAGAIN: somebody cleared it away; or another negative errno. */
static int make_directory(struct leaf *leaf)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	snprintf(leaf->name, sizeof(leaf->name), PREFIX "%d-%016llx", getpid(),
		 (unsigned long long)random);
	if (mkdirat(leaf->parent_fd, leaf->name, 0755) < 0)
		return -errno;
	leaf->fd = openat(leaf->parent_fd, leaf->name,
			  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (leaf->fd < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	/* Who has the lock removes it; who had it has removed it. */
	if (flock(leaf->fd, LOCK_EX | LOCK_NB) == 0 &&
	    faccessat(leaf->fd, "cgroup.procs", F_OK, 0) == 0)
		return 0;
	close(take_fd(leaf->fd));
	return -EAGAIN;
}

static int write_limits(const struct cgroup_plan *plan, const struct leaf *leaf,
			struct pj_error *err)
{
	for (size_t i = 0; i < plan->op_count; i++) {
		const struct cgroup_op *op = &plan->ops[i];
		int status = write_in(leaf->fd, op->file, op->value);

		if (status == -ENOENT && op->may_be_absent)
			continue;
		if (status < 0)
			return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE,
				    -status, "cgroup %s/%s: %s cannot be set",
				    plan->parent, leaf->name, op->file);
	}
	return 0;
}

int leaf_make(const struct cgroup_plan *plan, struct leaf *ret_leaf,
	      struct pj_error *err)
{
	struct leaf leaf = LEAF_NONE;
	int status = -EAGAIN;

	leaf.parent_fd = open(plan->parent,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (leaf.parent_fd < 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE, errno,
			    "cgroup %s", plan->parent);
	clear_left(leaf.parent_fd);
	for (int i = 0; i < ATTEMPTS && status == -EAGAIN; i++)
		status = make_directory(&leaf);
	if (status < 0)
		status =
			fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE, -status,
			     "cgroup %s: none can be made in it", plan->parent);
	else
		status = write_limits(plan, &leaf, err);
	if (status < 0) {
		leaf_remove(&leaf);
		return status;
	}
	*ret_leaf = leaf;
	return 0;
}

/* ---- what it tells ------------------------------------------------------- */

uint64_t leaf_number(const struct leaf *leaf, const char *file, const char *key)
{
	auto_fd int fd = openat(leaf->fd, file, O_RDONLY | O_CLOEXEC);
	char text[2048], *rest = text;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (!key)
		return strtoull(text, NULL, 10);
	for (char *line; (line = strsep(&rest, "\n"));) {
		size_t len = strlen(key);

		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtoull(line + len + 1, NULL, 10);
	}
	return 0;
}

/* Reached and killed for it: not by a limit above us, nor by the host's own
 * want of memory. */
bool leaf_memory_exhausted(const struct leaf *leaf)
{
	return leaf->fd >= 0 && leaf_number(leaf, "memory.events", "oom") > 0 &&
	       leaf_number(leaf, "memory.events", "oom_kill") > 0;
}

/* ---- its end ------------------------------------------------------------- */

void leaf_kill(const struct leaf *leaf)
{
	if (leaf->fd >= 0)
		write_in(leaf->fd, "cgroup.kill", "1");
}

/* cgroup.events is readable with priority when it has changed. */
static void wait_empty(const struct leaf *leaf)
{
	auto_fd int fd =
		openat(leaf->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd changed = { .fd = fd, .events = POLLPRI };
	char text[256];
	ssize_t n;

	while (fd >= 0 && (n = pread(fd, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		if (!strstr(text, "populated 1") ||
		    poll(&changed, 1, PATIENCE_MS) == 0)
			return;
	}
}

void leaf_remove(struct leaf *leaf)
{
	if (leaf->fd >= 0 &&
	    unlinkat(leaf->parent_fd, leaf->name, AT_REMOVEDIR) < 0 &&
	    errno == EBUSY) {
		leaf_kill(leaf);
		wait_empty(leaf);
		unlinkat(leaf->parent_fd, leaf->name, AT_REMOVEDIR);
	}
	leaf_close(leaf);
}
