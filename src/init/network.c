/* SPDX-License-Identifier: Apache-2.0 */
/* Starts what stands between the jail and the host's network. All of it, or
 * the jail does not run. */
#include "init/network.h"

#include "init/broker_inet.h"
#include "init/jail_sockets.h"
#include "init/names.h"
#include "init/published.h"

bool network_start(const struct init_config *config)
{
	return inet_start(config) && names_start(config) &&
	       published_start(config) &&
	       (!(config->flags & INIT_OWN_NETWORK) || jail_sockets_start());
}
