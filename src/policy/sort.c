/* SPDX-License-Identifier: Apache-2.0 */
/* A merge sort. */
#include "policy/sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* Of whatever type the array is. */
typedef const void *pointer __attribute__((may_alias));

struct sorter {
	int (*compare)(const void *, const void *);
	pointer *spare;
};

/* Both parts are in order; the first of `half` goes aside. */
static void merge(const struct sorter *sorter, pointer *items, size_t half,
		  size_t count)
{
	size_t left = 0, right = half, out = 0;

	memcpy(sorter->spare, items, half * sizeof(*items));
	while (left < half && right < count)
		items[out++] =
			sorter->compare(sorter->spare[left], items[right]) <= 0
				? sorter->spare[left++]
				: items[right++];
	memcpy(items + out, sorter->spare + left,
	       (half - left) * sizeof(*items));
}

static void sort(const struct sorter *sorter, pointer *items, size_t count)
{
	size_t half = count / 2;

	if (!half)
		return;
	sort(sorter, items, half);
	sort(sorter, items + half, count - half);
	if (sorter->compare(items[half - 1], items[half]) > 0)
		merge(sorter, items, half, count);
}

int sort_pointers(void *items, size_t count,
		  int (*compare)(const void *, const void *))
{
	auto_free pointer *spare = calloc(count / 2 + 1, sizeof(*spare));
	const struct sorter sorter = { compare, spare };

	if (!spare)
		return -1;
	sort(&sorter, items, count);
	return 0;
}
