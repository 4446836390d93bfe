/* SPDX-License-Identifier: Apache-2.0 */
/* How `procjail run` ends; each returns its exit status. */
#ifndef PJ_CLI_RUN_END_H
#define PJ_CLI_RUN_END_H

#include "cli/invocation.h"

/* It could not be run. */
int end_failed(struct invocation *invocation, const struct pj_error *failed);
/* The guard said no. */
int end_denied(struct invocation *invocation);
/* It ran, and ended in whatever way. */
int end_result(struct invocation *invocation, const struct pj_result *result);

#endif
