/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: server.h has the theory of operation. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/cli.h"
#include "service/clock.h"
#include "service/serve.h"
#include "service/server.h"

enum { STACK_BYTES = 1024 * 1024 };

struct worker {
	struct server *server;
	struct client *client; /* that it serves */
	int signal_pipe[2];
	struct pj_audit *audit;
	char request[WIRE_REQUEST_MAX];
};

/* ---- clients ------------------------------------------------------------- */

static int arm(struct server *server, int operation, int fd, uint64_t data)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
				     .data.u64 = data };

	return epoll_ctl(server->serve_fd, operation, fd, &event);
}

static uint64_t about_client(struct server *server, const struct client *client)
{
	return about((unsigned int)(client - server->clients),
		     client->generation);
}

/* A place in the table. NULL: there is none, and the listener is left alone
 * until there is. */
static struct client *take_place(struct server *server)
{
	struct client *client = NULL;

	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < CLIENTS_MAX && !client; i++)
		if (server->clients[i].state == CLIENT_NONE)
			client = &server->clients[i];
	if (client) {
		client->state = CLIENT_TAKEN;
		client->generation++;
		client->signalled = false;
	}
	server->full = !client;
	pthread_mutex_unlock(&server->lock);
	return client;
}

static void give_place_back(struct server *server, struct client *client)
{
	pthread_mutex_lock(&server->lock);
	server_free_place(server, client);
	pthread_mutex_unlock(&server->lock);
}

/* Somebody else has no business here, and is told so. */
static bool is_ours(int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	char reason[128];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.uid == geteuid())
		return true;
	snprintf(reason, sizeof(reason),
		 "refused: this pool serves uid %u alone, not uid %u",
		 geteuid(), peer.uid);
	message("%s", reason);
	serve_refusal(fd, reason);
	return false;
}

static bool is_stopping(struct server *server, int fd)
{
	bool stopping;

	pthread_mutex_lock(&server->lock);
	stopping = server->stopping;
	pthread_mutex_unlock(&server->lock);
	if (stopping)
		serve_refusal(fd, "refused: the pool ends");
	return stopping;
}

static struct client *accept_client(struct server *server)
{
	struct client *client = take_place(server);
	auto_fd int fd = -1;

	if (!client)
		return NULL;
	fd = accept4(server->listener->fd, NULL, NULL,
		     SOCK_CLOEXEC | SOCK_NONBLOCK);
	/* For the next one, whoever takes it. */
	arm(server, EPOLL_CTL_MOD, server->listener->fd,
	    about(ABOUT_LISTENER, 0));
	if (fd < 0 || !is_ours(fd) || is_stopping(server, fd)) {
		give_place_back(server, client);
		return NULL;
	}
	client->fd = take_fd(fd);
	client->deadline_ms = now_ms() + REQUEST_MS;
	return client;
}

static void drop_client(struct server *server, struct client *client)
{
	int fd;

	pthread_mutex_lock(&server->lock);
	fd = client->fd;
	server_free_place(server, client);
	pthread_mutex_unlock(&server->lock);
	/* Removed by hand: a child that is being made may still hold it. */
	epoll_ctl(server->serve_fd, EPOLL_CTL_DEL, fd, NULL);
	epoll_ctl(server->watch_fd, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
}

/* It has not sent its request yet: whoever is free when it does. */
static void put_aside(struct server *server, struct client *client)
{
	uint64_t data = about_client(server, client);
	int fd = client->fd;

	pthread_mutex_lock(&server->lock);
	client->state = CLIENT_AWAITED;
	if (arm(server, EPOLL_CTL_ADD, fd, data) < 0)
		arm(server, EPOLL_CTL_MOD, fd, data);
	pthread_mutex_unlock(&server->lock);
	eventfd_write(server->wake_fd, 1);
}

/* ---- one request --------------------------------------------------------- */

static bool is_signalled(void *data)
{
	struct worker *worker = data;
	bool signalled;

	pthread_mutex_lock(&worker->server->lock);
	signalled = worker->client->signalled;
	pthread_mutex_unlock(&worker->server->lock);
	return signalled;
}

/* From now on the main thread watches it. */
static void watch(struct worker *worker, struct client *client)
{
	struct server *server = worker->server;
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u64 = about_client(server, client) };
	char left[64];

	while (read(worker->signal_pipe[0], left, sizeof(left)) > 0)
		;
	pthread_mutex_lock(&server->lock);
	client->state = CLIENT_RUNS;
	client->signal_fd = worker->signal_pipe[1];
	pthread_mutex_unlock(&server->lock);
	epoll_ctl(server->watch_fd, EPOLL_CTL_ADD, client->fd, &event);
}

static void serve(struct worker *worker, struct client *client, size_t len,
		  const struct wire_fds *streams)
{
	struct serving serving = {
		.policies = worker->server->policies,
		.audit_file = worker->server->audit_file,
		.audit = worker->audit,
		.socket = client->fd,
		.signal_fd = worker->signal_pipe[0],
		.is_signalled = is_signalled,
		.data = worker,
	};

	worker->client = client;
	watch(worker, client);
	serve_request(&serving, worker->request, len, streams);
	worker->audit = serving.audit;
}

static void receive(struct worker *worker, struct client *client)
{
	struct wire_fds streams;
	ssize_t n =
		wire_receive(client->fd, worker->request,
			     sizeof(worker->request), MSG_DONTWAIT, &streams);

	if (n < 0 && errno == EAGAIN) {
		put_aside(worker->server, client);
		return;
	}
	if (n < 0 && errno == EMSGSIZE)
		serve_refusal(client->fd, "malformed request: too large");
	if (n > 0)
		serve(worker, client, (size_t)n, &streams);
	wire_close(&streams);
	drop_client(worker->server, client);
}

/* ---- the thread ---------------------------------------------------------- */

/* One more, when this was the last that had nothing to do. */
static void call_another(struct server *server)
{
	bool needed;

	pthread_mutex_lock(&server->lock);
	needed = --server->idle_count == 0 && !server->stopping &&
		 server->worker_count < WORKERS_MAX;
	pthread_mutex_unlock(&server->lock);
	if (needed)
		worker_start(server, NULL);
}

static void handle(struct worker *worker, uint64_t what)
{
	struct server *server = worker->server;
	struct client *client;

	if (what == about(ABOUT_LISTENER, 0)) {
		client = accept_client(server);
	} else {
		pthread_mutex_lock(&server->lock);
		client = server_client(server, what);
		if (client && client->state == CLIENT_AWAITED)
			client->state = CLIENT_TAKEN;
		else
			client = NULL;
		pthread_mutex_unlock(&server->lock);
	}
	if (client)
		receive(worker, client);
}

static void *work(void *data)
{
	struct worker *worker = data;
	struct server *server = worker->server;
	struct epoll_event event;

	for (;;) {
		if (epoll_wait(server->serve_fd, &event, 1, -1) != 1)
			continue;
		if (event.data.u64 == about(ABOUT_STOP, 0))
			break;
		call_another(server);
		handle(worker, event.data.u64);
		pthread_mutex_lock(&server->lock);
		server->idle_count++;
		pthread_mutex_unlock(&server->lock);
	}
	pj_audit_free(worker->audit);
	close(worker->signal_pipe[0]);
	close(worker->signal_pipe[1]);
	free(worker);
	return NULL;
}

/* Under the lock. */
static int create(struct server *server, struct worker *worker)
{
	pthread_attr_t attributes;
	int status;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	status = pthread_create(&server->workers[server->worker_count],
				&attributes, work, worker);
	pthread_attr_destroy(&attributes);
	return status;
}

int worker_start(struct server *server, struct pj_error *err)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int status = EAGAIN;

	if (!worker)
		return fail_memory(err, PJ_STAGE_NONE);
	worker->server = server;
	if (pipe2(worker->signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		status = errno;
		free(worker);
		return fail_system(err, PJ_STAGE_NONE, status, "pipe2");
	}
	pthread_mutex_lock(&server->lock);
	if (!server->stopping && server->worker_count < WORKERS_MAX)
		status = create(server, worker);
	if (status == 0) {
		server->worker_count++;
		server->idle_count++;
	}
	pthread_mutex_unlock(&server->lock);
	if (status == 0)
		return 0;
	close(worker->signal_pipe[0]);
	close(worker->signal_pipe[1]);
	free(worker);
	return fail_system(err, PJ_STAGE_NONE, status, "thread");
}
