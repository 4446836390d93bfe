/* SPDX-License-Identifier: Apache-2.0 */
/* UDP sockets of the host's network by which nothing goes or comes. */
#ifndef PJ_INIT_INERT_SOCKETS_H
#define PJ_INIT_INERT_SOCKETS_H

/* Learn whether this kernel holds what they promise. */
void inert_sockets_start(void);
/* `type` with its flags; a descriptor, or a negative errno. */
long inert_socket(int family, int type, int protocol);

#endif
