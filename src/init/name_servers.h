/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of DNS: asks the host's name servers, in messages of our own
 * making. */
#ifndef PJ_INIT_NAME_SERVERS_H
#define PJ_INIT_NAME_SERVERS_H

#include "init/name_clients.h"

/* As many as may begin at once (BUDGET_MAX). */
enum { LOOKUPS_MAX = 256 };

void name_servers_start(const struct init_config *config);

/* Ask for the addresses of question->query; names_answered() gets them. False:
 * this was one of too many. */
bool name_servers_ask(const struct name_question *question);

/* Whether any is under way. */
bool name_servers_wait(void);
/* Fills up to LOOKUPS_MAX, returns how many. */
unsigned int name_servers_polls(struct pollfd *polls);
void name_servers_serve(const struct pollfd *polls, unsigned int count);
/* By the clock: ask again, or give up. */
void name_servers_tick(void);

/* Of names.c. NULL: no server has an answer. */
void names_answered(const struct name_question *question,
		    struct dns_answer *answer);

#endif
