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

struct worker_kind {
	size_t memory_mb;   /* has touched that much */
	bool plain_cgroups; /* sees cgroup v2 and no other, as crun wants */
};

/* 0 or -1. */
int worker_start(struct worker *worker, const struct setting *setting,
		 const struct worker_kind *kind);
/* Have it take one sample. 0 or -1. */
int worker_sample(struct worker *worker, sample_fn *sample, enum target target,
		  double *ret_value);
void worker_stop(struct worker *worker);

#endif
