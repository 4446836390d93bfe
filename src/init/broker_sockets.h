/* SPDX-License-Identifier: Apache-2.0 */
/* Which path sockets may be reached. */
#ifndef PJ_INIT_BROKER_SOCKETS_H
#define PJ_INIT_BROKER_SOCKETS_H

#include "init/broker_call.h"

/* When request->address is a path: judge the socket that is there, and name it
 * by a descriptor, which stays open until the call is finished. */
long sockets_reach(struct call_request *request);

#endif
