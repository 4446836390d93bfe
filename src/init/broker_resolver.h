/* SPDX-License-Identifier: Apache-2.0 */
/* The resolver's file where no mount lies over the host's. */
#ifndef PJ_INIT_BROKER_RESOLVER_H
#define PJ_INIT_BROKER_RESOLVER_H

#include "init/broker_place.h"

/* Whether it is this file, there or missing, that is opened to be read. */
bool resolver_is_meant(const struct call_request *request,
		       const struct place *place, uint32_t flags);
/* A descriptor of what the jail reads instead, or a negative errno. */
long resolver_open(const struct call_request *request);

#endif
