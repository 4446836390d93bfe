/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an address is the host's own, as the kernel's routes tell. */
#ifndef PJ_INIT_ROUTE_H
#define PJ_INIT_ROUTE_H

#include "init/address.h"

/* False: routes cannot be asked for here. */
bool route_start(void);

/* Of this machine, or of more than one: where it is, or that cannot be told.
 * An address that nothing leads to is neither. */
bool route_is_own(const struct init_address *address);

#endif
