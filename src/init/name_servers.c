/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each try is made from a socket of its own, so from a random port, with a
 * random number, and goes to the next of the host's servers. An answer that was
 * cut and has nothing that we can use is asked for again on a connection.
 */
#include "init/name_servers.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "init/lib.h"
#include "init/reach.h"
#include "init/socket.h"

enum {
	DNS_PORT = 53,
	TRY_MS = 1200,
	TRIES_MAX = 4,
	/* What leaves the jail: so many lookups at once, then so many a second;
	 * a long name counts as several. What the name itself can carry out is
	 * bounded by it. */
	BUDGET_MAX = 256,
	BUDGET_PER_S = 32,
	NAME_USUAL = 64,
	NAME_STEP = 16,
	LENGTH_BYTES = 2,
	STREAM_BYTES = 4096, /* more than our addresses ever take */
	FLAG_DONTWAIT = 0x40,
	FLAG_NOSIGNAL = 0x4000,
};

/* All zero at first, so that what is not used takes no memory. */
static struct lookup {
	bool taken;
	const struct lookup *behind; /* who asks the same already, or NULL */
	int fd;			     /* to the server; -1: none */
	bool stream, sent;
	uint16_t id;
	unsigned int tries;
	uint64_t until_ms;
	struct name_question question;
	size_t have;
	unsigned char bytes[STREAM_BYTES]; /* of a connection */
} lookups[LOOKUPS_MAX];
static unsigned int lookups_end; /* none is at or above */
static const struct init_config *config;
static uint64_t budget_thousandths, budget_at_ms;

void name_servers_start(const struct init_config *given)
{
	config = given;
	budget_thousandths = BUDGET_MAX * 1000;
	budget_at_ms = reach_clock_ms();
}

static bool spend(const char *name)
{
	uint64_t now_ms = reach_clock_ms();
	size_t len = text_len(name);
	uint64_t cost = 1000;

	if (len > NAME_USUAL)
		cost += 1000 * ((len - NAME_USUAL + NAME_STEP - 1) / NAME_STEP);
	budget_thousandths += (now_ms - budget_at_ms) * BUDGET_PER_S;
	budget_at_ms = now_ms;
	if (budget_thousandths > BUDGET_MAX * 1000)
		budget_thousandths = BUDGET_MAX * 1000;
	if (budget_thousandths < cost)
		return false;
	budget_thousandths -= cost;
	return true;
}

/* ---- asking -------------------------------------------------------------- */

static const struct init_name_server *server_of(const struct lookup *lookup)
{
	return (const struct init_name_server *)((const char *)config +
						 config->name_servers) +
	       (lookup->tries - 1) % config->name_server_count;
}

static long connect_server(const struct init_name_server *server, int type)
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
		      type | O_CLOEXEC | O_NONBLOCK, 0);
	long status;

	if (fd < 0)
		return fd;
	memcpy(&v4_address.sin_addr, server->address.bytes + 12, 4);
	memcpy(&v6_address.sin6_addr, &server->address, 16);
	status = v4 ? raw(__NR_connect, fd, &v4_address, sizeof(v4_address))
		    : raw(__NR_connect, fd, &v6_address, sizeof(v6_address));
	if (status == 0 || status == -EINPROGRESS)
		return fd;
	raw(__NR_close, fd);
	return status;
}

static void hang_up(struct lookup *lookup)
{
	if (lookup->fd >= 0)
		raw(__NR_close, lookup->fd);
	lookup->fd = -1;
}

static void forget(struct lookup *lookup)
{
	hang_up(lookup);
	lookup->taken = false;
	while (lookups_end && !lookups[lookups_end - 1].taken)
		lookups_end--;
}

/* Our question, behind its length on a connection. */
static bool send_question(struct lookup *lookup)
{
	unsigned char query[LENGTH_BYTES + DNS_MESSAGE_BYTES];
	size_t len = dns_write_query(lookup->id, lookup->question.query.name,
				     lookup->question.query.type,
				     query + LENGTH_BYTES);
	size_t skip = lookup->stream ? 0 : LENGTH_BYTES;

	query[0] = (unsigned char)(len >> 8);
	query[1] = (unsigned char)len;
	lookup->sent = true;
	return len && raw(__NR_sendto, lookup->fd, query + skip,
			  len + LENGTH_BYTES - skip,
			  FLAG_DONTWAIT | FLAG_NOSIGNAL, 0, 0) > 0;
}

/* On a connection it is sent when that is there. */
static bool call_server(struct lookup *lookup, bool stream)
{
	hang_up(lookup);
	if (raw(__NR_getrandom, &lookup->id, sizeof(lookup->id), 0) !=
	    sizeof(lookup->id))
		return false;
	lookup->stream = stream;
	lookup->sent = false;
	lookup->have = 0;
	lookup->until_ms = reach_clock_ms() + TRY_MS;
	lookup->fd = (int)connect_server(server_of(lookup),
					 stream ? TYPE_STREAM : TYPE_DATAGRAM);
	if (lookup->fd < 0)
		return false;
	if (!stream)
		send_question(lookup);
	return true;
}

/* Ask the next server; false when there is none to ask any more. */
static bool ask_next(struct lookup *lookup)
{
	while (config->name_server_count && lookup->tries < TRIES_MAX) {
		lookup->tries++;
		if (call_server(lookup, false))
			return true;
	}
	return false;
}

/* The answer, or NULL, is that of all who asked the same meanwhile. */
static void finish(const struct lookup *lookup, const struct dns_answer *answer)
{
	static struct dns_answer own; /* each makes of it what it needs */

	for (unsigned int i = 0; i < LOOKUPS_MAX; i++) {
		struct lookup *each = &lookups[i];

		if (!each->taken || (each != lookup && each->behind != lookup))
			continue;
		if (answer)
			own = *answer;
		names_answered(&each->question, answer ? &own : NULL);
		forget(each);
	}
}

static void ask(struct lookup *lookup)
{
	if (!ask_next(lookup))
		finish(lookup, NULL);
}

static bool asks_the_same(const struct lookup *lookup,
			  const struct dns_query *query)
{
	return !lookup->behind && lookup->question.query.type == query->type &&
	       text_equal(lookup->question.query.name, query->name);
}

/* Takes a copy, unless a client only repeats itself. */
bool name_servers_ask(const struct name_question *question)
{
	const struct lookup *behind = NULL;
	struct lookup *place = NULL;

	for (unsigned int i = 0; i < LOOKUPS_MAX; i++) {
		struct lookup *each = &lookups[i];

		if (!each->taken) {
			if (!place)
				place = each;
		} else if (name_clients_same(&each->question, question)) {
			return true;
		} else if (asks_the_same(each, &question->query)) {
			behind = each;
		}
	}
	if (!place || (!behind && !spend(question->query.name)))
		return false;
	memcpy(&place->question, question, sizeof(*question));
	place->tries = 0;
	place->taken = true;
	place->behind = behind;
	place->fd = -1;
	if (place >= lookups + lookups_end)
		lookups_end = (unsigned int)(place - lookups) + 1;
	if (!behind)
		ask(place);
	return true;
}

/* ---- answers ------------------------------------------------------------- */

static void take_answer(struct lookup *lookup, const unsigned char *message,
			size_t len)
{
	static struct dns_answer answer;
	const struct dns_query *query = &lookup->question.query;

	if (!dns_read_answer(message, len, lookup->id, query->name, query->type,
			     &answer))
		return; /* somebody else's; the right one may still come */
	if (answer.cut && !answer.count) {
		if (lookup->stream || !call_server(lookup, true))
			ask(lookup);
		return;
	}
	if (answer.code != DNS_NOERROR && answer.code != DNS_NXDOMAIN &&
	    ask_next(lookup))
		return;
	finish(lookup, &answer);
}

static void read_datagram(struct lookup *lookup)
{
	unsigned char message[DNS_MESSAGE_BYTES];
	long len = raw(__NR_recvfrom, lookup->fd, message, sizeof(message),
		       FLAG_DONTWAIT, 0, 0);

	if (len == -EAGAIN || len == -EINTR)
		return;
	if (len < 0) /* nobody listens there */
		ask(lookup);
	else
		take_answer(lookup, message, (size_t)len);
}

/* The message is whole, or as much of it as we take. */
static bool is_whole(const struct lookup *lookup)
{
	size_t len = (size_t)lookup->bytes[0] << 8 | lookup->bytes[1];

	return lookup->have == sizeof(lookup->bytes) ||
	       (lookup->have >= LENGTH_BYTES &&
		lookup->have >= LENGTH_BYTES + len);
}

static void read_stream(struct lookup *lookup)
{
	long got;

	if (!lookup->sent) {
		if (!send_question(lookup))
			ask(lookup);
		return;
	}
	got = raw(__NR_recvfrom, lookup->fd, lookup->bytes + lookup->have,
		  sizeof(lookup->bytes) - lookup->have, FLAG_DONTWAIT, 0, 0);
	if (got == -EAGAIN || got == -EINTR)
		return;
	if (got <= 0) {
		ask(lookup);
		return;
	}
	lookup->have += (size_t)got;
	if (!is_whole(lookup))
		return;
	take_answer(lookup, lookup->bytes + LENGTH_BYTES,
		    lookup->have - LENGTH_BYTES);
	/* One that is no answer to us: there comes no other. */
	if (lookup->taken && lookup->stream && is_whole(lookup))
		ask(lookup);
}

/* ---- events -------------------------------------------------------------- */

bool name_servers_wait(void)
{
	return lookups_end > 0;
}

unsigned int name_servers_polls(struct pollfd *polls)
{
	for (unsigned int i = 0; i < lookups_end; i++) {
		bool connecting = lookups[i].stream && !lookups[i].sent;

		polls[i] =
			(struct pollfd){ lookups[i].taken ? lookups[i].fd : -1,
					 connecting ? POLLOUT : POLLIN, 0 };
	}
	return lookups_end;
}

void name_servers_serve(const struct pollfd *polls, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (!polls[i].revents || !lookups[i].taken ||
		    lookups[i].fd != polls[i].fd)
			continue;
		if (lookups[i].stream)
			read_stream(&lookups[i]);
		else
			read_datagram(&lookups[i]);
	}
}

void name_servers_tick(void)
{
	uint64_t now_ms = reach_clock_ms();

	for (unsigned int i = 0; i < lookups_end; i++)
		if (lookups[i].taken && !lookups[i].behind &&
		    now_ms >= lookups[i].until_ms)
			ask(&lookups[i]);
}
