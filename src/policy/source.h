/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a policy is read from. */
#ifndef PJ_POLICY_SOURCE_H
#define PJ_POLICY_SOURCE_H

#include <procjail.h>
#include <sys/stat.h>

/* A regular file, open for reading; `st` is of the descriptor. With
 * `files_from` it is one that pj_policy_options allows. */
int source_open(const char *path, const char *files_from, int *ret_fd,
		struct stat *ret_st, struct pj_error *err);

#endif
