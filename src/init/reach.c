/* SPDX-License-Identifier: Apache-2.0 */
/* What leads where: the rules, what was looked up, the host's own list of
 * hosts, and the routing table, which knows what is this host. */
#include "init/reach.h"

#include <asm/unistd.h>
#include <linux/time_types.h>

#include "init/lib.h"
#include "init/route.h"

static const struct init_config *config;
struct known_names reach_known;

bool reach_start(const struct init_config *given)
{
	config = given;
	return route_start();
}

uint64_t reach_clock_ms(void)
{
	struct __kernel_timespec now;

	raw(__NR_clock_gettime, 7 /* CLOCK_BOOTTIME */, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* This host's own, or a form of IPv6 that may be translated to one of it. */
static bool is_own(const struct init_address *address)
{
	struct init_address v4;

	return route_is_own(address) ||
	       (address_embedded(address, &v4) && route_is_own(&v4));
}

/* How narrow a rule must be to name this address. */
static unsigned int needed_prefix(const struct init_address *address)
{
	unsigned int prefix = address_special(address);

	return prefix || !is_own(address) ? prefix : 128;
}

/* The host's own list of hosts: what its lines name needs no asking, and a jail
 * that sees that file does not ask. */
static const struct init_known_host *known_host(uint32_t index)
{
	return (const struct init_known_host *)((const char *)config +
						config->known_hosts) +
	       index;
}

/* First of the list, then of what was looked up. */
const char *reach_name_of(const struct init_address *address,
			  unsigned int *cursor)
{
	const uint32_t count = config->known_host_count;
	const char *name;

	while (*cursor < count) {
		const struct init_known_host *host = known_host((*cursor)++);

		if (address_equal(&host->address, address))
			return (const char *)config + host->name;
	}
	*cursor -= count;
	name = known_names_of(&reach_known, address, reach_clock_ms(), cursor);
	*cursor += count;
	return name;
}

/* By one of the names that lead there. */
static struct host_verdict decide_by_name(const struct endpoint *endpoint)
{
	struct host_verdict verdict = { .reason = REFUSED_NO_RULE };
	unsigned int cursor = 0;
	const char *name;

	while (!verdict.allowed &&
	       (name = reach_name_of(&endpoint->address, &cursor)))
		verdict = host_rules_name(config, name, endpoint->port);
	return verdict;
}

struct host_verdict names_decide(const struct endpoint *endpoint,
				 bool *ret_jail)
{
	bool loopback = address_is_loopback(&endpoint->address);
	unsigned int needs = loopback ? address_special(&endpoint->address)
				      : needed_prefix(&endpoint->address);
	struct host_verdict verdict =
		host_rules_address(config, endpoint, needs);

	*ret_jail = false;
	if (verdict.allowed || verdict.rule)
		return verdict;
	if (loopback) {
		*ret_jail = true;
		verdict.allowed = true;
	} else if (!needs) {
		verdict = decide_by_name(endpoint);
	} else if (host_rules_name_address(config, &endpoint->address, needs)) {
		verdict.reason = REFUSED_NO_RULE; /* another port is allowed */
	}
	return verdict;
}

void names_describe(const struct init_address *address, char text[256])
{
	unsigned int cursor = 0;
	const char *name = reach_name_of(address, &cursor);

	if (name)
		memcpy(text, name, text_len(name) + 1);
	else
		address_text(address, text);
}

bool reach_by_name(const struct init_address *address)
{
	unsigned int needs = needed_prefix(address);

	return !needs || host_rules_name_address(config, address, needs);
}

bool reach_listed(const struct dns_query *query, struct init_address *addresses,
		  unsigned int *ret_count, bool *ret_any)
{
	bool listed = false;

	*ret_count = 0;
	*ret_any = false;
	for (uint32_t i = 0; i < config->known_host_count; i++) {
		const struct init_known_host *host = known_host(i);
		bool v4 = address_is_v4(&host->address);

		if (!text_equal((const char *)config + host->name, query->name))
			continue;
		listed = true;
		if (!reach_by_name(&host->address))
			continue;
		*ret_any = true;
		if (*ret_count < DNS_ADDRESSES_MAX &&
		    v4 == (query->type == DNS_A))
			addresses[(*ret_count)++] = host->address;
	}
	return listed;
}
