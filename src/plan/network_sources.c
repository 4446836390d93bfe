/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the host's resolver would read. A line that says nothing usable
 * is passed over, as the resolver does. */
#include "plan/network_sources.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static bool parse_address(const char *text, struct init_address *ret)
{
	struct in_addr v4;

	if (inet_pton(AF_INET6, text, ret->bytes) == 1)
		return true;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	*ret = (struct init_address){ { [10] = 0xff, 0xff } };
	memcpy(ret->bytes + 12, &v4, sizeof(v4));
	return true;
}

struct init_host_rule sources_host_rule(const struct host_pattern *pattern,
					bool denies)
{
	static const uint32_t kinds[] = {
		[HOST_NAME] = HOST_RULE_NAME,
		[HOST_BELOW] = HOST_RULE_BELOW,
		[HOST_ANY] = HOST_RULE_ANY,
		[HOST_NETWORK] = HOST_RULE_NETWORK,
	};
	struct init_host_rule rule = {
		.kind = kinds[pattern->kind],
		.denies = denies,
		.first_port = pattern->first_port,
		.last_port = pattern->last_port,
		.prefix = pattern->prefix,
	};

	if (pattern->family == AF_INET6)
		memcpy(rule.address.bytes, pattern->address, 16);
	if (pattern->family == AF_INET) {
		rule.prefix += 96;
		rule.address.bytes[10] = rule.address.bytes[11] = 0xff;
		memcpy(rule.address.bytes + 12, pattern->address, 4);
	}
	return rule;
}

/* ---- /etc/resolv.conf -----------------------------------------------------
 */

static void add_server(struct network_sources *sources, char *text)
{
	struct init_name_server server = { 0 };
	char *scope = strchr(text, '%');

	if (scope)
		*scope++ = '\0';
	if (scope)
		server.scope = if_nametoindex(scope);
	if (scope && !server.scope)
		server.scope = (uint32_t)strtoul(scope, NULL, 10);
	if (sources->server_count < NAME_SERVERS_MAX &&
	    parse_address(text, &server.address))
		sources->servers[sources->server_count++] = server;
}

static void read_servers(struct network_sources *sources)
{
	auto_file FILE *file = fopen("/etc/resolv.conf", "re");
	auto_free char *line = NULL;
	char fallback[] = "127.0.0.1";
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		char *rest, *word = strtok_r(line, " \t\n", &rest);

		if (word && strcmp(word, "nameserver") == 0 &&
		    (word = strtok_r(NULL, " \t\n", &rest)))
			add_server(sources, word);
	}
	if (!sources->server_count)
		add_server(sources, fallback);
}

/* ---- /etc/hosts -----------------------------------------------------------
 */

static bool name_allowed(const struct pj_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->network_allow.count; i++) {
		struct host_pattern allowed;
		size_t n = strlen(name), below;

		host_pattern_parse(policy->network_allow.items[i], &allowed);
		below = strlen(allowed.name);
		if (allowed.kind == HOST_ANY ||
		    (allowed.kind == HOST_NAME &&
		     strcmp(allowed.name, name) == 0) ||
		    (allowed.kind == HOST_BELOW && n > below + 1 &&
		     name[n - below - 1] == '.' &&
		     strcmp(name + n - below, allowed.name) == 0))
			return true;
	}
	return false;
}

static int add_host(struct network_sources *sources,
		    const struct init_address *address, const char *name)
{
	char *copy;

	if (sources->host_count == KNOWN_HOSTS_MAX)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -1;
	sources->hosts[sources->host_count].name = copy;
	sources->hosts[sources->host_count++].address = *address;
	return 0;
}

static int read_hosts(const struct pj_policy *policy,
		      struct network_sources *sources)
{
	auto_file FILE *file = fopen("/etc/hosts", "re");
	auto_free char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		struct init_address address;
		char *rest, *word;

		line[strcspn(line, "#")] = '\0';
		word = strtok_r(line, " \t\n", &rest);
		if (!word || !parse_address(word, &address))
			continue;
		while ((word = strtok_r(NULL, " \t\n", &rest))) {
			struct host_pattern host;

			if (!host_pattern_parse(word, &host) &&
			    host.kind == HOST_NAME &&
			    name_allowed(policy, host.name) &&
			    add_host(sources, &address, host.name) < 0)
				return -1;
		}
	}
	return 0;
}

int network_sources_read(const struct pj_policy *policy,
			 struct network_sources *ret)
{
	read_servers(ret);
	return read_hosts(policy, ret);
}

void network_sources_clear(struct network_sources *sources)
{
	for (size_t i = 0; i < sources->host_count; i++)
		free(sources->hosts[i].name);
	sources->host_count = 0;
}
