/* SPDX-License-Identifier: Apache-2.0 */
/* What the host knows of names: its name servers, and its own list of hosts as
 * far as the policy allows them. */
#ifndef PJ_PLAN_NETWORK_SOURCES_H
#define PJ_PLAN_NETWORK_SOURCES_H

#include <stddef.h>

#include "init/protocol.h"
#include "policy/hosts.h"
#include "policy/policy.h"

enum { NAME_SERVERS_MAX = 3, KNOWN_HOSTS_MAX = 256 };

struct network_sources {
	struct init_name_server servers[NAME_SERVERS_MAX];
	size_t server_count;
	struct {
		char *name; /* lower case */
		struct init_address address;
	} hosts[KNOWN_HOSTS_MAX];
	size_t host_count;
};

/* From /etc/resolv.conf and /etc/hosts, as resolver(5) and hosts(5) say. What
 * is missing there is no error; -1: out of memory. */
int network_sources_read(const struct pj_policy *policy,
			 struct network_sources *ret);
void network_sources_clear(struct network_sources *sources);

/* All but the name. */
struct init_host_rule sources_host_rule(const struct host_pattern *pattern,
					bool denies);

#define auto_sources __attribute__((cleanup(network_sources_clear)))

#endif
