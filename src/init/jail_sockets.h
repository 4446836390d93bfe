/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of the jail's own network, made by a thread that stands in it. */
#ifndef PJ_INIT_JAIL_SOCKETS_H
#define PJ_INIT_JAIL_SOCKETS_H

#include <stdbool.h>

/* Start the thread; afterwards neither it nor we can change namespaces any
 * more. False: no network is to be had. */
bool jail_sockets_start(void);

/* As socket(2); a descriptor of ours, or a negative errno. */
long jail_socket(int family, int type);

#endif
