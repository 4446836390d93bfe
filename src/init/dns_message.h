/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS messages (RFC 1035), as far as a broker of addresses needs them. Pure:
 * bytes in, values out. Strict: what can be read in two ways is refused, and a
 * name has nothing but letters, digits, hyphens (and underscores, in answers).
 */
#ifndef PJ_INIT_DNS_MESSAGE_H
#define PJ_INIT_DNS_MESSAGE_H

#include "init/address.h"

enum {
	DNS_NAME_BYTES = 254, /* as text without the last dot, and the NUL */
	DNS_MESSAGE_BYTES = 1232, /* more we neither ask for nor take */
	DNS_REPLY_BYTES = 512,	  /* what every client takes */
	DNS_ADDRESSES_MAX = 24,
	DNS_CHAIN_MAX = 8,
};

enum { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_SVCB = 64, DNS_HTTPS = 65 };

enum {
	DNS_NOERROR,
	DNS_FORMERR,
	DNS_SERVFAIL,
	DNS_NXDOMAIN,
	DNS_NOTIMP,
	DNS_REFUSED,
	DNS_SILENCE = -1, /* not even a reply is due */
};

struct dns_query {
	uint16_t id, type;
	char name[DNS_NAME_BYTES]; /* lower case */
	size_t end;		   /* of the question, in the message */
};

/* 0, or the code to reply with. Unless that is DNS_SILENCE, `id` is set and
 * `end` is 12 at least. */
int dns_read_query(const unsigned char *message, size_t len,
		   struct dns_query *ret);

/* A query of our own for `name`; its length, 0 when it is no name. */
size_t dns_write_query(uint16_t id, const char *name, uint16_t type,
		       unsigned char out[DNS_MESSAGE_BYTES]);

struct dns_answer {
	int code;
	bool cut; /* it was longer than the server sends in one datagram */
	uint32_t lifetime_s; /* the least of all records used */
	unsigned int count;
	struct init_address addresses[DNS_ADDRESSES_MAX];
	/* The names that the question's name stands for, one after the other.
	 */
	unsigned int chain_count;
	char chain[DNS_CHAIN_MAX][DNS_NAME_BYTES];
};

/* Read what a server answered to dns_write_query(id, name, type). False when
 * it is no answer to that. */
bool dns_read_answer(const unsigned char *message, size_t len, uint16_t id,
		     const char *name, uint16_t type, struct dns_answer *ret);

/* Reply to a query with a code and, where it is DNS_NOERROR, as many of these
 * addresses of its type as fit. The length. */
size_t dns_write_reply(const unsigned char *message,
		       const struct dns_query *query, int code,
		       const struct init_address *addresses, unsigned int count,
		       uint32_t lifetime_s, unsigned char out[DNS_REPLY_BYTES]);
/* The same with one name, for DNS_PTR. */
size_t dns_write_name_reply(const unsigned char *message,
			    const struct dns_query *query, const char *name,
			    uint32_t lifetime_s,
			    unsigned char out[DNS_REPLY_BYTES]);

/* The address that a name such as "1.0.0.127.in-addr.arpa" stands for. */
bool dns_reverse_name(const char *name, struct init_address *ret);

#endif
