/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: a network namespace for the program alone. The init stays
 * in the host's and answers what the program asks; the sockets for names, on a
 * port that takes privileges, is made here, before they are dropped. The table
 * of descriptors is shared with the init's process, so it gets them.
 */
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/rawsys.h"
#include "launch/child.h"

enum { DNS_PORT = 53, BACKLOG = 64, ABOVE = 16 };

static const char network_path[] = "/proc/self/ns/net";

CHILD_SIDE bool child_loopback_up(struct launch_context *context)
{
	struct ifreq request = { .ifr_name = "lo" };
	long fd = raw(__NR_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long result = fd;

	if (fd >= 0) {
		request.ifr_flags = IFF_UP;
		result = raw(__NR_ioctl, fd, SIOCSIFFLAGS, &request);
		raw(__NR_close, fd);
	}
	return result >= 0 ||
	       launch_failed(context, STEP_NETWORK, NULL, result);
}

/* Away from where the standard streams are going to be. */
static CHILD_SIDE long move_up(long fd)
{
	long moved;

	if (fd < 0)
		return fd;
	moved = raw(__NR_fcntl, fd, F_DUPFD_CLOEXEC, ABOVE);
	raw(__NR_close, fd);
	return moved;
}

static CHILD_SIDE long open_names(int type)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = __builtin_bswap16(DNS_PORT),
		.sin_addr.s_addr = __builtin_bswap32(INADDR_LOOPBACK),
	};
	long fd = move_up(raw(__NR_socket, AF_INET,
			      type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	long result = fd;

	if (fd >= 0)
		result = raw(__NR_bind, fd, &address, sizeof(address));
	if (result >= 0 && type == SOCK_STREAM)
		result = raw(__NR_listen, fd, BACKLOG);
	return result < 0 ? result : fd;
}

CHILD_SIDE bool child_note_network(struct launch_context *context)
{
	struct stat now;
	long result = raw(__NR_newfstatat, AT_FDCWD, network_path, &now, 0);

	context->caller_network = now.st_ino;
	return result >= 0 ||
	       launch_failed(context, STEP_NETWORK, network_path, result);
}

/* What the init needs of it. Not by /proc, which may not be there now: the root
 * is being made. */
CHILD_SIDE bool child_serve_network(struct launch_context *context)
{
	long result;

	if (!context->plan->own_network)
		return true;
	result = open_names(SOCK_DGRAM);
	if (result < 0)
		return launch_failed(context, STEP_NETWORK, "names", result);
	context->names = (int)result;
	result = open_names(SOCK_STREAM);
	if (result < 0)
		return launch_failed(context, STEP_NETWORK, "names", result);
	context->names_stream = (int)result;
	result = move_up(raw(__NR_ioctl, context->names, SIOCGSKNS));
	if (result < 0)
		return launch_failed(context, STEP_NETWORK, "namespace",
				     result);
	context->network = (int)result;
	return true;
}

CHILD_SIDE bool child_verify_network(struct launch_context *context)
{
	struct stat now;

	if (!context->plan->own_network)
		return true;
	if (raw(__NR_newfstatat, AT_FDCWD, network_path, &now, 0) < 0 ||
	    now.st_ino == context->caller_network)
		return launch_failed(context, STEP_VERIFY, "own network", 0);
	return true;
}
