/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that samples start: timed, or with streams to talk to them. */
#ifndef PJ_BENCH_LAUNCH_H
#define PJ_BENCH_LAUNCH_H

#include <sys/types.h>

double microseconds(void);
/* Run to the end, in `directory` if not NULL. 0 when it ended with 0, and the
 * microseconds; else -1. */
int timed_spawn(const char *const *argv, const char *directory,
		double *ret_value);
/* Start `argv` with its standard output in a pipe (and its standard input, when
 * `ret_input` is not NULL). The pid, or -1. */
pid_t spawn_piped(const char *const *argv, int *ret_output, int *ret_input);
/* The most that a supervisor held, in KiB, when its `cat` runs in the jail. 0
 * or -1. */
int supervisor_memory(const char *const *argv, double *ret_value);

#endif
