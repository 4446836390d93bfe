/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that the guard let through. Only guard/ makes one. The program and
 * the directory are held by descriptor: what was checked is what will run.
 */
#ifndef PJ_GUARD_COMMAND_H
#define PJ_GUARD_COMMAND_H

#include <procjail.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "policy/policy.h"

struct pj_command {
	const struct pj_policy *policy; /* a reference of our own */
	int program_fd;			/* O_PATH, close-on-exec */
	struct stat program_stat;
	char *program; /* canonical */
	/* "#!" scripts: the interpreter that the kernel would run (canonical of
	 * the path in the first line); NULL for binaries. */
	char *interpreter;
	struct strv argv; /* argv[0] as the caller asked */
	struct strv envp; /* complete: what the program gets, sorted */
	char *cwd;	  /* canonical */
	int cwd_fd;	  /* O_PATH | O_DIRECTORY */
	struct stat cwd_stat;
};

#endif
