/* SPDX-License-Identifier: Apache-2.0 */
/* A small table; when it is full, all is forgotten. */
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

static unsigned int hash(const char *name, size_t len)
{
	unsigned int h = 2166136261U; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619U;
	return h;
}

static uint16_t *slot_of(struct listing *listing, const char *name)
{
	unsigned int at = hash(name, strlen(name)) % LISTING_SLOTS;

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

static uint8_t *directory_slot(struct directories *known, const char *written,
			       size_t len)
{
	unsigned int at = hash(written, len) % DIRECTORIES_SLOTS;

	for (; known->slots[at]; at = (at + 1) % DIRECTORIES_SLOTS) {
		const struct known_directory *item =
			&known->items[known->slots[at] - 1];

		if (item->written_len == len &&
		    memcmp(item->written, written, len) == 0)
			break;
	}
	return &known->slots[at];
}

struct known_directory *directories_find(struct directories *known,
					 const char *written, size_t len)
{
	uint8_t slot = *directory_slot(known, written, len);

	return slot ? &known->items[slot - 1] : NULL;
}

static void forget_all(struct directories *known)
{
	for (size_t i = 0; i < known->count; i++) {
		free(known->items[i].listing);
		if (known->items[i].fd >= 0)
			close(known->items[i].fd);
	}
	known->count = 0;
	known->forgotten++;
	memset(known->slots, 0, sizeof(known->slots));
}

struct known_directory *directories_add(struct directories *known,
					const char *written, const char *path,
					int fd)
{
	struct known_directory *item;

	if (known->count == DIRECTORIES_MAX)
		forget_all(known);
	item = &known->items[known->count++];
	*item = (struct known_directory){ .written = written,
					  .written_len = strlen(written),
					  .path = path,
					  .linked = path &&
						    strcmp(path, written) != 0,
					  .fd = fd };
	*directory_slot(known, written, item->written_len) =
		(uint8_t)known->count;
	return item;
}

void directories_clear(struct directories *known)
{
	forget_all(known);
	arena_clear(&known->text);
}
