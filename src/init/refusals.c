/* SPDX-License-Identifier: Apache-2.0 */
/* The list lies in memory that the library shares, so it is told even when we
 * end without a word. Bounded: a jail that tries everything fills it once. */
#include "init/refusals.h"

#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/mman.h>

#include "init/lib.h"

static struct init_refusals *refusals;

bool refusals_start(const struct init_config *config)
{
	long mapped =
		raw(__NR_mmap, 0, sizeof(*refusals), PROT_READ | PROT_WRITE,
		    MAP_SHARED, INIT_FD_CONFIG, config->refusals);

	if (mapped < 0)
		return false;
	refusals = (struct init_refusals *)mapped;
	return true;
}

static bool same(const struct init_refusal *item, const char *host,
		 uint16_t port, enum refusal_protocol protocol,
		 const struct host_verdict *verdict)
{
	return item->port == port && item->protocol == protocol &&
	       item->reason == verdict->reason && item->rule == verdict->rule &&
	       text_equal(item->host, host);
}

void refusals_add(const char *host, uint16_t port,
		  enum refusal_protocol protocol,
		  const struct host_verdict *verdict)
{
	size_t len = text_len(host);
	struct init_refusal *item = refusals->items;

	if (len >= sizeof(item->host))
		len = sizeof(item->host) - 1;
	for (uint32_t i = 0; i < refusals->count; i++, item++)
		if (same(item, host, port, protocol, verdict)) {
			item->count++;
			return;
		}
	if (refusals->count == REFUSALS_MAX) {
		refusals->more++;
		return;
	}
	memset(item, 0, sizeof(*item));
	memcpy(item->host, host, len);
	item->port = port;
	item->protocol = (uint8_t)protocol;
	item->reason = (uint8_t)verdict->reason;
	item->rule = verdict->rule;
	item->count = 1;
	refusals->count++;
}
