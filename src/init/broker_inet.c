/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A TCP socket of the jail is made by us, so it is one of
 * the host's network, and from its first byte on it works at the kernel's own
 * speed, with the options and registrations that the program gave it. What
 * could join it to anything (bind, listen, connect) waits for us; we act on the
 * very socket, held by a descriptor of ours, with our own copy of the address.
 *
 * The jail's own loopback is another network. A socket that is to be bound
 * there, to listen, or to connect to it is replaced by one that was made there,
 * under the same number and with the same options (the table below); one that
 * was bound and then connects to an allowed host is replaced back. All other
 * kinds of sockets belong to the jail's network from the start.
 *
 * Without INIT_OWN_NETWORK there is no other network: broker_hosted.c.
 */
#include "init/broker_inet.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/seccomp.h>

#include "init/address.h"
#include "init/broker_caller.h"
#include "init/broker_hosted.h"
#include "init/inert_sockets.h"
#include "init/jail_sockets.h"
#include "init/names.h"
#include "init/published.h"
#include "init/refusals.h"
#include "init/socket.h"

enum {
	OPTION_INFO = 11, /* TCP_INFO */
	/* States, the first byte of TCP_INFO. */
	STATE_CONNECTING = 2,
	STATE_CLOSED = 7,
};

static uint64_t host_network;

/* The kernel's number for a socket's network; 0 when it tells none. */
static uint64_t network_of(int fd)
{
	uint64_t network = 0;
	uint32_t size = sizeof(network);

	if (raw(__NR_getsockopt, fd, LEVEL_SOCKET, OPTION_NETWORK, &network,
		&size) < 0)
		return 0;
	return network;
}

/* That of the network we stand in. */
static uint64_t network_here(void)
{
	long fd = raw(__NR_socket, FAMILY_INET, TYPE_STREAM | O_CLOEXEC, 0);
	uint64_t network;

	if (fd < 0) /* a host without IPv4 */
		fd = raw(__NR_socket, FAMILY_INET6, TYPE_STREAM | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	network = network_of((int)fd);
	raw(__NR_close, fd);
	return network;
}

bool inet_is_here(int fd)
{
	static uint64_t here;
	uint64_t network = network_of(fd);

	if (!here)
		here = network_here();
	return network && network == here;
}

bool inet_start(const struct init_config *config)
{
	if (!(config->flags & INIT_OWN_NETWORK)) { /* all are of the host's */
		inert_sockets_start();
		return true;
	}
	host_network = network_here();
	return host_network != 0;
}

bool inet_is_of_host(int fd)
{
	uint64_t network = host_network ? network_of(fd) : 0;

	return !network || network == host_network;
}

static bool has_own_network(const struct call_request *request)
{
	return request->config->flags & INIT_OWN_NETWORK;
}

long call_socket(struct call_request *request)
{
	int family = (int)request->args[0], type = (int)request->args[1];

	bool datagrams =
		(type & 0xf) == TYPE_DATAGRAM && !has_own_network(request);

	if (!(request->config->flags & INIT_NETWORK) ||
	    (family != FAMILY_INET && family != FAMILY_INET6) ||
	    ((type & 0xf) != TYPE_STREAM && !datagrams))
		return -EACCES;
	request->gives_fd = request->gives_socket = true;
	request->fd_flags = type & O_CLOEXEC;
	if (datagrams)
		return inert_socket(family, type, (int)request->args[2]);
	return raw(__NR_socket, family, type | O_CLOEXEC,
		   (int)request->args[2]);
}

/* ---- replacing ----------------------------------------------------------- */

/* What goes along. The sizes of the buffers are told doubled (socket(7)). */
static const struct {
	unsigned char level, option;
	bool doubled;
} options[] = {
	{ LEVEL_SOCKET, 2 /* SO_REUSEADDR */, false },
	{ LEVEL_SOCKET, 15 /* SO_REUSEPORT */, false },
	{ LEVEL_SOCKET, 9 /* SO_KEEPALIVE */, false },
	{ LEVEL_SOCKET, 13 /* SO_LINGER */, false },
	{ LEVEL_SOCKET, 10 /* SO_OOBINLINE */, false },
	{ LEVEL_SOCKET, 12 /* SO_PRIORITY */, false },
	{ LEVEL_SOCKET, 20 /* SO_RCVTIMEO */, false },
	{ LEVEL_SOCKET, 21 /* SO_SNDTIMEO */, false },
	{ LEVEL_SOCKET, 18 /* SO_RCVLOWAT */, false },
	{ LEVEL_SOCKET, 8 /* SO_RCVBUF */, true },
	{ LEVEL_SOCKET, 7 /* SO_SNDBUF */, true },
	{ LEVEL_SOCKET, 29 /* SO_TIMESTAMP */, false },
	{ LEVEL_SOCKET, 60 /* SO_ZEROCOPY */, false },
	{ LEVEL_IP, 1 /* IP_TOS */, false },
	{ LEVEL_IP, 2 /* IP_TTL */, false },
	{ LEVEL_IP, 15 /* IP_FREEBIND */, false },
	{ LEVEL_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, false },
	{ LEVEL_IPV6, 26 /* IPV6_V6ONLY */, false },
	{ LEVEL_IPV6, 67 /* IPV6_TCLASS */, false },
	{ LEVEL_TCP, 1 /* TCP_NODELAY */, false },
	{ LEVEL_TCP, 3 /* TCP_CORK */, false },
	{ LEVEL_TCP, 4 /* TCP_KEEPIDLE */, false },
	{ LEVEL_TCP, 5 /* TCP_KEEPINTVL */, false },
	{ LEVEL_TCP, 6 /* TCP_KEEPCNT */, false },
	{ LEVEL_TCP, 7 /* TCP_SYNCNT */, false },
	{ LEVEL_TCP, 8 /* TCP_LINGER2 */, false },
	{ LEVEL_TCP, 9 /* TCP_DEFER_ACCEPT */, false },
	{ LEVEL_TCP, 13 /* TCP_CONGESTION */, false },
	{ LEVEL_TCP, 18 /* TCP_USER_TIMEOUT */, false },
	{ LEVEL_TCP, 23 /* TCP_FASTOPEN */, false },
	{ LEVEL_TCP, 25 /* TCP_NOTSENT_LOWAT */, false },
};

/* Those that differ from what a new socket has. */
static void copy_options(int from, int to)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		int level = options[i].level, option = options[i].option;
		unsigned char had[32], has[32];
		uint32_t had_size = sizeof(had), has_size = sizeof(has);

		if (raw(__NR_getsockopt, from, level, option, had, &had_size) <
			    0 ||
		    raw(__NR_getsockopt, to, level, option, has, &has_size) <
			    0 ||
		    (had_size == has_size && memcmp(had, has, had_size) == 0))
			continue;
		if (options[i].doubled) {
			int size;

			memcpy(&size, had, sizeof(size));
			size /= 2;
			memcpy(had, &size, sizeof(size));
		}
		raw(__NR_setsockopt, to, level, option, had, had_size);
	}
}

/* Whether the caller's descriptor closes on exec: /proc tells. */
static long caller_fd_flags(const struct call_request *request)
{
	static struct line path;
	static char text[512];
	const char *at = text;
	long got;
	int flags = 0;

	caller_proc_path(&path, request, "/fdinfo/");
	line_add_number(&path, request->args[0] & UINT32_MAX);
	got = file_read(AT_FDCWD, path.text, text, sizeof(text));
	if (got < 0)
		return got;
	while (*at && !text_starts(at, "flags:"))
		at++;
	while (*at && (*at < '0' || *at > '9'))
		at++;
	for (; *at >= '0' && *at <= '7'; at++)
		flags = flags * 8 + (*at - '0');
	return flags & O_CLOEXEC;
}

/* Put `fd`, which is closed, in the place of the caller's socket. */
static long put_in_place(struct call_request *request, int fd)
{
	struct seccomp_notif_addfd add = {
		.id = request->id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (unsigned int)fd,
		.newfd = (unsigned int)request->args[0],
	};
	long flags = caller_fd_flags(request);
	long status = flags;

	if (flags >= 0) {
		add.newfd_flags = (unsigned int)flags;
		status = raw(__NR_ioctl, INIT_FD_LISTENER,
			     SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	}
	if (status < 0) {
		raw(__NR_close, fd);
		return status;
	}
	raw(__NR_close, request->fd);
	request->fd = fd;
	return 0;
}

/* Give the caller a socket of the other network for its own. */
static long move_to(struct call_request *request, bool host)
{
	long flags = raw(__NR_fcntl, request->fd, F_GETFL, 0);
	int type = TYPE_STREAM | O_CLOEXEC;
	long fd;

	if (flags < 0)
		return flags;
	type |= flags & O_NONBLOCK ? O_NONBLOCK : 0;
	fd = host ? raw(__NR_socket, request->family, type, 0)
		  : jail_socket(request->family, type);
	if (fd < 0)
		return fd;
	copy_options(request->fd, (int)fd);
	return put_in_place(request, (int)fd);
}

/* ---- calls ----------------------------------------------------------------
 */

/* A socket that is joined to something already, or listens, stays what it is:
 * the kernel has the errno for it. */
bool inet_is_fresh(int fd)
{
	unsigned char state = 0;
	uint32_t size = sizeof(state);

	return raw(__NR_getsockopt, fd, LEVEL_TCP, OPTION_INFO, &state,
		   &size) == 0 &&
	       (state == STATE_CLOSED || state == STATE_CONNECTING);
}

long inet_bind(struct call_request *request)
{
	long status = 0;

	if (!has_own_network(request))
		return hosted_bind(request);
	if (inet_is_of_host(request->fd)) {
		if (!inet_is_fresh(request->fd) || published_has(request->fd))
			return -EINVAL;
		if (published_wants(request, request->family))
			return published_bind(request);
		status = move_to(request, false);
	}
	return status < 0 ? status
			  : raw(__NR_bind, request->fd, request->address,
				request->address_len);
}

long inet_listen(struct call_request *request)
{
	long status = 0;

	if (!has_own_network(request))
		return hosted_listen(request);
	if (inet_is_of_host(request->fd) && !published_has(request->fd)) {
		if (!inet_is_fresh(request->fd))
			return -EINVAL;
		status = move_to(request, false);
	}
	return status < 0
		       ? status
		       : raw(__NR_listen, request->fd, (int)request->args[1]);
}

/* The same call made again, for the first time as far as the caller knows. */
static long connect_wait(struct call_request *request)
{
	long status = call_connect_finish(request);

	return status == -EALREADY ? -EINPROGRESS : status;
}

/* Without waiting, as far as that goes; a worker waits for the rest, in the
 * same call made again, with the socket's own timeout. */
long inet_connect_now(struct call_request *request)
{
	long flags = raw(__NR_fcntl, request->fd, F_GETFL, 0);
	long first, status;

	if (flags < 0)
		return flags;
	if (flags & O_NONBLOCK)
		return call_connect_finish(request);
	status = raw(__NR_fcntl, request->fd, F_SETFL, flags | O_NONBLOCK);
	if (status < 0)
		return status;
	first = status = call_connect_finish(request);
	if (status == -EINPROGRESS) /* over loopback it is there by now */
		status = call_connect_finish(request);
	raw(__NR_fcntl, request->fd, F_SETFL, flags);
	if (status != -EALREADY && status != -EINPROGRESS)
		return status;
	request->later =
		first == -EINPROGRESS ? connect_wait : call_connect_finish;
	return 0;
}

long inet_refuse(const struct endpoint *endpoint,
		 enum refusal_protocol protocol,
		 const struct host_verdict *verdict)
{
	char text[256];

	names_describe(&endpoint->address, text);
	refusals_add(text, endpoint->port, protocol, verdict);
	return -EACCES;
}

static long connect_stream(struct call_request *request, bool of_host)
{
	struct host_verdict verdict;
	struct endpoint endpoint;
	bool in_jail;
	long status = address_read(request->address, request->address_len,
				   request->family, &endpoint);

	if (status < 0)
		return status;
	verdict = names_decide(&endpoint, &in_jail);
	if (!verdict.allowed)
		return inet_refuse(&endpoint, REFUSED_TCP, &verdict);
	if (in_jail && published_reach(request, request->family, &endpoint))
		in_jail = false;
	/* What is joined already has its errno from the kernel. */
	if (of_host == in_jail)
		status = inet_is_fresh(request->fd) ? move_to(request, !in_jail)
						    : -EISCONN;
	return status < 0 ? status : inet_connect_now(request);
}

/* All but TCP is of the jail's network, or leads nowhere. */
long inet_may_send(const struct call_request *request)
{
	if (has_own_network(request))
		return inet_is_of_host(request->fd) ? -EACCES : 0;
	inet_tell_unsent(request, -ENETUNREACH);
	return -ENETUNREACH;
}

void inet_tell_unsent(const struct call_request *request, long status)
{
	const struct host_verdict verdict = { .reason = REFUSED_PROTOCOL };
	struct endpoint endpoint;
	char text[256];

	if (status != -ENETUNREACH ||
	    address_read(request->address, request->address_len,
			 request->family, &endpoint) < 0)
		return;
	names_describe(&endpoint.address, text);
	refusals_add(text, endpoint.port, REFUSED_UDP, &verdict);
}

/* Resolvers connect to each address of a name at its port, to sort them, and
 * send nothing: no refusal where the name may be connected to, or no port. */
void inet_tell_unconnected(const struct call_request *request, long status)
{
	struct endpoint endpoint;
	bool in_jail;

	if (status == -ENETUNREACH &&
	    address_read(request->address, request->address_len,
			 request->family, &endpoint) == 0 &&
	    endpoint.port && !names_decide(&endpoint, &in_jail).allowed)
		inet_tell_unsent(request, status);
}

long inet_connect(struct call_request *request)
{
	bool of_host = inet_is_of_host(request->fd);
	long status;

	if (!has_own_network(request))
		return hosted_connect(request);
	if (socket_option(request->fd, OPTION_TYPE) == TYPE_STREAM)
		return connect_stream(request, of_host);
	if (of_host)
		return -EACCES;
	status = call_connect_finish(request); /* never waits */
	inet_tell_unconnected(request, status);
	return status;
}
