/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that name their receiver. The caller's header, address, data and
 * ancillary data are copied once; descriptors that go along are taken from it;
 * the path of a receiver is judged as for connect, and what is sent is our
 * copy, on a descriptor of ours of the very socket. Where path sockets of
 * datagrams are to be had, every sendmsg comes here, since the filter cannot
 * see whether it has an address; elsewhere sendto with one, for what it tells
 * of a filtered network.
 *
 * What cannot be sent at once is sent by a child of ours. A receiver that asks
 * for credentials is told ours, which are the caller's but for the process.
 */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/uio.h>

#include "init/address.h"
#include "init/broker_call.h"
#include "init/broker_caller.h"
#include "init/broker_inet.h"
#include "init/broker_sockets.h"
#include "init/control_message.h"
#include "init/socket.h"

enum {
	FLAG_DONTWAIT = 0x40,
	FLAG_NOSIGNAL = 0x4000,
	FLAG_ZEROCOPY = 0x4000000,
	/* MSG_OOB, DONTROUTE, DONTWAIT, EOR, CONFIRM, NOSIGNAL, MORE */
	FLAGS_KEPT = 0x1 | 0x4 | 0x40 | 0x80 | 0x800 | 0x4000 | 0x8000,
};

enum {
	DATA_MAX = 256 * 1024, /* more than any datagram by default */
	PIECES_MAX = 1024,     /* as the kernel has it */
};

/* struct msghdr, as the kernel has it. */
struct message {
	const void *name;
	uint32_t name_len;
	uint32_t unused;
	struct iovec *pieces;
	uint64_t piece_count;
	void *control;
	uint64_t control_len;
	uint32_t flags;
	uint32_t unused_too;
};

/* What is being sent: one at a time. */
static unsigned char data[DATA_MAX] __attribute__((aligned(16)));
static struct control control;
static int descriptors[CONTROL_DESCRIPTORS_MAX];
static struct {
	size_t len;
	unsigned int flags;
	bool named;
} out;

/* ---- taking -------------------------------------------------------------- */

/* A stream takes what fits, as it may at any time. */
static long take_data(struct call_request *request, struct iovec *pieces,
		      size_t count, bool stream)
{
	size_t total = 0;
	size_t used = 0;

	for (; used < count; used++) {
		size_t room = sizeof(data) - total;

		if (pieces[used].iov_len > room && !stream)
			return -EMSGSIZE;
		if (pieces[used].iov_len > room)
			pieces[used].iov_len = room;
		total += pieces[used].iov_len;
	}
	out.len = total;
	return caller_gather(request, pieces, used, data, total);
}

/* Each descriptor that goes along is ours. */
static long take_control(struct call_request *request,
			 const struct message *theirs)
{
	long status = 0;

	control.len = theirs->control ? theirs->control_len : 0;
	if (control.len > sizeof(control.bytes))
		return -ENOBUFS;
	if (control.len)
		status = caller_bytes(request, (uint64_t)theirs->control,
				      control.bytes, control.len);
	if (status >= 0)
		status = control_read(&control);
	request->more_fds = descriptors;
	for (unsigned int i = 0; status >= 0 && i < control.count; i++) {
		int *number = (int *)(control.bytes + control.at[i]);
		long fd = caller_fd_take(request, *number);

		if (fd < 0)
			return fd;
		descriptors[request->more_fd_count++] = *number = (int)fd;
	}
	return status < 0 ? status : 0;
}

static long take_address(struct call_request *request, uint64_t address,
			 uint32_t len)
{
	out.named = address && len;
	if (!out.named)
		return 0;
	if (len > sizeof(request->address))
		return -EINVAL;
	request->address_len = len;
	return caller_bytes(request, address, request->address, len);
}

static long take_socket(struct call_request *request, uint32_t flags)
{
	long fd = caller_fd_take(request, (int)request->args[0]);

	if (fd < 0)
		return fd;
	request->fd = (int)fd;
	memset(&out, 0, sizeof(out));
	control.len = 0;
	/* Its pages would be ours; who asks for it sends a copy then. */
	if (flags & FLAG_ZEROCOPY)
		return -ENOBUFS;
	out.flags = flags & FLAGS_KEPT;
	request->family = (int)socket_option(request->fd, OPTION_DOMAIN);
	return socket_option(request->fd, OPTION_TYPE);
}

/* ---- sending -------------------------------------------------------------
 */

static long send_with(const struct call_request *request, unsigned int flags)
{
	struct iovec piece = { data, out.len };
	struct message message = {
		.name = out.named ? request->address : NULL,
		.name_len = out.named ? request->address_len : 0,
		.pieces = &piece,
		.piece_count = 1,
		.control = control.len ? control.bytes : NULL,
		.control_len = control.len,
	};

	return raw(__NR_sendmsg, request->fd, &message, flags | FLAG_NOSIGNAL);
}

static long told(struct call_request *request, long status)
{
	if (status == -EPIPE && !(out.flags & FLAG_NOSIGNAL) &&
	    socket_option(request->fd, OPTION_TYPE) == TYPE_STREAM)
		raw(__NR_kill, request->tid, SIGPIPE);
	return status;
}

static long send_waiting(struct call_request *request)
{
	return told(request, send_with(request, out.flags));
}

/* The receiver that was named may be refused, or be called otherwise. */
static long settle_address(struct call_request *request)
{
	int family = request->family;
	long type = socket_option(request->fd, OPTION_TYPE);

	if (type < 0)
		return type;
	if (family == FAMILY_UNIX && type == TYPE_DATAGRAM)
		return sockets_reach(request);
	if (family != FAMILY_INET && family != FAMILY_INET6)
		return 0;
	if (type == TYPE_STREAM)
		out.named = false; /* connected, or it fails */
	else if (request->config->flags & INIT_NETWORK)
		return inet_may_send(request);
	return 0;
}

static long send_out(struct call_request *request)
{
	long flags = raw(__NR_fcntl, request->fd, F_GETFL, 0);
	long status = out.named ? settle_address(request) : 0;

	if (status < 0 || flags < 0)
		return status < 0 ? status : flags;
	status = send_with(request, out.flags | FLAG_DONTWAIT);
	if (status == -EAGAIN && !(flags & O_NONBLOCK) &&
	    !(out.flags & FLAG_DONTWAIT)) {
		request->later = send_waiting;
		return 0;
	}
	if (out.named && request->config->flags & INIT_NETWORK)
		inet_tell_unsent(request, status);
	return told(request, status);
}

long call_sendto(struct call_request *request)
{
	struct iovec piece = { (void *)request->args[1], request->args[2] };
	long type = take_socket(request, (uint32_t)request->args[3]);
	long status = type < 0 ? type
			       : take_address(request, request->args[4],
					      (uint32_t)request->args[5]);

	if (status >= 0)
		status = take_data(request, &piece, 1, type == TYPE_STREAM);
	return status < 0 ? status : send_out(request);
}

static long send_message(struct call_request *request, uint64_t address,
			 uint32_t flags)
{
	static struct iovec pieces[PIECES_MAX];
	struct message theirs;
	long type = take_socket(request, flags);
	long status = type < 0 ? type
			       : caller_bytes(request, address, &theirs,
					      sizeof(theirs));

	if (status < 0)
		return status;
	if (theirs.piece_count > PIECES_MAX)
		return -EMSGSIZE;
	status = take_address(request, (uint64_t)theirs.name, theirs.name_len);
	if (status >= 0)
		status = caller_bytes(request, (uint64_t)theirs.pieces, pieces,
				      theirs.piece_count * sizeof(*pieces));
	if (status >= 0)
		status = take_data(request, pieces, theirs.piece_count,
				   type == TYPE_STREAM);
	if (status >= 0)
		status = take_control(request, &theirs);
	return status < 0 ? status : send_out(request);
}

long call_sendmsg(struct call_request *request)
{
	return send_message(request, request->args[1],
			    (uint32_t)request->args[2]);
}

/* ---- several -------------------------------------------------------------
 */

/* struct mmsghdr: a message, then how much of it was sent. */
static long tell_sent(struct call_request *request, long status)
{
	uint32_t sent = (uint32_t)status;

	if (status >= 0)
		status = caller_write(request,
				      request->args[1] + sizeof(struct message),
				      &sent, sizeof(sent));
	return status < 0 ? status : 1;
}

static long send_first_waiting(struct call_request *request)
{
	return tell_sent(request, send_waiting(request));
}

/* The first one, which is what a call may end with at any time. */
long call_sendmmsg(struct call_request *request)
{
	long status;

	if (!(uint32_t)request->args[2])
		return 0;
	status = send_message(request, request->args[1],
			      (uint32_t)request->args[3]);
	if (!request->later)
		return tell_sent(request, status);
	request->later = send_first_waiting;
	return status;
}
