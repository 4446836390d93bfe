/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics of a list of measurements. */
#ifndef PJ_BENCH_STATISTICS_H
#define PJ_BENCH_STATISTICS_H

#include <stddef.h>

struct series {
	double *values;
	size_t count, capacity;
};

/* 0, or -1 when out of memory. */
int series_add(struct series *series, double value);
/* The value below which `percent` of all lie; 0 of an empty series. Sorts. */
double series_percentile(struct series *series, unsigned int percent);
void series_clear(struct series *series);

#endif
