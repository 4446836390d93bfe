/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean …?": the known name that is the fewest edits away. */
#ifndef PJ_POLICY_NEAREST_H
#define PJ_POLICY_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *wanted;
	const char *best; /* NULL while nothing is near */
	size_t distance;
};

struct nearest nearest_start(const char *wanted);
void nearest_offer(struct nearest *nearest, const char *name);

#endif
