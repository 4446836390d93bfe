/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the jail's DNS, and says to which hosts its addresses lead. */
#ifndef PJ_INIT_NAMES_H
#define PJ_INIT_NAMES_H

#include <asm/poll.h>

#include "init/host_rules.h"

enum { NAMES_PENDING_MAX = 64, NAMES_POLLS = 1 + NAMES_PENDING_MAX };

/* All in the host's network; answers on INIT_FD_NAMES. */
bool names_start(const struct init_config *config);

/* What to wait for: fills up to NAMES_POLLS, returns how many. */
unsigned int names_polls(struct pollfd *polls);
/* After the wait: answer what came. */
void names_serve(const struct pollfd *polls, unsigned int count);
/* By the clock: ask again, or give up. */
void names_tick(void);

/* May the jail connect there, by a name it has looked up or by an address
 * rule? `ret_jail`: yes, in its own network. */
struct host_verdict names_decide(const struct endpoint *endpoint,
				 bool *ret_jail);
/* The text by which a refusal names this address: a name that leads there, else
 * the address. */
void names_describe(const struct init_address *address, char text[256]);

#endif
