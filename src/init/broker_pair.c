/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socketpair of datagrams where path sockets of that kind are not to be had:
 * each end could name another receiver with any message, past us. A pair of
 * packet sockets keeps the bounds of messages as well and ignores every name.
 */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/seccomp.h>

#include "init/address.h"
#include "init/broker_call.h"
#include "init/broker_caller.h"

enum { TYPE_PACKETS = 5, TYPE_MASK = 0xf };

/* The number that the caller has for it; ours is closed. */
static long hand_over(const struct call_request *request, int fd, int flags)
{
	struct seccomp_notif_addfd add = {
		.id = request->id,
		.srcfd = (unsigned int)fd,
		.newfd_flags = (unsigned int)(flags & O_CLOEXEC),
	};
	long added = raw(__NR_ioctl, INIT_FD_LISTENER,
			 SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	raw(__NR_close, fd);
	return added;
}

long call_socketpair(struct call_request *request)
{
	int type = (int)request->args[1];
	int ours[2], theirs[2];
	long first, second;
	long status = raw(__NR_socketpair, FAMILY_UNIX,
			  TYPE_PACKETS | (type & ~TYPE_MASK) | O_CLOEXEC,
			  (int)request->args[2], ours);

	if (status < 0)
		return status;
	first = hand_over(request, ours[0], type);
	second = hand_over(request, ours[1], type);
	if (first < 0 ||
	    second < 0) /* a table that is full, or a caller gone */
		return first < 0 ? first : second;
	theirs[0] = (int)first;
	theirs[1] = (int)second;
	return caller_write(request, request->args[3], theirs, sizeof(theirs));
}
