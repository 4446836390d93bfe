/* SPDX-License-Identifier: Apache-2.0 */
/* The jail's processes, as /proc tells. */
#ifndef PJ_INIT_TREE_H
#define PJ_INIT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "init/protocol.h"

struct tree_sample {
	uint32_t processes;
	uint64_t memory_bytes; /* resident and not backed by files */
	uint64_t cpu_us;       /* of the living and the reaped */
};

/* False when it cannot be told (no /proc). */
bool tree_sample(const struct init_config *config,
		 struct tree_sample *ret_sample);

/* SIGKILL for everything but us. Without a pid namespace and a domain whose
 * signals stay in it: for all that is found, one by one; so call it again until
 * nobody is left. */
void tree_kill(const struct init_config *config);

#endif
