/* SPDX-License-Identifier: Apache-2.0 */
/* The servers that bench/client.c talks to, a process each. */
#ifndef PJ_BENCH_SERVER_H
#define PJ_BENCH_SERVER_H

#include <sys/types.h>

enum server { SERVER_EXCHANGE, SERVER_HOLD, SERVER_BULK, SERVER_COUNT };

struct servers {
	unsigned int ports[SERVER_COUNT]; /* on 127.0.0.1 */
	pid_t pids[SERVER_COUNT + 1];	  /* the last one answers names */
};

/* They die with the calling process. 0 or -1. Port 53 is taken as well. */
int servers_start(struct servers *servers);
void servers_stop(struct servers *servers);

#endif
