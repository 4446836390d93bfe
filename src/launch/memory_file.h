/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PJ_LAUNCH_MEMORY_FILE_H
#define PJ_LAUNCH_MEMORY_FILE_H

#include <stddef.h>

/* A new file in memory with this content, close-on-exec; -1 and errno. */
int memory_file(const char *name, const void *data, size_t size);
/* The same, which nobody can change any more. */
int memory_file_sealed(const char *name, const void *data, size_t size);

#endif
