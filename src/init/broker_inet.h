/* SPDX-License-Identifier: Apache-2.0 */
/* bind, listen and connect of TCP and UDP sockets under INIT_NETWORK. The
 * caller's socket is request->fd, its words are request->address. */
#ifndef PJ_INIT_BROKER_INET_H
#define PJ_INIT_BROKER_INET_H

#include "init/broker_call.h"
#include "init/host_rules.h"

/* Learn which network is ours. */
bool inet_start(const struct init_config *config);

/* Whether it is a socket of the network that we stand in; what cannot be told
 * is none. */
bool inet_is_here(int fd);

long inet_bind(struct call_request *request);
long inet_listen(struct call_request *request);
long inet_connect(struct call_request *request);

/* Whether it is a socket of the host's network; what cannot be told is. */
bool inet_is_of_host(int fd);
/* TCP sockets: neither joined to anything nor listening. */
bool inet_is_fresh(int fd);
/* Without waiting, as far as that goes; sets request->later for the rest. */
long inet_connect_now(struct call_request *request);
/* Note it, for the result; the errno. */
long inet_refuse(const struct endpoint *endpoint,
		 enum refusal_protocol protocol,
		 const struct host_verdict *verdict);

/* Datagrams: whether this socket may send to the address at all, and, after
 * that ended with `status`, note what the network did not take. */
long inet_may_send(const struct call_request *request);
void inet_tell_unsent(const struct call_request *request, long status);
void inet_tell_unconnected(const struct call_request *request, long status);

#endif
