/* SPDX-License-Identifier: Apache-2.0 */
/* One measurement of one thing. */
#ifndef PJ_BENCH_SAMPLES_H
#define PJ_BENCH_SAMPLES_H

#include "setting.h"

enum target { TARGET_TRUE, TARGET_NOTHING };

/* Each measures once. 0 and the value (microseconds, or what is said here), or
 * -1: it did not work. */
typedef int sample_fn(const struct setting *setting, enum target target,
		      double *ret_value);

sample_fn sample_spawn;		 /* posix_spawn() and waitpid() */
sample_fn sample_command;	 /* `procjail run`, started cold */
sample_fn sample_by_default;	 /* the same in a workspace, no policy named */
sample_fn sample_by_service;	 /* `procjail run --pool` */
sample_fn sample_library;	 /* pj_prepare() and pj_run() */
sample_fn sample_loopback;	 /* the same, with a loopback of its own */
sample_fn sample_guard;		 /* pj_prepare() alone, many programs */
sample_fn sample_plain_pipe;	 /* OUTPUT_BYTES read from a child's pipe */
sample_fn sample_large_pipe;	 /* the same, the pipe grown to 1 MiB */
sample_fn sample_captured;	 /* the same, captured by pj_run() */
sample_fn sample_command_memory; /* KiB that `procjail run` held at most */

/* Nearly the same jail by others (peers.c). */
sample_fn sample_bwrap;
sample_fn sample_firejail;
sample_fn sample_crun;
sample_fn sample_nsjail;
sample_fn sample_srt;
sample_fn sample_bwrap_memory;

/* A call that the filter need not inspect (calls.c): nanoseconds each. */
sample_fn sample_call;	     /* without a jail */
sample_fn sample_call_added; /* in a jail, less that without */

/* The parts of a run (stages.c). */
sample_fn sample_start;	  /* `procjail --version`: the command does nothing */
sample_fn sample_policy;  /* pj_policy_load() */
sample_fn sample_decide;  /* pj_prepare() */
sample_fn sample_plan;	  /* pj_plan_make() */
sample_fn sample_launch;  /* pj_spawn() without the plan */
sample_fn sample_program; /* pj_process_wait() */
sample_fn sample_end;	  /* pj_process_free() */

const char *target_path(const struct setting *setting, enum target target);

#endif
