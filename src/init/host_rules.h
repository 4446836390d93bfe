/* SPDX-License-Identifier: Apache-2.0 */
/* Which hosts may be reached: names and addresses in, a verdict out. Pure. */
#ifndef PJ_INIT_HOST_RULES_H
#define PJ_INIT_HOST_RULES_H

#include "init/address.h"

struct host_verdict {
	bool allowed;
	enum refusal_reason reason; /* where not allowed */
	uint32_t rule;		    /* the deny rule's number, from 1, or 0 */
};

enum { PORT_ANY = 0 };

/* A name (lower case, without a last dot) at a port. PORT_ANY: at any port at
 * all, which is what decides whether a name is looked up. */
struct host_verdict host_rules_name(const struct init_config *config,
				    const char *name, uint16_t port);

/* An address by the rules that name addresses. `needs`: bits that such a rule
 * must have, as from address_special(). */
struct host_verdict host_rules_address(const struct init_config *config,
				       const struct endpoint *endpoint,
				       unsigned int needs);

/* Whether a rule allows this address at any port. */
bool host_rules_name_address(const struct init_config *config,
			     const struct init_address *address,
			     unsigned int needs);

#endif
