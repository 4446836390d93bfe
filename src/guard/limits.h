/* SPDX-License-Identifier: Apache-2.0 */
/* How large a request may be. */
#ifndef PJ_GUARD_LIMITS_H
#define PJ_GUARD_LIMITS_H

enum {
	REQUEST_ARGS_MAX = 4096,
	REQUEST_ENV_MAX = 4096,
	/* MAX_ARG_STRLEN (linux/binfmts.h): bytes with the NUL, per string */
	REQUEST_STRING_MAX = 128 * 1024,
	/* A quarter of the usual stack limit is what the kernel takes for all
	 * strings and their pointers (execve(2)); some is left for the file's
	 * name and the auxiliary vector. */
	REQUEST_TOTAL_MAX = 2 * 1024 * 1024 - 16 * 1024,
};

#endif
