/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The servers that bench/client.c talks to. Each is the simplest there is: what
 * a server does itself is the same for all clients and would only hide what
 * differs between them.
 */
#include "server.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 4096, EVENTS = 64, BULK_STEP = 256 * 1024, NAMES_PORT = 53 };

/* One byte there and back, then the end. */
static void serve_exchange(int listener)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		char byte;

		if (fd < 0)
			continue;
		if (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
			(void)!read(fd, &byte, 1); /* the client ends it */
		close(fd);
	}
}

/* Holds whatever comes open, and sends back each byte. */
static void serve_hold(int listener)
{
	struct epoll_event events[EVENTS];
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int count = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;
			char byte;

			if (fd == listener) {
				event.data.fd = accept4(listener, NULL, NULL,
							SOCK_CLOEXEC);
				epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd,
					  &event);
			} else if (read(fd, &byte, 1) != 1 ||
				   write(fd, &byte, 1) != 1) {
				close(fd);
			}
		}
	}
}

static void swallow(int fd, char *data)
{
	ssize_t n;

	do
		n = read(fd, data, BULK_STEP);
	while (n > 0);
	(void)!write(fd, data, 1);
}

static void pour(int fd, char *data)
{
	unsigned long left;

	if (read(fd, &left, sizeof(left)) != sizeof(left))
		return;
	for (left <<= 20; left;) {
		ssize_t n =
			write(fd, data, left < BULK_STEP ? left : BULK_STEP);

		if (n <= 0)
			return;
		left -= (unsigned long)n;
	}
}

/* 'u': reads to the end, then says so; 'd' and so many MiB: sends them. */
static void serve_bulk(int listener)
{
	static char data[BULK_STEP];

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		char verb;

		if (fd < 0)
			continue;
		if (read(fd, &verb, 1) == 1) {
			if (verb == 'u')
				swallow(fd, data);
			else
				pour(fd, data);
		}
		close(fd);
	}
}

/* Where the question ends: a name, a type, a class. */
static size_t question_end(const unsigned char *message, size_t len)
{
	size_t at = 12;

	while (at < len && message[at])
		at += 1U + message[at];
	return at + 5;
}

/* Whatever is asked has the address 192.0.2.1, for an hour. */
static void serve_names(int fd)
{
	static const unsigned char record[] = {
		0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, 192, 0, 2, 1
	};
	unsigned char message[1024] = { 0 };

	for (;;) {
		struct sockaddr_in client;
		socklen_t size = sizeof(client);
		ssize_t got = recvfrom(fd, message, 512, 0,
				       (struct sockaddr *)&client, &size);
		size_t len = got > 0 ? question_end(message, (size_t)got) : 0;

		if (len == 0 || (ssize_t)len > got)
			continue;
		message[2] |= 0x80; /* an answer */
		message[3] = 0x80;
		message[7] = message[len - 3] == 1; /* of A one, else none */
		memset(message + 8, 0, 4);
		memcpy(message + len, record, sizeof(record));
		len += message[7] ? sizeof(record) : 0;
		sendto(fd, message, len, 0, (struct sockaddr *)&client, size);
	}
}

static int bound(int type, unsigned int port, unsigned int *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
	    (type == SOCK_DGRAM || listen(fd, BACKLOG) == 0) &&
	    getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
		*ret_port = ntohs(address.sin_port);
		return fd;
	}
	close(fd);
	return -1;
}

static pid_t start(int fd, void (*serve)(int fd))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	close(fd);
	return pid;
}

int servers_start(struct servers *servers)
{
	static void (*const serve[SERVER_COUNT + 1])(
		int) = { serve_exchange, serve_hold, serve_bulk, serve_names };
	unsigned int names_port;

	for (int i = 0; i <= SERVER_COUNT; i++) {
		bool names = i == SERVER_COUNT;
		int fd = names ? bound(SOCK_DGRAM, NAMES_PORT, &names_port)
			       : bound(SOCK_STREAM, 0, &servers->ports[i]);

		servers->pids[i] = fd < 0 ? -1 : start(fd, serve[i]);
		if (servers->pids[i] < 0)
			return -1;
	}
	return 0;
}

void servers_stop(struct servers *servers)
{
	for (int i = 0; i <= SERVER_COUNT; i++) {
		if (servers->pids[i] <= 0)
			continue;
		kill(servers->pids[i], SIGKILL);
		waitpid(servers->pids[i], NULL, 0);
	}
}
