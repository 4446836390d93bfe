/* SPDX-License-Identifier: Apache-2.0 */
/* The broker of connections and names, as a whole. */
#ifndef PJ_INIT_NETWORK_H
#define PJ_INIT_NETWORK_H

#include <stdbool.h>

#include "init/protocol.h"

/* Before any call is served. False: something is missing; the jail must end. */
bool network_start(const struct init_config *config);

#endif
