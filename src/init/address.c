/* SPDX-License-Identifier: Apache-2.0 */
/* Network addresses: read as the kernel would, classed by fixed tables. */
#include "init/address.h"

#include <asm/errno.h>

#include "init/lib.h"

#define V4(a, b, c, d)                                                         \
	{                                                                      \
		{                                                              \
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d   \
		}                                                              \
	}

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0,    0,
					  0, 0, 0, 0, 0xff, 0xff };

bool address_equal(const struct init_address *a, const struct init_address *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool address_is_v4(const struct init_address *address)
{
	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

struct init_address address_from_v4(const unsigned char bytes[4])
{
	struct init_address address;

	memcpy(address.bytes, mapped, sizeof(mapped));
	memcpy(address.bytes + sizeof(mapped), bytes, 4);
	return address;
}

bool address_within(const struct init_address *address,
		    const struct init_address *network, unsigned int prefix)
{
	unsigned int whole = prefix / 8, rest = prefix % 8;

	if (memcmp(address->bytes, network->bytes, whole) != 0)
		return false;
	return !rest ||
	       !((address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest));
}

/* ---- what connect() was given -------------------------------------------- */

enum {
	SOCKADDR_IN_BYTES = 16,
	SOCKADDR_IN6_BYTES = 24, /* SIN6_LEN_RFC2133: the kernel's least */
};

int address_read(const unsigned char *sockaddr, size_t len, int family,
		 struct endpoint *ret)
{
	uint16_t given;

	if (len < sizeof(given))
		return -EINVAL;
	memcpy(&given, sockaddr, sizeof(given));
	if (given == FAMILY_UNSPEC)
		return -EOPNOTSUPP;
	if (len <
	    (family == FAMILY_INET ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES))
		return -EINVAL;
	if (given != family)
		return -EAFNOSUPPORT;
	ret->port = (uint16_t)(sockaddr[2] << 8 | sockaddr[3]);
	if (family == FAMILY_INET)
		ret->address = address_from_v4(sockaddr + 4);
	else
		memcpy(ret->address.bytes, sockaddr + 8, 16);
	return 0;
}

uint32_t address_write(const struct endpoint *endpoint, int family,
		       unsigned char sockaddr[SOCKADDR_BYTES_MAX])
{
	uint16_t given = (uint16_t)family;

	memset(sockaddr, 0, SOCKADDR_BYTES_MAX);
	memcpy(sockaddr, &given, sizeof(given));
	sockaddr[2] = (unsigned char)(endpoint->port >> 8);
	sockaddr[3] = (unsigned char)endpoint->port;
	if (family == FAMILY_INET)
		memcpy(sockaddr + 4, endpoint->address.bytes + 12, 4);
	else
		memcpy(sockaddr + 8, endpoint->address.bytes, 16);
	return family == FAMILY_INET ? SOCKADDR_IN_BYTES : SOCKADDR_BYTES_MAX;
}

/* ---- classes ------------------------------------------------------------- */

/* IPv4: IANA's special-purpose registry (RFC 6890), and the addresses at which
 * clouds serve credentials to their machines: 169.254.169.254 of most (inside
 * link-local), 100.100.100.200 of Alibaba, 168.63.129.16 of Azure, 192.0.0.192
 * of Oracle; of IPv6 fd00:ec2::/32 of Amazon, fd20:ce::254 of Google,
 * fd00:c1::a9fe:a9fe of Oracle, fd00:42::42 of Scaleway, fd00:a9fe:a9fe::1 of
 * Akamai, fd00:100::100:200 of Alibaba. */
static const struct {
	struct init_address network;
	unsigned int prefix;
} special[] = {
	{ V4(0, 0, 0, 0), 96 + 8 },
	{ V4(127, 0, 0, 0), 96 + 8 },
	{ V4(169, 254, 0, 0), 96 + 16 },
	{ V4(224, 0, 0, 0), 96 + 4 },
	{ V4(240, 0, 0, 0), 96 + 4 },
	{ V4(100, 100, 100, 200), 128 },
	{ V4(168, 63, 129, 16), 128 },
	{ V4(192, 0, 0, 192), 128 },
	{ { { 0 } }, 128 },
	{ { { [15] = 1 } }, 128 },
	{ { { 0xfe, 0x80 } }, 10 },
	{ { { 0xff } }, 8 },
	{ { { 0xfd, 0x00, 0x0e, 0xc2 } }, 32 },
	{ { { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54 } }, 128 },
	{ { { 0xfd, 0, 0, 0xc1, [12] = 0xa9, 0xfe, 0xa9, 0xfe } }, 128 },
	{ { { 0xfd, 0, 0, 0x42, [15] = 0x42 } }, 128 },
	{ { { 0xfd, 0, 0xa9, 0xfe, 0xa9, 0xfe, [15] = 1 } }, 128 },
	{ { { 0xfd, 0, 0x01, 0x00, [12] = 0x01, 0x00, 0x02, 0x00 } }, 128 },
};

/* IPv6 networks that carry an IPv4 address, and where. */
static const struct {
	struct init_address network;
	unsigned char prefix, at;
	bool inverted;
} carriers[] = {
	{ { { 0 } }, 96, 12, false },			   /* compatible */
	{ { { [8] = 0xff, 0xff } }, 96, 12, false },	   /* SIIT */
	{ { { 0x00, 0x64, 0xff, 0x9b } }, 96, 12, false }, /* NAT64 */
	{ { { 0x00, 0x64, 0xff, 0x9b, 0, 1 } }, 48, 12, false }, /* RFC 8215 */
	{ { { 0x20, 0x02 } }, 16, 2, false },			 /* 6to4 */
	{ { { 0x20, 0x01 } }, 32, 12, true },			 /* Teredo */
};

bool address_is_loopback(const struct init_address *address)
{
	static const struct init_address any = { { 0 } },
					 one = { { [15] = 1 } };
	static const struct init_address net = V4(127, 0, 0, 0),
					 none = V4(0, 0, 0, 0);

	return address_equal(address, &any) || address_equal(address, &one) ||
	       address_equal(address, &none) ||
	       address_within(address, &net, 96 + 8);
}

bool address_embedded(const struct init_address *address,
		      struct init_address *ret_v4)
{
	for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers); i++) {
		unsigned char v4[4];

		if (!address_within(address, &carriers[i].network,
				    carriers[i].prefix))
			continue;
		for (int b = 0; b < 4; b++)
			v4[b] = (unsigned char)(address->bytes[carriers[i].at +
							       b] ^
						(carriers[i].inverted ? 0xff
								      : 0));
		*ret_v4 = address_from_v4(v4);
		return true;
	}
	return false;
}

static unsigned int class_prefix(const struct init_address *address)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
		if (address_within(address, &special[i].network,
				   special[i].prefix))
			return special[i].prefix;
	return 0;
}

unsigned int address_special(const struct init_address *address)
{
	unsigned int prefix = class_prefix(address);
	struct init_address v4;

	if (!prefix && address_embedded(address, &v4) && class_prefix(&v4))
		return 128;
	return prefix;
}

/* ---- text ---------------------------------------------------------------- */

static char *put_number(char *at, unsigned int number, unsigned int base)
{
	char digits[8];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (n)
		*at++ = digits[--n];
	return at;
}

/* The longest run of zero groups, if it is longer than one; else 8. */
static int longest_zeros(const unsigned int groups[8], int *ret_len)
{
	int best = 8;

	*ret_len = 1;
	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && !groups[i + n])
			n++;
		if (n > *ret_len) {
			*ret_len = n;
			best = i;
		}
	}
	return best;
}

static char *put_v6(char *at, const struct init_address *address)
{
	unsigned int groups[8];
	int len, hole;

	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned int)address->bytes[2 * i] << 8 |
			    address->bytes[2 * i + 1];
	hole = longest_zeros(groups, &len);
	for (int i = 0; i < 8; i++) {
		if (i == hole) {
			*at++ = ':';
			if (i == 0)
				*at++ = ':';
			i += len - 1;
			continue;
		}
		at = put_number(at, groups[i], 16);
		if (i < 7)
			*at++ = ':';
	}
	return at;
}

void address_text(const struct init_address *address,
		  char text[ADDRESS_TEXT_BYTES])
{
	char *at = text;

	if (address_is_v4(address)) {
		for (int i = 12; i < 16; i++) {
			at = put_number(at, address->bytes[i], 10);
			if (i < 15)
				*at++ = '.';
		}
	} else {
		at = put_v6(at, address);
	}
	*at = '\0';
}
