/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who belongs to the tree below us. We are its subreaper: whoever loses its
 * parent in it gets a parent that is in it too, in the end us. So the parents
 * of each process of the jail lead to us, and those of no other process do.
 *
 * A number may be another process's a moment later, and the jail can make it
 * so. So a process is held by a directory of /proc, which is of that process
 * and no other, and a step to a parent counts when the child still names that
 * number after the parent is held: as long as it does, the number is taken.
 */
#include "init/members.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>

#include "base/kernel.h"
#include "init/lib.h"

/* Of steps and of tries, for one process. */
enum { STEPS_MAX = 1 << 16 };

static long open_process(long pid)
{
	struct line path;
	long dir;

	line_start(&path, "/proc/");
	line_add_number(&path, (uint64_t)pid);
	dir = raw(__NR_openat, AT_FDCWD, path.text,
		  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir == -ENOENT ? -ESRCH : dir;
}

/* Fields 3 to 5 of /proc/PID/stat, behind a name that may hold anything. */
static long read_relations(struct member *member)
{
	char text[512];
	const char *at = NULL;
	long n = file_read(member->dir, "stat", text, sizeof(text));

	if (n < 0)
		return n == -ENOENT ? -ESRCH : n;
	for (const char *end = text; *end; end++)
		if (*end == ')')
			at = end;
	if (!at || text_len(at) < 5)
		return -ESRCH;
	member->ended = at[2] == 'Z' || at[2] == 'X';
	at += 4;
	member->parent = (long)number_read(&at);
	if (*at)
		at++;
	member->group = (long)number_read(&at);
	return 0;
}

/* Go up from *child to its parent. 0: there we are; -EAGAIN: it moved. */
static long step_up(struct member *child)
{
	struct member parent = { .pid = child->parent };
	long named = child->parent, status = open_process(named);

	if (status < 0)
		return status == -ESRCH ? -EAGAIN : status;
	parent.dir = (int)status;
	status = read_relations(child);
	if (status == 0 && child->parent != named)
		status = -EAGAIN;
	if (status == 0)
		status = read_relations(&parent);
	raw(__NR_close, status == 0 ? child->dir : parent.dir);
	if (status == 0)
		*child = parent;
	return status;
}

/* Up from a process that we hold: do its parents lead to us? */
static long descends(const struct member *member)
{
	long self = raw(__NR_getpid), status = 0;
	struct member at = { .dir = -1 };

	for (int i = 0; i < STEPS_MAX; i++) {
		if (at.dir < 0) {
			at = *member;
			at.dir = (int)raw(__NR_fcntl, member->dir,
					  F_DUPFD_CLOEXEC, 0);
			status = at.dir < 0 ? at.dir : read_relations(&at);
		}
		if (status < 0 || at.parent == self)
			break;
		status = at.parent > 1 ? step_up(&at) : -EPERM;
		if (status != -EAGAIN && status != -ESRCH)
			continue;
		/* Somebody on the way has ended: from the start. */
		raw(__NR_close, at.dir);
		at.dir = -1;
		status = 0;
	}
	if (at.dir >= 0)
		raw(__NR_close, at.dir);
	return status < 0 ? status : at.parent == self ? 0 : -EPERM;
}

/* Of that group, unless it is 0: else -ESRCH. */
static long member_of_group(long pid, long group, struct member *ret_member)
{
	struct member member = { .pid = pid };
	long status = open_process(pid);

	if (status < 0)
		return status;
	member.dir = (int)status;
	status = read_relations(&member);
	if (status == 0 && group && member.group != group)
		status = -ESRCH;
	if (status == 0)
		status = pid == raw(__NR_getpid) ? -EPERM : descends(&member);
	if (status < 0)
		raw(__NR_close, member.dir);
	else
		*ret_member = member;
	return status;
}

long member_open(long pid, struct member *ret_member)
{
	return member_of_group(pid, 0, ret_member);
}

void member_close(struct member *member)
{
	raw(__NR_close, member->dir);
}

long member_signal(const struct member *member, int number, const void *info)
{
	return raw(__NR_pidfd_send_signal, member->dir, number, info, 0);
}

static void processes_each(void (*visit)(long pid, void *data), void *data)
{
	char buffer[8192] __attribute__((aligned(8)));
	long proc = raw(__NR_openat, AT_FDCWD, "/proc",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long n;

	if (proc < 0)
		return;
	while ((n = raw(__NR_getdents64, proc, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < n;) {
			const struct kernel_entry *entry =
				(const void *)(buffer + at);
			const char *name = entry->name;

			at += entry->len;
			if (*name >= '1' && *name <= '9')
				visit((long)number_read(&name), data);
		}
	}
	raw(__NR_close, proc);
}

struct visitor {
	long group;
	void (*member)(const struct member *member, void *data);
	void (*child)(long pid);
	void *data;
};

static void visit_member(long pid, void *data)
{
	const struct visitor *visitor = data;
	struct member member;

	if (member_of_group(pid, visitor->group, &member) < 0)
		return;
	visitor->member(&member, visitor->data);
	member_close(&member);
}

void members_each(long group,
		  void (*visit)(const struct member *member, void *data),
		  void *data)
{
	struct visitor visitor = { .group = group,
				   .member = visit,
				   .data = data };

	processes_each(visit_member, &visitor);
}

/* ---- our own children -----------------------------------------------------
 */

static bool read_process(long pid, struct member *ret_process)
{
	long status = open_process(pid);

	if (status < 0)
		return false;
	ret_process->dir = (int)status;
	status = read_relations(ret_process);
	raw(__NR_close, ret_process->dir);
	return status == 0;
}

long child_group(long pid)
{
	struct member child = { .pid = pid };

	return read_process(pid, &child) ? child.group : 0;
}

static void visit_child(long pid, void *data)
{
	const struct visitor *visitor = data;
	struct member process = { .pid = pid };

	if (read_process(pid, &process) && process.parent == raw(__NR_getpid))
		visitor->child(pid);
}

void children_each(void (*visit)(long pid))
{
	struct visitor visitor = { .child = visit };

	processes_each(visit_child, &visitor);
}
