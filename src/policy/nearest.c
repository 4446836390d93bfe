/* SPDX-License-Identifier: Apache-2.0 */
/* Edit distance over short names; longer ones are near to nothing. */
#include "policy/nearest.h"

#include <string.h>

enum { MAX_NAME = 40 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein; both are at most MAX_NAME long. */
static size_t edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[MAX_NAME + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

struct nearest nearest_start(const char *wanted)
{
	size_t len = strlen(wanted);

	/* Two letters turned round are two edits. */
	return (struct nearest){ .wanted = wanted,
				 .distance = len < 4   ? 2
					     : len < 9 ? 3
						       : len / 3 + 1 };
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t a = strlen(nearest->wanted), b = strlen(name), distance;

	if (a > MAX_NAME || b > MAX_NAME)
		return;
	distance = edits(nearest->wanted, a, name, b);
	if (a >= 3 && strncmp(nearest->wanted, name, a) == 0)
		distance = 1; /* cut short */
	if (distance < nearest->distance) {
		nearest->distance = distance;
		nearest->best = name;
	}
}
