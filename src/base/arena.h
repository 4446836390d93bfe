/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that grows piece by piece and is released as a whole: for the many
 * small things that live as long as one owner. Zero-initialise. */
#ifndef PJ_BASE_ARENA_H
#define PJ_BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *newest; /* NULL while nothing was asked for */
};

/* Uninitialised, aligned for pointers and 64-bit numbers; NULL: no memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* A string: `len` bytes of `text`, and a NUL. */
char *arena_text(struct arena *arena, const char *text, size_t len);
void arena_clear(struct arena *arena);
#define auto_arena __attribute__((cleanup(arena_clear)))

#endif
