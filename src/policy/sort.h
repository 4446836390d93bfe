/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting of pointers. What is in order already costs a comparison an item;
 * equal ones keep their order. */
#ifndef PJ_POLICY_SORT_H
#define PJ_POLICY_SORT_H

#include <stddef.h>

/* `items` is an array of pointers, `compare` gets two of them. Returns 0, or -1
 * when out of memory. */
int sort_pointers(void *items, size_t count,
		  int (*compare)(const void *, const void *));

#endif
