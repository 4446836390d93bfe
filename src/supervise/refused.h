/* SPDX-License-Identifier: Apache-2.0 */
/* What the network refused, from the init's list to the result. */
#ifndef PJ_SUPERVISE_REFUSED_H
#define PJ_SUPERVISE_REFUSED_H

#include "supervise/process.h"

/* Fill the result's list. An init that has written nonsense is a failure. */
int refused_take(struct pj_process *process, struct pj_error *err);
void refused_clear(struct pj_result *result);

#endif
