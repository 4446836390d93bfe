/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dial NAME PORT TEXT: what a program does that brings its own resolver. Asks
 * 127.0.0.1:53 for the IPv4 address itself, connects, sends the text and prints
 * what comes back. Exits 1 when the name is refused, 2 when the connection is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUERY_MAX = 300, REPLY_MAX = 1500, HEADER = 12 };

static size_t write_query(const char *name, unsigned char *query)
{
	static const unsigned char header[HEADER] = { 0x12, 0x34, 1, 0, 0, 1 };
	size_t at = HEADER;

	memcpy(query, header, HEADER);
	while (*name) {
		size_t len = strcspn(name, ".");

		query[at++] = (unsigned char)len;
		memcpy(query + at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	memcpy(query + at, "\0\0\1\0\1", 5);
	return at + 5;
}

/* The address is in the last four bytes of an answer with one record. */
static int resolve(const char *name, struct in_addr *ret)
{
	struct sockaddr_in server = { .sin_family = AF_INET,
				      .sin_port = htons(53) };
	unsigned char query[QUERY_MAX], reply[REPLY_MAX];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t len = write_query(name, query);
	ssize_t got = -1;

	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sendto(fd, query, len, 0, (struct sockaddr *)&server,
		   sizeof(server)) == (ssize_t)len)
		got = recv(fd, reply, sizeof(reply), 0);
	close(fd);
	if (got < (ssize_t)len + 16 || (reply[3] & 15) || reply[7] != 1)
		return -1;
	memcpy(ret, reply + got - 4, 4);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char text[4096];
	ssize_t n;
	int fd;

	if (argc != 4 || strlen(argv[1]) > 253)
		return 3;
	if (resolve(argv[1], &address.sin_addr) < 0) {
		puts("no such name");
		return 1;
	}
	address.sin_port = htons((unsigned short)strtoul(argv[2], NULL, 10));
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		puts(strerror(errno));
		return 2;
	}
	if (write(fd, argv[3], strlen(argv[3])) < 0 ||
	    shutdown(fd, SHUT_WR) < 0)
		return 3;
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, stdout);
	return 0;
}
