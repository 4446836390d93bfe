/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of network.allow and network.deny. Deny wins; what no rule allows
 * is refused; names and addresses are different things. */
#include "init/host_rules.h"

#include "init/lib.h"

static const struct init_host_rule *rules_of(const struct init_config *config)
{
	return (const struct init_host_rule *)((const char *)config +
					       config->host_rules);
}

static bool port_fits(const struct init_host_rule *rule, uint16_t port)
{
	return port >= rule->first_port && port <= rule->last_port;
}

static bool all_ports(const struct init_host_rule *rule)
{
	return rule->first_port <= 1 && rule->last_port == UINT16_MAX;
}

/* Below "a.b" is "x.a.b" and deeper, never "a.b" or "xa.b". */
static bool is_below(const char *name, const char *parent)
{
	size_t n = text_len(name), p = text_len(parent);

	return n > p + 1 && name[n - p - 1] == '.' &&
	       text_equal(name + n - p, parent);
}

static bool name_fits(const struct init_config *config,
		      const struct init_host_rule *rule, const char *name)
{
	const char *wanted = (const char *)config + rule->name;

	switch (rule->kind) {
	case HOST_RULE_NAME:
		return text_equal(name, wanted);
	case HOST_RULE_BELOW:
		return is_below(name, wanted);
	case HOST_RULE_ANY:
		return true;
	default:
		return false;
	}
}

struct host_verdict host_rules_name(const struct init_config *config,
				    const char *name, uint16_t port)
{
	const struct init_host_rule *rules = rules_of(config);
	struct host_verdict verdict = { .reason = REFUSED_NO_RULE };

	for (uint32_t i = 0; i < config->host_rule_count; i++) {
		if (!name_fits(config, &rules[i], name))
			continue;
		if (!rules[i].denies) {
			verdict.allowed |=
				port == PORT_ANY || port_fits(&rules[i], port);
		} else if (port == PORT_ANY ? all_ports(&rules[i])
					    : port_fits(&rules[i], port)) {
			return (struct host_verdict){ .reason = REFUSED_BY_RULE,
						      .rule = i + 1 };
		}
	}
	return verdict;
}

/* "::/0" is all of IPv6 and none of IPv4. */
static bool covers(const struct init_host_rule *rule,
		   const struct init_address *address)
{
	return address_within(address, &rule->address, rule->prefix) &&
	       address_is_v4(address) == address_is_v4(&rule->address);
}

/* A rule against an IPv4 network holds for what carries such an address. */
static bool denies(const struct init_host_rule *rule,
		   const struct init_address *address)
{
	struct init_address v4;

	return covers(rule, address) ||
	       (address_embedded(address, &v4) && covers(rule, &v4));
}

struct host_verdict host_rules_address(const struct init_config *config,
				       const struct endpoint *endpoint,
				       unsigned int needs)
{
	const struct init_host_rule *rules = rules_of(config);
	struct host_verdict verdict = { .reason = needs ? REFUSED_ADDRESS
							: REFUSED_NO_RULE };

	for (uint32_t i = 0; i < config->host_rule_count; i++) {
		const struct init_host_rule *rule = &rules[i];

		if (rule->kind != HOST_RULE_NETWORK ||
		    !port_fits(rule, endpoint->port))
			continue;
		if (rule->denies && denies(rule, &endpoint->address))
			return (struct host_verdict){ .reason = REFUSED_BY_RULE,
						      .rule = i + 1 };
		if (!rule->denies && rule->prefix >= needs &&
		    covers(rule, &endpoint->address))
			verdict.allowed = true;
	}
	return verdict;
}

bool host_rules_name_address(const struct init_config *config,
			     const struct init_address *address,
			     unsigned int needs)
{
	const struct init_host_rule *rules = rules_of(config);

	for (uint32_t i = 0; i < config->host_rule_count; i++)
		if (rules[i].kind == HOST_RULE_NETWORK && !rules[i].denies &&
		    rules[i].prefix >= needs && covers(&rules[i], address))
			return true;
	return false;
}
