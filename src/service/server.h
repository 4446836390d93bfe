/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 *   main thread (server.c)                 workers (worker.c), made on demand
 *     ends what is slow (AWAITED)            accept, check who it is
 *     watches those that run:                receive the request
 *       a signal number, or its end          decide, run, reply (serve.c)
 *       goes into the worker's pipe          wait for the next
 *     SIGTERM: stops, waits, kills
 *
 * A client is accepted by a worker that has nothing to do, so one that sends
 * its request at once is served without another thread's help. One that does
 * not is put aside (AWAITED) until it does or its time is over, and holds no
 * worker. When all work, or the table is full, clients wait in the socket's
 * queue.
 *
 * A client is one connection and one request. What it leaves half done ends
 * with its connection: before the request is whole there is nothing, then there
 * is one jail, which ends.
 */
#ifndef PJ_SERVICE_SERVER_H
#define PJ_SERVICE_SERVER_H

#include <pthread.h>
#include <stdint.h>

#include "service/listen.h"
#include "service/policies.h"

enum {
	WORKERS_MAX = 64,
	CLIENTS_MAX = 256,
	REQUEST_MS = 2000, /* from the connection to a whole request */
	GRACE_MS = 10000,  /* for those that run, when the service ends */
};

enum client_state { CLIENT_NONE, CLIENT_AWAITED, CLIENT_TAKEN, CLIENT_RUNS };

struct client {
	enum client_state state;
	uint32_t generation; /* of this place in the table */
	int fd;
	uint64_t deadline_ms; /* AWAITED */
	int signal_fd;	      /* RUNS: the worker's pipe */
	bool signalled;
};

struct server {
	struct listener *listener;
	struct policies *policies;
	const char *audit_file;
	int serve_fd; /* epoll: what workers wait for */
	int watch_fd; /* epoll: what the main thread waits for */
	int stop_fd; /* eventfd, readable for all workers once they shall end */
	int wake_fd; /* eventfd: the main thread has a new deadline */

	pthread_mutex_t lock;
	struct client clients[CLIENTS_MAX];
	pthread_t workers[WORKERS_MAX];
	unsigned int worker_count, idle_count;
	bool stopping;
	bool full; /* no place was free: the listener is not watched */
};

/* What an epoll event is about. */
enum { ABOUT_LISTENER = CLIENTS_MAX, ABOUT_STOP, ABOUT_WAKE, ABOUT_SIGNALS };
static inline uint64_t about(unsigned int what, uint32_t generation)
{
	return (uint64_t)generation << 32 | what;
}

/* Until SIGTERM, SIGINT or SIGHUP, and until all that ran has ended. */
int server_run(struct listener *listener, struct policies *policies,
	       const char *audit_file, struct pj_error *err);

/* Under the lock: the client of an event, or NULL when it is another's now. */
struct client *server_client(struct server *server, uint64_t about);
/* Under the lock: the place is another's to have; who waits is accepted. */
void server_free_place(struct server *server, struct client *client);

/* worker.c */
int worker_start(struct server *server, struct pj_error *err);

#endif
