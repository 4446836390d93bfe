/* SPDX-License-Identifier: Apache-2.0 */
/* What the program gets as its standard streams, and what we keep of them. */
#ifndef PJ_SUPERVISE_ENDS_H
#define PJ_SUPERVISE_ENDS_H

#include "supervise/process.h"

/* The program's end of one stream, to be closed after the launch if `owned`. */
struct end {
	int fd;
	bool owned;
};

/* Make all three as `options` and the policy's limits ask; our ends are put
 * into `process`. Negative with errno set: `ends` may hold some. */
int ends_open(struct pj_process *process, const struct pj_run_options *options,
	      const struct limits *limits, struct end ends[3]);
void ends_close(struct end ends[3]);

#endif
