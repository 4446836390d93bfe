/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the jail's DNS. */
#ifndef PJ_INIT_NAMES_H
#define PJ_INIT_NAMES_H

#include "init/name_servers.h"
#include "init/reach.h"

enum { NAMES_POLLS = NAME_CLIENT_POLLS + LOOKUPS_MAX };

/* All in the host's network; answers on INIT_FD_NAMES and
 * INIT_FD_NAMES_STREAM. */
bool names_start(const struct init_config *config);

/* What to wait for: fills up to NAMES_POLLS, returns how many. */
unsigned int names_polls(struct pollfd *polls);
/* After the wait: answer what came. */
void names_serve(const struct pollfd *polls, unsigned int count);
/* Whether anything waits for the clock; then names_tick() every so often. */
bool names_wait(void);
void names_tick(void);

#endif
