/* SPDX-License-Identifier: Apache-2.0 */
/* Where cgroups for jails can be made, if anywhere. */
#ifndef PJ_HOST_CGROUP_H
#define PJ_HOST_CGROUP_H

#include <stdbool.h>

#include "base/strv.h"

struct host_cgroup {
	char *path;	     /* a delegated directory; NULL: none */
	bool memory, pids;   /* its children have these controllers */
	const char *missing; /* when there is none: why not */
	struct strv mounts;  /* each place where cgroups can be reached */
};

/* What holds for the calling process now. Never fails: where anything is in
 * doubt there is none. */
void host_cgroup_find(struct host_cgroup *ret_cgroup);
void host_cgroup_clear(struct host_cgroup *cgroup);

/* A cgroup with processes in it can have no children with limits. If the
 * calling process is alone in one that was delegated to it, move it into the
 * child "supervisor", so that host_cgroup_find() finds the parent. */
void host_cgroup_settle(void);

#endif
