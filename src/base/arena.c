/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks in a chain. A piece never moves, so pointers to it stay good. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 4 * 1024, BLOCK_BYTES = 64 * 1024, ALIGNMENT = 8 };

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	char bytes[] __attribute__((aligned(ALIGNMENT)));
};

static struct arena_block *grow(struct arena *arena, size_t wanted)
{
	const size_t head = sizeof(struct arena_block);
	size_t usual = (arena->newest ? BLOCK_BYTES : FIRST_BYTES) - head;
	size_t size = wanted < usual ? usual : wanted;
	struct arena_block *block =
		size < SIZE_MAX - head ? malloc(head + size) : NULL;

	if (!block)
		return NULL;
	block->older = arena->newest;
	block->used = 0;
	block->size = size;
	arena->newest = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->newest;
	size_t start = 0;

	if (block)
		start = (block->used + ALIGNMENT - 1) &
			~(size_t)(ALIGNMENT - 1);
	if (!block || start > block->size || size > block->size - start) {
		block = grow(arena, size);
		if (!block)
			return NULL;
		start = 0;
	}
	block->used = start + size;
	return block->bytes + start;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

void arena_clear(struct arena *arena)
{
	for (struct arena_block *block = arena->newest; block;) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
	arena->newest = NULL;
}
