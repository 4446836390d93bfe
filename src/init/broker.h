/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the jail's calls that would change a name. */
#ifndef PJ_INIT_BROKER_H
#define PJ_INIT_BROKER_H

#include <stdbool.h>

#include "init/protocol.h"

/* Serve the jail's calls, and for a filtered network its names, from now on, in
 * a thread of its own. A negative errno: there is none, and nothing is served;
 * may be called again then. */
long broker_start(const struct init_config *config);
/* No further child of ours is made, and those that are there are killed. Where
 * new groups of processes are brokered, none is made from now on but what was
 * let pass before. */
void broker_stop(void);
bool broker_is_stopped(void);
/* Whether this is a child of ours. */
bool broker_is_worker(long pid);

/* End the processes that wait for a caller which is gone, or which has a signal
 * to see to. */
void broker_sweep(void);
/* A child of ours has ended. */
void broker_reaped(long pid);

#endif
