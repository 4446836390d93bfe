/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection carries messages behind their length (RFC 1035, 4.2.2). Nothing
 * waits for it: what cannot be read or written at once ends it, and so does
 * silence. When all places are taken, the one that was silent longest makes
 * place. A reply finds its connection by place and serial number.
 */
#include "init/name_clients.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>

#include "init/lib.h"
#include "init/protocol.h"
#include "init/reach.h"

enum {
	QUESTIONS_PER_TURN = 32,
	SILENCE_MS = 10000,
	PAUSE_MS = 50,
	LENGTH_BYTES = 2,
	FLAG_DONTWAIT = 0x40,
	FLAG_NOSIGNAL = 0x4000,
};

static struct stream {
	bool open;
	int fd;
	uint32_t serial;
	uint64_t until_ms;
	size_t have;
	unsigned char bytes[LENGTH_BYTES + DNS_REPLY_BYTES];
} streams[NAME_STREAMS_MAX];

static bool has_sockets;	/* on port 53 of the jail's loopback */
static uint64_t pause_until_ms; /* takes nobody until then; 0: takes all */

static void end_stream(struct stream *stream)
{
	if (stream->open)
		raw(__NR_close, stream->fd);
	stream->open = false;
	stream->serial++;
}

bool name_clients_same(const struct name_question *a,
		       const struct name_question *b)
{
	return a->stream == b->stream && a->serial == b->serial &&
	       a->client_len == b->client_len && a->query.id == b->query.id &&
	       a->query.type == b->query.type &&
	       memcmp(a->client, b->client, a->client_len) == 0 &&
	       text_equal(a->query.name, b->query.name);
}

/* ---- replies ------------------------------------------------------------- */

static void reply_on_stream(struct stream *stream, const unsigned char *reply,
			    size_t len)
{
	unsigned char bytes[LENGTH_BYTES + DNS_REPLY_BYTES] = {
		(unsigned char)(len >> 8), (unsigned char)len
	};

	memcpy(bytes + LENGTH_BYTES, reply, len);
	len += LENGTH_BYTES;
	if (raw(__NR_sendto, stream->fd, bytes, len,
		FLAG_DONTWAIT | FLAG_NOSIGNAL, 0, 0) != (long)len)
		end_stream(stream);
}

void name_clients_reply(const struct name_question *question,
			const unsigned char *reply, size_t len)
{
	struct stream *stream = &streams[question->stream % NAME_STREAMS_MAX];

	if (!len || len > DNS_REPLY_BYTES)
		return;
	if (question->stream < 0)
		raw(__NR_sendto, INIT_FD_NAMES, reply, len, FLAG_DONTWAIT,
		    question->client, question->client_len);
	else if (stream->open && stream->serial == question->serial)
		reply_on_stream(stream, reply, len);
}

/* ---- questions ----------------------------------------------------------- */

/* One datagram of the jail; false when there is no more. */
static bool take_datagram(void)
{
	static struct name_question question;
	long len;

	question.stream = -1;
	question.client_len = sizeof(question.client);
	len = raw(__NR_recvfrom, INIT_FD_NAMES, question.message,
		  sizeof(question.message), FLAG_DONTWAIT, question.client,
		  &question.client_len);
	if (len < 0)
		return len == -EINTR;
	question.len = (size_t)len;
	names_asked(&question);
	return true;
}

/* The message at the front, if it is whole. */
static bool take_message(struct stream *stream)
{
	static struct name_question question;
	size_t len = (size_t)stream->bytes[0] << 8 | stream->bytes[1];

	if (!stream->open || stream->have < LENGTH_BYTES)
		return false;
	if (len > DNS_REPLY_BYTES) {
		end_stream(stream);
		return false;
	}
	if (stream->have < LENGTH_BYTES + len)
		return false;
	question.stream = (int)(stream - streams);
	question.serial = stream->serial;
	question.client_len = 0;
	question.len = len;
	memcpy(question.message, stream->bytes + LENGTH_BYTES, len);
	stream->have -= LENGTH_BYTES + len;
	memcpy(stream->bytes, stream->bytes + LENGTH_BYTES + len, stream->have);
	names_asked(&question);
	return true;
}

static void read_stream(struct stream *stream)
{
	long got =
		raw(__NR_recvfrom, stream->fd, stream->bytes + stream->have,
		    sizeof(stream->bytes) - stream->have, FLAG_DONTWAIT, 0, 0);

	if (got == -EAGAIN || got == -EINTR)
		return;
	if (got <= 0) {
		end_stream(stream);
		return;
	}
	stream->have += (size_t)got;
	stream->until_ms = reach_clock_ms() + SILENCE_MS;
	while (take_message(stream))
		;
}

static void add_stream(int fd)
{
	struct stream *place = streams;

	for (int i = 0; i < NAME_STREAMS_MAX && place->open; i++)
		if (!streams[i].open || streams[i].until_ms < place->until_ms)
			place = &streams[i];
	end_stream(place);
	place->open = true;
	place->fd = fd;
	place->have = 0;
	place->until_ms = reach_clock_ms() + SILENCE_MS;
}

static void accept_stream(void)
{
	long fd = raw(__NR_accept4, INIT_FD_NAMES_STREAM, 0, 0,
		      O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		add_stream((int)fd);
	else /* for want of a descriptor: we would be told at once again */
		pause_until_ms = reach_clock_ms() + PAUSE_MS;
}

/* ---- without a network of its own ---------------------------------------- */

/* In the place of the socket for datagrams: tells the thread that waits for
 * questions that there is a connection more to wait for. */
bool name_clients_start(const struct init_config *config)
{
	long fd, result;

	has_sockets = config->flags & INIT_OWN_NETWORK;
	if (has_sockets)
		return true;
	fd = raw(__NR_eventfd2, 0, O_CLOEXEC | O_NONBLOCK);
	result = fd < 0 ? fd : raw(__NR_dup3, fd, INIT_FD_NAMES, O_CLOEXEC);
	if (fd >= 0)
		raw(__NR_close, fd);
	return result >= 0;
}

void name_clients_add(int fd)
{
	const uint64_t one = 1;

	add_stream(fd);
	raw(__NR_write, INIT_FD_NAMES, &one, sizeof(one));
}

static void take_wake(void)
{
	uint64_t count;

	raw(__NR_read, INIT_FD_NAMES, &count, sizeof(count));
}

/* ---- events -------------------------------------------------------------- */

void name_clients_polls(struct pollfd *polls)
{
	polls[0] = (struct pollfd){ INIT_FD_NAMES, POLLIN, 0 };
	polls[1] = (struct pollfd){ has_sockets && !pause_until_ms
					    ? INIT_FD_NAMES_STREAM
					    : -1,
				    POLLIN, 0 };
	for (int i = 0; i < NAME_STREAMS_MAX; i++)
		polls[2 + i] =
			(struct pollfd){ streams[i].open ? streams[i].fd : -1,
					 POLLIN, 0 };
}

void name_clients_serve(const struct pollfd *polls)
{
	for (int i = 0; i < NAME_STREAMS_MAX; i++)
		if (polls[2 + i].revents && streams[i].open)
			read_stream(&streams[i]);
	if (polls[0].revents && !has_sockets)
		take_wake();
	else if (polls[0].revents)
		for (int i = 0; i < QUESTIONS_PER_TURN && take_datagram(); i++)
			;
	if (polls[1].revents)
		accept_stream();
}

bool name_clients_wait(void)
{
	if (pause_until_ms)
		return true;
	for (int i = 0; i < NAME_STREAMS_MAX; i++)
		if (streams[i].open)
			return true;
	return false;
}

void name_clients_tick(void)
{
	uint64_t now_ms = reach_clock_ms();

	if (now_ms >= pause_until_ms)
		pause_until_ms = 0;
	for (int i = 0; i < NAME_STREAMS_MAX; i++)
		if (streams[i].open && now_ms >= streams[i].until_ms)
			end_stream(&streams[i]);
}
