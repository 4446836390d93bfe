/* SPDX-License-Identifier: Apache-2.0 */
/* What a program file says of its loader and its libraries. */
#ifndef PJ_PLAN_ELF_H
#define PJ_PLAN_ELF_H

#include <stdbool.h>
#include <stddef.h>

/* The canonical path of the program's loader (PT_INTERP), into `loader`. False
 * for a static program and for whatever is no ELF file of 64 bits. */
bool elf_loader(const char *path, char *loader, size_t size);

/* Whether the program is linked dynamically, with this library and no other,
 * and has nothing that runs before it. `fd`: of the file, to read. */
bool elf_needs_only(int fd, const char *library);

#endif
