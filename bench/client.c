/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client ADDRESS EXCHANGE-PORT HOLD-PORT BULK-PORT
 *
 * The program that is measured, inside the jail and outside. Reads lines "VERB
 * COUNT", does so much, and answers each with a line: the median of the single
 * things in microseconds, or what the verb says. Without a resolver of libc,
 * and linked statically.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "statistics.h"

enum { EXCHANGE, HOLD, BULK, PORT_COUNT };
enum { BULK_STEP = 256 * 1024, HELD_MAX = 4096, SETTLE_US = 100 };
enum { CALLS = 500 };

static struct sockaddr_in servers[PORT_COUNT];
static struct series series;

static double microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* A socket connected to this server, or -1. */
static int connected(int server)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&servers[server],
			       sizeof(servers[server])) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* One byte there and one back. */
static bool exchange(int fd)
{
	char byte = 'e';

	return write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1;
}

/* Let the server come to rest. It is busy with our last close for a moment, and
 * who comes back within that saves its wake-up: the faster client would be
 * made faster still. */
static void settle(void)
{
	double until = microseconds() + SETTLE_US;

	while (microseconds() < until)
		;
}

/* ---- verbs: each the value of one turn, negative when it failed -----------
 */

static double turn_connect(void)
{
	double started, ended;
	bool done;
	int fd;

	settle();
	started = microseconds();
	fd = connected(EXCHANGE);
	ended = microseconds();
	if (fd < 0)
		return -1;
	done = exchange(fd);
	close(fd);
	return done ? ended - started : -1;
}

static bool connect_exchange_close(void)
{
	int fd = connected(EXCHANGE);
	bool done = fd >= 0 && exchange(fd);

	if (fd >= 0)
		close(fd);
	return done;
}

static double turn_exchange(void)
{
	double started;

	settle();
	started = microseconds();
	return connect_exchange_close() ? microseconds() - started : -1;
}

/* What a program does that has nothing to do with a network. */
static double turn_calls(void)
{
	double started = microseconds();
	struct stat status;
	char text[64];
	int fd = -1;

	for (int i = 0; i < 20; i++)
		syscall(SYS_getppid);
	if (stat("/etc/passwd", &status) < 0)
		return -1;
	fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
		return -1;
	close(fd);
	return microseconds() - started;
}

/* Nanoseconds for a call, of many. */
static double turn_getppid(void)
{
	double started = microseconds();

	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	return (microseconds() - started) * 1e3 / CALLS;
}

/* The address of bench.test, from who answers on port 53 of the loopback. */
static double turn_lookup(void)
{
	static const unsigned char query[] = { 0,   7,	 1,   0,   0, 1,   0,
					       0,   0,	 0,   0,   0, 5,   'b',
					       'e', 'n', 'c', 'h', 4, 't', 'e',
					       's', 't', 0,   0,   1, 0,   1 };
	static int fd = -1;
	struct sockaddr_in server = { .sin_family = AF_INET,
				      .sin_port = htons(53) };
	unsigned char reply[512];
	double started = microseconds();

	if (fd < 0) {
		server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0)
			return -1;
	}
	if (send(fd, query, sizeof(query), 0) != sizeof(query) ||
	    recv(fd, reply, sizeof(reply), 0) < (ssize_t)sizeof(query) + 16 ||
	    (reply[3] & 15) != 0)
		return -1;
	return microseconds() - started;
}

static double median_of(double (*turn)(void), unsigned long count)
{
	double median;

	for (unsigned long i = 0; i < count; i++) {
		double value = turn();

		if (value < 0 || series_add(&series, value) < 0)
			return -1;
	}
	median = series_percentile(&series, 50);
	series_clear(&series);
	return median;
}

/* ---- verbs of a whole -----------------------------------------------------
 */

struct in_thread {
	double (*turn)(void);
	unsigned long count;
	double median;
};

static void *run_in_thread(void *argument)
{
	struct in_thread *job = argument;

	job->median = median_of(job->turn, job->count);
	return NULL;
}

static double do_thread(unsigned long count)
{
	struct in_thread job = { turn_connect, count, -1 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_in_thread, &job) != 0)
		return -1;
	pthread_join(thread, NULL);
	return job.median;
}

static double do_connect(unsigned long count)
{
	return median_of(turn_connect, count);
}

static double do_exchange(unsigned long count)
{
	return median_of(turn_exchange, count);
}

static double do_calls(unsigned long count)
{
	return median_of(turn_calls, count);
}

static double do_getppid(unsigned long count)
{
	return median_of(turn_getppid, count);
}

static double do_lookup(unsigned long count)
{
	return median_of(turn_lookup, count);
}

/* MB/s of `count` MiB to the server, until it says that it has all. */
static double do_up(unsigned long count)
{
	static char data[BULK_STEP];
	unsigned long left = count << 20;
	int fd = connected(BULK);
	double started = microseconds();
	ssize_t n = 0;
	char verb = 'u';

	if (fd < 0 || write(fd, &verb, 1) != 1)
		return -1;
	while (left &&
	       (n = write(fd, data, left < BULK_STEP ? left : BULK_STEP)) > 0)
		left -= (unsigned long)n;
	shutdown(fd, SHUT_WR);
	n = read(fd, data, 1);
	close(fd);
	return left || n != 1
		       ? -1
		       : (double)(count << 20) / (microseconds() - started);
}

/* MB/s of `count` MiB from the server. */
static double do_down(unsigned long count)
{
	static char data[BULK_STEP];
	unsigned long got = 0;
	int fd = connected(BULK);
	double started = microseconds();
	ssize_t n;
	char verb = 'd';

	if (fd < 0 || write(fd, &verb, 1) != 1 ||
	    write(fd, &count, sizeof(count)) != sizeof(count))
		return -1;
	while ((n = read(fd, data, sizeof(data))) > 0)
		got += (unsigned long)n;
	close(fd);
	return n < 0 || got != count << 20
		       ? -1
		       : (double)got / (microseconds() - started);
}

/* Two processes that exchange for `count` milliseconds: so many a second. */
static double do_rate(unsigned long count)
{
	double started = microseconds(), until = started + 1e3 * (double)count;
	unsigned long done = 0, total = 0;
	bool failed = false;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (pid > 0)
			continue;
		while (microseconds() < until && connect_exchange_close())
			done++;
		if (microseconds() < until)
			done = 0;
		_exit(write(ends[1], &done, sizeof(done)) != sizeof(done));
	}
	for (int i = 0; i < 2; i++) {
		if (read(ends[0], &done, sizeof(done)) != sizeof(done) || !done)
			failed = true;
		total += done;
		wait(NULL);
	}
	close(ends[0]);
	close(ends[1]);
	return failed ? -1 : (double)total * 1e6 / (microseconds() - started);
}

/* `count` open at once, then a byte over each: microseconds apiece. */
static double do_hold(unsigned long count)
{
	static int fds[HELD_MAX];
	double started = microseconds(), ended;
	unsigned long open = 0;
	bool good = count <= HELD_MAX;

	while (good && open < count) {
		fds[open] = connected(HOLD);
		good = fds[open] >= 0;
		open += good;
	}
	for (unsigned long i = 0; good && i < open; i++)
		good = exchange(fds[i]);
	ended = microseconds();
	for (unsigned long i = 0; i < open; i++)
		close(fds[i]);
	return good ? (ended - started) / (double)count : -1;
}

static const struct {
	const char *name;
	double (*run)(unsigned long count);
} verbs[] = {
	{ "connect", do_connect },   { "thread", do_thread },
	{ "exchange", do_exchange }, { "up", do_up },
	{ "down", do_down },	     { "rate", do_rate },
	{ "hold", do_hold },	     { "lookup", do_lookup },
	{ "calls", do_calls },	     { "getppid", do_getppid },
};

static double run_verb(const char *name, unsigned long count)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return verbs[i].run(count);
	errno = ENOSYS;
	return -1;
}

int main(int argc, char **argv)
{
	char line[128];

	if (argc != 2 + PORT_COUNT)
		return 2;
	for (int i = 0; i < PORT_COUNT; i++) {
		servers[i].sin_family = AF_INET;
		servers[i].sin_port =
			htons((uint16_t)strtoul(argv[2 + i], NULL, 10));
		if (inet_pton(AF_INET, argv[1], &servers[i].sin_addr) != 1)
			return 2;
	}
	while (fgets(line, sizeof(line), stdin)) {
		char *count = strchr(line, ' ');
		double value;

		if (!count)
			return 2;
		*count++ = '\0';
		value = run_verb(line, strtoul(count, NULL, 10));
		if (value < 0)
			fprintf(stderr, "client: %s: %s\n", line,
				strerror(errno));
		printf("%.3f\n", value);
		fflush(stdout);
	}
	return 0;
}
