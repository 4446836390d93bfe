/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench DIRECTORY [ROUNDS [JSON-FILE]]: measure procjail and its peers. In each
 * round every subject is sampled once, one after the other, so that what else
 * the machine does touches all alike. Prints medians, 99th percentiles and the
 * ratios to the first subject of a group; SIGPIPE stays ignored throughout.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "bundle.h"
#include "samples.h"
#include "statistics.h"
#include "worker.h"

enum { ROUNDS_DEFAULT = 300, ROUNDS_MAX = 100000 };
enum worker_name { SMALL, LARGE, HUGE, CGROUPS, WORKER_COUNT };

static const struct worker_kind kinds[WORKER_COUNT] = {
	[LARGE] = { .memory_mb = 500 },
	[HUGE] = { .memory_mb = 2048 },
	[CGROUPS] = { .plain_cgroups = true },
};

/* What is not ours, or not for every machine, may lack. */
enum need { MUST_WORK, MAY_LACK };

struct subject {
	const char *group, *name, *unit;
	sample_fn *sample;
	enum target target;
	enum worker_name worker;
	unsigned int every; /* sampled in each so-manieth round */
	enum need need;
};

/* The first of a group is what the others of it are compared with. What makes a
 * network comes last in its group: the kernel takes it down behind our back. */
static const struct subject subjects[] = {
	{ "start /bin/true", "posix_spawn", "us", sample_spawn, TARGET_TRUE,
	  SMALL, 1, MUST_WORK },
	{ "start /bin/true", "pj_run", "us", sample_library, TARGET_TRUE, SMALL,
	  1, MUST_WORK },
	{ "start /bin/true", "procjail run", "us", sample_command, TARGET_TRUE,
	  SMALL, 1, MUST_WORK },
	{ "start /bin/true", "procjail run, no policy", "us", sample_by_default,
	  TARGET_TRUE, SMALL, 1, MUST_WORK },
	{ "start /bin/true", "procjail run --pool", "us", sample_by_service,
	  TARGET_TRUE, SMALL, 1, MUST_WORK },
	{ "start /bin/true", "pj_run, loopback", "us", sample_loopback,
	  TARGET_TRUE, SMALL, 1, MUST_WORK },
	{ "start /bin/true", "bwrap", "us", sample_bwrap, TARGET_TRUE, SMALL, 1,
	  MAY_LACK },
	{ "start /bin/true", "crun", "us", sample_crun, TARGET_TRUE, CGROUPS, 3,
	  MAY_LACK },
	{ "start /bin/true", "nsjail", "us", sample_nsjail, TARGET_TRUE, SMALL,
	  3, MAY_LACK },
	{ "start /bin/true", "firejail", "us", sample_firejail, TARGET_TRUE,
	  SMALL, 10, MAY_LACK },
	{ "start /bin/true", "srt", "us", sample_srt, TARGET_TRUE, SMALL, 25,
	  MAY_LACK },
	{ "start a static program", "posix_spawn", "us", sample_spawn,
	  TARGET_NOTHING, SMALL, 1, MUST_WORK },
	{ "start a static program", "pj_run", "us", sample_library,
	  TARGET_NOTHING, SMALL, 1, MUST_WORK },
	{ "start a static program", "procjail run", "us", sample_command,
	  TARGET_NOTHING, SMALL, 1, MUST_WORK },
	{ "start a static program", "procjail run --pool", "us",
	  sample_by_service, TARGET_NOTHING, SMALL, 1, MUST_WORK },
	{ "start a static program", "bwrap", "us", sample_bwrap, TARGET_NOTHING,
	  SMALL, 1, MAY_LACK },
	{ "parts of procjail run", "procjail --version", "us", sample_start,
	  TARGET_TRUE, SMALL, 1, MUST_WORK },
	{ "parts of procjail run", "policy", "us", sample_policy, TARGET_TRUE,
	  SMALL, 1, MUST_WORK },
	{ "parts of procjail run", "decision", "us", sample_decide, TARGET_TRUE,
	  SMALL, 1, MUST_WORK },
	{ "parts of procjail run", "plan", "us", sample_plan, TARGET_TRUE,
	  SMALL, 1, MUST_WORK },
	{ "parts of procjail run", "launch", "us", sample_launch, TARGET_TRUE,
	  SMALL, 1, MUST_WORK },
	{ "parts of procjail run", "/bin/true in it", "us", sample_program,
	  TARGET_TRUE, SMALL, 1, MUST_WORK },
	{ "parts of procjail run", "end of the jail", "us", sample_end,
	  TARGET_TRUE, SMALL, 1, MUST_WORK },
	{ "from a large process", "pj_run, small process", "us", sample_library,
	  TARGET_TRUE, SMALL, 1, MUST_WORK },
	{ "from a large process", "pj_run, 500 MB process", "us",
	  sample_library, TARGET_TRUE, LARGE, 1, MUST_WORK },
	{ "from a large process", "pj_run, 2 GB process", "us", sample_library,
	  TARGET_TRUE, HUGE, 1, MAY_LACK },
	{ "decide, 50 programs", "pj_prepare", "us", sample_guard, TARGET_TRUE,
	  SMALL, 1, MUST_WORK },
	{ "a call not inspected", "no jail", "ns", sample_call, TARGET_TRUE,
	  SMALL, 3, MUST_WORK },
	{ "a call not inspected", "added in a jail", "ns", sample_call_added,
	  TARGET_TRUE, SMALL, 3, MUST_WORK },
	{ "capture 64 MiB", "plain pipe", "us", sample_plain_pipe, TARGET_TRUE,
	  SMALL, 10, MUST_WORK },
	{ "capture 64 MiB", "plain 1 MiB pipe", "us", sample_large_pipe,
	  TARGET_TRUE, SMALL, 10, MUST_WORK },
	{ "capture 64 MiB", "pj_run", "us", sample_captured, TARGET_TRUE, SMALL,
	  10, MUST_WORK },
	{ "memory of the supervisor", "procjail run", "KiB",
	  sample_command_memory, TARGET_TRUE, SMALL, 20, MUST_WORK },
	{ "memory of the supervisor", "bwrap", "KiB", sample_bwrap_memory,
	  TARGET_TRUE, SMALL, 20, MAY_LACK },
};

enum { SUBJECT_COUNT = sizeof(subjects) / sizeof(*subjects) };

struct outcome {
	struct series series;
	bool dropped; /* it failed once */
	double median, tail, ratio;
};

static void take_samples(struct worker *workers, struct outcome *outcomes,
			 unsigned int rounds)
{
	/* The first round warms up, and tells what does not work here. */
	for (unsigned int round = 0; round <= rounds; round++) {
		for (size_t i = 0; i < SUBJECT_COUNT; i++) {
			const struct subject *subject = &subjects[i];
			struct outcome *outcome = &outcomes[i];
			unsigned int every = subject->every < rounds
						     ? subject->every
						     : rounds;
			double value = 0;

			if (outcome->dropped || round % every != 0)
				continue;
			if (worker_sample(&workers[subject->worker],
					  subject->sample, subject->target,
					  &value) < 0)
				outcome->dropped = true;
			else if (round > 0 &&
				 series_add(&outcome->series, value) < 0)
				outcome->dropped = true;
		}
	}
}

static void summarize(struct outcome *outcomes)
{
	size_t first = 0;

	for (size_t i = 0; i < SUBJECT_COUNT; i++) {
		struct outcome *outcome = &outcomes[i];

		if (strcmp(subjects[i].group, subjects[first].group) != 0)
			first = i;
		outcome->median = series_percentile(&outcome->series, 50);
		outcome->tail = series_percentile(&outcome->series, 99);
		if (outcomes[first].median > 0)
			outcome->ratio =
				outcome->median / outcomes[first].median;
	}
}

static void print_table(const struct outcome *outcomes)
{
	const char *group = "";

	printf("%-26s %-24s %10s %10s %8s %6s\n", "", "", "median", "p99",
	       "ratio", "n");
	for (size_t i = 0; i < SUBJECT_COUNT; i++) {
		const struct subject *subject = &subjects[i];
		const struct outcome *outcome = &outcomes[i];
		bool same = strcmp(group, subject->group) == 0;

		group = subject->group;
		printf("%-26s %-24s ", same ? "" : group, subject->name);
		if (outcome->dropped)
			printf("did not work here\n");
		else
			printf("%7.1f %-2.3s %7.1f %-2.3s %8.2f %6zu\n",
			       outcome->median, subject->unit, outcome->tail,
			       subject->unit, outcome->ratio,
			       outcome->series.count);
	}
}

static int write_json(const char *path, const struct outcome *outcomes)
{
	FILE *file = fopen(path, "we");
	struct utsname machine;
	int status = -1;

	if (!file)
		return -1;
	uname(&machine);
	fprintf(file, "{\n  \"version\": \"%s\",\n  \"kernel\": \"%s\",\n",
		pj_version(), machine.release);
	fprintf(file, "  \"machine\": \"%s\",\n  \"subjects\": [\n",
		machine.machine);
	for (size_t i = 0; i < SUBJECT_COUNT; i++)
		fprintf(file,
			"    { \"group\": \"%s\", \"name\": \"%s\", "
			"\"unit\": \"%s\", \"samples\": %zu, \"median\": %.2f, "
			"\"p99\": %.2f, \"ratio\": %.3f, \"worked\": %s }%s\n",
			subjects[i].group, subjects[i].name, subjects[i].unit,
			outcomes[i].series.count, outcomes[i].median,
			outcomes[i].tail, outcomes[i].ratio,
			outcomes[i].dropped ? "false" : "true",
			i + 1 < SUBJECT_COUNT ? "," : "");
	if (fputs("  ]\n}\n", file) >= 0)
		status = 0;
	if (fclose(file) != 0)
		status = -1;
	return status;
}

/* 0 when all worked that every machine has to have. */
static int verdict(const struct outcome *outcomes)
{
	for (size_t i = 0; i < SUBJECT_COUNT; i++)
		if (outcomes[i].dropped && subjects[i].need == MUST_WORK)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	static struct outcome outcomes[SUBJECT_COUNT];
	struct worker workers[WORKER_COUNT] = { 0 };
	struct setting setting;
	unsigned long rounds = ROUNDS_DEFAULT;

	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 10);
	if (argc < 2 || rounds == 0 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench DIRECTORY [ROUNDS [FILE]]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (setting_prepare(&setting, argv[1]) < 0 ||
	    setting_serve(&setting, argv[1]) < 0 || bundle_prepare(argv[1]) < 0)
		return 1;
	for (int i = 0; i < WORKER_COUNT; i++)
		if (worker_start(&workers[i], &setting, &kinds[i]) < 0)
			return 1;
	take_samples(workers, outcomes, (unsigned int)rounds);
	/* The last first: it holds the others' pipes, too. */
	for (size_t i = WORKER_COUNT; i > 0; i--)
		worker_stop(&workers[i - 1]);
	setting_release(&setting);

	summarize(outcomes);
	print_table(outcomes);
	if (argc > 3 && write_json(argv[3], outcomes) < 0)
		return 1;
	for (size_t i = 0; i < SUBJECT_COUNT; i++)
		series_clear(&outcomes[i].series);
	return verdict(outcomes);
}
