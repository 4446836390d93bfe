/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last who lets go of a mount namespace unmounts all that is in it, and
 * waits for other processors each time: a tenth of a millisecond, before the
 * death of a process is told to its parent. So it shall be none of ours. A
 * descriptor that lies in the queue of a socket which itself lies only there is
 * nobody's; the kernel's collector (net/unix/garbage.c, a worker of its own
 * since Linux 6.10) finds it when the next socket is closed, and lets go. Where
 * that does not succeed, closing it here has the same effect, later.
 */
#include "launch/teardown.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/kernel.h"

int teardown_hold(int pidfd)
{
	return ioctl(pidfd, KERNEL_PIDFD_GET_MNT_NAMESPACE, 0);
}

void teardown_later(int namespace_fd)
{
	int pair[2], sent[2];
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(sent))];
	} control = { .head = { .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(sent)) } };
	struct iovec byte = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	const struct msghdr message = { .msg_iov = &byte,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	if (namespace_fd < 0)
		return;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       pair) < 0) {
		close(namespace_fd);
		return;
	}
	sent[0] = namespace_fd;
	sent[1] = pair[1];
	memcpy(CMSG_DATA(&control.head), sent, sizeof(sent));
	sendmsg(pair[0], &message, MSG_NOSIGNAL);
	close(namespace_fd);
	close(pair[1]);
	close(pair[0]); /* the next socket */
}
