/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A published socket is known by its cookie, a number that the kernel gives to
 * no other. Its port and address are locked from bind on (they were given), so
 * whatever becomes of the connection, it can listen there and nowhere else.
 *
 * It shares its port with nobody: SO_REUSEPORT is taken from it, else a service
 * of the host that is of the same user could be robbed of its clients, or the
 * other way round.
 *
 * A client in the jail that connects to the port means this listener, which is
 * not on the jail's loopback. It is let through when the kernel says that a
 * socket with our cookie listens there now; for all else the host's loopback
 * stays out of reach.
 */
#include "init/published.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "init/broker_caller.h"
#include "init/broker_inet.h"
#include "init/socket.h"

enum { BOUND_MAX = 256, STATE_LISTEN = 10 };

static const struct init_config *config;
static int diag_fd = -1;

static struct {
	uint64_t cookie; /* 0: free */
	struct init_address address;
	uint16_t port;
	bool any; /* the program asked for all addresses */
} bound[BOUND_MAX];
static unsigned int bound_next;

bool published_start(const struct init_config *given)
{
	config = given;
	if (!config->listen_count)
		return true;
	/* A host that cannot tell: the jail does not reach its own ports. */
	diag_fd = (int)raw(__NR_socket, 16 /* AF_NETLINK */,
			   3 /* SOCK_RAW */ | O_CLOEXEC, NETLINK_SOCK_DIAG);
	return true;
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	uint32_t size = sizeof(cookie);

	if (raw(__NR_getsockopt, fd, LEVEL_SOCKET, OPTION_COOKIE, &cookie,
		&size) < 0)
		return 0;
	return cookie;
}

static bool port_listed(uint16_t port)
{
	const struct init_port_range *ranges =
		(const struct init_port_range *)((const char *)config +
						 config->listen);

	for (uint32_t i = 0; i < config->listen_count; i++)
		if (port >= ranges[i].first && port <= ranges[i].last)
			return true;
	return false;
}

static bool is_any(const struct init_address *address)
{
	static const struct init_address any6 = { { 0 } },
					 any4 = { { [10] = 0xff, 0xff } };

	return address_equal(address, &any6) || address_equal(address, &any4);
}

bool published_wants(const struct call_request *request, int family)
{
	struct endpoint endpoint;

	return config->listen_count &&
	       address_read(request->address, request->address_len, family,
			    &endpoint) == 0 &&
	       port_listed(endpoint.port) &&
	       address_is_loopback(&endpoint.address);
}

/* For all addresses the first one that clients try: of IPv4, unless the socket
 * is of IPv6 alone. */
static struct init_address chosen(int fd, int family,
				  const struct endpoint *endpoint)
{
	static const unsigned char v4[4] = { 127, 0, 0, 1 };
	int only = 0;
	uint32_t size = sizeof(only);

	if (!is_any(&endpoint->address))
		return endpoint->address;
	if (family == FAMILY_INET6)
		raw(__NR_getsockopt, fd, LEVEL_IPV6, OPTION_V6ONLY, &only,
		    &size);
	if (only)
		return (struct init_address){ { [15] = 1 } };
	return address_from_v4(v4);
}

long published_bind(struct call_request *request)
{
	int family = (int)socket_option(request->fd, OPTION_DOMAIN);
	struct endpoint endpoint;
	struct init_address address;
	uint64_t cookie = cookie_of(request->fd);
	int off = 0;
	long status = address_read(request->address, request->address_len,
				   family, &endpoint);

	if (status < 0 || !cookie)
		return status < 0 ? status : -EACCES;
	status = raw(__NR_setsockopt, request->fd, LEVEL_SOCKET,
		     OPTION_REUSEPORT, &off, sizeof(off));
	if (status < 0)
		return status;
	address = chosen(request->fd, family, &endpoint);
	request->address_len =
		address_write(&(struct endpoint){ address, endpoint.port },
			      family, request->address);
	status = raw(__NR_bind, request->fd, request->address,
		     request->address_len);
	if (status < 0)
		return status;
	bound[bound_next].cookie = cookie;
	bound[bound_next].address = address;
	bound[bound_next].port = endpoint.port;
	bound[bound_next].any = is_any(&endpoint.address);
	bound_next = (bound_next + 1) % BOUND_MAX;
	return 0;
}

bool published_has(int fd)
{
	uint64_t cookie = config->listen_count ? cookie_of(fd) : 0;

	for (unsigned int i = 0; cookie && i < BOUND_MAX; i++)
		if (bound[i].cookie == cookie)
			return true;
	return false;
}

/* Whether it is bound to a port of the host: by published_bind() or connect.
 * All that were published are among these, not just those that are remembered.
 */
static bool has_host_port(int fd)
{
	unsigned char sockaddr[SOCKADDR_BYTES_MAX] = { 0 };
	uint32_t len = sizeof(sockaddr);

	return inet_is_of_host(fd) &&
	       raw(__NR_getsockname, fd, sockaddr, &len) == 0 &&
	       (sockaddr[2] || sockaddr[3]);
}

/* setsockopt of SO_REUSEPORT. */
long call_share_port(struct call_request *request)
{
	long fd = caller_fd_take(request, (int)request->args[0]);
	int value;
	long status;

	if (fd < 0)
		return fd;
	request->fd = (int)fd;
	if ((int)request->args[4] < (int)sizeof(value))
		return -EINVAL;
	status = caller_bytes(request, request->args[3], &value, sizeof(value));
	if (status < 0)
		return status;
	/* A published port stays one socket's alone: see above. */
	if (request->config->flags & INIT_NETWORK && config->listen_count &&
	    has_host_port((int)fd))
		return 0;
	return raw(__NR_setsockopt, fd, LEVEL_SOCKET, OPTION_REUSEPORT, &value,
		   sizeof(value));
}

/* ---- the jail's own clients ---------------------------------------------- */

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

static void write_question(struct question *question, unsigned int slot)
{
	static uint32_t sequence;
	struct inet_diag_req_v2 *request = &question->request;
	bool v4 = address_is_v4(&bound[slot].address);

	memset(question, 0, sizeof(*question));
	question->header.nlmsg_len = sizeof(*question);
	question->header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	question->header.nlmsg_flags = NLM_F_REQUEST;
	question->header.nlmsg_seq = ++sequence;
	request->sdiag_family = v4 ? FAMILY_INET : FAMILY_INET6;
	request->sdiag_protocol = 6;
	request->id.idiag_sport = __builtin_bswap16(bound[slot].port);
	memcpy(request->id.idiag_src, bound[slot].address.bytes + (v4 ? 12 : 0),
	       v4 ? 4 : 16);
	request->id.idiag_cookie[0] = (uint32_t)bound[slot].cookie;
	request->id.idiag_cookie[1] = (uint32_t)(bound[slot].cookie >> 32);
}

/* The kernel finds none when the cookie is another's. */
static bool listens(unsigned int slot)
{
	struct question question;
	union {
		struct nlmsghdr header;
		struct {
			struct nlmsghdr header;
			struct inet_diag_msg message;
		} found;
		unsigned char bytes[1024];
	} reply;
	long got;

	write_question(&question, slot);
	got = raw(__NR_sendto, diag_fd, &question, sizeof(question), 0, 0, 0);
	/* Answered within the call, as in route.c. */
	while (got >= 0) {
		got = raw(__NR_recvfrom, diag_fd, &reply, sizeof(reply),
			  0x40 /* MSG_DONTWAIT */, 0, 0);
		if (got >= (long)sizeof(reply.header) &&
		    reply.header.nlmsg_seq == question.header.nlmsg_seq)
			break;
	}
	return got >= (long)sizeof(reply.found) &&
	       reply.header.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	       reply.found.message.idiag_state == STATE_LISTEN;
}

bool published_reach(struct call_request *request, int family,
		     const struct endpoint *endpoint)
{
	bool any = is_any(&endpoint->address);

	if (!config->listen_count || !port_listed(endpoint->port))
		return false;
	for (unsigned int i = 0; i < BOUND_MAX; i++) {
		if (!bound[i].cookie || bound[i].port != endpoint->port)
			continue;
		if (!any && !bound[i].any &&
		    !address_equal(&bound[i].address, &endpoint->address))
			continue;
		if (family == FAMILY_INET && !address_is_v4(&bound[i].address))
			continue;
		if (!listens(i))
			continue;
		request->address_len = address_write(
			&(struct endpoint){ bound[i].address, bound[i].port },
			family, request->address);
		return true;
	}
	return false;
}
