/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics of a list of measurements: medians and tails, no means. */
#include "statistics.h"

#include <stdlib.h>

int series_add(struct series *series, double value)
{
	if (series->count == series->capacity) {
		size_t capacity = series->capacity ? 2 * series->capacity : 64;
		double *values =
			reallocarray(series->values, capacity, sizeof(*values));

		if (!values)
			return -1;
		series->values = values;
		series->capacity = capacity;
	}
	series->values[series->count++] = value;
	return 0;
}

static int by_value(const void *one, const void *other)
{
	double a = *(const double *)one;
	double b = *(const double *)other;

	return (a > b) - (a < b);
}

double series_percentile(struct series *series, unsigned int percent)
{
	if (series->count == 0)
		return 0;
	qsort(series->values, series->count, sizeof(*series->values), by_value);
	return series->values[(series->count - 1) * percent / 100];
}

void series_clear(struct series *series)
{
	free(series->values);
	*series = (struct series){ 0 };
}
