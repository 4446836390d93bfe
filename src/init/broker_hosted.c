/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. Without a network namespace each socket of the program
 * is the host's, and what holds it is that nothing but us acts by an address:
 * the filter lets it have TCP sockets, made by us, sends us bind, listen and
 * connect, and refuses what would connect without these; Landlock (ABI 4)
 * refuses TCP to the program's own domain once more. UDP sockets are inert
 * (inert_sockets.c), and there are no others.
 *
 * There is no loopback of its own. So nothing is bound to a port, and nothing
 * listens, but where the policy publishes it; and this host is reached by a
 * rule for the address itself.
 *
 * Names. The resolver's file says 127.0.0.1, by connections alone. A connection
 * there is one to us: we listen on a port of the host's loopback for the moment
 * that the connect takes, accept what comes from the very port of the caller's
 * socket, and listen no more. Nobody else on the host finds anything to ask.
 */
#include "init/broker_hosted.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/time_types.h>

#include "init/address.h"
#include "init/broker_inet.h"
#include "init/lib.h"
#include "init/names.h"
#include "init/published.h"
#include "init/socket.h"

enum { PORT_NAMES = 53, STRANGERS_MAX = 8 };

static const struct init_address loopback = {
	{ [10] = 0xff, 0xff, 127, 0, 0, 1 }
};

static bool is_stream(const struct call_request *request)
{
	return socket_option(request->fd, OPTION_TYPE) == TYPE_STREAM;
}

static long refuse_binding(const struct call_request *request,
			   const struct endpoint *endpoint)
{
	const struct host_verdict verdict = { .reason = REFUSED_LISTEN };

	return inet_refuse(endpoint,
			   is_stream(request) ? REFUSED_TCP : REFUSED_UDP,
			   &verdict);
}

/* What the kernel chooses when it connects: harmless while nothing listens. */
static bool is_no_choice(const struct endpoint *endpoint)
{
	static const struct init_address any6 = { { 0 } },
					 any4 = { { [10] = 0xff, 0xff } };

	return !endpoint->port && (address_equal(&endpoint->address, &any6) ||
				   address_equal(&endpoint->address, &any4));
}

long hosted_bind(struct call_request *request)
{
	struct endpoint endpoint;
	long status;

	if (is_stream(request)) {
		if (!inet_is_fresh(request->fd) || published_has(request->fd))
			return -EINVAL;
		if (published_wants(request, request->family))
			return published_bind(request);
	}
	status = address_read(request->address, request->address_len,
			      request->family, &endpoint);
	if (status < 0)
		return status == -EOPNOTSUPP ? -EAFNOSUPPORT : status;
	if (!is_stream(request) || !is_no_choice(&endpoint))
		return refuse_binding(request, &endpoint);
	return raw(__NR_bind, request->fd, request->address,
		   request->address_len);
}

/* Where a socket is bound; of a TCP socket that always can be told. */
static long bound_to(int fd, int family, struct endpoint *ret)
{
	unsigned char sockaddr[SOCKADDR_BYTES_MAX];
	uint32_t len = sizeof(sockaddr);
	long status = raw(__NR_getsockname, fd, sockaddr, &len);

	return status < 0 ? status : address_read(sockaddr, len, family, ret);
}

long hosted_listen(struct call_request *request)
{
	struct endpoint endpoint;
	long status;

	if (published_has(request->fd))
		return raw(__NR_listen, request->fd, (int)request->args[1]);
	if (!is_stream(request))
		return -EOPNOTSUPP;
	if (!inet_is_fresh(request->fd))
		return -EINVAL;
	status = bound_to(request->fd, request->family, &endpoint);
	return status < 0 ? status : refuse_binding(request, &endpoint);
}

/* ---- names ---------------------------------------------------------------
 */

/* Whoever ends a connection, and both at once: it leaves no trace in the host's
 * network (FIN-WAIT-2, TIME-WAIT). What is accepted has it from its listener.
 */
static long end_without_trace(int fd)
{
	const int linger[2] = { 1, 0 };

	return raw(__NR_setsockopt, fd, LEVEL_SOCKET, OPTION_LINGER, linger,
		   sizeof(linger));
}

/* A listener on a port of the host's loopback that the kernel chooses. */
static long listen_for_a_moment(struct endpoint *ret)
{
	const struct endpoint any_port = { loopback, 0 };
	unsigned char sockaddr[SOCKADDR_BYTES_MAX];
	uint32_t len = address_write(&any_port, FAMILY_INET, sockaddr);
	long fd = raw(__NR_socket, FAMILY_INET,
		      TYPE_STREAM | O_CLOEXEC | O_NONBLOCK, 0);
	long status = fd;

	if (fd >= 0)
		status = end_without_trace((int)fd);
	if (status >= 0)
		status = raw(__NR_bind, fd, sockaddr, len);
	if (status >= 0)
		status = raw(__NR_listen, fd, STRANGERS_MAX);
	if (status >= 0)
		status = bound_to((int)fd, FAMILY_INET, ret);
	if (status < 0 && fd >= 0)
		raw(__NR_close, fd);
	return status < 0 ? status : fd;
}

/* Over loopback, to who listens and has room, all is there at once, but for a
 * processor that is late with its packets. */
static void await_packet(int fd, short events)
{
	const struct __kernel_timespec soon = { 0, 100000000 };
	struct pollfd poll = { fd, events, 0 };

	raw(__NR_ppoll, &poll, 1, &soon, 0, 8);
}

/* The one whose other end is `from`; strangers get nothing. */
static long accept_from(int listener, const struct endpoint *from)
{
	for (int i = 0; i <= STRANGERS_MAX; i++) {
		unsigned char sockaddr[SOCKADDR_BYTES_MAX];
		uint32_t len = sizeof(sockaddr);
		struct endpoint peer;
		long fd;

		await_packet(listener, POLLIN);
		fd = raw(__NR_accept4, listener, sockaddr, &len,
			 O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			return fd;
		if (address_read(sockaddr, len, FAMILY_INET, &peer) == 0 &&
		    peer.port == from->port &&
		    address_equal(&peer.address, &from->address))
			return fd;
		raw(__NR_close, fd);
	}
	return -ECONNREFUSED;
}

static long connect_now(struct call_request *request)
{
	long flags = raw(__NR_fcntl, request->fd, F_GETFL, 0);
	long status = flags;

	if (flags >= 0)
		status = raw(__NR_fcntl, request->fd, F_SETFL,
			     flags | O_NONBLOCK);
	if (status < 0)
		return status;
	status = call_connect_finish(request);
	if (status == -EINPROGRESS) {
		await_packet(request->fd, POLLOUT);
		status = call_connect_finish(request);
	}
	raw(__NR_fcntl, request->fd, F_SETFL, flags);
	return status;
}

static long connect_to(struct call_request *request, int listener,
		       const struct endpoint *endpoint)
{
	struct endpoint own;
	long status, fd;

	request->address_len =
		address_write(endpoint, request->family, request->address);
	status = connect_now(request);
	if (status >= 0)
		status = end_without_trace(request->fd);
	if (status >= 0)
		status = bound_to(request->fd, request->family, &own);
	if (status < 0)
		return status;
	fd = accept_from(listener, &own);
	if (fd < 0)
		return -ECONNREFUSED;
	name_clients_add((int)fd);
	return 0;
}

static long connect_names(struct call_request *request)
{
	struct endpoint endpoint;
	long listener, status;

	if (!inet_is_fresh(request->fd))
		return -EISCONN;
	listener = listen_for_a_moment(&endpoint);
	if (listener < 0)
		return listener;
	status = connect_to(request, (int)listener, &endpoint);
	raw(__NR_close, listener);
	/* Strangers have taken all the room: it will be told so, too. */
	return status == -EINPROGRESS || status == -EALREADY ? -ECONNREFUSED
							     : status;
}

static bool is_names(const struct endpoint *endpoint)
{
	return endpoint->port == PORT_NAMES &&
	       address_equal(&endpoint->address, &loopback);
}

/* ---- connect -------------------------------------------------------------
 */

/* They are never connected: nothing is to be undone (AF_UNSPEC). */
static long connect_datagrams(const struct call_request *request, long status)
{
	if (status < 0)
		return status == -EOPNOTSUPP ? 0 : status;
	inet_tell_unconnected(request, -ENETUNREACH);
	return -ENETUNREACH;
}

long hosted_connect(struct call_request *request)
{
	struct host_verdict verdict;
	struct endpoint endpoint;
	bool in_jail;
	long status = address_read(request->address, request->address_len,
				   request->family, &endpoint);

	if (!is_stream(request))
		return connect_datagrams(request, status);
	if (status < 0)
		return status;
	if (is_names(&endpoint))
		return connect_names(request);
	verdict = names_decide(&endpoint, &in_jail);
	if (verdict.allowed && in_jail &&
	    !published_reach(request, request->family, &endpoint))
		verdict = (struct host_verdict){ .reason = REFUSED_ADDRESS };
	return verdict.allowed ? inet_connect_now(request)
			       : inet_refuse(&endpoint, REFUSED_TCP, &verdict);
}
