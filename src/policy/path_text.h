/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text alone: nothing here looks at the file system. What is made lies
 * in the arena; NULL is no memory. */
#ifndef PJ_POLICY_PATH_TEXT_H
#define PJ_POLICY_PATH_TEXT_H

#include <stdbool.h>

#include "base/arena.h"

/* Whether an absolute path has no empty component, no "." and "..", and no
 * trailing slash. */
bool path_is_clean(const char *path);
/* `path` without empty and "." components and without a trailing slash; ".."
 * takes the component before it away when `fold`, and stays if not. */
char *path_clean(struct arena *text, const char *path, bool fold);
/* `parent` (clean), a slash and `rest`; an empty rest adds nothing. */
char *path_join(struct arena *text, const char *parent, const char *rest);

#endif
