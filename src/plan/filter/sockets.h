/* SPDX-License-Identifier: Apache-2.0 */
/* What sockets beside those of AF_UNIX a filter lets a program have. */
#ifndef PJ_PLAN_FILTER_SOCKETS_H
#define PJ_PLAN_FILTER_SOCKETS_H

enum filter_sockets {
	SOCKETS_NONE,
	SOCKETS_INET,	  /* AF_INET and AF_INET6 */
	SOCKETS_FILTERED, /* the same, but the broker makes each TCP socket and
			     answers what binds, listens or connects it */
	SOCKETS_COUNT,
};

#endif
