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

/*
 * The end. SIGKILL for everything but us, at once; but without a pid namespace
 * and a domain whose signals stay in it, for our own children only. Then the
 * rest is done by groups: to each child that has ended, before it is reaped,
 * its whole group is sent after, at once as well, so that nobody is born past
 * it. The ended child keeps the group's number from being another's. Whoever
 * was in another group becomes our child as its parents end, and is next; and
 * nobody comes by a new group meanwhile (broker_signals.c).
 */
void tree_kill(const struct init_config *config);
void tree_kill_group(const struct init_config *config, long ended);

#endif
