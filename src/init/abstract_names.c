/* SPDX-License-Identifier: Apache-2.0 */
#include "init/abstract_names.h"

#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/un.h>

#include "init/address.h"
#include "init/lib.h"

/* Of an abstract address: the family and the byte 0 that makes it one. */
enum { HEAD_BYTES = sizeof(uint16_t) + 1, NUMBER_BYTES = 8, CHOSEN_DIGITS = 5 };

static const char hex[] = "0123456789abcdef";
static unsigned char prefix[ABSTRACT_PREFIX_BYTES];

static long prefix_make(void)
{
	static const char owner[] = "procjail.";
	unsigned char number[NUMBER_BYTES];
	size_t at = sizeof(owner) - 1;

	if (*prefix)
		return 0;
	if (raw(__NR_getrandom, number, sizeof(number), 0) != sizeof(number))
		return -EAGAIN;
	for (size_t i = 0; i < sizeof(number); i++) {
		prefix[at++] = (unsigned char)hex[number[i] >> 4];
		prefix[at++] = (unsigned char)hex[number[i] & 15];
	}
	prefix[at] = '.';
	memcpy(prefix, owner, sizeof(owner) - 1);
	return 0;
}

static bool is_unix(const unsigned char *address, uint32_t address_len)
{
	uint16_t family = 0;

	if (address_len >= sizeof(family))
		memcpy(&family, address, sizeof(family));
	return family == FAMILY_UNIX;
}

bool abstract_name_is_own(const unsigned char *address, uint32_t address_len)
{
	return *prefix && address_len >= HEAD_BYTES + sizeof(prefix) &&
	       memcmp(address + HEAD_BYTES, prefix, sizeof(prefix)) == 0;
}

long abstract_name_settle(unsigned char *address, uint32_t *address_len)
{
	unsigned char *name = address + HEAD_BYTES;
	uint32_t len = *address_len;
	long status;

	/* One that is longer than any is the kernel's to refuse. */
	if (!is_unix(address, len) || len < HEAD_BYTES ||
	    len > sizeof(struct sockaddr_un) || address[HEAD_BYTES - 1])
		return 0;
	status = prefix_make();
	if (status < 0 || abstract_name_is_own(address, len))
		return status;
	if (len + sizeof(prefix) > sizeof(struct sockaddr_un))
		return -ENAMETOOLONG;
	for (uint32_t i = len - HEAD_BYTES; i-- > 0;)
		name[i + sizeof(prefix)] = name[i];
	memcpy(name, prefix, sizeof(prefix));
	*address_len += sizeof(prefix);
	return 0;
}

long abstract_name_choose(unsigned char *address, uint32_t *address_len)
{
	static uint32_t chosen;

	if (is_unix(address, *address_len) &&
	    *address_len == sizeof(uint16_t)) {
		uint32_t number = chosen++;

		address[HEAD_BYTES - 1] = 0;
		for (int i = CHOSEN_DIGITS; i-- > 0; number >>= 4)
			address[HEAD_BYTES + i] =
				(unsigned char)hex[number & 15];
		*address_len = HEAD_BYTES + CHOSEN_DIGITS;
	}
	return abstract_name_settle(address, address_len);
}
