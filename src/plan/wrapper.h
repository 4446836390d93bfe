/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launcher program that is put in front of the command. It makes the jail's
 * namespaces and root; then it executes our stage (launch/stage.h), which does
 * the rest from inside: limits, privileges, filter, broker, exec.
 */
#ifndef PJ_PLAN_WRAPPER_H
#define PJ_PLAN_WRAPPER_H

#include <stdbool.h>

#include "base/strv.h"

/* What a wrapper inherits beside its streams, and must hand on. */
enum {
	WRAPPER_FD_STAGE = 3,
	WRAPPER_FD_SOCKET,
	WRAPPER_FD_OPTIONS, /* only where there are options */
	WRAPPER_FD_SELF,
	WRAPPER_FD_COUNT,
};
#define WRAPPER_STAGE_PATH "/proc/self/fd/3"

struct wrapper {
	char *path;
	int fd;		       /* O_PATH: what was judged is what runs */
	struct strv argv;      /* complete; ends with WRAPPER_STAGE_PATH */
	struct strv options;   /* on WRAPPER_FD_OPTIONS, each ended by NUL */
	bool gains_privileges; /* set-uid: no_new_privs comes after it */
	bool keeps_namespace;  /* the jail has no pid namespace of its own */
};

struct wrapper *wrapper_free(struct wrapper *wrapper);

#endif
