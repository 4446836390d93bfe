/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PJ_SERVICE_CLIENT_H
#define PJ_SERVICE_CLIENT_H

#include "cli/invocation.h"

/* `procjail run --pool`: have the service run it. Returns the exit status.
 * Reads no policy, asks nothing of the host: that is what it is fast by. */
int client_run(struct invocation *invocation);

#endif
