/* SPDX-License-Identifier: Apache-2.0 */
/* Messages with descriptors. Whatever comes in is either handed out or closed.
 */
#include "service/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than the kernel lets one message carry (SCM_MAX_FD, 253): so that each
 * one is seen, and closed here. */
enum { FDS_MAX = 256 };

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

/* The types differ between C libraries, and musl's macro is not made for our
 * warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
static struct cmsghdr *next(struct msghdr *message, struct cmsghdr *header)
{
	return CMSG_NXTHDR(message, header);
}

static void fill(struct msghdr *message, const int *fds, size_t count)
{
	struct cmsghdr *header;

	message->msg_controllen = CMSG_SPACE(count * sizeof(int));
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
}
#pragma GCC diagnostic pop

int wire_send(int socket, const void *data, size_t len, const int *fds,
	      size_t count, int flags)
{
	struct iovec part = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(WIRE_STREAMS * sizeof(int))];
	} control = { 0 };
	ssize_t n;

	if (count) {
		message.msg_control = control.bytes;
		fill(&message, fds, count);
	}
	do {
		n = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

void wire_close(struct wire_fds *fds)
{
	for (size_t i = 0; i < fds->count; i++)
		close(fds->fds[i]);
	fds->count = 0;
}

static void take_fds(struct cmsghdr *header, struct wire_fds *fds)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	const unsigned char *data = CMSG_DATA(header);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
		if (fds->count < WIRE_STREAMS) {
			fds->fds[fds->count++] = fd;
		} else {
			close(fd);
			fds->excess = 1;
		}
	}
}

ssize_t wire_receive(int socket, void *data, size_t size, int flags,
		     struct wire_fds *ret_fds)
{
	struct iovec part = { .iov_base = data, .iov_len = size };
	union control control;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	ret_fds->count = 0;
	ret_fds->excess = 0;
	do {
		n = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
	     header = next(&message, header))
		if (header->cmsg_level == SOL_SOCKET &&
		    header->cmsg_type == SCM_RIGHTS)
			take_fds(header, ret_fds);
	if (message.msg_flags & MSG_CTRUNC)
		ret_fds->excess = 1;
	if (ret_fds->excess || (message.msg_flags & MSG_TRUNC))
		wire_close(ret_fds);
	if (message.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return -1;
	}
	return n;
}
