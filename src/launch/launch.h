/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the processes of a plan. */
#ifndef PJ_LAUNCH_LAUNCH_H
#define PJ_LAUNCH_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "launch/leaf.h"
#include "launch/scratch.h"
#include "plan/plan.h"

struct launched {
	int pidfd; /* of the jail's init; readable when the whole jail is gone
		    */
	int control_fd;	  /* write a signal number; close: the jail ends */
	int report_fd;	  /* one struct init_report, then end of file; it does
			   * not block */
	int config_fd;	  /* struct init_config, with what the init refused */
	int begin_fd;	  /* a timer (INIT_FD_BEGIN), of a jail that waits; or
			   * -1 */
	struct leaf leaf; /* to be removed when the jail is gone */
	uint64_t mark;	  /* of the plan */
	struct scratch_identity scratch;
	/* The death of the init is everybody's: it is pid 1 of a namespace. */
	bool init_is_jail;
};
#define LAUNCHED_NONE                                                          \
	((struct launched){ -1, -1, -1, -1, -1, LEAF_NONE, 0, { 0 }, false })

/* What is executed instead of the plan's command, for a jail that waits for one
 * (launch/handover.h). */
struct launch_program {
	int file, init_image; /* memory files, of many launches */
	char *const *argv;
};

/* `streams`: what becomes the program's standard streams. `program`: NULL: the
 * command's. 0: the program has been executed; or a negative code, and nothing
 * is left. All descriptors of `ret_launched` are close-on-exec and the
 * caller's. */
int launch(const struct pj_plan *plan, const int streams[3],
	   const struct launch_program *program, struct launched *ret_launched,
	   struct pj_error *err);

/* Refuse a standard stream that leads out of the plan's jail. */
int launch_check_stream(const struct pj_plan *plan, int number, int fd,
			struct pj_error *err);

#endif
