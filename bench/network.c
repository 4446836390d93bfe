/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network DIRECTORY [ROUNDS [JSON-FILE]]: what the filtered network costs.
 *
 * Everything happens in a network namespace of our own, whose loopback is "the
 * host's" here: servers on it, a client (client.c) that runs beside them, one
 * in a jail with the network filtered, one in a jail without a network, and if
 * BENCH_OTHER names another procjail, one in a jail of that. Each round asks
 * every client for every thing once, one after the other. Ratios are of
 * medians, to the first client of the group. BENCH_ONLY is the verb of the one
 * thing to ask for.
 */
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "namespaces.h"
#include "server.h"
#include "statistics.h"

enum { ROUNDS_DEFAULT = 60, ROUNDS_MAX = 100000, ARGUMENTS_MAX = 16 };
enum { DIRECT, NONE, FILTERED, OTHER, CLIENT_COUNT };

static const char *const client_names[] = {
	[DIRECT] = "no jail",
	[NONE] = "mode none",
	[FILTERED] = "filtered",
	[OTHER] = "other",
};

struct thing {
	const char *group, *unit, *verb;
	unsigned int count; /* in one sample */
	unsigned int every; /* sampled in each so-manieth round */
	int first;	    /* what the others are compared with */
};

static const struct thing things[] = {
	{ "connect", "us", "connect", 50, 1, DIRECT },
	{ "connect, in a thread", "us", "thread", 50, 1, DIRECT },
	{ "connect, 1 byte, close", "us", "exchange", 50, 1, DIRECT },
	{ "bulk, to the server", "MB/s", "up", 64, 1, DIRECT },
	{ "bulk, from the server", "MB/s", "down", 64, 1, DIRECT },
	{ "2 clients, connections", "/s", "rate", 400, 5, DIRECT },
	{ "1000 open at once, each", "us", "hold", 1000, 5, DIRECT },
	{ "name from memory", "us", "lookup", 50, 1, DIRECT },
	{ "calls without a network", "us", "calls", 50, 1, NONE },
};

enum { THING_COUNT = sizeof(things) / sizeof(*things) };

struct outcome {
	struct series series;
	bool dropped; /* it failed once */
	double median, tail, ratio;
};

static struct outcome outcomes[THING_COUNT][CLIENT_COUNT];

/* ---- a host of our own ----------------------------------------------------
 */

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t len = strlen(text);
	bool written = fd >= 0 && write(fd, text, len) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return written ? 0 : -1;
}

static int loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);

	if (fd >= 0)
		close(fd);
	return r;
}

/* Who asks for names here asks our own server. */
static int own_name_server(const char *directory)
{
	char ours[PATH_MAX], hosts[PATH_MAX];

	snprintf(ours, sizeof(ours), "%s/resolv.conf", directory);
	if (!realpath("/etc/resolv.conf", hosts) ||
	    write_text(ours, "nameserver 127.0.0.1\n") < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return mount(ours, hosts, NULL, MS_BIND, NULL);
}

/* The same user as before: what is executed from here has no capability. */
static int enter_host(const char *directory)
{
	if (enter_namespaces(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    loopback_up() < 0)
		return -1;
	return own_name_server(directory);
}

/* ---- clients --------------------------------------------------------------
 */

struct client {
	pid_t pid;
	FILE *ask, *answer;
};

static struct client clients[CLIENT_COUNT];

/* Whether this client is asked for this thing. */
static bool is_asked(const struct thing *thing, int which)
{
	const char *only = getenv("BENCH_ONLY");

	if (only && strcmp(only, thing->verb) != 0)
		return false;
	if (which == DIRECT || which == NONE)
		return which == thing->first;
	return which == FILTERED || getenv("BENCH_OTHER");
}

static int write_policy(const char *path, bool filtered,
			const struct servers *servers)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -1;
	fputs("{ \"version\": 1, \"commands\": { \"*\": \"any-arguments\" },\n"
	      "\"risky_programs\": \"allow\",\n"
	      "\"working_directory\": { \"default\": \"/\", \"within\": "
	      "[\"/\"] },\n"
	      "\"filesystem\": { \"read\": [\"/\"], \"tmp\": \"private\" },\n"
	      "\"network\": { \"mode\": ",
	      file);
	if (filtered)
		fprintf(file,
			"\"filtered\", \"allow\": [\"127.0.0.1:%u\", "
			"\"127.0.0.1:%u\", \"127.0.0.1:%u\", \"bench.test\"]",
			servers->ports[0], servers->ports[1],
			servers->ports[2]);
	else
		fputs("\"none\"", file);
	fputs(" } }\n", file);
	return fclose(file);
}

static int spawn_piped(struct client *client, char **argv)
{
	posix_spawn_file_actions_t actions;
	int ask[2], answer[2], r;

	if (pipe2(ask, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ask[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, answer[1], STDOUT_FILENO);
	r = posix_spawn(&client->pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ask[0]);
	close(answer[1]);
	client->ask = fdopen(ask[1], "we");
	client->answer = fdopen(answer[0], "re");
	return r == 0 && client->ask && client->answer ? 0 : -1;
}

static int client_start(int which, const char *directory,
			const struct servers *servers)
{
	char procjail[PATH_MAX], program[PATH_MAX], policy[PATH_MAX];
	char ports[SERVER_COUNT][16];
	char *argv[ARGUMENTS_MAX];
	int n = 0;

	if (which == OTHER)
		snprintf(procjail, sizeof(procjail), "%s",
			 getenv("BENCH_OTHER"));
	else
		snprintf(procjail, sizeof(procjail), "%s/procjail", directory);
	snprintf(program, sizeof(program), "%s/client", directory);
	snprintf(policy, sizeof(policy), "%s/network-%d.json", directory,
		 which);
	if (which != DIRECT) {
		char *const jail[] = { procjail, "run", "-p", policy, "--" };

		if (write_policy(policy, which != NONE, servers) < 0)
			return -1;
		memcpy(argv, jail, sizeof(jail));
		n = sizeof(jail) / sizeof(*jail);
	}
	argv[n++] = program;
	argv[n++] = "127.0.0.1";
	for (int i = 0; i < SERVER_COUNT; i++) {
		snprintf(ports[i], sizeof(ports[i]), "%u", servers->ports[i]);
		argv[n++] = ports[i];
	}
	argv[n] = NULL;
	return spawn_piped(&clients[which], argv);
}

static int client_ask(struct client *client, const struct thing *thing,
		      double *ret_value)
{
	char line[64];

	fprintf(client->ask, "%s %u\n", thing->verb, thing->count);
	if (fflush(client->ask) != 0 ||
	    !fgets(line, sizeof(line), client->answer))
		return -1;
	*ret_value = strtod(line, NULL);
	return *ret_value > 0 ? 0 : -1;
}

static int client_stop(struct client *client)
{
	int status = -1;

	if (client->ask)
		fclose(client->ask);
	if (client->pid > 0)
		waitpid(client->pid, &status, 0);
	if (client->answer)
		fclose(client->answer);
	return status == 0 ? 0 : -1;
}

/* ---- rounds and what came of them ------------------------------------------
 */

static void take_sample(const struct thing *thing, struct outcome *outcome,
			struct client *client, bool counts)
{
	double value;

	if (outcome->dropped)
		return;
	if (client_ask(client, thing, &value) < 0 ||
	    (counts && series_add(&outcome->series, value) < 0))
		outcome->dropped = true;
}

static void take_samples(unsigned int rounds)
{
	/* The first round warms up, and tells what does not work here. */
	for (unsigned int round = 0; round <= rounds; round++)
		for (size_t i = 0; i < THING_COUNT; i++)
			for (int c = 0; c < CLIENT_COUNT; c++)
				if (is_asked(&things[i], c) &&
				    round % things[i].every == 0)
					take_sample(&things[i], &outcomes[i][c],
						    &clients[c], round > 0);
}

static void summarize(void)
{
	for (size_t i = 0; i < THING_COUNT; i++)
		for (int c = 0; c < CLIENT_COUNT; c++) {
			struct outcome *outcome = &outcomes[i][c];

			outcome->median =
				series_percentile(&outcome->series, 50);
			outcome->tail = series_percentile(&outcome->series, 99);
		}
	for (size_t i = 0; i < THING_COUNT; i++)
		for (int c = 0; c < CLIENT_COUNT; c++)
			if (outcomes[i][things[i].first].median > 0)
				outcomes[i][c].ratio =
					outcomes[i][c].median /
					outcomes[i][things[i].first].median;
}

static void print_table(void)
{
	printf("%-26s %-10s %12s %12s %8s %6s\n", "network", "", "median",
	       "p99", "ratio", "n");
	for (size_t i = 0; i < THING_COUNT; i++)
		for (int c = 0; c < CLIENT_COUNT; c++) {
			const struct outcome *outcome = &outcomes[i][c];

			if (!is_asked(&things[i], c))
				continue;
			printf("%-26s %-10s ",
			       c == things[i].first ? things[i].group : "",
			       client_names[c]);
			if (outcome->dropped)
				printf("did not work here\n");
			else
				printf("%8.1f %-4s %7.1f %-4s %7.2f %6zu\n",
				       outcome->median, things[i].unit,
				       outcome->tail, things[i].unit,
				       outcome->ratio, outcome->series.count);
		}
}

static int write_json(const char *path)
{
	FILE *file = fopen(path, "we");
	const char *separator = "";

	if (!file)
		return -1;
	fputs("{ \"subjects\": [", file);
	for (size_t i = 0; i < THING_COUNT; i++)
		for (int c = 0; c < CLIENT_COUNT; c++) {
			const struct outcome *outcome = &outcomes[i][c];

			if (!is_asked(&things[i], c))
				continue;
			fprintf(file,
				"%s\n    { \"group\": \"%s\", \"name\": "
				"\"%s\", \"unit\": \"%s\", \"samples\": %zu, "
				"\"median\": %.2f, \"p99\": %.2f, "
				"\"ratio\": %.3f, \"worked\": %s }",
				separator, things[i].group, client_names[c],
				things[i].unit, outcome->series.count,
				outcome->median, outcome->tail, outcome->ratio,
				outcome->dropped ? "false" : "true");
			separator = ",";
		}
	fputs("\n] }\n", file);
	return fclose(file);
}

static bool all_worked(void)
{
	bool worked = true;

	for (size_t i = 0; i < THING_COUNT; i++)
		for (int c = 0; c < CLIENT_COUNT; c++)
			worked = worked && !outcomes[i][c].dropped;
	return worked;
}

/* As many as the kernel lets us: a thousand are to be open at once. */
static void raise_open_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	unsigned long rounds =
		argc > 2 ? strtoul(argv[2], NULL, 10) : ROUNDS_DEFAULT;
	struct servers servers = { 0 };
	bool good = true;

	if (argc < 2 || rounds == 0 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: network DIRECTORY [ROUNDS [FILE]]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	raise_open_files();
	if (enter_host(argv[1]) < 0 || servers_start(&servers) < 0) {
		perror("network: no namespaces of our own here");
		return 1;
	}
	for (int c = 0; c < CLIENT_COUNT; c++)
		if (c != OTHER || getenv("BENCH_OTHER"))
			good = client_start(c, argv[1], &servers) == 0 && good;
	if (good)
		take_samples((unsigned int)rounds);
	for (int c = 0; c < CLIENT_COUNT; c++)
		if (clients[c].pid)
			good = client_stop(&clients[c]) == 0 && good;
	servers_stop(&servers);
	summarize();
	print_table();
	if (argc > 3 && write_json(argv[3]) < 0)
		good = false;
	for (size_t i = 0; i < THING_COUNT; i++)
		for (int c = 0; c < CLIENT_COUNT; c++)
			series_clear(&outcomes[i][c].series);
	return good && all_worked() ? 0 : 1;
}
