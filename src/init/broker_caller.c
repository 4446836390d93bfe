/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the caller of a call under mediation is and says: its memory, copied
 * once, and its status. After each copy the caller is asked for again: a number
 * that a new process has meanwhile does not count.
 */
#include "init/broker_caller.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/seccomp.h>
#include <linux/uio.h>

#include "base/kernel.h"

static bool still_waiting(const struct call_request *request)
{
	return raw(__NR_ioctl, INIT_FD_LISTENER, SECCOMP_IOCTL_NOTIF_ID_VALID,
		   &request->id) == 0;
}

static long copy_in(const struct call_request *request, uint64_t address,
		    void *buffer, size_t n)
{
	struct iovec local = { .iov_base = buffer, .iov_len = n };
	struct iovec remote = { .iov_base = (void *)address, .iov_len = n };

	return raw(__NR_process_vm_readv, request->tid, &local, 1, &remote, 1,
		   0);
}

long caller_bytes(const struct call_request *request, uint64_t address,
		  void *buffer, size_t n)
{
	long got = n ? copy_in(request, address, buffer, n) : 0;

	if (got < 0)
		return got == -EPERM ? got : -EFAULT;
	if ((size_t)got != n)
		return -EFAULT;
	return still_waiting(request) ? got : -EINTR;
}

long caller_gather(const struct call_request *request,
		   const struct iovec *pieces, size_t count, void *buffer,
		   size_t n)
{
	struct iovec local = { .iov_base = buffer, .iov_len = n };
	long got = n ? raw(__NR_process_vm_readv, request->tid, &local, 1,
			   pieces, count, 0)
		     : 0;

	if (got < 0)
		return got == -EPERM ? got : -EFAULT;
	if ((size_t)got != n)
		return -EFAULT;
	return still_waiting(request) ? got : -EINTR;
}

long caller_write(const struct call_request *request, uint64_t address,
		  const void *bytes, size_t n)
{
	struct iovec local = { .iov_base = (void *)bytes, .iov_len = n };
	struct iovec remote = { .iov_base = (void *)address, .iov_len = n };

	if (!still_waiting(request))
		return -EINTR;
	return raw(__NR_process_vm_writev, request->tid, &local, 1, &remote, 1,
		   0) == (long)n
		       ? 0
		       : -EFAULT;
}

long caller_string(const struct call_request *request, uint64_t address,
		   char *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		size_t n = 4096 - ((address + have) & 4095);
		long got;

		if (n > size - have)
			n = size - have;
		got = copy_in(request, address + have, buffer + have, n);
		if (got <= 0)
			return got == -EPERM ? got : -EFAULT;
		for (long i = 0; i < got; i++)
			if (!buffer[have + (size_t)i])
				return still_waiting(request) ? (long)have + i
							      : -EINTR;
		have += (size_t)got;
	}
	return -ENAMETOOLONG;
}

void caller_proc_path(struct line *line, const struct call_request *request,
		      const char *rest)
{
	line_start(line, "/proc/");
	line_add_number(line, (uint64_t)request->tid);
	line_add(line, rest);
}

long caller_status(const struct call_request *request, const char *field,
		   int base)
{
	static struct line path;
	static char status[2048];
	size_t n = text_len(field);
	long got;

	caller_proc_path(&path, request, "/status");
	got = file_read(AT_FDCWD, path.text, status, sizeof(status));
	if (got < 0)
		return got;
	for (const char *at = status; *at;) {
		long value = 0;

		if (text_starts(at, field) && at[n] == ':') {
			for (at += n + 1; *at == '\t' || *at == ' ';)
				at++;
			for (; *at >= '0' && *at <= '9'; at++)
				value = value * base + (*at - '0');
			return still_waiting(request) ? value : -EINTR;
		}
		while (*at && *at++ != '\n')
			;
	}
	return -ESRCH;
}

/* ---- descriptors ----------------------------------------------------------
 */

/* Descriptors of threads that called before. A number is given to another
 * thread only when its last one is gone; then its descriptor leads nowhere
 * (ESRCH), never to the new one. */
enum { THREADS_KEPT = 32 };

static struct {
	int tid, fd;
} threads[THREADS_KEPT]; /* tid 0: free */

/* Of the thread, or, before Linux 6.9, of a process by its first thread. */
static long thread_open(int tid)
{
	long fd = raw(__NR_pidfd_open, tid, KERNEL_PIDFD_THREAD);

	return fd == -EINVAL ? raw(__NR_pidfd_open, tid, 0) : fd;
}

static long take_from_kept(int tid, int fd)
{
	size_t slot = (size_t)tid % THREADS_KEPT;
	long opened;

	if (threads[slot].tid == tid) {
		long taken = raw(__NR_pidfd_getfd, threads[slot].fd, fd, 0);

		if (taken != -ESRCH)
			return taken;
	}
	opened = thread_open(tid);
	if (opened < 0)
		return opened;
	if (threads[slot].tid)
		raw(__NR_close, threads[slot].fd);
	threads[slot].tid = tid;
	threads[slot].fd = (int)opened;
	return raw(__NR_pidfd_getfd, opened, fd, 0);
}

/* Of the process that a thread other than its first belongs to, where threads
 * have no descriptors. */
static long take_from_process(const struct call_request *request, int fd)
{
	long group = caller_status(request, "Tgid", 10);
	long process, taken;

	if (group < 0)
		return group;
	process = raw(__NR_pidfd_open, group, 0);
	if (process < 0)
		return process;
	taken = raw(__NR_pidfd_getfd, process, fd, 0);
	raw(__NR_close, process);
	return taken;
}

long caller_fd_borrow(const struct call_request *request, int fd)
{
	long taken = take_from_kept(request->tid, fd);

	/* A thread that is no process's first: ENOENT since Linux 6.9. */
	if (taken == -EINVAL || taken == -ENOENT)
		taken = take_from_process(request, fd);
	return taken;
}

long caller_fd_take(const struct call_request *request, int fd)
{
	long taken = caller_fd_borrow(request, fd);

	if (taken < 0 || still_waiting(request))
		return taken;
	raw(__NR_close, taken);
	return -EINTR;
}

int caller_umask_take(const struct call_request *request)
{
	long mask = caller_status(request, "Umask", 8);

	if (mask < 0)
		return (int)mask;
	raw(__NR_umask, mask);
	return 0;
}
