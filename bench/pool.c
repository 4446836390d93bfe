/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-pool DIRECTORY [ROUNDS [JSON-FILE]]: the pool beside posix_spawn.
 *
 * Start: posix_spawn, the pool, pj_run by turns; a request begins with the
 * guard and ends when the result is there, and both hand their own streams on.
 * Before each sample the pool is full and has nothing to do: making jails costs
 * processor time, which shows in the second part and nowhere else.
 * Throughput: two threads for a while each, by turns, with all that is made and
 * taken down in that time. Memory: what the kernel counts before and after a
 * hundred jails wait.
 */
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "setting.h"
#include "statistics.h"

enum { ROUNDS_DEFAULT = 300, THREADS = 2, TURNS = 5, JAILS = 100 };
enum { BUSY_MS = 1000 };
/* Not counted: until the pool has learned what it serves. */
enum { WARM_UP = 8 };

enum way { BY_SPAWN, BY_POOL, BY_RUN, WAY_COUNT };
static const char *const way_names[] = { "posix_spawn", "pool", "pj_run" };

static struct setting setting;
static struct pj_pool *pool;
static FILE *json;

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void die(const char *what, const struct pj_error *err)
{
	fprintf(stderr, "bench-pool: %s: %s\n", what,
		err ? err->message : "failed");
	exit(1);
}

static void pause_us(long us)
{
	const struct timespec pause = { .tv_nsec = us * 1000 };

	nanosleep(&pause, NULL);
}

/* ---- one start ----------------------------------------------------------- */

/* A script is what a shell is asked for. */
static const char *const no_args[] = { NULL };
static const char *const script_args[] = { "-c", ":", NULL };

static bool is_shell(const char *program)
{
	return strcmp(program, "/bin/sh") == 0;
}

static void start_by_spawn(const char *program)
{
	char *const argv[] = { (char *)program, NULL };
	char *const script[] = { (char *)program, (char *)"-c", (char *)":",
				 NULL };
	pid_t pid;
	int status;

	if (posix_spawn(&pid, program, NULL, NULL,
			is_shell(program) ? script : argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		die(program, NULL);
}

static void start_in_jail(const char *program, bool by_pool)
{
	const struct pj_request request = { .size = sizeof(request),
					    .program = program,
					    .args = is_shell(program)
							    ? script_args
							    : no_args };
	const struct pj_run_options options = {
		.size = sizeof(options),
		.host = setting.host,
		.input_from_fd = true,
		.input_fd = STDIN_FILENO,
		.stdout_to = PJ_STREAM_PASS,
		.stdout_fd = STDOUT_FILENO,
		.stderr_to = PJ_STREAM_PASS,
		.stderr_fd = STDERR_FILENO,
	};
	struct pj_command *command = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	if (pj_prepare(setting.jail, &request, 0, &command, NULL, &err) < 0 ||
	    (by_pool ? pj_pool_run(pool, command, &options, &result, &err)
		     : pj_run(command, &options, &result, &err)) < 0)
		die(program, &err);
	if (pj_result_status(result) != 0)
		die(program, NULL);
	pj_result_free(result);
	pj_command_free(command);
}

static void start(const char *program, enum way way)
{
	if (way == BY_SPAWN)
		start_by_spawn(program);
	else
		start_in_jail(program, way == BY_POOL);
}

static void await_full(unsigned int jails)
{
	struct pj_pool_stats stats = { .size = sizeof(stats) };

	for (pj_pool_stats(pool, &stats); stats.waiting < jails;
	     pj_pool_stats(pool, &stats)) {
		if (stats.failure[0]) {
			fprintf(stderr, "bench-pool: %s\n", stats.failure);
			exit(1);
		}
		pause_us(200);
	}
	pause_us(1000); /* what ended is taken back */
}

static struct pj_pool *new_pool(unsigned int jails)
{
	const struct pj_pool_options options = { .size = sizeof(options),
						 .host = setting.host,
						 .jails = jails };
	struct pj_pool *made = NULL;
	struct pj_error err = { 0 };

	if (pj_pool_new(setting.jail, &options, &made, &err) < 0)
		die("pool", &err);
	return made;
}

/* ---- telling ------------------------------------------------------------- */

static void tell(const char *group, const char *name, const char *unit,
		 double value, double tail, double ratio, double tail_ratio)
{
	printf("%-26s %-14s %9.1f %-4s", group, name, value, unit);
	if (tail > 0)
		printf(" p99 %9.1f  ratio %5.2f  of p99 %5.2f", tail, ratio,
		       tail_ratio);
	else if (ratio > 0)
		printf("                ratio %5.2f", ratio);
	printf("\n");
	if (json)
		fprintf(json,
			"%s    { \"group\": \"%s\", \"name\": \"%s\", "
			"\"unit\": \"%s\", \"value\": %.2f, \"p99\": %.2f, "
			"\"ratio\": %.3f, \"p99_ratio\": %.3f }",
			ftell(json) > 30 ? ",\n" : "", group, name, unit, value,
			tail, ratio, tail_ratio);
}

/* BENCH_ONLY=WORD: just the groups with this word. */
static bool is_wanted(const char *group)
{
	const char *word = getenv("BENCH_ONLY");

	return !word || strstr(group, word);
}

static void measure_starts(const char *group, const char *program,
			   unsigned int rounds)
{
	struct series series[WAY_COUNT] = { 0 };
	double medians[WAY_COUNT], tails[WAY_COUNT];

	if (!is_wanted(group))
		return;
	pool = new_pool(2);
	for (unsigned int round = 0; round < WARM_UP + rounds; round++)
		for (int way = 0; way < WAY_COUNT; way++) {
			double before;

			await_full(2);
			before = now_us();
			start(program, (enum way)way);
			if (round >= WARM_UP)
				series_add(&series[way], now_us() - before);
		}
	for (int way = 0; way < WAY_COUNT; way++) {
		medians[way] = series_percentile(&series[way], 50);
		tails[way] = series_percentile(&series[way], 99);
		tell(group, way_names[way], "us", medians[way], tails[way],
		     medians[way] / medians[BY_SPAWN],
		     tails[way] / tails[BY_SPAWN]);
		series_clear(&series[way]);
	}
	pool = pj_pool_free(pool);
}

/* ---- many ---------------------------------------------------------------- */

struct crowd {
	const char *program;
	enum way way;
	double until_us;
	atomic_uint done;
};

static void *be_busy(void *data)
{
	struct crowd *crowd = data;

	while (now_us() < crowd->until_us) {
		start(crowd->program, crowd->way);
		atomic_fetch_add(&crowd->done, 1);
	}
	return NULL;
}

/* Starts each second. What the pool has made before is not given to it: it
 * begins empty, and is taken down within the time. */
static double rate(const char *program, enum way way)
{
	struct crowd crowd = { .program = program, .way = way };
	pthread_t threads[THREADS];
	double before = now_us();

	crowd.until_us = before + BUSY_MS * 1000;
	if (way == BY_POOL)
		pool = new_pool(4);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, be_busy, &crowd) != 0)
			die("thread", NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (way == BY_POOL)
		pool = pj_pool_free(pool);
	return crowd.done / ((now_us() - before) / 1e6);
}

static void measure_rates(const char *group, const char *program)
{
	struct series series[WAY_COUNT] = { 0 };
	double medians[WAY_COUNT];

	if (!is_wanted(group))
		return;
	for (int turn = 0; turn < TURNS; turn++)
		for (int way = 0; way < WAY_COUNT; way++)
			series_add(&series[way], rate(program, (enum way)way));
	for (int way = 0; way < WAY_COUNT; way++) {
		medians[way] = series_percentile(&series[way], 50);
		tell(group, way_names[way], "/s", medians[way], 0,
		     medians[way] / medians[BY_SPAWN], 0);
		series_clear(&series[way]);
	}
}

/* ---- memory -------------------------------------------------------------- */

static const char *const parts[] = { "Slab:", "KernelStack:", "PageTables:",
				     "AnonPages:", "Shmem:" };
enum { PART_COUNT = sizeof(parts) / sizeof(*parts) };

static void read_memory(double kib[PART_COUNT])
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		for (int i = 0; i < PART_COUNT; i++)
			if (strncmp(line, parts[i], strlen(parts[i])) == 0)
				kib[i] = strtod(line + strlen(parts[i]), NULL);
	if (file)
		fclose(file);
}

/* Until a shell waits in each. */
static void await_shells(unsigned int jails)
{
	struct pj_pool_stats stats = { .size = sizeof(stats) };

	for (int i = 0; i < WARM_UP; i++)
		start("/bin/sh", BY_POOL);
	do {
		pause_us(1000);
		pj_pool_stats(pool, &stats);
	} while (stats.shells < jails);
}

/* The median of a few turns: other processes come and go. */
static void measure_memory(const char *group, bool shells)
{
	struct series series[PART_COUNT + 1] = { 0 };

	if (!is_wanted(group))
		return;
	for (int turn = 0; turn < TURNS; turn++) {
		double before[PART_COUNT] = { 0 }, now[PART_COUNT] = { 0 };
		double sum = 0;

		pause_us(500000);
		read_memory(before);
		pool = new_pool(JAILS);
		await_full(JAILS);
		if (shells)
			await_shells(JAILS);
		pause_us(300000);
		read_memory(now);
		for (int i = 0; i < PART_COUNT; i++) {
			double each = (now[i] - before[i]) / JAILS;

			series_add(&series[i], each);
			sum += each;
		}
		series_add(&series[PART_COUNT], sum);
		pool = pj_pool_free(pool);
	}
	for (int i = 0; i <= PART_COUNT; i++) {
		tell(group, i < PART_COUNT ? parts[i] : "together", "KiB",
		     series_percentile(&series[i], 50), 0, 0, 0);
		series_clear(&series[i]);
	}
}

int main(int argc, char **argv)
{
	unsigned int rounds = ROUNDS_DEFAULT;

	if (argc > 2)
		rounds = (unsigned int)strtoul(argv[2], NULL, 10);
	if (argc < 2 || !rounds) {
		fprintf(stderr,
			"usage: bench-pool DIRECTORY [ROUNDS [FILE]]\n");
		return 2;
	}
	if (argc > 3 && (json = fopen(argv[3], "we")))
		fprintf(json, "{\n  \"pool\": [\n");
	if (setting_prepare(&setting, argv[1]) < 0)
		return 1;
	measure_starts("start /bin/true", "/bin/true", rounds);
	measure_starts("start a static program", setting.nothing, rounds);
	measure_starts("start sh -c :", "/bin/sh", rounds);
	measure_rates("/bin/true, 2 threads", "/bin/true");
	measure_rates("static program, 2 threads", setting.nothing);
	measure_rates("sh -c :, 2 threads", "/bin/sh");
	measure_memory("memory of a waiting jail", false);
	measure_memory("memory, a shell in it", true);
	setting_release(&setting);
	if (json) {
		fprintf(json, "\n  ]\n}\n");
		fclose(json);
	}
	return 0;
}
