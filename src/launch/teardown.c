/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last who lets go of a mount namespace unmounts all that is in it, and
 * waits for other processors each time: a tenth of a millisecond. That shall be
 * neither the jail's init, whose end the caller waits for, nor the caller.
 *
 * So the namespace lies in the queue of a socket that is itself held by nothing
 * but its own queue. The kernel's collector finds such a cycle when the other
 * end is closed, by whatever death, and lets go of it in a worker of its own
 * (net/unix/garbage.c, since Linux 6.10).
 */
#include "launch/teardown.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/kernel.h"

int teardown_hold(int pidfd)
{
	auto_fd int namespace_fd =
		ioctl(pidfd, KERNEL_PIDFD_GET_MNT_NAMESPACE, 0);
	auto_fd int holder = -1, held = -1;
	int ends[2];
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { .head = { .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(2 * sizeof(int)) } };
	struct iovec byte = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	const struct msghdr message = { .msg_iov = &byte,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	if (namespace_fd < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	holder = ends[0];
	held = ends[1];
	memcpy(CMSG_DATA(&control.head), (int[]){ namespace_fd, held },
	       2 * sizeof(int));
	if (sendmsg(holder, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -1;
	return take_fd(holder);
}
