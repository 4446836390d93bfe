/* SPDX-License-Identifier: Apache-2.0 */
/* What the network refused, for the result. Equal ones are counted. */
#ifndef PJ_INIT_REFUSALS_H
#define PJ_INIT_REFUSALS_H

#include "init/host_rules.h"

/* Map the part of the configuration that the library reads. */
bool refusals_start(const struct init_config *config);

void refusals_add(const char *host, uint16_t port,
		  enum refusal_protocol protocol,
		  const struct host_verdict *verdict);

#endif
