/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine can do, found out by trying. */
#ifndef PJ_HOST_HOST_H
#define PJ_HOST_HOST_H

#include <procjail.h>

#include "host/cgroup.h"

struct pj_host {
	int landlock_abi; /* 0: none */
	bool seccomp_filter;
	bool seccomp_notify;
	bool user_namespaces;		  /* tried, with mounts in them */
	int user_namespaces_errno;	  /* why not */
	const char *user_namespaces_step; /* which step failed */
	bool network_namespace;
	bool mount_setattr; /* recursive attributes */
	bool fresh_proc;    /* a new /proc can be mounted */
	struct host_cgroup cgroup;
	char *bwrap, *firejail; /* absolute path, or NULL */
	char *kernel;		/* uname release, for people only */
};

/* The Landlock ABI alone: one system call. 0: none. */
int host_landlock_abi(void);

#endif
