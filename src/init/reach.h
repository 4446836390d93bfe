/* SPDX-License-Identifier: Apache-2.0 */
/* To which hosts an address leads, and so, whether it may be connected to. */
#ifndef PJ_INIT_REACH_H
#define PJ_INIT_REACH_H

#include "init/host_rules.h"
#include "init/known_names.h"

/* In the host's network. */
bool reach_start(const struct init_config *config);

/* What was looked up. */
extern struct known_names reach_known;

/* Since the machine was started. */
uint64_t reach_clock_ms(void);

/* May the jail connect there, by a name it has looked up or by an address
 * rule? `ret_jail`: yes, in its own network. */
struct host_verdict names_decide(const struct endpoint *endpoint,
				 bool *ret_jail);
/* The text by which a refusal names this address: a name that leads there, else
 * the address. */
void names_describe(const struct init_address *address, char text[256]);

/* The next name, from *cursor (0 at first), that leads to this address. */
const char *reach_name_of(const struct init_address *address,
			  unsigned int *cursor);

/* Whether an answer for a name may hold this address. */
bool reach_by_name(const struct init_address *address);

/* The addresses of this type that the host's own list has for a name, up to
 * DNS_ADDRESSES_MAX. False: the list does not have the name. `ret_any`: some of
 * its addresses, of whatever type, may be reached. */
bool reach_listed(const struct dns_query *query, struct init_address *addresses,
		  unsigned int *ret_count, bool *ret_any);

#endif
