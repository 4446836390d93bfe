/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: the jail's root. Raw system calls, no allocation, walks the
 * plan. What is copied must be what the plan resolved; a target in a granted
 * tree is opened before it is mounted on, so that a name which somebody swaps
 * meanwhile leads nowhere else.
 *
 *   memory (a tmpfs, over the old /proc, never visible in the jail)
 *     root/  the new root, unless the old one is kept
 *     none   a directory without rights, file likewise: what masks show
 *     p0 …   the jail's own directories (/tmp, /dev/shm), h0 … hollow ones
 */

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "base/rawsys.h"
#include "launch/child.h"

enum { DETACH = 2 };

/* A directory that every host has: /proc is read before. Not "/" itself, or the
 * unmount of the old root would find this on top of it. */
#define MEMORY_PLACE "/proc"

struct root_build {
	struct launch_context *context;
	int memory, root;
	unsigned int names; /* made in memory so far */
	/* Where the root is kept: the sources, opened before anything lay over
	 * them, in the plan's order. */
	int sources[KEPT_ROOT_SOURCES];
	unsigned int next_source;
};

static CHILD_SIDE size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

/* ---- pieces -------------------------------------------------------------- */

static CHILD_SIDE int open_plainly(int dir, const char *path, long flags)
{
	struct open_how how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC | O_NOFOLLOW | flags),
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)raw(__NR_openat2, dir, path, &how, sizeof(how));
}

/* A copy of what is at `fd`, not mounted anywhere yet, with its attributes. */
static CHILD_SIDE long tree_copy(int fd, const char *path, bool recursive,
				 unsigned int attributes)
{
	struct mount_attr attr = { .attr_set = attributes };
	unsigned int depth = recursive ? AT_RECURSIVE : 0;
	long tree = raw(__NR_open_tree, fd, path,
			OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
				AT_SYMLINK_NOFOLLOW | depth);
	long result;

	if (tree < 0 || !attributes)
		return tree;
	result = raw(__NR_mount_setattr, tree, "", AT_EMPTY_PATH | depth, &attr,
		     sizeof(attr));
	if (result >= 0)
		return tree;
	raw(__NR_close, tree);
	return result;
}

/* 0 also where it is there already. */
static CHILD_SIDE long make_place(const struct root_build *build,
				  const struct mount_op *op)
{
	long result = S_ISDIR(op->type)
			      ? raw(__NR_mkdirat, build->root, op->target, 0755)
			      : raw(__NR_mknodat, build->root, op->target,
				    S_IFREG | 0444, 0);

	return result == -EEXIST ? 0 : result;
}

/* Mount a detached tree at the operation's target; closes the tree. */
static CHILD_SIDE long attach(const struct root_build *build,
			      const struct mount_op *op, long tree)
{
	long target, result;

	if (tree < 0)
		return tree;
	if (op->make) {
		/* The way there is ours: nobody can put a link into it. */
		result = make_place(build, op);
		if (result >= 0)
			result = raw(__NR_move_mount, tree, "", build->root,
				     op->target, MOVE_MOUNT_F_EMPTY_PATH);
		raw(__NR_close, tree);
		return result;
	}
	target = open_plainly(build->root, op->target, 0);
	result = target;
	if (target >= 0) {
		result = raw(__NR_move_mount, tree, "", target, "",
			     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
		raw(__NR_close, target);
	}
	raw(__NR_close, tree);
	if (op->optional && result == -ENOENT)
		return 0;
	return result;
}

/* A new instance of a file system; `options` are name, value, …, NULL. */
static CHILD_SIDE long file_system(const char *type, const char *const *options,
				   unsigned int attributes)
{
	long fs = raw(__NR_fsopen, type, FSOPEN_CLOEXEC);
	long result = 0;

	if (fs < 0)
		return fs;
	for (; *options && result >= 0; options += 2)
		if (*options[1])
			result = raw(__NR_fsconfig, fs, FSCONFIG_SET_STRING,
				     options[0], options[1], 0);
	if (result >= 0)
		result = raw(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
	if (result >= 0)
		result = raw(__NR_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
	raw(__NR_close, fs);
	return result;
}

static CHILD_SIDE void memory_name(struct root_build *build, char kind,
				   char name[16])
{
	unsigned int number = build->names++;
	int at = 0;

	name[at++] = kind;
	do {
		name[at++] = (char)('0' + number % 10);
		number /= 10;
	} while (number && at < 15);
	name[at] = '\0';
}

/* A new directory in the jail's memory, as a detached mount. */
static CHILD_SIDE long memory_directory(struct root_build *build, char kind,
					unsigned int mode,
					unsigned int attributes)
{
	char name[16];
	long result;

	memory_name(build, kind, name);
	result = raw(__NR_mkdirat, build->memory, name, mode);
	if (result < 0)
		return result;
	return tree_copy(build->memory, name, false, attributes);
}

/* The same with a file that holds this text. */
static CHILD_SIDE long memory_text(struct root_build *build, const char *text,
				   unsigned int attributes)
{
	char name[16];
	long fd, result;

	memory_name(build, 't', name);
	fd = raw(__NR_openat, build->memory, name,
		 O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
	if (fd < 0)
		return fd;
	result = raw(__NR_write, fd, text, length(text));
	raw(__NR_close, fd);
	if (result != (long)length(text))
		return result < 0 ? result : -ENOSPC;
	return tree_copy(build->memory, name, false, attributes);
}

/* ---- operations ---------------------------------------------------------- */

static CHILD_SIDE bool has_source(const struct mount_op *op)
{
	return op->kind == MOUNT_TREE || op->kind == MOUNT_DEVICE;
}

/* What the copy is of is compared, so that a link on the way changes nothing:
 * only the file that the plan resolved is let through. -1 after a failure. */
static CHILD_SIDE int open_source(struct launch_context *context,
				  const struct mount_op *op)
{
	struct stat now;
	long tree = tree_copy(AT_FDCWD, op->source, op->kind == MOUNT_TREE,
			      op->attributes);
	long result = tree;

	if (tree >= 0)
		result = raw(__NR_fstat, tree, &now);
	if (result < 0) {
		launch_failed(context, STEP_MOUNT, op->source, result);
		return -1;
	}
	if (now.st_dev == op->device && now.st_ino == op->inode)
		return (int)tree;
	launch_failed(context, STEP_SOURCE_CHANGED, op->source, -ESTALE);
	return -1;
}

static CHILD_SIDE bool mount_source(struct root_build *build,
				    const struct mount_op *op)
{
	struct launch_context *context = build->context;
	int tree = context->plan->keeps_root
			   ? build->sources[build->next_source++]
			   : open_source(context, op);
	long result;

	if (tree < 0)
		return false;
	result = attach(build, op, tree);
	return result >= 0 ||
	       launch_failed(context, STEP_MOUNT, op->source, result);
}

static CHILD_SIDE long run_operation(struct root_build *build,
				     const struct mount_op *op)
{
	/* What a process of ours sees of the host's network, /proc would tell:
	 * then nobody sees the processes that he may not trace. */
	static const char *const proc_options[] = { NULL };
	static const char *const hiding_options[] = { "hidepid", "ptraceable",
						      NULL };
	static const char *const pts_options[] = { "ptmxmode", "0666", "mode",
						   "0620", NULL };

	switch (op->kind) {
	case MOUNT_DIRECTORY:
		return raw(__NR_mkdirat, build->root, op->target, 0755);
	case MOUNT_SYMLINK:
		return raw(__NR_symlinkat, op->source, build->root, op->target);
	case MOUNT_MASK:
		return attach(build, op,
			      tree_copy(build->memory,
					S_ISDIR(op->type) ? "none" : "file",
					false,
					op->attributes | MOUNT_ATTR_RDONLY));
	case MOUNT_HOLLOW:
		/* Read-only once all that lies in it is there. */
		return attach(
			build, op,
			memory_directory(
				build, 'h', 0711,
				op->attributes &
					~(unsigned int)MOUNT_ATTR_RDONLY));
	case MOUNT_PRIVATE:
		return attach(
			build, op,
			memory_directory(build, 'p', 01777, op->attributes));
	case MOUNT_PROC:
		return attach(build, op,
			      file_system("proc",
					  build->context->plan->own_network
						  ? hiding_options
						  : proc_options,
					  op->attributes));
	case MOUNT_DEVPTS:
		return attach(
			build, op,
			file_system("devpts", pts_options, op->attributes));
	case MOUNT_TEXT:
		return attach(build, op,
			      memory_text(build, op->source, op->attributes));
	case MOUNT_TREE:
	case MOUNT_DEVICE:
	case MOUNT_KIND_COUNT:
		break;
	}
	return -EINVAL;
}

static CHILD_SIDE bool run_operations(struct root_build *build, size_t first)
{
	const struct pj_plan *plan = build->context->plan;

	for (size_t i = first; i < plan->mount_count; i++) {
		const struct mount_op *op = &plan->mounts[i];
		long result;

		if (has_source(op)) {
			if (!mount_source(build, op))
				return false;
			continue;
		}
		result = run_operation(build, op);
		if (result < 0)
			return launch_failed(build->context, STEP_MOUNT,
					     op->target, result);
	}
	return true;
}

static CHILD_SIDE bool seal(struct root_build *build)
{
	const struct pj_plan *plan = build->context->plan;
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	long result = 0;

	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct mount_op *op = &plan->mounts[i];

		if (op->kind != MOUNT_HOLLOW)
			continue;
		result = raw(__NR_mount_setattr, build->root, op->target,
			     AT_SYMLINK_NOFOLLOW, &readonly, sizeof(readonly));
		if (result < 0)
			return launch_failed(build->context, STEP_MOUNT,
					     op->target, result);
	}
	if (!plan->grants_root)
		result = raw(__NR_mount_setattr, build->root, "", AT_EMPTY_PATH,
			     &readonly, sizeof(readonly));
	return result >= 0 ||
	       launch_failed(build->context, STEP_ROOT, NULL, result);
}

/* ---- the root ------------------------------------------------------------ */

static CHILD_SIDE long make_memory(const struct pj_plan *plan)
{
	const char *const options[] = { "mode",	     "0700",
					"size",	     plan->root_options[0],
					"nr_inodes", plan->root_options[1],
					NULL };
	long memory = file_system("tmpfs", options,
				  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	long result;

	if (memory < 0)
		return memory;
	result = raw(__NR_move_mount, memory, "", AT_FDCWD, MEMORY_PLACE,
		     MOVE_MOUNT_F_EMPTY_PATH);
	if (result >= 0 && !plan->keeps_root)
		result = raw(__NR_mkdirat, memory, "root", 0755);
	if (result >= 0)
		result = raw(__NR_mkdirat, memory, "none", 0);
	if (result >= 0)
		result = raw(__NR_mknodat, memory, "file", S_IFREG, 0);
	return result < 0 ? result : memory;
}

/* "/" stays the root, as the namespace's own copy of all mounts. The kernel
 * makes no user namespace for whoever is in a chroot, so nothing is above it.
 * Copies of its parts come first, with the attributes that they have. */
static CHILD_SIDE bool keep_root(struct root_build *build)
{
	struct launch_context *context = build->context;
	const struct pj_plan *plan = context->plan;
	struct mount_attr attr = { .attr_set = plan->mounts->attributes };
	unsigned int count = 0;
	long result;

	for (size_t i = 1; i < plan->mount_count; i++) {
		if (!has_source(&plan->mounts[i]))
			continue;
		build->sources[count] = open_source(context, &plan->mounts[i]);
		if (build->sources[count++] < 0)
			return false;
	}
	result = raw(__NR_openat, AT_FDCWD, "/",
		     O_PATH | O_DIRECTORY | O_CLOEXEC);
	build->root = (int)result;
	if (result >= 0)
		result = raw(__NR_mount_setattr, build->root, "",
			     AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr));
	return result >= 0 || launch_failed(context, STEP_ROOT, NULL, result);
}

/* A new root: empty, or a copy of the old one. */
static CHILD_SIDE bool make_root(struct root_build *build)
{
	const struct pj_plan *plan = build->context->plan;
	long tree, result;

	if (plan->grants_root)
		tree = tree_copy(AT_FDCWD, "/", true, plan->mounts->attributes);
	else
		tree = tree_copy(build->memory, "root", false,
				 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	result = tree;
	if (tree >= 0)
		result = raw(__NR_move_mount, tree, "", build->memory, "root",
			     MOVE_MOUNT_F_EMPTY_PATH);
	build->root = (int)tree;
	return result >= 0 ||
	       launch_failed(build->context, STEP_ROOT, NULL, result);
}

/* The old root ends up on top of the new one, with our memory in it: one
 * unmount takes all of it away. The program's process looks again whether
 * anything is above the root (verify in child_program.c). */
static CHILD_SIDE bool change_root(struct root_build *build)
{
	struct launch_context *context = build->context;
	bool kept = context->plan->keeps_root;
	struct stat root;
	long result = raw(__NR_fchdir, build->root);

	if (result >= 0 && !kept)
		result = raw(__NR_pivot_root, ".", ".");
	if (result >= 0 && !kept)
		result = raw(__NR_umount2, ".", DETACH);
	if (result >= 0)
		result = raw(__NR_chdir, "/");
	if (result >= 0)
		result = raw(__NR_fstat, build->root, &root);
	if (result < 0)
		return launch_failed(context, STEP_PIVOT, NULL, result);
	context->root_device = root.st_dev;
	context->root_inode = root.st_ino;
	return true;
}

static CHILD_SIDE bool make_the_root(struct launch_context *context)
{
	struct root_build build = { .context = context };
	const struct pj_plan *plan = context->plan;
	struct stat memory;
	long result;

	context->umask = (unsigned int)raw(__NR_umask, 0);
	if (plan->keeps_root && !keep_root(&build))
		return false;
	result = make_memory(plan);
	build.memory = (int)result;
	if (result >= 0)
		result = raw(__NR_fstat, build.memory, &memory);
	if (result < 0)
		return launch_failed(context, STEP_ROOT, "tmpfs", result);
	context->memory_devices[0] = memory.st_dev;
	if (!plan->keeps_root && !make_root(&build))
		return false;
	if (!run_operations(&build, plan->grants_root ? 1 : 0) ||
	    !seal(&build) || !change_root(&build))
		return false;
	raw(__NR_umask, context->umask);
	raw(__NR_close, build.root);
	raw(__NR_close, build.memory);
	return true;
}

CHILD_SIDE bool child_enter_jail(struct launch_context *context)
{
	return !context->plan->clone_flags || child_enter_namespaces(context);
}

CHILD_SIDE bool child_make_jail(struct launch_context *context)
{
	return !context->plan->clone_flags || make_the_root(context);
}

/* The launcher shares our memory. */
CHILD_SIDE void child_tell(const struct launch_context *context)
{
	(void)context;
}
