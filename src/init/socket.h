/* SPDX-License-Identifier: Apache-2.0 */
/* Socket options by number: the C library's header is not the init's. */
#ifndef PJ_INIT_SOCKET_H
#define PJ_INIT_SOCKET_H

enum {
	LEVEL_SOCKET = 1,
	LEVEL_IP = 0,
	LEVEL_TCP = 6,
	LEVEL_IPV6 = 41,
	OPTION_TYPE = 3,
	OPTION_LINGER = 13,
	OPTION_REUSEPORT = 15,
	OPTION_LISTENS = 30, /* SO_ACCEPTCONN */
	OPTION_DOMAIN = 39,
	OPTION_COOKIE = 57,
	OPTION_NETWORK = 71, /* SO_NETNS_COOKIE, Linux 5.14 */
	OPTION_V6ONLY = 26,  /* of LEVEL_IPV6 */
	TYPE_STREAM = 1,
	TYPE_DATAGRAM = 2,
};

#endif
