/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's side of a wrapper. */
#ifndef PJ_LAUNCH_WRAPPED_H
#define PJ_LAUNCH_WRAPPED_H

#include "launch/context.h"

/* Descriptors of one wrapped launch. */
struct wrapped {
	int null, complaints, stage_image, options;
	int socket[2]; /* ours, the stage's */
};

#define WRAPPED_NONE                                                           \
	{                                                                      \
		-1, -1, -1, -1,                                                \
		{                                                              \
			-1, -1                                                 \
		}                                                              \
	}

/* Make them, with the plan and `context`'s descriptors on their way to the
 * stage, and put the child's into `context`. */
int wrapped_open(struct wrapped *wrapped, struct launch_context *context,
		 struct pj_error *err);

/* Wait until the program has been executed. `context` tells what failed where
 * the stage told; else the error tells what the wrapper said. Negative: nothing
 * of the program has run. */
int wrapped_await(struct wrapped *wrapped, int pidfd,
		  struct launch_context *context, struct pj_error *err);

/* End a wrapper that has not started the program, and reap it. */
void wrapped_end(int pidfd);

void wrapped_close(struct wrapped *wrapped);

#endif
