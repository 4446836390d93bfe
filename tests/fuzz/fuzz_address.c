/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what connect() was given: read as the kernel would or refused,
 * and what is a loopback or embedded address is never an ordinary one. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void check_text(const struct init_address *address)
{
	char text[ADDRESS_TEXT_BYTES];
	struct init_address back = { { [10] = 0xff, 0xff } };

	address_text(address, text);
	check(strlen(text) < sizeof(text));
	if (address_is_v4(address))
		check(inet_pton(AF_INET, text, back.bytes + 12) == 1);
	else
		check(inet_pton(AF_INET6, text, back.bytes) == 1);
	check(address_equal(address, &back));
}

static void check_written(const struct endpoint *endpoint, int family)
{
	unsigned char sockaddr[SOCKADDR_BYTES_MAX];
	uint32_t len = address_write(endpoint, family, sockaddr);
	struct endpoint back;

	check(address_read(sockaddr, len, family, &back) == 0);
	check(back.port == endpoint->port &&
	      address_equal(&back.address, &endpoint->address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = { FAMILY_INET, FAMILY_INET6 };
	uint8_t *copy = calloc(1, size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	for (int i = 0; i < 2; i++) {
		struct endpoint endpoint;
		struct init_address v4;

		if (address_read(copy, size, families[i], &endpoint) < 0)
			continue;
		check_written(&endpoint, families[i]);
		check(size >= (i ? 24 : 16));
		check(!address_is_loopback(&endpoint.address) ||
		      address_special(&endpoint.address));
		if (address_embedded(&endpoint.address, &v4))
			check(!address_special(&v4) ||
			      address_special(&endpoint.address));
		check_text(&endpoint.address);
	}
	free(copy);
	return 0;
}
