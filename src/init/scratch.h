/* SPDX-License-Identifier: Apache-2.0 */
/* The directory that stands for a private /tmp where there are no mounts. */
#ifndef PJ_INIT_SCRATCH_H
#define PJ_INIT_SCRATCH_H

#include "init/protocol.h"

/* Remove it with all that is in it. The jail is dead by now. */
void scratch_remove(const struct init_config *config);

#endif
