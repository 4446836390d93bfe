/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that run other programs or programs' text as their very purpose. */
#ifndef PJ_GUARD_RISKY_H
#define PJ_GUARD_RISKY_H

#include <stdbool.h>

/* "shell", "interpreter", "spawner", "privilege tool", "undecodable name", or
 * NULL. `path` is canonical or as requested; only its last component counts. */
const char *risky_category(const char *path);

/* Whether the program behaves by the name it is called by (busybox and the
 * like), so that allowing one of its names does not allow the others. */
bool risky_is_multicall(const char *path);

/* The last component of a path. */
const char *path_name(const char *path);

#endif
