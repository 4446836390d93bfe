/* SPDX-License-Identifier: Apache-2.0 */
/* How to get what is missing. */
#ifndef PJ_HOST_REMEDY_H
#define PJ_HOST_REMEDY_H

#include <procjail.h>

/* The command that makes a strategy work which failed with `why`. */
void host_remedy(const char *strategy, const struct pj_error *why, char *text,
		 size_t size);

/* The command that lets this user make user namespaces and mount in them. */
void host_remedy_namespaces(char *text, size_t size);

#endif
