/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs make UDP sockets to learn something: whether there is IPv6, which of
 * a name's addresses has a route. To refuse them would mislead; so they are to
 * be had, and lead nowhere. The kernel sends nothing by a socket that was shut
 * down for writing, connected or not (sock_alloc_send_pskb, EPIPE): no call of
 * UDP takes that back. What arrives is dropped by a filter that is locked
 * (socket(7), SO_LOCK_FILTER).
 */
#include "init/inert_sockets.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/filter.h>

#include "init/address.h"
#include "init/lib.h"
#include "init/socket.h"

enum { SHUT_FOR_WRITING = 1, PORT_DISCARD = 9 };
enum { OPTION_ATTACH_FILTER = 26, OPTION_LOCK_FILTER = 44 };
enum { FLAG_DONTWAIT = 0x40, FLAG_NOSIGNAL = 0x4000 };

static bool held;

/* The socket, which is closed when it cannot be made so. */
static long make_inert(long fd)
{
	struct sock_filter nothing = { BPF_RET | BPF_K, 0, 0, 0 };
	const struct sock_fprog program = { 1, &nothing };
	const int on = 1;
	long status = fd;

	if (fd >= 0)
		status = raw(__NR_setsockopt, fd, LEVEL_SOCKET,
			     OPTION_ATTACH_FILTER, &program, sizeof(program));
	if (status >= 0)
		status = raw(__NR_setsockopt, fd, LEVEL_SOCKET,
			     OPTION_LOCK_FILTER, &on, sizeof(on));
	if (status >= 0)
		status = raw(__NR_shutdown, fd, SHUT_FOR_WRITING);
	/* Which it says of each that is not connected, and does. */
	if (status == -ENOTCONN)
		status = 0;
	if (status < 0 && fd >= 0)
		raw(__NR_close, fd);
	return status < 0 ? status : fd;
}

/* To this host, where nobody listens as a rule, and nobody is harmed. The
 * errno, or what was sent. */
static long try_sending(int family)
{
	struct endpoint endpoint = { { { [15] = 1 } }, PORT_DISCARD };
	unsigned char sockaddr[SOCKADDR_BYTES_MAX];
	uint32_t len;
	long fd = make_inert(
		raw(__NR_socket, family, TYPE_DATAGRAM | O_CLOEXEC, 0));
	long sent;

	if (fd < 0)
		return fd;
	if (family == FAMILY_INET)
		endpoint.address = address_from_v4(
			(const unsigned char[]){ 127, 0, 0, 1 });
	len = address_write(&endpoint, family, sockaddr);
	sent = raw(__NR_sendto, fd, "", 0, FLAG_DONTWAIT | FLAG_NOSIGNAL,
		   sockaddr, len);
	raw(__NR_close, fd);
	return sent;
}

/* A host may lack one of the two, or its loopback. */
void inert_sockets_start(void)
{
	long v4 = try_sending(FAMILY_INET), v6 = try_sending(FAMILY_INET6);

	held = v4 < 0 && v6 < 0 && (v4 == -EPIPE || v6 == -EPIPE);
}

long inert_socket(int family, int type, int protocol)
{
	return held ? make_inert(raw(__NR_socket, family, type | O_CLOEXEC,
				     protocol))
		    : -EACCES;
}
