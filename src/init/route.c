/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel by which kind of route it would send (rtnetlink(7),
 * RTM_GETROUTE). That knows what a list of interface addresses does not:
 * secondary and local routes, broadcasts, and what came a moment ago.
 */
#include "init/route.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "init/lib.h"

static int route_fd = -1;
static uint32_t sequence;

struct question {
	struct nlmsghdr header;
	struct rtmsg route;
	struct rtattr attribute;
	unsigned char address[16];
};

bool route_start(void)
{
	route_fd = (int)raw(__NR_socket, 16 /* AF_NETLINK */,
			    3 /* SOCK_RAW */ | O_CLOEXEC, NETLINK_ROUTE);
	return route_fd >= 0;
}

static size_t write_question(const struct init_address *address,
			     struct question *question)
{
	bool v4 = address_is_v4(address);
	size_t size = v4 ? 4 : 16;

	memset(question, 0, sizeof(*question));
	question->route.rtm_family = v4 ? FAMILY_INET : FAMILY_INET6;
	question->route.rtm_dst_len = (unsigned char)(size * 8);
	question->attribute.rta_type = RTA_DST;
	question->attribute.rta_len =
		(unsigned short)(sizeof(question->attribute) + size);
	memcpy(question->address, address->bytes + 16 - size, size);
	question->header.nlmsg_len =
		(uint32_t)(sizeof(*question) - sizeof(question->address) +
			   size);
	question->header.nlmsg_type = RTM_GETROUTE;
	question->header.nlmsg_flags = NLM_F_REQUEST;
	question->header.nlmsg_seq = ++sequence;
	return question->header.nlmsg_len;
}

bool route_is_own(const struct init_address *address)
{
	struct question question;
	size_t len = write_question(address, &question);
	union {
		struct nlmsghdr header;
		struct {
			struct nlmsghdr header;
			struct rtmsg route;
		} route;
		struct {
			struct nlmsghdr header;
			struct nlmsgerr error;
		} error;
		unsigned char bytes[4096];
	} reply;
	long got = raw(__NR_sendto, route_fd, &question, len, 0, 0, 0);

	/* The kernel answers within the call: what is not there yet never
	 * comes. An old answer has another number. */
	while (got >= 0) {
		got = raw(__NR_recvfrom, route_fd, &reply, sizeof(reply),
			  0x40 /* MSG_DONTWAIT */, 0, 0);
		if (got >= (long)sizeof(reply.header) &&
		    reply.header.nlmsg_seq == sequence)
			break;
	}
	if (got >= (long)sizeof(reply.error) &&
	    reply.header.nlmsg_type == NLMSG_ERROR)
		return reply.error.error.error != -ENETUNREACH &&
		       reply.error.error.error != -EHOSTUNREACH &&
		       reply.error.error.error != -EACCES;
	if (got < (long)sizeof(reply.route) ||
	    reply.header.nlmsg_type != RTM_NEWROUTE)
		return true;
	return reply.route.route.rtm_type != RTN_UNICAST;
}
