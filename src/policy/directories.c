/* SPDX-License-Identifier: Apache-2.0 */
/* A small cache; the oldest entry makes room for a new one. */
#include "policy/directories.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The names in a directory, hashed. Directories larger than this are asked name
 * by name. */
enum { LISTING_BYTES = 8192, LISTING_SLOTS = 512, ASKED_OFTEN = 48 };

struct listing {
	uint16_t slots[LISTING_SLOTS]; /* offset of a name, plus 1 */
	char bytes[LISTING_BYTES];
};

static unsigned int hash(const char *name)
{
	unsigned int h = 2166136261U; /* FNV-1a */

	while (*name)
		h = (h ^ (unsigned char)*name++) * 16777619U;
	return h;
}

static uint16_t *slot_of(struct listing *listing, const char *name)
{
	unsigned int at = hash(name) % LISTING_SLOTS;

	while (listing->slots[at] &&
	       strcmp(listing->bytes + listing->slots[at] - 1, name) != 0)
		at = (at + 1) % LISTING_SLOTS;
	return &listing->slots[at];
}

static struct listing *listing_free(struct listing *listing)
{
	free(listing);
	return NULL;
}

static struct listing *listing_read(int directory)
{
	auto_fd int fd =
		openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct listing *listing;
	unsigned int count = 0;
	ssize_t n;

	listing = fd >= 0 ? malloc(sizeof(*listing)) : NULL;
	if (!listing)
		return NULL;
	memset(listing->slots, 0, sizeof(listing->slots));
	/* C libraries differ in the type of the buffer. */
	n = getdents64(fd, (void *)listing->bytes, sizeof(listing->bytes));
	/* All of it, or none of it. */
	if (n < 0 || getdents64(fd, (void *)(char[512]){ 0 }, 512) != 0)
		return listing_free(listing);
	for (ssize_t at = 0; at < n;) {
		const struct dirent64 *entry =
			(const void *)(listing->bytes + at);

		if (++count > LISTING_SLOTS / 2)
			return listing_free(listing);
		*slot_of(listing, entry->d_name) =
			(uint16_t)(entry->d_name - listing->bytes + 1);
		at += entry->d_reclen;
	}
	return listing;
}

bool directories_lacks(struct known_directory *directory, const char *name)
{
	if (directory->asked < ASKED_OFTEN && ++directory->asked == ASKED_OFTEN)
		directory->listing = listing_read(directory->fd);
	return directory->listing && !*slot_of(directory->listing, name);
}

static void forget(struct known_directory *directory)
{
	free(directory->listing);
	if (directory->fd >= 0)
		close(directory->fd);
	free(directory->path);
	free(directory->written);
	*directory = (struct known_directory){ .fd = -1 };
}

struct known_directory *directories_find(struct directories *known,
					 const char *written)
{
	/* The last one first: neighbours lie together. */
	size_t len = strlen(written);

	for (size_t i = known->count; i > 0; i--) {
		struct known_directory *item = &known->items[i - 1];

		if (item->written_len == len &&
		    memcmp(item->written, written, len) == 0)
			return item;
	}
	return NULL;
}

struct known_directory *directories_add(struct directories *known,
					const char *written, char *path, int fd)
{
	struct known_directory fresh = { .written = strdup(written),
					 .written_len = strlen(written),
					 .path = path,
					 .fd = fd };
	struct known_directory *slot;

	if (!fresh.written) {
		forget(&fresh);
		return NULL;
	}
	if (known->count < DIRECTORIES_MAX) {
		slot = &known->items[known->count++];
	} else {
		slot = &known->items[known->next];
		known->next = (known->next + 1) % DIRECTORIES_MAX;
		forget(slot);
	}
	*slot = fresh;
	return slot;
}

void directories_clear(struct directories *known)
{
	for (size_t i = 0; i < known->count; i++)
		forget(&known->items[i]);
	known->count = 0;
	known->next = 0;
}
