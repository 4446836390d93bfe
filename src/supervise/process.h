/* SPDX-License-Identifier: Apache-2.0 */
/* A running jail, as its supervisor sees it. */
#ifndef PJ_SUPERVISE_PROCESS_H
#define PJ_SUPERVISE_PROCESS_H

#include <procjail.h>
#include <time.h>

#include "init/protocol.h"
#include "launch/launch.h"
#include "plan/plan.h"
#include "supervise/result.h"
#include "supervise/stream.h"

/* Why the supervisor itself ended the jail. */
enum ended_because { NOT_ENDED, BECAUSE_ASKED, BECAUSE_TIME, BECAUSE_OUTPUT };

struct pj_process {
	struct launched jail;
	struct stream out, err;
	int input_fd; /* write end of the program's standard input; -1: none */
	char *input;
	size_t input_len, input_done;
	int signal_fd; /* the caller's; -1: none */
	struct timespec started;
	uint64_t wall_limit_ms, memory_limit;
	bool has_cpu_limit;
	size_t own_peak_bytes; /* of the caller, when it launched */
	enum ended_because ended;
	bool reported, gone;
	struct init_report report;
	struct pj_result *result; /* being filled */
	int epoll_fd, timer_fd;	  /* for the caller's own event loop */
};

uint64_t process_elapsed_us(const struct pj_process *process);

/* End the jail. The first reason counts. */
void process_end(struct pj_process *process, enum ended_because why);

/* Run the event loop until the whole jail is gone and drained. */
int process_supervise(struct pj_process *process, struct pj_error *err);

/* Turn what is known now into the result's outcome and usage. */
void process_conclude(struct pj_process *process);

#endif
