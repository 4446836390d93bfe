/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The jail's filter sends each call that could change a
 * name (open for writing, rename, chmod, bind, …) to the listener, and its
 * caller sleeps. We, its init, live in the same mount namespace with the same
 * user and no more rights to files. We copy the call's strings once, resolve
 * them to descriptors, ask rules.c about the place where they really lead, and
 * carry the call out ourselves on those descriptors. The kernel never reads the
 * caller's memory again, so a second thread that rewrites it changes nothing.
 * Calls are served one after the other: of this jail nothing moves between a
 * check and its act, except what blocks (a FIFO, a connection): a child of ours
 * serves these. What another jail could move at that moment is held by
 * descriptor, and by a lock where a name alone makes the difference
 * (broker_shape.c).
 * Every doubt answers with an error.
 *
 * All this is done by a thread of its own, which sleeps in the kernel's queue
 * of calls; for a filtered network another one answers names, by turns with it.
 * The jail can make us wait all the same: for the lock of a file to which it
 * writes gigabytes, for a socket that it changes at the right moment. Then its
 * own calls wait, and nothing else: the init's first thread, which never
 * touches what the jail has, keeps limits, time and the supervisor's word.
 */
#include "init/broker.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/ioctl.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/seccomp.h>
#include <linux/socket.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/uio.h>
#include <linux/un.h>

#include "base/kernel.h"
#include "init/broker_call.h"
#include "init/broker_place.h"
#include "init/broker_shape.h"
#include "init/lib.h"
#include "init/names.h"
#include "init/pending.h"
#include "init/rules.h"
#include "init/thread.h"

/* ---- answers ------------------------------------------------------------- */

static void answer_send(const struct seccomp_notif_resp *response)
{
	/* The caller is gone, or has its answer. One that had none would sleep
	 * on. */
	for (int i = 0; i < 8; i++) {
		long result = raw(__NR_ioctl, INIT_FD_LISTENER,
				  SECCOMP_IOCTL_NOTIF_SEND, response);

		if (result >= 0 || result == -ENOENT || result == -EINPROGRESS)
			return;
	}
}

static void answer(uint64_t id, long value)
{
	struct seccomp_notif_resp response = {
		.id = id,
		.val = value < 0 ? 0 : value,
		.error = (int)(value < 0 ? value : 0),
	};

	answer_send(&response);
}

/* Give the caller our descriptor; closes ours first, and the kernel's hold on
 * it with that: who writes a program and runs it would find it busy. */
static void answer_fd(const struct call_request *request, int fd, int flags)
{
	struct seccomp_notif_addfd add = {
		.id = request->id,
		.srcfd = (unsigned int)fd,
		.newfd_flags = (unsigned int)(flags & O_CLOEXEC),
	};
	long added = raw(__NR_ioctl, INIT_FD_LISTENER,
			 SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	raw(__NR_close, fd);
	answer(request->id, added);
}

/* The same in one step, which spares two wake-ups; ours is closed when the
 * caller runs on already. */
static void answer_socket(const struct call_request *request, int fd)
{
	struct seccomp_notif_addfd add = {
		.id = request->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (unsigned int)fd,
		.newfd_flags = (unsigned int)(request->fd_flags & O_CLOEXEC),
	};
	long added = raw(__NR_ioctl, INIT_FD_LISTENER,
			 SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	if (added < 0)
		answer(request->id, added);
	raw(__NR_close, fd);
}

/* The caller goes on in the kernel with the call that it made. */
static void answer_going_on(uint64_t id)
{
	struct seccomp_notif_resp response = {
		.id = id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	answer_send(&response);
}

static void release(struct call_request *request)
{
	if (request->fd >= 0)
		raw(__NR_close, request->fd);
	if (request->second_fd >= 0)
		raw(__NR_close, request->second_fd);
	request->fd = request->second_fd = -1;
	while (request->more_fd_count)
		raw(__NR_close, request->more_fds[--request->more_fd_count]);
}

/* The caller goes on when we hold nothing of its call any more. */
static void finish(struct call_request *request, long value, bool gives_fd)
{
	release(request);
	if (request->unanswered)
		return;
	if (value >= 0 && request->goes_on)
		answer_going_on(request->id);
	else if (value >= 0 && gives_fd && request->gives_socket)
		answer_socket(request, (int)value);
	else if (value >= 0 && gives_fd)
		answer_fd(request, (int)value, request->fd_flags);
	else
		answer(request->id, value);
}

static const struct call *call_find(int nr)
{
	for (const struct call *call = calls; call->run; call++)
		if (call->nr == nr)
			return call;
	return NULL;
}

/* ---- workers ------------------------------------------------------------- */

enum { WORKERS_MAX = 2048, LOOKS_MAX = 64 };

static struct {
	int pid; /* 0: free */
	int tid; /* of the caller */
	uint64_t id;
} workers[WORKERS_MAX];
static unsigned int workers_end; /* none is at or above */
static bool stopped;
static uint32_t workers_lock;

static unsigned int worker_slot(void)
{
	unsigned int slot = 0;

	while (slot < workers_end && workers[slot].pid)
		slot++;
	return slot;
}

/* What may block gets a process of its own; true in that process. */
static bool become_worker(const struct call_request *request)
{
	unsigned int slot;
	long pid = -EAGAIN;

	lock_take(&workers_lock);
	slot = worker_slot();
	if (slot < WORKERS_MAX && !stopped)
		pid = raw(__NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		return true;
	if (pid > 0) {
		workers[slot].pid = (int)pid;
		workers[slot].tid = request->tid;
		workers[slot].id = request->id;
		if (slot == workers_end)
			workers_end++;
	}
	lock_give(&workers_lock);
	if (pid < 0)
		answer(request->id, pid);
	return false;
}

static bool still_called(uint64_t id)
{
	return raw(__NR_ioctl, INIT_FD_LISTENER, SECCOMP_IOCTL_NOTIF_ID_VALID,
		   &id) != -ENOENT;
}

void broker_sweep(void)
{
	static unsigned int sweeps;
	unsigned int every;

	lock_take(&workers_lock);
	/* A look at /proc takes its time: so many a sweep, then. */
	every = workers_end / LOOKS_MAX + 1;
	sweeps++;
	for (unsigned int i = 0; i < workers_end; i++) {
		if (!workers[i].pid)
			continue;
		if (still_called(workers[i].id)) {
			if ((i + sweeps) % every ||
			    !pending_signal(workers[i].tid))
				continue;
			answer(workers[i].id, -KERNEL_ERESTARTSYS);
		}
		raw(__NR_kill, workers[i].pid, SIGKILL);
	}
	lock_give(&workers_lock);
}

void broker_reaped(long pid)
{
	lock_take(&workers_lock);
	for (unsigned int i = 0; i < workers_end; i++) {
		if (workers[i].pid != pid)
			continue;
		workers[i].pid = 0;
		answer(workers[i].id, -EIO); /* one that died before it did */
	}
	while (workers_end && !workers[workers_end - 1].pid)
		workers_end--;
	lock_give(&workers_lock);
}

bool broker_is_worker(long pid)
{
	bool found = false;

	lock_take(&workers_lock);
	for (unsigned int i = 0; i < workers_end && !found; i++)
		found = workers[i].pid == pid;
	lock_give(&workers_lock);
	return found;
}

bool broker_is_stopped(void)
{
	return __atomic_load_n(&stopped, __ATOMIC_SEQ_CST);
}

void broker_stop(void)
{
	lock_take(&workers_lock);
	__atomic_store_n(&stopped, true, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < workers_end; i++)
		if (workers[i].pid)
			raw(__NR_kill, workers[i].pid, SIGKILL);
	lock_give(&workers_lock);
}

/* ---- the thread ---------------------------------------------------------- */

enum { STACK_BYTES = 256 * 1024, NAMES_MS = 50 };
enum { POLL_LISTENER, POLL_NAMES };

static unsigned char calls_stack[STACK_BYTES] __attribute__((aligned(16)));
static unsigned char names_stack[STACK_BYTES] __attribute__((aligned(16)));
static const struct init_config *served;
/* Held by who serves a call or a name: what they know is the same. */
static uint32_t turn;

static void answer_call(const struct seccomp_notif *notification)
{
	static struct call_request request;
	const struct call *call;
	long value;

	memset(&request, 0, sizeof(request));
	request.config = served;
	request.id = notification->id;
	request.tid = (int)notification->pid;
	request.fd = request.second_fd = -1;
	for (int i = 0; i < 6; i++)
		request.args[i] = notification->data.args[i];
	call = call_find(notification->data.nr);
	if (!call) {
		answer(request.id, -ENOSYS);
		return;
	}
	request.call = call;
	value = call->run(&request);
	shape_unlock(); /* the act is done, or is of what is there already */
	if (request.later) {
		if (become_worker(&request)) {
			value = request.later(&request);
			finish(&request, value, request.later_gives_fd);
			raw(__NR_exit_group, 0);
		}
		release(&request);
	} else {
		finish(&request, value, request.gives_fd);
	}
}

/* False when nobody has the filter any more. */
static bool anybody_calls(void)
{
	struct pollfd poll = { INIT_FD_LISTENER, POLLIN, 0 };
	struct __kernel_timespec at_once = { 0 };

	return raw(__NR_ppoll, &poll, 1, &at_once, 0, 8) <= 0 ||
	       poll.revents & POLLIN;
}

/* Have callers and us wake one another on the processor where we are (Linux
 * 6.6), which is the next one's to run there since the other one sleeps then.
 * So we need not push aside who runs: not the caller above all, who wakes us
 * when it has taken a descriptor, but does not wait any more. */
static void share_processor(void)
{
	int priority = 0;

	if (raw(__NR_ioctl, INIT_FD_LISTENER, KERNEL_SECCOMP_SET_FLAGS,
		KERNEL_SECCOMP_FD_SYNC_WAKE_UP) == 0 &&
	    raw(__NR_sched_getscheduler, 0) == SCHED_NORMAL)
		raw(__NR_sched_setscheduler, 0, SCHED_BATCH, &priority);
}

/* Both threads end when nobody has the filter any more: then nobody ever will.
 * They do not wait for the jail's end, or that would wait for theirs. */
static void serve_calls(void)
{
	struct seccomp_notif notification;

	if (served->flags & INIT_NETWORK)
		share_processor();
	for (;;) {
		memset(&notification, 0, sizeof(notification));
		if (raw(__NR_ioctl, INIT_FD_LISTENER, SECCOMP_IOCTL_NOTIF_RECV,
			&notification) == 0) {
			lock_take(&turn);
			answer_call(&notification);
			lock_give(&turn);
		} else if (!anybody_calls()) {
			raw(__NR_exit, 0);
		}
	}
}

/* How many are to be waited for. */
static unsigned int fill_polls(struct pollfd *polls)
{
	unsigned int count;

	polls[POLL_LISTENER] = (struct pollfd){ INIT_FD_LISTENER, 0, 0 };
	lock_take(&turn);
	count = POLL_NAMES + names_polls(polls + POLL_NAMES);
	lock_give(&turn);
	return count;
}

/* The kernel takes no more entries than there may be descriptors, and counts
 * the empty ones: those are left out. */
static long await(struct pollfd *polls, unsigned int count,
		  struct __kernel_timespec *most)
{
	static struct pollfd taken[POLL_NAMES + NAMES_POLLS];
	unsigned int n = 0;
	long ready;

	for (unsigned int i = 0; i < count; i++)
		if (polls[i].fd >= 0)
			taken[n++] = polls[i];
	ready = raw(__NR_ppoll, taken, n, most, 0, 8);
	n = 0;
	for (unsigned int i = 0; i < count; i++)
		if (polls[i].fd >= 0)
			polls[i].revents = taken[n++].revents;
	return ready;
}

static void serve_names(void)
{
	static struct pollfd polls[POLL_NAMES + NAMES_POLLS];

	for (;;) {
		unsigned int count = fill_polls(polls);
		bool asking = names_wait();
		struct __kernel_timespec wait = { .tv_nsec =
							  NAMES_MS * 1000000 };
		long ready = await(polls, count, asking ? &wait : 0);

		if (ready < 0 && ready != -EINTR) /* not again at once */
			raw(__NR_ppoll, 0, 0, &wait, 0, 8);
		if (ready > 0 ? polls[POLL_LISTENER].revents
			      : ready < 0 && !anybody_calls())
			raw(__NR_exit, 0);
		lock_take(&turn);
		if (ready > 0)
			names_serve(polls + POLL_NAMES, count - POLL_NAMES);
		if (asking)
			names_tick();
		lock_give(&turn);
	}
}

long broker_start(const struct init_config *config)
{
	static bool names_started;
	long result = 0;

	served = config;
	if (config->flags & INIT_NETWORK && !names_started)
		result = thread_start(names_stack + STACK_BYTES, serve_names);
	if (result < 0)
		return result;
	names_started = true;
	return thread_start(calls_stack + STACK_BYTES, serve_calls);
}
