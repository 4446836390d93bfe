/* SPDX-License-Identifier: Apache-2.0 */
/* Files that options name. */
#ifndef PJ_CLI_FILES_H
#define PJ_CLI_FILES_H

#include <procjail.h>

/* All of a file ("-": standard input), NUL-terminated; the caller frees it. */
int file_read(const char *path, char **ret_data, size_t *ret_len,
	      struct pj_error *err);

/* Descriptor of a file to read from; standard input itself for "-". */
int file_open(const char *path, int *ret_fd, struct pj_error *err);

#endif
