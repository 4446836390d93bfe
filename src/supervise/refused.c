/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the init's list of refusals and says of each what would allow it. */
#include "supervise/refused.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

static const char *const protocols[] = {
	[REFUSED_DNS] = "dns",
	[REFUSED_TCP] = "tcp",
	[REFUSED_UDP] = "udp",
};

/* As --allow-host takes it. */
static void describe_host(const struct init_refusal *from, char *out,
			  size_t size)
{
	bool v6 = strchr(from->host, ':') != NULL;

	if (!from->port)
		snprintf(out, size, "%s", from->host);
	else
		snprintf(out, size, v6 ? "[%s]:%u" : "%s:%u", from->host,
			 from->port);
}

static bool is_address(const char *host)
{
	return strchr(host, ':') || !host[strspn(host, "0123456789.")];
}

/* Names may not lead there, an address may. */
static int describe_address(char **text, const struct init_refusal *from,
			    const char *host)
{
	static const char where[] =
		"of this host, of this link or of a metadata service";

	if (!from->port)
		return asprintf(text,
				"%s leads only to addresses %s; a rule for the "
				"address itself would allow it",
				host, where);
	if (!is_address(from->host))
		return asprintf(text,
				"%s is an address %s; a rule for the address "
				"itself would allow it",
				host, where);
	return asprintf(text,
			"%s is an address %s; --allow-host %s would allow it",
			host, where, host);
}

/* By strategy landlock. What binds UDP is a resolver, as a rule. */
static int describe_binding(char **text, const struct init_refusal *from,
			    const char *host)
{
	return asprintf(text,
			from->protocol == REFUSED_UDP
				? "binding UDP to %s: without a network of its "
				  "own the jail has no UDP; names are looked "
				  "up by TCP (use-vc in resolv.conf)"
				: "binding TCP to %s: without a network of its "
				  "own the jail listens where network.listen "
				  "says, on the host's loopback, and nowhere "
				  "else",
			host);
}

static char *describe(const struct init_refusal *from, const char *rule)
{
	char host[sizeof(from->host) + 16];
	char *text = NULL;
	int n = -1;

	describe_host(from, host, sizeof(host));
	switch (from->reason) {
	case REFUSED_NO_RULE:
		n = asprintf(&text, "no rule allows %s; --allow-host %s would",
			     host, host);
		break;
	case REFUSED_BY_RULE:
		n = asprintf(&text, "%s is denied by the rule %s", host,
			     rule ? rule : "?");
		break;
	case REFUSED_ADDRESS:
		n = describe_address(&text, from, host);
		break;
	case REFUSED_RECORD:
		n = asprintf(&text, "only the addresses of %s may be looked up",
			     host);
		break;
	case REFUSED_FLOOD:
		n = asprintf(&text, "%s was one of too many lookups", host);
		break;
	case REFUSED_PROTOCOL:
		n = asprintf(&text,
			     "UDP to %s: only TCP leaves a filtered network, "
			     "and no rule allows UDP",
			     host);
		break;
	case REFUSED_LISTEN:
		n = describe_binding(&text, from, host);
		break;
	default:
		break;
	}
	return n < 0 ? NULL : text;
}

static int take_one(struct pj_process *process, struct init_refusal *from,
		    struct refused *to)
{
	const struct strv *rules = &process->host_rules;
	const char *rule = from->rule && from->rule <= rules->count
				   ? rules->items[from->rule - 1]
				   : NULL;

	from->host[sizeof(from->host) - 1] = '\0';
	to->protocol = protocols[from->protocol % ARRAY_SIZE(protocols)];
	to->port = from->port;
	to->count = from->count;
	to->host = strdup(from->host);
	to->message = describe(from, rule);
	to->rule = rule ? strdup(rule) : NULL;
	return to->host && to->message && (!rule || to->rule) ? 0 : -1;
}

int refused_take(struct pj_process *process, struct pj_error *err)
{
	auto_free struct init_refusals *list = malloc(sizeof(*list));
	struct pj_result *result = process->result;
	ssize_t n;

	if (!process->refusals_at)
		return 0;
	if (!list)
		return fail_memory(err, PJ_STAGE_SUPERVISE);
	n = pread(process->jail.config_fd, list, sizeof(*list),
		  (off_t)process->refusals_at);
	if (n != sizeof(*list) || list->count > REFUSALS_MAX)
		return fail_system(err, PJ_STAGE_SUPERVISE, errno,
				   "list of what was refused");
	result->refused = calloc(REFUSALS_MAX, sizeof(*result->refused));
	if (!result->refused)
		return fail_memory(err, PJ_STAGE_SUPERVISE);
	result->refused_more = list->more;
	while (result->refused_count < list->count) {
		size_t at = result->refused_count++;

		if (take_one(process, &list->items[at], &result->refused[at]) <
		    0)
			return fail_memory(err, PJ_STAGE_SUPERVISE);
	}
	return 0;
}

void refused_clear(struct pj_result *result)
{
	for (size_t i = 0; i < result->refused_count; i++) {
		free(result->refused[i].host);
		free(result->refused[i].rule);
		free(result->refused[i].message);
	}
	free(result->refused);
	result->refused = NULL;
	result->refused_count = 0;
}
