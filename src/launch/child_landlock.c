/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: two Landlock domains, one in the other. The init enters the
 * outer one before it makes the program, the program enters the inner one. So
 * the init may signal and read the program, the program may do neither to the
 * init, nor any of them to what is outside.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/kernel.h"
#include "base/rawsys.h"
#include "launch/child.h"

enum { SCRATCH_ATTEMPTS = 512 };

static CHILD_SIDE int open_plainly(const char *path, long flags)
{
	struct open_how how = {
		.flags = (uint64_t)(O_CLOEXEC | O_NOFOLLOW | flags),
		.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};

	return (int)raw(__NR_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static CHILD_SIDE long add_rule(int ruleset, int fd, uint64_t access)
{
	struct kernel_landlock_path rule = { .allowed_access = access,
					     .parent_fd = fd };

	if (!access)
		return 0;
	return raw(__NR_landlock_add_rule, ruleset, KERNEL_LANDLOCK_RULE_PATH,
		   &rule, 0);
}

static CHILD_SIDE long add_both(const int rulesets[2], int fd, uint64_t outer,
				uint64_t inner)
{
	long result = add_rule(rulesets[0], fd, outer);

	return result < 0 ? result : add_rule(rulesets[1], fd, inner);
}

/* What is beside a denied path: gone since, another one, or closed to us. */
static CHILD_SIDE bool may_miss(const struct landlock_op *op, long result)
{
	return op->optional &&
	       (result == -ENOENT || result == -ENOTDIR || result == -ELOOP ||
		result == -ESTALE || result == -EACCES);
}

static CHILD_SIDE bool add_operation(struct launch_context *context,
				     const int rulesets[2],
				     const struct landlock_op *op)
{
	int fd = open_plainly(op->path, O_PATH);
	struct stat now = { 0 };
	long result = fd;

	if (fd >= 0)
		result = raw(__NR_fstat, fd, &now);
	if (result >= 0 &&
	    (now.st_dev != op->device || now.st_ino != op->inode))
		result = -ESTALE;
	if (result >= 0)
		result = add_both(rulesets, fd, op->outer, op->inner);
	else if (may_miss(op, result))
		result = 0;
	if (fd >= 0)
		raw(__NR_close, fd);
	if (result == -ESTALE)
		return launch_failed(context, STEP_SOURCE_CHANGED, op->path,
				     result);
	return result >= 0 ||
	       launch_failed(context, STEP_LANDLOCK, op->path, result);
}

/* What a standard stream was given for may be opened again by its name in
 * /proc: no more than that. */
static CHILD_SIDE bool add_stream(struct launch_context *context,
				  const int rulesets[2], int fd)
{
	uint64_t access = context->plan->landlock.streams;
	long flags = raw(__NR_fcntl, fd, F_GETFL);
	struct stat stat;
	long result = raw(__NR_fstat, fd, &stat);

	if (flags < 0 || result < 0 || (flags & O_PATH) ||
	    (!S_ISREG(stat.st_mode) && !S_ISCHR(stat.st_mode) &&
	     !S_ISFIFO(stat.st_mode)))
		return true;
	if ((flags & O_ACCMODE) == O_RDONLY)
		access &= ~(KERNEL_LANDLOCK_FS_WRITE_FILE |
			    KERNEL_LANDLOCK_FS_TRUNCATE);
	if ((flags & O_ACCMODE) == O_WRONLY)
		access &= ~KERNEL_LANDLOCK_FS_READ_FILE;
	result = add_both(rulesets, fd, access, access);
	/* Without a place in the file system it is free already. */
	return result >= 0 || result == -EBADFD ||
	       launch_failed(context, STEP_LANDLOCK, "standard streams",
			     result);
}

/* 0: `name` still is the directory `fd`; or -EAGAIN, or another negative errno.
 */
static CHILD_SIDE long check_name(int fd, const char *name,
				  struct scratch_identity *ret)
{
	struct stat held = { 0 }, named = { 0 };
	long result = raw(__NR_fstat, fd, &held);

	if (result >= 0)
		result = raw(__NR_newfstatat, AT_FDCWD, name, &named,
			     AT_SYMLINK_NOFOLLOW);
	if (result < 0)
		return result == -ENOENT ? -EAGAIN : result;
	*ret = (struct scratch_identity){ held.st_dev, held.st_ino };
	/* Where ours was removed, another user may have been quicker. */
	return held.st_dev == named.st_dev && held.st_ino == named.st_ino &&
			       held.st_uid == raw(__NR_geteuid)
		       ? 0
		       : -EAGAIN;
}

/* A descriptor that has the lock by which it is somebody's (scratch.c); or
 * -EAGAIN: it was taken for nobody's just before; or another negative errno. */
static CHILD_SIDE long make_locked(struct launch_context *context)
{
	const char *path = context->plan->scratch;
	long result = raw(__NR_mkdirat, AT_FDCWD, path, 0700);
	int fd;

	if (result < 0)
		return result == -EEXIST ? -EAGAIN : result;
	context->scratch_made = true;
	fd = open_plainly(path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd == -ENOENT ? -EAGAIN : fd;
	result = raw(__NR_flock, fd, LOCK_EX | LOCK_NB);
	if (result >= 0)
		result = check_name(fd, path, &context->scratch_identity);
	if (result < 0)
		raw(__NR_close, fd);
	return result < 0 ? result : fd;
}

static CHILD_SIDE bool make_scratch(struct launch_context *context,
				    const int rulesets[2])
{
	/* Who removes it may be late, on a busy processor. */
	const struct timespec moment = { .tv_nsec = 4000000 };
	const struct pj_plan *plan = context->plan;
	long result = -EAGAIN;

	if (!plan->scratch)
		return true;
	for (int i = 0; i < SCRATCH_ATTEMPTS && result == -EAGAIN; i++) {
		if (i)
			raw(__NR_nanosleep, &moment, 0);
		result = make_locked(context);
	}
	if (result >= 0) {
		context->scratch = (int)result;
		result = add_both(rulesets, context->scratch,
				  plan->landlock.scratch_outer,
				  plan->landlock.scratch_inner);
	}
	return result >= 0 ||
	       launch_failed(context, STEP_SCRATCH, plan->scratch, result);
}

static CHILD_SIDE bool fill(struct launch_context *context,
			    const int rulesets[2])
{
	const struct landlock_plan *landlock = &context->plan->landlock;

	for (size_t i = 0; i < landlock->rule_count; i++)
		if (!add_operation(context, rulesets, &landlock->rules[i]))
			return false;
	if (!landlock->handled_fs)
		return true;
	for (int i = 0; i < 3; i++)
		if (!add_stream(context, rulesets, context->streams[i]))
			return false;
	return make_scratch(context, rulesets);
}

/* The caller, our parent, is outside: were a signal to it allowed, one to all
 * processes would reach the whole host. */
static CHILD_SIDE bool check_scope(struct launch_context *context)
{
	if (!(context->plan->landlock.scoped & KERNEL_LANDLOCK_SCOPE_SIGNAL))
		return true;
	if (raw(__NR_kill, raw(__NR_getppid), 0) != -EPERM)
		return launch_failed(context, STEP_VERIFY,
				     "Landlock signal scope", 0);
	context->scoped = true;
	return true;
}

CHILD_SIDE bool child_enter_outer(struct launch_context *context)
{
	const struct landlock_plan *landlock = &context->plan->landlock;
	struct kernel_landlock_ruleset ruleset = {
		.handled_access_fs = landlock->handled_fs,
		.scoped = landlock->scoped,
	};
	int rulesets[2];
	long result;

	if (!landlock->used)
		return true;
	for (int i = 0; i < 2; i++) {
		ruleset.handled_access_net =
			i ? landlock->inner_net : landlock->outer_net;
		/* Older kernels take a longer struct whose rest is zero. */
		result = raw(__NR_landlock_create_ruleset, &ruleset,
			     sizeof(ruleset), 0);
		if (result < 0)
			return launch_failed(context, STEP_LANDLOCK, "ruleset",
					     result);
		rulesets[i] = (int)result;
	}
	if (!fill(context, rulesets))
		return false;
	context->inner_ruleset = rulesets[1];
	result = raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (result >= 0)
		result = raw(__NR_landlock_restrict_self, rulesets[0], 0);
	raw(__NR_close, rulesets[0]);
	if (result < 0)
		return launch_failed(context, STEP_LANDLOCK, "restrict",
				     result);
	return check_scope(context);
}

/* Our own name: whoever we are, only Landlock keeps us from writing it. */
static CHILD_SIDE bool check_files(struct launch_context *context)
{
	long fd;

	if (!context->plan->landlock.handled_fs)
		return true;
	fd = raw(__NR_openat, AT_FDCWD, "/proc/thread-self/comm",
		 O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		raw(__NR_close, fd);
	return fd == -EACCES ||
	       launch_failed(context, STEP_VERIFY, "Landlock rules", 0);
}

CHILD_SIDE bool child_enter_inner(struct launch_context *context)
{
	long result;

	if (!context->plan->landlock.used)
		return true;
	result = raw(__NR_landlock_restrict_self, context->inner_ruleset, 0);
	raw(__NR_close, context->inner_ruleset);
	if (result < 0)
		return launch_failed(context, STEP_LANDLOCK, "restrict",
				     result);
	return check_files(context);
}

CHILD_SIDE void child_remove_scratch(const struct launch_context *context)
{
	if (context->scratch_made)
		raw(__NR_unlinkat, AT_FDCWD, context->plan->scratch,
		    AT_REMOVEDIR);
}
