/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage: executed by a wrapper in the jail that it made, without libc.
 * Takes descriptors and plan from the socket, maps the plan where its pointers
 * lead, looks whether the jail is what the plan says, and goes on like a child
 * of the launcher (child_init.c). What fails is told on the socket; nothing of
 * the program has run then.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/rawsys.h"
#include "base/start.h"
#include "init/lib.h"
#include "launch/child.h"
#include "launch/stage.h"

enum { STACK_BYTES = 64 * 1024, ABOVE = 16 };

/* Moved away from the numbers that the init's descriptors get. */
static int told_on = WRAPPER_FD_SOCKET;

static unsigned char program_stack[STACK_BYTES] __attribute__((aligned(16)));

/* ---- what is told ---------------------------------------------------------
 */

void child_tell(const struct launch_context *context)
{
	struct stage_report report = {
		.executed = context->program_executed,
		.step = context->step,
		.errnum = context->errnum,
	};
	const char *what = context->what ? context->what : "";
	size_t n = text_len(what);

	if (n >= sizeof(report.what))
		n = sizeof(report.what) - 1;
	memcpy(report.what, what, n);
	raw(__NR_sendto, told_on, &report, sizeof(report), MSG_NOSIGNAL, 0, 0);
}

/* ---- the jail, as the wrapper made it -------------------------------------
 */

static int open_target(const struct mount_op *op)
{
	char path[PATH_BYTES] = "/";
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	size_t n = text_len(op->target);

	if (n + 2 > sizeof(path))
		return -ENAMETOOLONG;
	memcpy(path + 1, op->target, n + 1);
	return (int)raw(__NR_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Something that shows nothing: a mode without rights, or a device on a mount
 * without devices. */
static long check_mask(int fd, const struct stat *now)
{
	char path[32] = "/proc/self/fd/";
	struct statfs fs;
	size_t at = text_len(path);
	long opened, result;

	path[at++] = (char)('0' + fd / 10);
	path[at] = (char)('0' + fd % 10);
	opened = raw(__NR_openat, AT_FDCWD, path,
		     O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (opened >= 0) {
		raw(__NR_close, opened);
		return -EEXIST;
	}
	result = raw(__NR_fstatfs, fd, &fs);
	if (result < 0)
		return result;
	if (S_ISCHR(now->st_mode))
		return fs.f_flags & 4 /* ST_NODEV */ ? 0 : -ENODEV;
	return now->st_mode & 0777 ? -EACCES : 0;
}

/* MOUNT_ATTR_RDONLY, NOSUID, NODEV and NOEXEC have the values of statfs. */
static long check_tree(int fd, const struct mount_op *op,
		       const struct stat *now)
{
	struct statfs fs;
	long result = raw(__NR_fstatfs, fd, &fs);

	if (result < 0)
		return result;
	if (now->st_dev != op->device || now->st_ino != op->inode)
		return -ESTALE;
	if (op->kind == MOUNT_TREE &&
	    ((unsigned long)fs.f_flags & op->attributes) != op->attributes)
		return -EROFS;
	return 0;
}

static long check_operation(const struct mount_op *op)
{
	struct stat now;
	int fd = open_target(op);
	long result = fd;

	if (fd < 0)
		return op->optional && fd == -ENOENT ? 0 : fd;
	result = raw(__NR_fstat, fd, &now);
	if (result >= 0 && (op->kind == MOUNT_TREE || op->kind == MOUNT_DEVICE))
		result = check_tree(fd, op, &now);
	else if (result >= 0 && op->kind == MOUNT_MASK)
		result = check_mask(fd, &now);
	else if (result >= 0 && op->kind == MOUNT_PRIVATE &&
		 !S_ISDIR(now.st_mode))
		result = -ENOTDIR;
	raw(__NR_close, fd);
	return result;
}

/* The jail's own memory: the broker lets everything pass there. */
static void note_memory(struct launch_context *context)
{
	const struct pj_plan *plan = context->plan;
	unsigned int found = 0;
	struct stat now;

	for (size_t i = 0; i < plan->mount_count && found < 2; i++) {
		int fd;

		if (plan->mounts[i].kind != MOUNT_PRIVATE)
			continue;
		fd = open_target(&plan->mounts[i]);
		if (fd < 0)
			continue;
		if (raw(__NR_fstat, fd, &now) >= 0)
			context->memory_devices[found++] = now.st_dev;
		raw(__NR_close, fd);
	}
}

/* bwrap leaves its mounts where those of the host arrive: what the host mounts
 * later in a granted tree would come in, and to be written to. The namespace is
 * not always ours to change (bwrap ends in a second user namespace), a copy is.
 * A jail that has no mounts of ours keeps its launcher's. */
static bool stay_apart(struct launch_context *context)
{
	long result = 0;

	if (context->plan->mount_count)
		result = raw(__NR_unshare, CLONE_NEWNS);
	if (result >= 0 && context->plan->mount_count)
		result = raw(__NR_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0);
	return result >= 0 || launch_failed(context, STEP_WRAPPED_ROOT,
					    "mounts of its own", result);
}

bool child_enter_jail(struct launch_context *context)
{
	(void)context;
	return true;
}

bool child_make_jail(struct launch_context *context)
{
	const struct pj_plan *plan = context->plan;
	struct stat root;
	long result;

	if (!stay_apart(context))
		return false;
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct mount_op *op = &plan->mounts[i];

		if (op->kind == MOUNT_SYMLINK)
			continue;
		result = check_operation(op);
		if (result < 0)
			return launch_failed(context,
					     result == -ESTALE
						     ? STEP_SOURCE_CHANGED
						     : STEP_WRAPPED_ROOT,
					     op->target, result);
	}
	result = raw(__NR_newfstatat, AT_FDCWD, "/", &root, 0);
	if (result < 0)
		return launch_failed(context, STEP_WRAPPED_ROOT, "/", result);
	context->root_device = root.st_dev;
	context->root_inode = root.st_ino;
	note_memory(context);
	return true;
}

/* ---- the start ------------------------------------------------------------
 */

static bool receive(int fds[STAGE_SENT_COUNT])
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(STAGE_SENT_COUNT * sizeof(int))];
	} control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	if (raw(__NR_recvmsg, told_on, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    control.head.cmsg_type != SCM_RIGHTS ||
	    control.head.cmsg_len != CMSG_LEN(STAGE_SENT_COUNT * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(&control.head), STAGE_SENT_COUNT * sizeof(int));
	return true;
}

static struct launch_context *map_plan(int fd)
{
	struct stat stat;
	struct stage_image *image = (struct stage_image *)STAGE_BASE;

	if (raw(__NR_fstat, fd, &stat) < 0 ||
	    raw(__NR_mmap, STAGE_BASE, stat.st_size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0) != (long)STAGE_BASE ||
	    image->size != (size_t)stat.st_size)
		return NULL;
	return &image->context;
}

__attribute__((used)) void stage_entry(void);
void stage_entry(void)
{
	int fds[STAGE_SENT_COUNT];
	struct launch_context *context = NULL;

	/* The wrapper's end is ours; it dies with no thread but its own. */
	raw(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	raw(__NR_prctl, PR_SET_NAME, "procjail-stage", 0, 0, 0);
	told_on =
		(int)raw(__NR_fcntl, WRAPPER_FD_SOCKET, F_DUPFD_CLOEXEC, ABOVE);
	if (receive(fds))
		context = map_plan(fds[STAGE_SENT_PLAN]);
	if (context) {
		context->control = fds[STAGE_SENT_CONTROL];
		context->report = fds[STAGE_SENT_REPORT];
		context->config = fds[STAGE_SENT_CONFIG];
		context->init_image = fds[STAGE_SENT_INIT_IMAGE];
		context->account = context->plan->cgroup.cpu_time
					   ? fds[STAGE_SENT_ACCOUNT]
					   : -1;
		for (int i = 0; i < 3; i++)
			context->streams[i] = fds[STAGE_SENT_STREAMS + i];
		context->program_stack = program_stack + STACK_BYTES;
		child_run_init(context);
	}
	raw(__NR_exit_group, 1);
	__builtin_unreachable();
}

START_AT(stage_entry);
