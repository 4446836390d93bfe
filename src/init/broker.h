/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the jail's calls that would change a name. */
#ifndef PJ_INIT_BROKER_H
#define PJ_INIT_BROKER_H

#include "init/protocol.h"

/* Take one notification from the listener and answer it. */
void broker_answer(const struct init_config *config);

/* End the processes that wait for a caller which is gone. */
void broker_sweep(void);
/* A child of ours has ended. */
void broker_reaped(long pid);

#endif
