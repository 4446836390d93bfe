/* SPDX-License-Identifier: Apache-2.0 */
/* Tools of the system that we run. */
#ifndef PJ_HOST_TOOL_H
#define PJ_HOST_TOOL_H

#include <procjail.h>
#include <sys/stat.h>

/* Open a tool at one of its trusted places, never by PATH: a regular file that
 * may be executed, that root owns and nobody else may write, and each directory
 * on the way likewise. `package`: how to get it,
 * and the strategy's name. *ret_fd is O_PATH, and the
 * caller's; *ret_path is freed by the caller. -PJ_E_UNAVAILABLE tells what is
 * wrong with it. */
int host_tool_open(const char *name, const char *package, int *ret_fd,
		   char **ret_path, struct pj_error *err);

/* The same for an absolute path that a caller chose; any owner but nobody else
 * may write it. */
int host_program_open(const char *path, int *ret_fd, struct pj_error *err);

#endif
