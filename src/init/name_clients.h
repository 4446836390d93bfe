/* SPDX-License-Identifier: Apache-2.0 */
/* The jail's side of DNS: questions by datagram or on a connection, and the way
 * back. Sockets of the jail's loopback that we hold; without a network of its
 * own there are just connections, which the broker makes. */
#ifndef PJ_INIT_NAME_CLIENTS_H
#define PJ_INIT_NAME_CLIENTS_H

#include <asm/poll.h>

#include "init/dns_message.h"

enum { NAME_STREAMS_MAX = 64, NAME_CLIENT_POLLS = 2 + NAME_STREAMS_MAX };

struct name_question {
	int stream; /* -1: it came as a datagram */
	uint32_t serial;
	unsigned char client[28];
	uint32_t client_len;
	struct dns_query query;
	size_t len;
	unsigned char message[DNS_REPLY_BYTES];
};

bool name_clients_start(const struct init_config *config);
/* A connection whose other end the program has; `fd` is ours from now on. By
 * whoever has the turn (broker.c). */
void name_clients_add(int fd);

/* NAME_CLIENT_POLLS of them. */
void name_clients_polls(struct pollfd *polls);
/* Calls names_asked() for each question that came. */
void name_clients_serve(const struct pollfd *polls);
/* Whether the clock matters: connections that are open. */
bool name_clients_wait(void);
void name_clients_tick(void);

void name_clients_reply(const struct name_question *question,
			const unsigned char *reply, size_t len);
/* The same client with the same question again. */
bool name_clients_same(const struct name_question *a,
		       const struct name_question *b);

/* Of names.c. `question->len` bytes came. */
void names_asked(struct name_question *question);

#endif
