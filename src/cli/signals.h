/* SPDX-License-Identifier: Apache-2.0 */
/* Signals for the program in the jail. */
#ifndef PJ_CLI_SIGNALS_H
#define PJ_CLI_SIGNALS_H

#include <procjail.h>

/* From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT come out of *ret_fd as
 * bytes, the second and later ones as SIGKILL; and SIGCONT, each time. A signal
 * that our caller ignores (nohup(1)) stays ignored. */
int signals_forward(int *ret_fd, struct pj_error *err);

/* The same, each a message of one byte on a connected socket. */
void signals_send(int socket);

/* Whether any came, but SIGCONT. */
bool signals_seen(void);

#endif
