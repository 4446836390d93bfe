/* SPDX-License-Identifier: Apache-2.0 */
/* The sections "network", "limits", "syscalls" and "containment". */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/names.h"
#include "policy/hosts.h"
#include "policy/nearest.h"
#include "policy/paths.h"
#include "policy/reader.h"
#include "policy/resolve.h"
#include "policy/syscalls.h"
#include "policy/units.h"

/* ---- network ------------------------------------------------------------- */

static const char *const network_names[] = {
	[NETWORK_NONE] = "none",
	[NETWORK_LOOPBACK] = "loopback",
	[NETWORK_FILTERED] = "filtered",
	[NETWORK_HOST] = "host",
	NULL,
};

static int read_host(struct reader *reader, const struct place *at,
		     const json_t *value, void *target)
{
	const char *text = read_string(reader, at, value, "a host pattern");
	const char *problem;

	if (!text)
		return -PJ_E_POLICY;
	problem = host_pattern_problem(text);
	if (problem)
		return bad(reader, at, "%.100s %s", text, problem);
	if (strv_push(target, text) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_hosts(struct reader *reader, const struct place *at,
		      const json_t *value, const struct key *key, void *target)
{
	return read_list(reader, at, value, read_host, FIELD(target, key));
}

static int read_ports(struct reader *reader, const struct place *at,
		      const json_t *value, void *target)
{
	const char *text = read_string(reader, at, value, "a port");
	struct port_range range;
	const char *problem;

	if (!text)
		return -PJ_E_POLICY;
	problem = port_range_parse(text, &range);
	if (problem)
		return bad(reader, at, "%.100s %s", text, problem);
	if (strv_push(target, text) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_listen(struct reader *reader, const struct place *at,
		       const json_t *value, const struct key *key, void *target)
{
	return read_list(reader, at, value, read_ports, FIELD(target, key));
}

static int read_socket(struct reader *reader, const struct place *at,
		       const json_t *value, void *target)
{
	auto_free char *path = read_path(reader, at, value);
	struct resolution r;
	const struct resolved *found;
	int result;

	if (!path)
		return -PJ_E_POLICY;
	result = resolve_path(&reader->draft->known, &reader->policy->memory,
			      path, false, &r);
	if (result < 0)
		return bad_resolution(reader, at, path, result);
	found = &r.items[r.count - 1];
	/* Kept all the same: it may be made later. */
	if (!found->exists) {
		result = reader_warn(reader, at, "%.300s is not there: %s",
				     path, errno_text(r.errnum));
		if (result < 0)
			return result;
	}
	if (!strv_contains(target, found->path) &&
	    strv_push(target, found->path) < 0)
		return reader_no_memory(reader);
	/* So that programs find /dev/log, a link, under that name. */
	if (found->exists && r.alias &&
	    strv_push(&reader->policy->unix_socket_aliases, r.alias) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_sockets(struct reader *reader, const struct place *at,
			const json_t *value, const struct key *key,
			void *target)
{
	return read_list(reader, at, value, read_socket, FIELD(target, key));
}

#define POLICY(field) offsetof(struct pj_policy, field)

static const struct key network_keys[] = {
	{ "mode", read_choice, POLICY(network), network_names },
	{ "allow", read_hosts, POLICY(network_allow), NULL },
	{ "deny", read_hosts, POLICY(network_deny), NULL },
	{ "listen", read_listen, POLICY(network_listen), NULL },
	{ "unix_sockets", read_sockets, POLICY(unix_sockets), NULL },
};

int read_network(struct reader *reader, const struct place *at,
		 const json_t *value, const struct key *key, void *target)
{
	(void)key;
	return read_object(reader, at, value, network_keys,
			   ARRAY_SIZE(network_keys), target);
}

/* ---- limits -------------------------------------------------------------- */

static const char *const overflow_names[] = {
	[OVERFLOW_KILL] = "kill",
	[OVERFLOW_TRUNCATE] = "truncate",
	NULL,
};

/* How a quantity is written, and whether none of it has a meaning. */
struct quantity {
	const char *(*parse)(const char *text, uint64_t *ret_value);
	const char *example;
	bool zero;
};

static const struct quantity some_time = { units_parse_time, "30s", false };
static const struct quantity some_size = { units_parse_size, "256MiB", false };
static const struct quantity any_size = { units_parse_size, "256MiB", true };

static int read_quantity(struct reader *reader, const struct place *at,
			 const json_t *value, const struct key *key,
			 void *target)
{
	const struct quantity *quantity = key->detail;
	const char *text = json_string_value(value), *problem;
	uint64_t amount = 0;

	if (!text)
		return bad(reader, at,
			   "must be a number with a unit, as a string such "
			   "as \"%s\"",
			   quantity->example);
	problem = quantity->parse(text, &amount);
	if (problem)
		return bad(reader, at, "\"%.60s\" %s", text, problem);
	if (!amount && !quantity->zero)
		return bad(reader, at,
			   "is zero; leave the limit out if none is meant");
	*(uint64_t *)FIELD(target, key) = amount;
	return 0;
}

static const struct whole_range at_least_one = { 1, 1000 * 1000 * 1000 };

#define LIMIT(field) offsetof(struct limits, field)

static const struct key limit_keys[] = {
	{ "wall_time", read_quantity, LIMIT(wall_time_ms), &some_time },
	{ "cpu_time", read_quantity, LIMIT(cpu_time_ms), &some_time },
	{ "memory", read_quantity, LIMIT(memory), &some_size },
	{ "processes", read_count, LIMIT(processes), &at_least_one },
	{ "open_files", read_count, LIMIT(open_files), &at_least_one },
	{ "file_size", read_quantity, LIMIT(file_size), &any_size },
	{ "tmp_size", read_quantity, LIMIT(tmp_size), &some_size },
	{ "stdout", read_quantity, LIMIT(stdout_bytes), &any_size },
	{ "stderr", read_quantity, LIMIT(stderr_bytes), &any_size },
	{ "overflow", read_choice, LIMIT(overflow), overflow_names },
};

int read_limits(struct reader *reader, const struct place *at,
		const json_t *value, const struct key *key, void *target)
{
	return read_object(reader, at, value, limit_keys,
			   ARRAY_SIZE(limit_keys), FIELD(target, key));
}

/* ---- system calls and containment ---------------------------------------- */

static const char *const syscall_names[] = {
	[SYSCALLS_DEFAULT] = "default",
	[SYSCALLS_STRICT] = "strict",
	[SYSCALLS_NONE] = "none",
	NULL,
};

static bool syscall_known(const char *text)
{
	for (const char *p = known_syscalls; *p; p += strlen(p) + 1)
		if (strcmp(p, text) == 0)
			return true;
	return false;
}

static int unknown_syscall(const struct reader *reader, const struct place *at,
			   const char *text)
{
	struct nearest nearest = nearest_start(text);

	for (const char *p = known_syscalls; *p; p += strlen(p) + 1)
		nearest_offer(&nearest, p);
	if (nearest.best)
		return bad(reader, at,
			   "there is no such system call; did you mean "
			   "\"%s\"?",
			   nearest.best);
	return bad(reader, at,
		   "there is no such system call; use a name of syscalls(2)");
}

static int read_syscall(struct reader *reader, const struct place *at,
			const json_t *value, void *target)
{
	const char *text = read_string(reader, at, value, "a system call");

	if (!text)
		return -PJ_E_POLICY;
	if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] ||
	    strlen(text) > 64)
		return bad(reader, at,
			   "must be the name of a system call, such as "
			   "\"io_uring_setup\"");
	if (!syscall_known(text))
		return unknown_syscall(reader, at, text);
	if (!strv_contains(target, text) && strv_push(target, text) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_syscall_list(struct reader *reader, const struct place *at,
			     const json_t *value, const struct key *key,
			     void *target)
{
	return read_list(reader, at, value, read_syscall, FIELD(target, key));
}

static const struct key syscall_keys[] = {
	{ "profile", read_choice, POLICY(syscalls), syscall_names },
	{ "deny", read_syscall_list, POLICY(syscalls_deny), NULL },
};

int read_syscalls(struct reader *reader, const struct place *at,
		  const json_t *value, const struct key *key, void *target)
{
	(void)key;
	return read_object(reader, at, value, syscall_keys,
			   ARRAY_SIZE(syscall_keys), target);
}

static int read_strategy(struct reader *reader, const struct place *at,
			 const json_t *value, const struct key *key,
			 void *target)
{
	const char *names[STRATEGY_NONE + 2] = { NULL };
	const struct key named = { .offset = key->offset, .detail = names };
	int result;

	for (unsigned int i = 0; i <= STRATEGY_NONE; i++)
		names[i] = strategy_name_text(i);
	result = read_choice(reader, at, value, &named, target);
	if (result == 0)
		reader->policy->strategy_given = true;
	return result;
}

static int read_lack(struct reader *reader, const struct place *at,
		     const json_t *value, void *target)
{
	const char *text = read_string(reader, at, value, "a property");
	struct nearest nearest;
	int property;

	if (!text)
		return -PJ_E_POLICY;
	property = property_from_name(text);
	if (property >= 0) {
		((bool *)target)[property] = true;
		return 0;
	}
	nearest = nearest_start(text);
	for (int i = 0; i < PROPERTY_COUNT; i++)
		nearest_offer(&nearest, property_name((enum property)i));
	if (nearest.best)
		return bad(reader, at,
			   "there is no such property; did you mean \"%s\"?",
			   nearest.best);
	return bad(reader, at,
		   "there is no such property; procjail-policy(5) lists them");
}

static int read_may_lack(struct reader *reader, const struct place *at,
			 const json_t *value, const struct key *key,
			 void *target)
{
	return read_list(reader, at, value, read_lack, FIELD(target, key));
}

static const struct key containment_keys[] = {
	{ "strategy", read_strategy, POLICY(strategy), NULL },
	{ "may_lack", read_may_lack, POLICY(may_lack), NULL },
};

int read_containment(struct reader *reader, const struct place *at,
		     const json_t *value, const struct key *key, void *target)
{
	(void)key;
	return read_object(reader, at, value, containment_keys,
			   ARRAY_SIZE(containment_keys), target);
}
