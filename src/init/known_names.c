/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded table. When it is full, the name that would be forgotten first
 * makes place: to forget is to refuse, never to allow. */
#include "init/known_names.h"

#include "init/lib.h"

static struct known_name *place_for(struct known_names *names, const char *name,
				    uint16_t type)
{
	struct known_name *oldest = names->items;

	for (unsigned int i = 0; i < names->end; i++) {
		struct known_name *item = &names->items[i];

		if (item->type == type && text_equal(item->name, name))
			return item;
		if (item->until_ms < oldest->until_ms)
			oldest = item;
	}
	if (names->end < KNOWN_NAMES_MAX)
		oldest = &names->items[names->end++];
	memset(oldest, 0, sizeof(*oldest));
	memcpy(oldest->name, name, text_len(name) + 1);
	oldest->type = type;
	return oldest;
}

/* The place of this address, else a free one, else that of the one that ends
 * first. */
static struct known_address *address_place(struct known_name *item,
					   const struct init_address *address)
{
	struct known_address *first = item->addresses;

	for (unsigned int i = 0; i < item->count; i++) {
		if (address_equal(&item->addresses[i].address, address))
			return &item->addresses[i];
		if (!item->addresses[i].current &&
		    (first->current ||
		     item->addresses[i].until_ms < first->until_ms))
			first = &item->addresses[i];
	}
	return item->count < DNS_ADDRESSES_MAX ? &item->addresses[item->count++]
					       : first;
}

void known_names_add(struct known_names *names, const char *name, uint16_t type,
		     const struct init_address *addresses, unsigned int count,
		     uint32_t lifetime_s, uint64_t now_ms)
{
	struct known_name *item = place_for(names, name, type);
	uint32_t fresh_s = lifetime_s;

	if (fresh_s < KNOWN_FRESH_MIN_S)
		fresh_s = KNOWN_FRESH_MIN_S;
	if (fresh_s > KNOWN_FRESH_MAX_S)
		fresh_s = KNOWN_FRESH_MAX_S;
	item->fresh_until_ms = now_ms + (uint64_t)fresh_s * 1000;
	item->until_ms = now_ms + (uint64_t)(fresh_s + KNOWN_GRACE_S) * 1000;
	for (unsigned int i = 0; i < item->count; i++)
		item->addresses[i].current = false;
	for (unsigned int i = 0; i < count && i < DNS_ADDRESSES_MAX; i++)
		*address_place(item, &addresses[i]) = (struct known_address){
			.address = addresses[i],
			.until_ms = item->until_ms,
			.current = true,
		};
}

const struct known_name *known_names_find(const struct known_names *names,
					  const char *name, uint16_t type,
					  uint64_t now_ms)
{
	for (unsigned int i = 0; i < names->end; i++) {
		const struct known_name *item = &names->items[i];

		if (item->type == type && text_equal(item->name, name))
			return now_ms < item->fresh_until_ms ? item : NULL;
	}
	return NULL;
}

const char *known_names_of(const struct known_names *names,
			   const struct init_address *address, uint64_t now_ms,
			   unsigned int *cursor)
{
	for (unsigned int i = *cursor; i < names->end; i++) {
		const struct known_name *item = &names->items[i];

		if (now_ms >= item->until_ms)
			continue;
		for (unsigned int a = 0; a < item->count; a++) {
			const struct known_address *known = &item->addresses[a];

			if (now_ms >= known->until_ms ||
			    !address_equal(&known->address, address))
				continue;
			*cursor = i + 1;
			return item->name;
		}
	}
	return NULL;
}
