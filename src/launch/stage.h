/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher and the stage say to each other. The stage is a program
 * without libc that a wrapper (bwrap, firejail, an application's own) executes
 * in the jail that it made; from there on it does what child_init.c and
 * child_program.c do after clone, because it is made of them.
 *
 *   launcher ──▶ wrapper ──exec──▶ stage ──exec──▶ init
 *       │  socket: descriptors, plan ──▶ └─clone──▶ program
 *       ◀── socket: struct stage_report
 *
 * The plan crosses as it lies in memory, with its pointers moved to where the
 * stage maps it: same build, same structs. The wrapper inherits the socket, but
 * not what is in it: no stream, no control, no plan.
 */
#ifndef PJ_LAUNCH_STAGE_H
#define PJ_LAUNCH_STAGE_H

#include "launch/context.h"
#include "plan/wrapper.h"

#define STAGE_BASE 0x200000000000UL

/* The first message carries these, in order. */
enum {
	STAGE_SENT_PLAN,
	STAGE_SENT_CONTROL,
	STAGE_SENT_REPORT,
	STAGE_SENT_CONFIG,
	STAGE_SENT_INIT_IMAGE,
	STAGE_SENT_ACCOUNT, /* the config, when there is none */
	STAGE_SENT_STREAMS, /* three */
	STAGE_SENT_COUNT = STAGE_SENT_STREAMS + 3,
};

/* At STAGE_BASE. */
struct stage_image {
	size_t size;
	struct launch_context context;
	struct pj_plan plan;
	struct pj_command command;
};

/* The answer: the program runs, or what failed. */
struct stage_report {
	uint32_t executed, step;
	int32_t errnum;
	char what[236];
};

/* The plan for the stage, as a memory file; -1 and errno. */
int stage_image_file(const struct pj_plan *plan);

#endif
