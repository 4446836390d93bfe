/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a DNS query of the jail and as a server's answer: what is read
 * is a name and addresses, and whatever is replied fits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void check_name(const char *name)
{
	check(strlen(name) < DNS_NAME_BYTES);
	check(name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] ==
	      '\0');
}

static void try_query(const uint8_t *data, size_t size)
{
	static const struct init_address addresses[DNS_ADDRESSES_MAX];
	unsigned char reply[DNS_REPLY_BYTES];
	struct init_address reverse;
	struct dns_query query;
	int code = dns_read_query(data, size, &query);

	if (code == DNS_SILENCE)
		return;
	check(query.end >= 12 && query.end <= size);
	check(dns_write_reply(data, &query, code, addresses,
			      code ? 0 : DNS_ADDRESSES_MAX, 1,
			      reply) <= sizeof(reply));
	if (code)
		return;
	check_name(query.name);
	check(*query.name && !strchr(query.name, '_'));
	dns_reverse_name(query.name, &reverse);
	check(dns_write_query(1, query.name, DNS_A,
			      (unsigned char[DNS_MESSAGE_BYTES]){ 0 }) > 0);
	check(dns_write_name_reply(data, &query, query.name, 1, reply) <=
	      sizeof(reply));
}

static void try_answer(const uint8_t *data, size_t size)
{
	static const char name[] = "www.example.org";
	static struct dns_answer answer;
	uint16_t id = (uint16_t)(size > 1 ? data[0] << 8 | data[1] : 0);

	for (int i = 0; i < 2; i++) {
		if (!dns_read_answer(data, size, id, name, i ? DNS_AAAA : DNS_A,
				     &answer))
			continue;
		check(answer.count <= DNS_ADDRESSES_MAX);
		check(answer.chain_count <= DNS_CHAIN_MAX);
		for (unsigned int c = 0; c < answer.chain_count; c++)
			check_name(answer.chain[c]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own size: a read past the end is seen. */
	uint8_t *copy = calloc(1, size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	try_query(copy, size);
	try_answer(copy, size);
	free(copy);
	return 0;
}
