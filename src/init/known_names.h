/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names the jail has asked for, and where they led: answers for the next
 * time, and the addresses that may be connected to because of a name. Pure: the
 * time is an argument, in milliseconds.
 */
#ifndef PJ_INIT_KNOWN_NAMES_H
#define PJ_INIT_KNOWN_NAMES_H

#include "init/dns_message.h"

enum {
	KNOWN_NAMES_MAX = 512,
	/* How long an address stays reachable after it was last seen under a
	 * name, whatever the record's lifetime: programs resolve once and
	 * connect more than once. */
	KNOWN_GRACE_S = 600,
	/* How long an answer is given again without asking. */
	KNOWN_FRESH_MIN_S = 1,
	KNOWN_FRESH_MAX_S = 300,
};

struct known_address {
	struct init_address address;
	uint64_t until_ms; /* may be connected to */
	bool current;	   /* in the last answer */
};

struct known_name {
	char name[DNS_NAME_BYTES]; /* empty: the place is free */
	uint16_t type;
	uint64_t fresh_until_ms, until_ms;
	unsigned int count;
	struct known_address addresses[DNS_ADDRESSES_MAX];
};

struct known_names {
	struct known_name items[KNOWN_NAMES_MAX];
	unsigned int end; /* none is at or above */
};

void known_names_add(struct known_names *names, const char *name, uint16_t type,
		     const struct init_address *addresses, unsigned int count,
		     uint32_t lifetime_s, uint64_t now_ms);

/* What was answered lately; NULL: ask again. */
const struct known_name *known_names_find(const struct known_names *names,
					  const char *name, uint16_t type,
					  uint64_t now_ms);

/* The next name, from *cursor (0 at first), that leads to this address; NULL:
 * there is no other. */
const char *known_names_of(const struct known_names *names,
			   const struct init_address *address, uint64_t now_ms,
			   unsigned int *cursor);

#endif
