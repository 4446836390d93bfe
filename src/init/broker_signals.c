/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals, where no scope of Landlock keeps them in (before ABI 6). A signal
 * goes to a process that we hold and that is of the jail's tree; us and our
 * workers nobody signals. What the caller does to itself goes on in the kernel:
 * its number is its own while it waits for us, and of such a call there is
 * nothing in memory that counts.
 *
 * A new session or process group waits for a word of ours as well, and from the
 * moment the jail ends there is none: see init/tree.h.
 */
#include <asm/errno.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>

#include "init/broker.h"
#include "init/broker_call.h"
#include "init/broker_caller.h"
#include "init/broker_place.h"
#include "init/members.h"

enum { SIGNALS_LAST = 64, INFO_BYTES = 128, PASSES_MAX = 16 };

/* The call is carried out by the kernel, as it stands in the registers. */
static long go_on(struct call_request *request)
{
	request->goes_on = true;
	return 0;
}

static bool is_signal(uint64_t number)
{
	return (int)number >= 0 && (int)number <= SIGNALS_LAST;
}

static long caller_process(const struct call_request *request)
{
	return caller_status(request, "Tgid", 10);
}

static long target_open(long pid, struct member *ret_member)
{
	long status = member_open(pid, ret_member);

	if (status == 0 && broker_is_worker(pid)) {
		member_close(ret_member);
		status = -EPERM;
	}
	return status;
}

static long signal_process(long pid, int number, const void *info)
{
	struct member target;
	long status = target_open(pid, &target);

	if (status < 0)
		return status;
	status = member_signal(&target, number, info);
	member_close(&target);
	return status;
}

/* ---- many ------------------------------------------------------------------
 */

struct many {
	long except; /* the caller, where all are meant */
	int number;
	unsigned int reached, living;
	long status;
};

static void signal_visited(const struct member *member, void *data)
{
	struct many *many = data;
	long status;

	if (member->pid == many->except || broker_is_worker(member->pid))
		return;
	many->living += !member->ended;
	status = member_signal(member, many->number, NULL);
	if (status < 0)
		many->status = status;
	else
		many->reached++;
}

/* Of those who are killed the children may have been made behind us: until a
 * pass finds nobody. */
static long signal_many(long group, long except, int number)
{
	struct many many = { .except = except,
			     .number = number,
			     .status = -ESRCH };

	for (int i = 0; i < PASSES_MAX; i++) {
		many.living = 0;
		members_each(group, signal_visited, &many);
		if (number != SIGKILL || !many.living)
			break;
	}
	return many.reached ? 0 : many.status;
}

long call_kill(struct call_request *request)
{
	long pid = (int)request->args[0];
	int number = (int)request->args[1];
	long own;

	if (!is_signal(request->args[1]))
		return -EINVAL;
	if (pid == 0) /* its own group is of its own session */
		return go_on(request);
	if (pid < -1)
		return signal_many(-pid, 0, number);
	own = caller_process(request);
	if (own < 0)
		return own;
	if (pid == -1)
		return signal_many(0, own, number);
	return pid == own ? go_on(request) : signal_process(pid, number, NULL);
}

/* ---- threads ---------------------------------------------------------------
 */

/* Of another process a thread is signalled as its whole process is. */
static long signal_thread(long group, long tid, int number, const void *info)
{
	struct member target;
	struct line path;
	char text[64];
	long status = target_open(group, &target);

	if (status < 0)
		return status;
	line_start(&path, "task/");
	line_add_number(&path, (uint64_t)tid);
	line_add(&path, "/stat");
	status = file_read(target.dir, path.text, text, sizeof(text));
	status = status < 0 ? -ESRCH : member_signal(&target, number, info);
	member_close(&target);
	return status;
}

long call_tgkill(struct call_request *request)
{
	long group = (int)request->args[0], tid = (int)request->args[1], own;

	if (group <= 0 || tid <= 0 || !is_signal(request->args[2]))
		return -EINVAL;
	own = caller_process(request);
	if (own < 0)
		return own;
	return group == own
		       ? go_on(request)
		       : signal_thread(group, tid, (int)request->args[2], NULL);
}

/* A thread of the caller's own: the kernel asks for both numbers. */
long call_tkill(struct call_request *request)
{
	long tid = (int)request->args[0], own, status;
	int number = (int)request->args[1];

	if (tid <= 0 || !is_signal(request->args[1]))
		return -EINVAL;
	if (tid == request->tid)
		return go_on(request);
	own = caller_process(request);
	if (own < 0)
		return own;
	status = raw(__NR_tgkill, own, tid, number);
	return status == -ESRCH ? signal_process(tid, number, NULL) : status;
}

/* ---- with words ------------------------------------------------------------
 */

struct info {
	int32_t number;
	unsigned char rest[INFO_BYTES - sizeof(int32_t)];
} __attribute__((aligned(8)));

/* What a signal tells of its sender, the kernel judges: it is us. */
static long info_take(const struct call_request *request, int index, int number,
		      struct info *ret_info)
{
	long status = caller_bytes(request, request->args[index], ret_info,
				   sizeof(*ret_info));

	ret_info->number = number;
	return status < 0 ? status : 0;
}

long call_sigqueue(struct call_request *request)
{
	int number = (int)request->args[1];
	struct info info;
	long own = caller_process(request), status;

	if (own < 0)
		return own;
	if ((int)request->args[0] == own)
		return go_on(request);
	status = info_take(request, 2, number, &info);
	return status < 0
		       ? status
		       : signal_process((int)request->args[0], number, &info);
}

long call_tgsigqueue(struct call_request *request)
{
	int number = (int)request->args[2];
	long group = (int)request->args[0], tid = (int)request->args[1];
	long own = caller_process(request), status;
	struct info info;

	if (own < 0)
		return own;
	if (group <= 0 || tid <= 0)
		return -EINVAL;
	if (group == own)
		return go_on(request);
	status = info_take(request, 3, number, &info);
	return status < 0 ? status : signal_thread(group, tid, number, &info);
}

/* Which process a descriptor of ours is of; -1 when it is gone. */
static long pidfd_process(int fd)
{
	static const char key[] = "Pid:\t";
	struct line path;
	char text[512];

	line_start(&path, "/proc/self/fdinfo/");
	line_add_number(&path, (uint64_t)fd);
	if (file_read(AT_FDCWD, path.text, text, sizeof(text)) < 0)
		return -EBADF;
	for (const char *at = text; *at;) {
		if (text_starts(at, key)) {
			const char *digits = at + sizeof(key) - 1;
			long pid = (long)number_read(&digits);

			return pid > 0 ? pid : -ESRCH;
		}
		while (*at && *at++ != '\n')
			;
	}
	return -EBADF;
}

long call_pidfd_signal(struct call_request *request)
{
	int number = (int)request->args[1];
	struct info info;
	struct member target;
	long pid, status = caller_fd_take(request, (int)request->args[0]);

	if (status < 0)
		return status;
	request->fd = (int)status;
	if ((uint32_t)request->args[3] || !is_signal(request->args[1]))
		return -EINVAL;
	if (request->args[2]) {
		status = info_take(request, 2, number, &info);
		if (status < 0)
			return status;
	}
	pid = pidfd_process(request->fd);
	if (pid < 0)
		return pid;
	status = target_open(pid, &target);
	if (status < 0)
		return status;
	/* While it has its number, that number's directory is its own. */
	status = pidfd_process(request->fd) != pid
			 ? -ESRCH
			 : member_signal(&target, number,
					 request->args[2] ? &info : NULL);
	member_close(&target);
	return status;
}

/* ---- sessions and groups ---------------------------------------------------
 */

long call_group(struct call_request *request)
{
	request->unanswered = broker_is_stopped(); /* until it is killed */
	return go_on(request);
}
