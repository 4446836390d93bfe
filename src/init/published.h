/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of network.listen: what is bound to one is a socket of the host's
 * network, on the host's loopback and nowhere else. */
#ifndef PJ_INIT_PUBLISHED_H
#define PJ_INIT_PUBLISHED_H

#include "init/address.h"
#include "init/broker_call.h"

bool published_start(const struct init_config *config);

/* Whether binding a socket of this family to request->address would publish. */
bool published_wants(const struct call_request *request, int family);
/* Bind the host's socket in request->fd to the host's loopback at that port. */
long published_bind(struct call_request *request);
/* Whether that was done with this socket: it may listen there. */
bool published_has(int fd);

/* Whether a socket of the jail listens at this port on the host's loopback,
 * where the jail's own client means it; request->address then leads there. */
bool published_reach(struct call_request *request, int family,
		     const struct endpoint *endpoint);

#endif
