/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The jail's resolver file names sockets on its own
 * loopback, which we hold (name_clients.c). A query for a name that no rule
 * allows is refused at once and goes nowhere. An allowed one we ask the host's
 * servers ourselves (name_servers.c), wait for it beside everything else, and
 * take from the answer just the addresses. Those where no name may lead
 * (reach.c) are dropped. What is left is remembered before the jail gets it, so
 * it can connect to what it was told and to nothing else. All other records are
 * refused: they would be a tunnel.
 */
#include "init/names.h"

#include "init/lib.h"
#include "init/refusals.h"

enum { NEGATIVE_LIFETIME_S = 5 };

static const struct init_config *config;

/* ---- answers ------------------------------------------------------------- */

static void reply_code(const struct name_question *at, int code)
{
	unsigned char reply[DNS_REPLY_BYTES];

	name_clients_reply(at, reply,
			   dns_write_reply(at->message, &at->query, code, NULL,
					   0, 0, reply));
}

static void reply_known(const struct name_question *at,
			const struct known_name *name, uint64_t now_ms)
{
	struct init_address addresses[DNS_ADDRESSES_MAX];
	unsigned char reply[DNS_REPLY_BYTES];
	unsigned int count = 0;

	for (unsigned int i = 0; i < name->count; i++)
		if (name->addresses[i].current)
			addresses[count++] = name->addresses[i].address;
	name_clients_reply(
		at, reply,
		dns_write_reply(
			at->message, &at->query, DNS_NOERROR, addresses, count,
			(uint32_t)((name->fresh_until_ms - now_ms) / 1000),
			reply));
}

/* There is no such name, as far as the jail can tell: that ends a lookup at
 * once, where resolvers try again after DNS_REFUSED. */
static void refuse(const struct name_question *at,
		   const struct host_verdict *verdict)
{
	refusals_add(at->query.name, 0, REFUSED_DNS, verdict);
	reply_code(at, verdict->reason == REFUSED_FLOOD ||
				       verdict->reason == REFUSED_RECORD
			       ? DNS_REFUSED
			       : DNS_NXDOMAIN);
}

static void refuse_because(const struct name_question *at,
			   enum refusal_reason reason)
{
	refuse(at, &(struct host_verdict){ .reason = reason });
}

/* Drop addresses where no name may lead; false when that leaves none. */
static bool keep_reachable(struct dns_answer *answer)
{
	unsigned int kept = 0, had = answer->count;

	for (unsigned int i = 0; i < had; i++)
		if (reach_by_name(&answer->addresses[i]))
			answer->addresses[kept++] = answer->addresses[i];
	answer->count = kept;
	return kept || !had;
}

/* An alias of an allowed name may lead anywhere, but not through a name that
 * a rule denies. */
static bool chain_denied(const struct dns_answer *answer,
			 struct host_verdict *verdict)
{
	for (unsigned int i = 0; i < answer->chain_count; i++) {
		*verdict = host_rules_name(config, answer->chain[i], PORT_ANY);
		if (verdict->rule)
			return true;
	}
	return false;
}

void names_answered(const struct name_question *at, struct dns_answer *answer)
{
	uint64_t now_ms = reach_clock_ms();
	struct host_verdict verdict;

	if (!answer || answer->code != DNS_NOERROR) {
		reply_code(at, answer && answer->code == DNS_NXDOMAIN
				       ? DNS_NXDOMAIN
				       : DNS_SERVFAIL);
		return;
	}
	if (chain_denied(answer, &verdict)) {
		refuse(at, &verdict);
		return;
	}
	if (!keep_reachable(answer)) {
		refuse_because(at, REFUSED_ADDRESS);
		return;
	}
	if (!answer->count)
		answer->lifetime_s = NEGATIVE_LIFETIME_S;
	known_names_add(&reach_known, at->query.name, at->query.type,
			answer->addresses, answer->count, answer->lifetime_s,
			now_ms);
	reply_known(at,
		    known_names_find(&reach_known, at->query.name,
				     at->query.type, now_ms),
		    now_ms);
}

/* ---- questions ----------------------------------------------------------- */

static bool is_localhost(const char *name)
{
	size_t n = text_len(name);
	static const char localhost[] = "localhost";
	const size_t len = sizeof(localhost) - 1;

	return n >= len && text_equal(name + n - len, localhost) &&
	       (n == len || name[n - len - 1] == '.');
}

static void reply_localhost(const struct name_question *at)
{
	static const unsigned char v4[4] = { 127, 0, 0, 1 };
	struct init_address address = address_from_v4(v4);
	unsigned char reply[DNS_REPLY_BYTES];

	if (at->query.type == DNS_AAAA)
		address = (struct init_address){ { [15] = 1 } };
	name_clients_reply(at, reply,
			   dns_write_reply(at->message, &at->query, DNS_NOERROR,
					   &address, 1, KNOWN_FRESH_MAX_S,
					   reply));
}

static void reply_reverse(const struct name_question *at)
{
	unsigned char reply[DNS_REPLY_BYTES];
	struct init_address address;
	unsigned int cursor = 0;
	const char *name = NULL;

	if (dns_reverse_name(at->query.name, &address))
		name = reach_name_of(&address, &cursor);
	if (!name)
		reply_code(at, DNS_NXDOMAIN);
	else
		name_clients_reply(at, reply,
				   dns_write_name_reply(at->message, &at->query,
							name, KNOWN_FRESH_MAX_S,
							reply));
}

/* From the host's own list; false when it does not have the name. */
static bool reply_listed(const struct name_question *at)
{
	struct init_address addresses[DNS_ADDRESSES_MAX];
	unsigned char reply[DNS_REPLY_BYTES];
	unsigned int count;
	bool any, listed = reach_listed(&at->query, addresses, &count, &any);

	if (any)
		name_clients_reply(at, reply,
				   dns_write_reply(at->message, &at->query,
						   DNS_NOERROR, addresses,
						   count, KNOWN_FRESH_MAX_S,
						   reply));
	else if (listed)
		refuse_because(at, REFUSED_ADDRESS);
	return listed;
}

static void answer_query(const struct name_question *at)
{
	bool is_address = at->query.type == DNS_A || at->query.type == DNS_AAAA;
	struct host_verdict verdict;
	const struct known_name *name;
	uint64_t now_ms = reach_clock_ms();

	if (at->query.type == DNS_PTR) {
		reply_reverse(at);
		return;
	}
	if (is_address && is_localhost(at->query.name)) {
		reply_localhost(at);
		return;
	}
	verdict = host_rules_name(config, at->query.name, PORT_ANY);
	if (!verdict.allowed) {
		refuse(at, &verdict);
		return;
	}
	if (at->query.type == DNS_HTTPS || at->query.type == DNS_SVCB) {
		reply_code(at, DNS_NOERROR); /* there is none */
		return;
	}
	if (!is_address) {
		refuse_because(at, REFUSED_RECORD);
		return;
	}
	if (reply_listed(at))
		return;
	name = known_names_find(&reach_known, at->query.name, at->query.type,
				now_ms);
	if (name)
		reply_known(at, name, now_ms);
	else if (!name_servers_ask(at))
		refuse_because(at, REFUSED_FLOOD);
}

void names_asked(struct name_question *at)
{
	int code = dns_read_query(at->message, at->len, &at->query);

	if (code == DNS_REFUSED)
		refuse_because(at, REFUSED_RECORD);
	else if (code > 0)
		reply_code(at, code);
	else if (code == 0)
		answer_query(at);
}

/* ---- events -------------------------------------------------------------- */

unsigned int names_polls(struct pollfd *polls)
{
	name_clients_polls(polls);
	return NAME_CLIENT_POLLS +
	       name_servers_polls(polls + NAME_CLIENT_POLLS);
}

void names_serve(const struct pollfd *polls, unsigned int count)
{
	/* Answers first: their places are where they were. */
	name_servers_serve(polls + NAME_CLIENT_POLLS,
			   count - NAME_CLIENT_POLLS);
	name_clients_serve(polls);
}

bool names_wait(void)
{
	return name_clients_wait() || name_servers_wait();
}

void names_tick(void)
{
	name_servers_tick();
	name_clients_tick();
}

bool names_start(const struct init_config *given)
{
	config = given;
	name_servers_start(config);
	return name_clients_start(config) && reach_start(config) &&
	       refusals_start(config);
}
