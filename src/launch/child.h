/* SPDX-License-Identifier: Apache-2.0 */
/* What the child's files share. */
#ifndef PJ_LAUNCH_CHILD_H
#define PJ_LAUNCH_CHILD_H

#include "launch/context.h"

/* Write a whole text to a file; the kernel's answer in *ret_result. */
bool child_write_file(const char *path, const char *text, long *ret_result);

#endif
