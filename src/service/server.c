/* SPDX-License-Identifier: Apache-2.0 */
/* The main thread: server.h has the theory of operation. */
#include "service/server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/cli.h"
#include "service/clock.h"
#include "service/serve.h"

enum { EVENTS = 16, SIGNAL_MAX = 31 };

struct client *server_client(struct server *server, uint64_t what)
{
	uint32_t place = (uint32_t)what;
	struct client *client = &server->clients[place];

	if (place >= CLIENTS_MAX ||
	    client->generation != (uint32_t)(what >> 32))
		return NULL;
	return client;
}

void server_free_place(struct server *server, struct client *client)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
				     .data.u64 = about(ABOUT_LISTENER, 0) };

	client->state = CLIENT_NONE;
	if (!server->full)
		return;
	server->full = false;
	epoll_ctl(server->serve_fd, EPOLL_CTL_MOD, server->listener->fd,
		  &event);
}

/* ---- those that run ------------------------------------------------------ */

/* Under the lock. The pipe takes 64 KiB: a full one has its signals. */
static void signal_client(struct client *client, int number)
{
	unsigned char byte = (unsigned char)number;
	ssize_t ignored = write(client->signal_fd, &byte, 1);

	(void)ignored;
	client->signalled |= number != SIGCONT;
}

/* A signal number, or its end; what is neither is treated as its end. */
static void hear_client(struct server *server, uint64_t what)
{
	unsigned char number[2];
	struct client *client;
	ssize_t n;

	pthread_mutex_lock(&server->lock);
	client = server_client(server, what);
	if (client && client->state == CLIENT_RUNS) {
		/* Descriptors that come with it are the kernel's to close. */
		n = recv(client->fd, number, sizeof(number), MSG_DONTWAIT);
		if (n == 1 && number[0] > 0 && number[0] <= SIGNAL_MAX) {
			signal_client(client, number[0]);
		} else if (n >= 0 || errno != EAGAIN) {
			signal_client(client, SIGKILL);
			epoll_ctl(server->watch_fd, EPOLL_CTL_DEL, client->fd,
				  NULL);
		}
	}
	pthread_mutex_unlock(&server->lock);
}

static void signal_all(struct server *server, int number)
{
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (server->clients[i].state == CLIENT_RUNS)
			signal_client(&server->clients[i], number);
	pthread_mutex_unlock(&server->lock);
}

/* ---- those that are slow ------------------------------------------------- */

/* Under the lock: one whose time is over by `now`; its descriptor is the
 * caller's. -1: none; *next is when there may be one. */
static int take_slow(struct server *server, uint64_t now, uint64_t *next)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &server->clients[i];

		if (client->state != CLIENT_AWAITED)
			continue;
		if (client->deadline_ms <= now) {
			server_free_place(server, client);
			return client->fd;
		}
		if (client->deadline_ms < *next)
			*next = client->deadline_ms;
	}
	return -1;
}

/* Refuse those; returns in how many milliseconds to look again, or -1. */
static int refuse_slow(struct server *server, uint64_t until,
		       const char *reason)
{
	uint64_t next = UINT64_MAX;

	for (;;) {
		int fd;

		pthread_mutex_lock(&server->lock);
		fd = take_slow(server, until, &next);
		if (fd >= 0)
			epoll_ctl(server->serve_fd, EPOLL_CTL_DEL, fd, NULL);
		pthread_mutex_unlock(&server->lock);
		if (fd < 0)
			break;
		serve_refusal(fd, reason);
		close(fd);
	}
	return next == UINT64_MAX ? -1 : (int)(next - until) + 1;
}

/* ---- the loop ------------------------------------------------------------ */

static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Wait for events and see to them. True: a signal came that ends us. */
static bool turn(struct server *server, int signals, int timeout)
{
	struct epoll_event events[EVENTS];
	struct signalfd_siginfo info;
	bool ended = false;
	eventfd_t count;
	int n = epoll_wait(server->watch_fd, events, EVENTS, timeout);

	for (int i = 0; i < n; i++) {
		uint64_t what = events[i].data.u64;

		if (what == about(ABOUT_SIGNALS, 0))
			ended |= read(signals, &info, sizeof(info)) > 0;
		else if (what == about(ABOUT_WAKE, 0))
			eventfd_read(server->wake_fd, &count);
		else
			hear_client(server, what);
	}
	return ended;
}

static bool all_done(struct server *server)
{
	bool done = true;

	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < CLIENTS_MAX && done; i++)
		done = server->clients[i].state == CLIENT_NONE;
	pthread_mutex_unlock(&server->lock);
	return done;
}

/* No new ones; those that run may end, for a while; then they are ended. */
static void stop(struct server *server, int signals)
{
	uint64_t kill_at = now_ms() + GRACE_MS;
	bool killed = false;

	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	pthread_mutex_unlock(&server->lock);
	epoll_ctl(server->serve_fd, EPOLL_CTL_DEL, server->listener->fd, NULL);
	listener_stop(server->listener);
	eventfd_write(server->stop_fd, 1);
	while (!all_done(server)) {
		refuse_slow(server, UINT64_MAX - 1, "refused: the pool ends");
		if (turn(server, signals, 20) || now_ms() >= kill_at)
			killed = true;
		if (killed) /* each turn: one may just have begun */
			signal_all(server, SIGKILL);
	}
	for (unsigned int i = 0; i < server->worker_count; i++)
		pthread_join(server->workers[i], NULL);
}

static int watch_for(int epoll_fd, int fd, unsigned int what, uint32_t events)
{
	struct epoll_event event = { .events = EPOLLIN | events,
				     .data.u64 = about(what, 0) };

	return fd < 0 ? -1 : epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int prepare(struct server *server, int signals, struct pj_error *err)
{
	if (server->serve_fd < 0 || server->watch_fd < 0 ||
	    watch_for(server->serve_fd, server->listener->fd, ABOUT_LISTENER,
		      EPOLLONESHOT) < 0 ||
	    watch_for(server->serve_fd, server->stop_fd, ABOUT_STOP, 0) < 0 ||
	    watch_for(server->watch_fd, server->wake_fd, ABOUT_WAKE, 0) < 0 ||
	    watch_for(server->watch_fd, signals, ABOUT_SIGNALS, 0) < 0)
		return fail_system(err, PJ_STAGE_NONE, errno,
				   "descriptors of the service");
	return worker_start(server, err);
}

int server_run(struct listener *listener, struct policies *policies,
	       const char *audit_file, struct pj_error *err)
{
	static struct server server;
	auto_fd int serve_fd = epoll_create1(EPOLL_CLOEXEC);
	auto_fd int watch_fd = epoll_create1(EPOLL_CLOEXEC);
	auto_fd int stop_fd = eventfd(0, EFD_CLOEXEC);
	auto_fd int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	auto_fd int signals = -1;
	sigset_t ending;
	int r;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ending, NULL); /* in all threads */
	signals = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
	server.listener = listener;
	server.policies = policies;
	server.audit_file = audit_file;
	server.serve_fd = serve_fd;
	server.watch_fd = watch_fd;
	server.stop_fd = stop_fd;
	server.wake_fd = wake_fd;
	pthread_mutex_init(&server.lock, NULL);
	r = prepare(&server, signals, err);
	if (r < 0)
		return r;
	for (;;) {
		int slow =
			refuse_slow(&server, now_ms(),
				    "refused: no whole request came in time");

		if (turn(&server, signals,
			 sooner(slow, policies_expire(policies))))
			break;
	}
	stop(&server, signals);
	return 0;
}
