/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: namespaces and the jail's root. Raw system calls, no
 * allocation, walks the plan. What is copied must be what the plan resolved; a
 * target in a granted tree is opened before it is mounted on, so that a name
 * which somebody swaps meanwhile leads nowhere else.
 *
 *   memory (a tmpfs, over the old /proc, never visible in the jail)
 *     root/  the new root, where the policy does not grant "/" itself
 *     none   a directory without rights, file likewise: what masks show
 *     p0 …   the jail's own directories (/tmp, /dev/shm), h0 … hollow ones
 */

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/rawsys.h"
#include "launch/child.h"

#undef MS_REC
#undef MS_PRIVATE
enum { MS_REC = 16384, MS_PRIVATE = 1 << 18, DETACH = 2 };

/* A directory that every host has: /proc is read before. Not "/" itself, or the
 * unmount of the old root would find this on top of it. */
#define MEMORY_PLACE "/proc"

struct root_build {
	struct launch_context *context;
	int memory, root;
	unsigned int names; /* made in memory so far */
};

static CHILD_SIDE size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

CHILD_SIDE bool child_write_file(const char *path, const char *text,
				 long *ret_result)
{
	long fd = raw(__NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);

	*ret_result = fd;
	if (fd < 0)
		return false;
	*ret_result = raw(__NR_write, fd, text, length(text));
	raw(__NR_close, fd);
	return *ret_result == (long)length(text);
}

/* ---- namespaces ---------------------------------------------------------- */

static CHILD_SIDE bool write_maps(struct launch_context *context)
{
	const struct pj_plan *plan = context->plan;
	const struct {
		const char *path, *text;
	} files[] = {
		{ "/proc/self/setgroups", "deny" },
		{ "/proc/self/uid_map", plan->uid_map },
		{ "/proc/self/gid_map", plan->gid_map },
	};
	long result;

	for (unsigned int i = 0; i < 3; i++)
		if (!child_write_file(files[i].path, files[i].text, &result))
			return launch_failed(context, STEP_MAPS, files[i].path,
					     result);
	return true;
}

static CHILD_SIDE bool loopback_up(struct launch_context *context)
{
	struct ifreq request = { .ifr_name = "lo" };
	long fd = raw(__NR_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long result = fd;

	if (fd >= 0) {
		request.ifr_flags = IFF_UP;
		result = raw(__NR_ioctl, fd, SIOCSIFFLAGS, &request);
		raw(__NR_close, fd);
	}
	return result >= 0 ||
	       launch_failed(context, STEP_NETWORK, NULL, result);
}

/* No user namespace below this one: the count is the own namespace's. Where
 * there is a filter, it refuses each call that would make one (clone3, clone
 * and unshare with a flag); this lookup alone costs a tenth of a millisecond,
 * as the kernel keeps an entry of the name for each namespace there ever was.
 */
static CHILD_SIDE bool forbid_nesting(struct launch_context *context)
{
	static const char path[] = "/proc/sys/user/max_user_namespaces";
	long result;

	return child_write_file(path, "0", &result) ||
	       launch_failed(context, STEP_SYSCTL, path, result);
}

CHILD_SIDE bool child_enter_namespaces(struct launch_context *context)
{
	static const char name[] = "procjail";
	long result;

	if (!write_maps(context))
		return false;
	result = raw(__NR_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0);
	if (result < 0)
		return launch_failed(context, STEP_PROPAGATION, NULL, result);
	result = raw(__NR_sethostname, name, sizeof(name) - 1);
	if (result < 0)
		return launch_failed(context, STEP_HOSTNAME, NULL, result);
	if (context->plan->loopback_up && !loopback_up(context))
		return false;
	return context->plan->filter_len || forbid_nesting(context);
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

static CHILD_SIDE long make_place(const struct root_build *build,
				  const struct mount_op *op)
{
	long fd;

	if (S_ISDIR(op->type))
		return raw(__NR_mkdirat, build->root, op->target, 0755);
	fd = raw(__NR_openat, build->root, op->target,
		 O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
	if (fd >= 0)
		raw(__NR_close, fd);
	return fd;
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
		make_place(build, op); /* what it could not make, move tells */
		result = raw(__NR_move_mount, tree, "", build->root, op->target,
			     MOVE_MOUNT_F_EMPTY_PATH);
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

/* A new directory in the jail's memory, as a detached mount. */
static CHILD_SIDE long memory_directory(struct root_build *build, char kind,
					unsigned int mode,
					unsigned int attributes)
{
	char name[16] = { kind };
	unsigned int number = build->names++;
	int at = 1;
	long result;

	do {
		name[at++] = (char)('0' + number % 10);
		number /= 10;
	} while (number && at < 15);
	result = raw(__NR_mkdirat, build->memory, name, mode);
	if (result < 0)
		return result;
	return tree_copy(build->memory, name, false, attributes);
}

/* ---- operations ---------------------------------------------------------- */

static CHILD_SIDE bool mount_source(struct root_build *build,
				    const struct mount_op *op)
{
	struct launch_context *context = build->context;
	struct stat now;
	/* What the copy is of is compared, so that a link on the way changes
	 * nothing: only the file that the plan resolved is let through. */
	long tree = tree_copy(AT_FDCWD, op->source, op->kind == MOUNT_TREE,
			      op->attributes);
	long result = tree;

	if (tree >= 0)
		result = raw(__NR_fstat, tree, &now);
	if (result >= 0 &&
	    (now.st_dev != op->device || now.st_ino != op->inode)) {
		raw(__NR_close, tree);
		return launch_failed(context, STEP_SOURCE_CHANGED, op->source,
				     -ESTALE);
	}
	if (result >= 0)
		result = attach(build, op, tree);
	return result >= 0 ||
	       launch_failed(context, STEP_MOUNT, op->source, result);
}

static CHILD_SIDE long run_operation(struct root_build *build,
				     const struct mount_op *op)
{
	static const char *const proc_options[] = { NULL };
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
		return attach(
			build, op,
			file_system("proc", proc_options, op->attributes));
	case MOUNT_DEVPTS:
		return attach(
			build, op,
			file_system("devpts", pts_options, op->attributes));
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

		if (op->kind == MOUNT_TREE || op->kind == MOUNT_DEVICE) {
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
	long result, file;

	if (memory < 0)
		return memory;
	result = raw(__NR_move_mount, memory, "", AT_FDCWD, MEMORY_PLACE,
		     MOVE_MOUNT_F_EMPTY_PATH);
	if (result >= 0)
		result = raw(__NR_mkdirat, memory, "root", 0755);
	if (result >= 0)
		result = raw(__NR_mkdirat, memory, "none", 0);
	if (result < 0)
		return result;
	file = raw(__NR_openat, memory, "file",
		   O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0);
	if (file < 0)
		return file;
	raw(__NR_close, file);
	return memory;
}

/* "/" itself may be granted: then it is the first operation. */
static CHILD_SIDE bool make_top(struct root_build *build, size_t *ret_first)
{
	const struct pj_plan *plan = build->context->plan;
	const struct mount_op *op = plan->mounts;
	long tree, result;

	*ret_first = 0;
	if (plan->mount_count && op->kind == MOUNT_TREE && !*op->target) {
		tree = tree_copy(AT_FDCWD, "/", true, op->attributes);
		*ret_first = 1;
	} else {
		tree = tree_copy(build->memory, "root", false,
				 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	}
	if (tree < 0)
		return launch_failed(build->context, STEP_ROOT, NULL, tree);
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
	struct stat root;
	long result = raw(__NR_fchdir, build->root);

	if (result >= 0)
		result = raw(__NR_pivot_root, ".", ".");
	if (result >= 0)
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

CHILD_SIDE bool child_make_root(struct launch_context *context)
{
	struct root_build build = { .context = context };
	struct stat memory;
	size_t first;
	long result;

	context->umask = (unsigned int)raw(__NR_umask, 0);
	result = make_memory(context->plan);
	build.memory = (int)result;
	if (result >= 0)
		result = raw(__NR_fstat, build.memory, &memory);
	if (result < 0)
		return launch_failed(context, STEP_ROOT, "tmpfs", result);
	context->memory_device = memory.st_dev;
	if (!make_top(&build, &first) || !run_operations(&build, first) ||
	    !seal(&build) || !change_root(&build))
		return false;
	raw(__NR_umask, context->umask);
	raw(__NR_close, build.root);
	raw(__NR_close, build.memory);
	return true;
}
