/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The jail's resolver file names a socket on its own
 * loopback, which we hold. A query for a name that no rule allows is refused at
 * once and goes nowhere. An allowed one we ask the host's servers ourselves, in
 * a message of our own making (a fresh socket, so a random port, and a random
 * number), wait for it beside everything else, and take from the answer just
 * the addresses. Those where no name may lead are dropped. What is left is
 * remembered before the jail gets it, so it can connect to what it was told
 * and to nothing else. All other records are refused: they would be a tunnel.
 */
#include "init/names.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/time_types.h>

#include "init/known_names.h"
#include "init/lib.h"
#include "init/refusals.h"
#include "init/route.h"

enum {
	DNS_PORT = 53,
	TRY_MS = 1200,
	TRIES_MAX = 4,
	/* Lookups that leave the jail: so many at once, then so many a second.
	 * What a name itself can carry out is bounded by it. */
	BUDGET_MAX = 256,
	BUDGET_PER_S = 32,
	QUERIES_PER_TURN = 32,
	NEGATIVE_LIFETIME_S = 5,
	MSG_DONTWAIT_FLAG = 0x40,
};

/* A query of the jail that waits for one of ours. */
struct pending {
	int fd; /* to the server; -1: the place is free */
	uint16_t id;
	unsigned int tries;
	uint64_t until_ms;
	struct dns_query query;
	unsigned char client[28];
	uint32_t client_len;
	size_t len;
	unsigned char message[DNS_REPLY_BYTES];
};

static const struct init_config *config;
static struct known_names known;
static struct pending pending[NAMES_PENDING_MAX];
static unsigned int pending_end;
static uint64_t budget_thousandths, budget_at_ms;

static uint64_t clock_ms(void)
{
	struct __kernel_timespec now;

	raw(__NR_clock_gettime, 7 /* CLOCK_BOOTTIME */, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- addresses ----------------------------------------------------------- */

/* How narrow a rule must be to name this address. */
static unsigned int needed_prefix(const struct init_address *address)
{
	unsigned int prefix = address_special(address);

	return prefix || !route_is_own(address) ? prefix : 128;
}

/* The host's own list of hosts: what its lines name needs no asking, and a jail
 * that sees that file does not ask. */
static const struct init_known_host *known_host(uint32_t index)
{
	return (const struct init_known_host *)((const char *)config +
						config->known_hosts) +
	       index;
}

/* The next name that leads to this address: first of the list, then of what
 * was looked up. */
static const char *name_of(const struct init_address *address,
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
	name = known_names_of(&known, address, clock_ms(), cursor);
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
	       (name = name_of(&endpoint->address, &cursor)))
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
	const char *name = name_of(address, &cursor);

	if (name)
		memcpy(text, name, text_len(name) + 1);
	else
		address_text(address, text);
}

/* ---- answers ------------------------------------------------------------- */

static void send_to_client(const struct pending *at, const unsigned char *reply,
			   size_t len)
{
	if (len)
		raw(__NR_sendto, INIT_FD_NAMES, reply, len, MSG_DONTWAIT_FLAG,
		    at->client, at->client_len);
}

static void reply_code(const struct pending *at, int code)
{
	unsigned char reply[DNS_REPLY_BYTES];

	send_to_client(at, reply,
		       dns_write_reply(at->message, &at->query, code, NULL, 0,
				       0, reply));
}

static void reply_known(const struct pending *at, const struct known_name *name,
			uint64_t now_ms)
{
	struct init_address addresses[DNS_ADDRESSES_MAX];
	unsigned char reply[DNS_REPLY_BYTES];
	unsigned int count = 0;

	for (unsigned int i = 0; i < name->count; i++)
		if (name->addresses[i].current)
			addresses[count++] = name->addresses[i].address;
	send_to_client(
		at, reply,
		dns_write_reply(
			at->message, &at->query, DNS_NOERROR, addresses, count,
			(uint32_t)((name->fresh_until_ms - now_ms) / 1000),
			reply));
}

/* There is no such name, as far as the jail can tell: that ends a lookup at
 * once, where resolvers try again after DNS_REFUSED. */
static void refuse(const struct pending *at, const struct host_verdict *verdict)
{
	refusals_add(at->query.name, 0, REFUSED_DNS, verdict);
	reply_code(at, verdict->reason == REFUSED_FLOOD ||
				       verdict->reason == REFUSED_RECORD
			       ? DNS_REFUSED
			       : DNS_NXDOMAIN);
}

static void refuse_because(const struct pending *at, enum refusal_reason reason)
{
	refuse(at, &(struct host_verdict){ .reason = reason });
}

static bool name_may_lead_to(const struct init_address *address)
{
	unsigned int needs = needed_prefix(address);

	return !needs || host_rules_name_address(config, address, needs);
}

/* Drop addresses where no name may lead; false when that leaves none. */
static bool keep_reachable(struct dns_answer *answer)
{
	unsigned int kept = 0, had = answer->count;

	for (unsigned int i = 0; i < had; i++)
		if (name_may_lead_to(&answer->addresses[i]))
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

static void reply_answer(struct pending *at, struct dns_answer *answer)
{
	uint64_t now_ms = clock_ms();
	struct host_verdict verdict;

	if (answer->code != DNS_NOERROR) {
		reply_code(at, answer->code == DNS_NXDOMAIN ? DNS_NXDOMAIN
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
	known_names_add(&known, at->query.name, at->query.type,
			answer->addresses, answer->count, answer->lifetime_s,
			now_ms);
	reply_known(at,
		    known_names_find(&known, at->query.name, at->query.type,
				     now_ms),
		    now_ms);
}

/* ---- the host's servers ---------------------------------------------------
 */

static long connect_server(const struct init_name_server *server)
{
	bool v4 = address_is_v4(&server->address);
	struct sockaddr_in v4_address = { .sin_family = FAMILY_INET,
					  .sin_port =
						  __builtin_bswap16(DNS_PORT) };
	struct sockaddr_in6 v6_address = {
		.sin6_family = FAMILY_INET6,
		.sin6_port = __builtin_bswap16(DNS_PORT),
		.sin6_scope_id = server->scope,
	};
	long fd = raw(__NR_socket, v4 ? FAMILY_INET : FAMILY_INET6,
		      2 /* SOCK_DGRAM */ | O_CLOEXEC | O_NONBLOCK, 0);
	long status;

	if (fd < 0)
		return fd;
	memcpy(&v4_address.sin_addr, server->address.bytes + 12, 4);
	memcpy(&v6_address.sin6_addr, &server->address, 16);
	status = v4 ? raw(__NR_connect, fd, &v4_address, sizeof(v4_address))
		    : raw(__NR_connect, fd, &v6_address, sizeof(v6_address));
	if (status == 0)
		return fd;
	raw(__NR_close, fd);
	return status;
}

static void forget(struct pending *at)
{
	if (at->fd >= 0)
		raw(__NR_close, at->fd);
	at->fd = -1;
	while (pending_end && pending[pending_end - 1].fd < 0)
		pending_end--;
}

/* Ask the next server; false when there is none to ask any more. */
static bool ask_once(struct pending *at)
{
	const struct init_name_server *servers =
		(const struct init_name_server *)((const char *)config +
						  config->name_servers);
	unsigned char query[DNS_MESSAGE_BYTES];
	size_t len;

	if (at->fd >= 0)
		raw(__NR_close, at->fd);
	at->fd = -1;
	if (!config->name_server_count || at->tries == TRIES_MAX)
		return false;
	if (raw(__NR_getrandom, &at->id, sizeof(at->id), 0) != sizeof(at->id))
		return false;
	len = dns_write_query(at->id, at->query.name, at->query.type, query);
	at->fd = (int)connect_server(
		&servers[at->tries++ % config->name_server_count]);
	if (at->fd < 0 || !len)
		return len && ask_once(at);
	raw(__NR_write, at->fd, query, len);
	at->until_ms = clock_ms() + TRY_MS;
	return true;
}

static void ask(struct pending *at)
{
	if (ask_once(at))
		return;
	reply_code(at, DNS_SERVFAIL);
	forget(at);
}

/* ---- the jail's queries -------------------------------------------------- */

static bool spend(void)
{
	uint64_t now_ms = clock_ms();

	budget_thousandths += (now_ms - budget_at_ms) * BUDGET_PER_S;
	budget_at_ms = now_ms;
	if (budget_thousandths > BUDGET_MAX * 1000)
		budget_thousandths = BUDGET_MAX * 1000;
	if (budget_thousandths < 1000)
		return false;
	budget_thousandths -= 1000;
	return true;
}

static bool same_query(const struct pending *a, const struct pending *b)
{
	return a->client_len == b->client_len && a->query.id == b->query.id &&
	       a->query.type == b->query.type &&
	       memcmp(a->client, b->client, a->client_len) == 0 &&
	       text_equal(a->query.name, b->query.name);
}

/* Takes a copy, unless a client only repeats itself. */
static void ask_for(const struct pending *query)
{
	struct pending *free_place = NULL;

	for (unsigned int i = 0; i < NAMES_PENDING_MAX; i++) {
		if (i >= pending_end || pending[i].fd < 0) {
			if (!free_place)
				free_place = &pending[i];
		} else if (same_query(&pending[i], query)) {
			return;
		}
	}
	if (!free_place || !spend()) {
		refuse_because(query, REFUSED_FLOOD);
		return;
	}
	memcpy(free_place, query, sizeof(*query));
	if (free_place >= pending + pending_end)
		pending_end = (unsigned int)(free_place - pending) + 1;
	ask(free_place);
}

static bool is_localhost(const char *name)
{
	size_t n = text_len(name);
	static const char localhost[] = "localhost";
	const size_t len = sizeof(localhost) - 1;

	return n >= len && text_equal(name + n - len, localhost) &&
	       (n == len || name[n - len - 1] == '.');
}

static void reply_localhost(const struct pending *at)
{
	static const unsigned char v4[4] = { 127, 0, 0, 1 };
	struct init_address address = address_from_v4(v4);
	unsigned char reply[DNS_REPLY_BYTES];

	if (at->query.type == DNS_AAAA)
		address = (struct init_address){ { [15] = 1 } };
	send_to_client(at, reply,
		       dns_write_reply(at->message, &at->query, DNS_NOERROR,
				       &address, 1, KNOWN_FRESH_MAX_S, reply));
}

static void reply_reverse(const struct pending *at)
{
	unsigned char reply[DNS_REPLY_BYTES];
	struct init_address address;
	unsigned int cursor = 0;
	const char *name = NULL;

	if (dns_reverse_name(at->query.name, &address))
		name = name_of(&address, &cursor);
	if (!name)
		reply_code(at, DNS_NXDOMAIN);
	else
		send_to_client(at, reply,
			       dns_write_name_reply(at->message, &at->query,
						    name, KNOWN_FRESH_MAX_S,
						    reply));
}

/* From the host's own list; false when it does not have the name. */
static bool reply_listed(const struct pending *at)
{
	struct init_address addresses[DNS_ADDRESSES_MAX];
	unsigned char reply[DNS_REPLY_BYTES];
	unsigned int count = 0;
	bool listed = false, reachable = false;

	for (uint32_t i = 0; i < config->known_host_count; i++) {
		const struct init_known_host *host = known_host(i);
		bool v4 = address_is_v4(&host->address);

		if (!text_equal((const char *)config + host->name,
				at->query.name))
			continue;
		listed = true;
		if (!name_may_lead_to(&host->address))
			continue;
		reachable = true;
		if (count < DNS_ADDRESSES_MAX &&
		    v4 == (at->query.type == DNS_A))
			addresses[count++] = host->address;
	}
	if (reachable)
		send_to_client(at, reply,
			       dns_write_reply(at->message, &at->query,
					       DNS_NOERROR, addresses, count,
					       KNOWN_FRESH_MAX_S, reply));
	else if (listed)
		refuse_because(at, REFUSED_ADDRESS);
	return listed;
}

static void answer_query(const struct pending *at)
{
	bool is_address = at->query.type == DNS_A || at->query.type == DNS_AAAA;
	struct host_verdict verdict;
	const struct known_name *name;
	uint64_t now_ms = clock_ms();

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
	name = known_names_find(&known, at->query.name, at->query.type, now_ms);
	if (name)
		reply_known(at, name, now_ms);
	else
		ask_for(at);
}

/* One datagram of the jail; false when there is no more. */
static bool take_query(void)
{
	static struct pending at;
	long len;
	int code;

	at.fd = -1;
	at.tries = 0;
	at.client_len = sizeof(at.client);
	len = raw(__NR_recvfrom, INIT_FD_NAMES, at.message, sizeof(at.message),
		  MSG_DONTWAIT_FLAG, at.client, &at.client_len);
	if (len < 0)
		return len == -EINTR;
	at.len = (size_t)len;
	code = dns_read_query(at.message, at.len, &at.query);
	if (code == DNS_REFUSED)
		refuse_because(&at, REFUSED_RECORD);
	else if (code > 0)
		reply_code(&at, code);
	else if (code == 0)
		answer_query(&at);
	return true;
}

/* ---- events -------------------------------------------------------------- */

static void take_answer(struct pending *at)
{
	unsigned char message[DNS_MESSAGE_BYTES];
	static struct dns_answer answer;
	long len = raw(__NR_recvfrom, at->fd, message, sizeof(message),
		       MSG_DONTWAIT_FLAG, 0, 0);

	if (len == -EAGAIN || len == -EINTR)
		return;
	if (len < 0) { /* nobody listens there */
		ask(at);
		return;
	}
	if (!dns_read_answer(message, (size_t)len, at->id, at->query.name,
			     at->query.type, &answer))
		return; /* somebody else's; the right one may still come */
	if (answer.code != DNS_NOERROR && answer.code != DNS_NXDOMAIN &&
	    ask_once(at))
		return;
	reply_answer(at, &answer);
	forget(at);
}

unsigned int names_polls(struct pollfd *polls)
{
	unsigned int count = 0;

	polls[count++] = (struct pollfd){ INIT_FD_NAMES, POLLIN, 0 };
	for (unsigned int i = 0; i < pending_end; i++)
		polls[count++] = (struct pollfd){ pending[i].fd, POLLIN, 0 };
	return count;
}

void names_serve(const struct pollfd *polls, unsigned int count)
{
	/* Answers first: their places are where they were. */
	for (unsigned int i = 1; i < count; i++)
		if (polls[i].revents && pending[i - 1].fd == polls[i].fd)
			take_answer(&pending[i - 1]);
	if (polls[0].revents)
		for (int i = 0; i < QUERIES_PER_TURN && take_query(); i++)
			;
}

void names_tick(void)
{
	uint64_t now_ms = clock_ms();

	for (unsigned int i = 0; i < pending_end; i++)
		if (pending[i].fd >= 0 && now_ms >= pending[i].until_ms)
			ask(&pending[i]);
}

bool names_start(const struct init_config *given)
{
	config = given;
	for (unsigned int i = 0; i < NAMES_PENDING_MAX; i++)
		pending[i].fd = -1;
	budget_thousandths = BUDGET_MAX * 1000;
	budget_at_ms = clock_ms();
	return route_start() && refusals_start(config);
}
