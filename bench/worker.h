/* SPDX-License-Identifier: Apache-2.0 */
/* A process that takes samples when it is asked to. */
#ifndef PJ_BENCH_WORKER_H
#define PJ_BENCH_WORKER_H

#include <sys/types.h>

#include "samples.h"

struct worker {
	pid_t pid;
	int ask, answer; /* descriptors of the parent's side */
};

/* Start a worker that has touched `memory_mb` of memory. 0 or -1. */
int worker_start(struct worker *worker, const struct setting *setting,
		 size_t memory_mb);
/* Have it take one sample. 0 or -1. */
int worker_sample(struct worker *worker, sample_fn *sample, enum target target,
		  double *ret_value);
void worker_stop(struct worker *worker);

#endif
