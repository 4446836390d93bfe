/* SPDX-License-Identifier: Apache-2.0 */
/* bind, listen and connect of TCP sockets where the program stands in the
 * host's network (no INIT_OWN_NETWORK). As broker_inet.h. */
#ifndef PJ_INIT_BROKER_HOSTED_H
#define PJ_INIT_BROKER_HOSTED_H

#include "init/broker_call.h"

long hosted_bind(struct call_request *request);
long hosted_listen(struct call_request *request);
long hosted_connect(struct call_request *request);

#endif
