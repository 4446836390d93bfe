/* SPDX-License-Identifier: Apache-2.0 */
/* Lays out struct init_config with its tables and strings in one block. Two
 * passes with the same code: the first only counts. */
#include "plan/init_config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "init/protocol.h"
#include "plan/network_sources.h"
#include "policy/hosts.h"

struct layout {
	char *base; /* NULL while counting */
	size_t used;
};

static uint32_t put(struct layout *layout, const void *data, size_t n,
		    size_t align)
{
	size_t at = (layout->used + align - 1) / align * align;

	if (layout->base && data)
		memcpy(layout->base + at, data, n);
	layout->used = at + n;
	return (uint32_t)at;
}

static uint32_t put_text(struct layout *layout, const char *text)
{
	return put(layout, text, strlen(text) + 1, 1);
}

/* With the host's root, what every jail has is said as well: mounts do it
 * elsewhere. */
static uint32_t rule_access(const struct site *site, bool host_root)
{
	switch (site->kind) {
	case SITE_DENY:
		return RULE_DENY;
	case SITE_PROTECT:
		return RULE_PROTECT;
	case SITE_WRITE:
		return RULE_WRITE;
	case SITE_PRIVATE:
		return host_root ? RULE_NONE : RULE_WRITE;
	case SITE_PROC:
	case SITE_DEV:
	case SITE_DEVPTS:
		return host_root ? RULE_NONE : RULE_READ;
	case SITE_DEVICE:
		return host_root ? RULE_DEVICE : RULE_READ;
	case SITE_TEXT:
	case SITE_READ:
	case SITE_LINK:
	case SITE_EXECUTE:
		break;
	}
	return RULE_READ;
}

/* Rules are about places that could be written; the rest is read-only. */
static bool matters(const struct site *site, bool host_root)
{
	if (host_root)
		return site->kind != SITE_LINK && site->kind != SITE_EXECUTE;
	return site->kind == SITE_DENY || site->kind == SITE_PROTECT ||
	       site->kind == SITE_WRITE || site->kind == SITE_READ;
}

static uint32_t rule_opens(const struct site *site,
			   const struct pj_policy *policy)
{
	if (!site->opens)
		return OPENS_NOTHING;
	for (size_t i = 0; i < policy->name_count; i++)
		if (strv_contains(&policy->names[i].lifted, site->path))
			return OPENS_SAME;
	return OPENS_BELOW;
}

static void put_path_rules(struct layout *layout, struct init_config *config,
			   const struct site_list *sites,
			   const struct pj_plan *plan)
{
	uint32_t count = 0;

	for (size_t i = 0; i < sites->count; i++)
		count += matters(&sites->items[i], plan->host_root);
	config->path_rule_count = count;
	config->path_rules =
		put(layout, NULL, count * sizeof(struct init_path_rule), 8);
	count = 0;
	for (size_t i = 0; i < sites->count; i++) {
		const struct site *site = &sites->items[i];
		struct init_path_rule rule = {
			.access = rule_access(site, plan->host_root),
			.opens = rule_opens(site, plan->command->policy),
		};

		if (!matters(site, plan->host_root))
			continue;
		rule.path = put_text(layout, site->path);
		if (site->exists && rule.access <= RULE_PROTECT) {
			rule.device = site->device;
			rule.inode = site->inode;
		}
		if (layout->base)
			memcpy(layout->base + config->path_rules +
				       count * sizeof(rule),
			       &rule, sizeof(rule));
		count++;
	}
}

static void put_name_rules(struct layout *layout, struct init_config *config,
			   const struct pj_policy *policy)
{
	uint32_t excepts = 0, next = 0;

	for (size_t i = 0; i < policy->name_count; i++)
		excepts += (uint32_t)policy->names[i].except_count;
	config->name_rule_count = (uint32_t)policy->name_count;
	config->name_rules =
		put(layout, NULL,
		    policy->name_count * sizeof(struct init_name_rule), 8);
	config->excepts = put(layout, NULL, excepts * sizeof(uint32_t), 8);
	for (size_t i = 0; i < policy->name_count; i++) {
		const struct name_rule *from = &policy->names[i];
		struct init_name_rule rule = {
			.access = from->access == PATH_DENY ? RULE_DENY
							    : RULE_PROTECT,
			.git_directory = from->git_directory,
			.except_first = next,
			.except_count = (uint32_t)from->except_count,
		};

		rule.pattern = put_text(layout, from->pattern);
		if (layout->base)
			memcpy(layout->base + config->name_rules +
				       i * sizeof(rule),
			       &rule, sizeof(rule));
		for (size_t e = 0; e < from->except_count; e++, next++) {
			uint32_t text = put_text(layout, from->except[e]);

			if (layout->base)
				memcpy(layout->base + config->excepts +
					       next * sizeof(text),
				       &text, sizeof(text));
		}
	}
}

static void put_sockets(struct layout *layout, struct init_config *config,
			const struct pj_policy *policy)
{
	size_t count = policy->unix_sockets.count;

	config->socket_count = (uint32_t)count;
	config->sockets =
		put(layout, NULL, count * sizeof(struct init_socket), 8);
	for (size_t i = 0; layout->base && i < count; i++) {
		struct init_socket socket = { 0 };
		struct stat stat;

		if (lstat(policy->unix_sockets.items[i], &stat) == 0 &&
		    S_ISSOCK(stat.st_mode))
			socket = (struct init_socket){ stat.st_dev,
						       stat.st_ino };
		memcpy(layout->base + config->sockets + i * sizeof(socket),
		       &socket, sizeof(socket));
	}
}

/* ---- network --------------------------------------------------------------
 */

static void put_at(struct layout *layout, uint32_t table, size_t index,
		   const void *item, size_t size)
{
	if (layout->base)
		memcpy(layout->base + table + index * size, item, size);
}

static void put_host_rules(struct layout *layout, struct init_config *config,
			   const struct pj_policy *policy)
{
	const struct strv *lists[] = { &policy->network_allow,
				       &policy->network_deny };
	size_t count = lists[0]->count + lists[1]->count, next = 0;

	config->host_rule_count = (uint32_t)count;
	config->host_rules =
		put(layout, NULL, count * sizeof(struct init_host_rule), 8);
	for (unsigned int l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->count; i++, next++) {
			struct init_host_rule rule;
			struct host_pattern pattern;

			host_pattern_parse(lists[l]->items[i], &pattern);
			rule = sources_host_rule(&pattern, l == 1);
			rule.name = put_text(layout, pattern.name);
			put_at(layout, config->host_rules, next, &rule,
			       sizeof(rule));
		}
}

static void put_listen(struct layout *layout, struct init_config *config,
		       const struct pj_policy *policy)
{
	const struct strv *ports = &policy->network_listen;

	config->listen_count = (uint32_t)ports->count;
	config->listen = put(layout, NULL,
			     ports->count * sizeof(struct init_port_range), 8);
	for (size_t i = 0; i < ports->count; i++) {
		struct port_range given = { 0 };
		struct init_port_range range;

		port_range_parse(ports->items[i], &given);
		range = (struct init_port_range){ given.first, given.last };
		put_at(layout, config->listen, i, &range, sizeof(range));
	}
}

static void put_network(struct layout *layout, struct init_config *config,
			const struct pj_plan *plan,
			const struct network_sources *sources)
{
	put_host_rules(layout, config, plan->command->policy);
	config->name_server_count = (uint32_t)sources->server_count;
	config->name_servers =
		put(layout, sources->servers,
		    sources->server_count * sizeof(*sources->servers), 8);
	config->known_host_count = (uint32_t)sources->host_count;
	config->known_hosts =
		put(layout, NULL,
		    sources->host_count * sizeof(struct init_known_host), 8);
	for (size_t i = 0; i < sources->host_count; i++) {
		struct init_known_host host = {
			.name = put_text(layout, sources->hosts[i].name),
			.address = sources->hosts[i].address,
		};

		put_at(layout, config->known_hosts, i, &host, sizeof(host));
	}
	put_listen(layout, config, plan->command->policy);
	config->refusals = put(layout, NULL, sizeof(struct init_refusals),
			       (size_t)sysconf(_SC_PAGESIZE));
}

/* The one file of the jail's own, where no mount puts it in its place. */
static void put_resolver(struct layout *layout, struct init_config *config,
			 const struct site_list *sites)
{
	for (size_t i = 0; i < sites->count; i++) {
		const struct site *site = &sites->items[i];

		if (site->kind != SITE_TEXT)
			continue;
		config->resolver = put_text(layout, site->path);
		config->resolver_text = put_text(layout, site->text);
	}
}

static void lay_out(struct layout *layout, struct init_config *config,
		    const struct pj_plan *plan, const struct site_list *sites,
		    const struct network_sources *sources)
{
	put(layout, NULL, sizeof(*config), 8);
	if (plan->brokered) {
		put_path_rules(layout, config, sites, plan);
		put_name_rules(layout, config, plan->command->policy);
		put_sockets(layout, config, plan->command->policy);
	}
	if (plan->filtered_network)
		put_network(layout, config, plan, sources);
	if (plan->host_root)
		put_resolver(layout, config, sites);
	if (plan->scratch)
		config->scratch = put_text(layout, plan->scratch);
	config->size = (uint32_t)layout->used;
	if (layout->base)
		memcpy(layout->base, config, sizeof(*config));
}

static uint64_t milliseconds_to_us(uint64_t ms)
{
	return ms == LIMIT_UNSET || ms > UINT64_MAX / 1000 ? UINT64_MAX
							   : ms * 1000;
}

int init_config_plan(struct pj_plan *plan, const struct site_list *sites,
		     struct pj_error *err)
{
	const struct limits *limits = &plan->command->policy->limits;
	struct init_config config = {
		.memory_limit =
			plan->cgroup.memory ? UINT64_MAX : limits->memory,
		.cpu_limit_us = milliseconds_to_us(limits->cpu_time_ms),
		.process_limit =
			plan->count_processes ? limits->processes : UINT64_MAX,
		.wall_limit_ms = limits->wall_time_ms,
	};
	struct layout layout = { 0 };
	auto_sources struct network_sources sources = { 0 };

	if (plan->filtered_network &&
	    network_sources_read(plan->command->policy, &sources) < 0)
		return fail_memory(err, PJ_STAGE_PLAN);
	if (plan->filtered_network)
		config.flags |= INIT_NETWORK;
	if (plan->own_network)
		config.flags |= INIT_OWN_NETWORK;
	if (plan->command->policy->network == NETWORK_NONE)
		config.flags |= INIT_OFFLINE;
	if (plan->command->policy->network == NETWORK_LOOPBACK)
		config.flags |= INIT_LOOPBACK;
	if (plan->brokered)
		config.flags |= INIT_BROKER;
	if (plan->cgroup.cpu_time)
		config.flags |= INIT_ACCOUNT;
	if (plan->command->policy->limits.processes != LIMIT_UNSET)
		config.flags |= INIT_COUNTED;
	if (plan->clone_flags)
		config.flags |= INIT_PID_NAMESPACE;
	if (plan->host_root)
		config.flags |= INIT_HOST_ROOT;
	if (plan->unscoped)
		config.flags |= INIT_UNSCOPED;
	lay_out(&layout, &config, plan, sites, &sources);
	plan->init_config_size = layout.used;
	layout.base = calloc(1, layout.used);
	if (!layout.base)
		return fail_memory(err, PJ_STAGE_PLAN);
	layout.used = 0;
	lay_out(&layout, &config, plan, sites, &sources);
	plan->init_config = layout.base;
	plan->refusals_at = config.refusals;
	return 0;
}
