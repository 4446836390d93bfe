/* SPDX-License-Identifier: Apache-2.0 */
/* Network addresses as values. Pure. */
#ifndef PJ_INIT_ADDRESS_H
#define PJ_INIT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/protocol.h"

enum {
	FAMILY_UNSPEC = 0,
	FAMILY_UNIX = 1,
	FAMILY_INET = 2,
	FAMILY_INET6 = 10,
	FAMILY_NETLINK = 16,
};

/* "255.255.255.255", "[v6]" without brackets, and the NUL. */
enum { ADDRESS_TEXT_BYTES = 48 };

struct endpoint {
	struct init_address address;
	uint16_t port;
};

bool address_equal(const struct init_address *a, const struct init_address *b);
bool address_is_v4(const struct init_address *address);
struct init_address address_from_v4(const unsigned char bytes[4]);
bool address_within(const struct init_address *address,
		    const struct init_address *network, unsigned int prefix);

/* What connect() was given, for a socket of `family`. 0, or the errno that the
 * kernel would give, negative. AF_UNSPEC is -EOPNOTSUPP. */
int address_read(const unsigned char *sockaddr, size_t len, int family,
		 struct endpoint *ret);

/* The same way back, for a socket of `family`; the length. */
enum { SOCKADDR_BYTES_MAX = 28 };
uint32_t address_write(const struct endpoint *endpoint, int family,
		       unsigned char sockaddr[SOCKADDR_BYTES_MAX]);

/* Leads to the own machine: 127.0.0.0/8, ::1, and the unspecified address,
 * which connect() takes for it. */
bool address_is_loopback(const struct init_address *address);

/* The IPv4 address inside an IPv6 one (mapped, compatible, translated, 6to4,
 * Teredo). */
bool address_embedded(const struct init_address *address,
		      struct init_address *ret_v4);

/* How many bits a network rule must have to name this address: 0 for an
 * ordinary one; more where no name may lead (this machine, this link, all of a
 * group, the metadata services of clouds). */
unsigned int address_special(const struct init_address *address);

void address_text(const struct init_address *address,
		  char text[ADDRESS_TEXT_BYTES]);

#endif
