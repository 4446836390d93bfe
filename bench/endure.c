/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endure DIRECTORY STRATEGY RUNS KILLS
 *
 * Many runs, one after the other and 64 at a time, then as many callers killed
 * at instants spread over a run; then the same by a pool. What is left behind
 * is counted before and after. Every process of a jail whose caller dies
 * becomes ours (subreaper), so "nothing runs" is asked of the kernel: we have
 * no child. DIRECTORY is empty and is the workspace. Exits 1 when anything is
 * left.
 */
#include <dirent.h>
#include <errno.h>
#include <procjail.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 64, WARM_UP = 200, PATIENCE_SECONDS = 20 };

struct census {
	unsigned int descriptors, mounts, files, cgroups, children;
	unsigned long memory_kib;
};

static struct pj_policy *policy;
static struct pj_command *command;
static struct pj_host *host;
static struct pj_pool *pool; /* NULL: each run makes its own jail */
static const char *directory;

static void die(const char *what, const struct pj_error *err)
{
	fprintf(stderr, "endure: %s: %s\n", what,
		err ? err->message : strerror(errno));
	exit(2);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

/* ---- what is left ---------------------------------------------------------
 */

/* How many names there are; with `part`, those that hold it. */
static unsigned int names(const char *path, const char *part)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned int count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.' &&
			 (!part || strstr(entry->d_name, part));
	if (dir)
		closedir(dir);
	return count;
}

static unsigned int lines(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int count = 0;
	int byte;

	while (file && (byte = fgetc(file)) != EOF)
		count += byte == '\n';
	if (file)
		fclose(file);
	return count;
}

/* Below our own cgroup: where the leaves of our jails would be. */
static unsigned int cgroups(void)
{
	char line[4096], path[4200];
	FILE *file = fopen("/proc/self/cgroup", "re");
	unsigned int count = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "0::", 3) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
		count += names(path, "procjail");
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/..", line + 3);
		count += names(path, "procjail");
	}
	if (file)
		fclose(file);
	return count;
}

static unsigned long memory_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long resident = 0;
	char line[256], *second;

	if (file && fgets(line, sizeof(line), file)) {
		strtoul(line, &second, 10);
		resident = strtoul(second, NULL, 10);
	}
	if (file)
		fclose(file);
	return resident * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
}

static void on_alarm(int number)
{
	(void)number;
}

/* Reap all that became ours; what does not end in time is counted. */
static unsigned int children_left(void)
{
	pid_t pid;

	alarm(PATIENCE_SECONDS);
	do
		pid = waitpid(-1, NULL, __WALL);
	while (pid > 0);
	alarm(0);
	return errno == ECHILD ? 0 : 1;
}

static struct census take_census(void)
{
	return (struct census){
		.children = children_left(),
		.descriptors = names("/proc/self/fd", NULL),
		.mounts = lines("/proc/self/mountinfo"),
		.files = names(directory, NULL) + names("/dev/shm", "procjail"),
		.cgroups = cgroups(),
		.memory_kib = memory_kib(),
	};
}

static bool tell(const char *what, double ms, unsigned int runs,
		 const struct census *before)
{
	struct census now = take_census();
	bool clean =
		now.children == 0 && now.descriptors == before->descriptors &&
		now.mounts == before->mounts && now.files == before->files &&
		now.cgroups <= before->cgroups;

	printf("%-24s %6u runs, %7.2f ms each: processes %u, descriptors %+d, "
	       "mounts %+d, files %+d, cgroups %+d, memory %lu KiB (%+ld): "
	       "%s\n",
	       what, runs, ms / runs, now.children,
	       (int)(now.descriptors - before->descriptors),
	       (int)(now.mounts - before->mounts),
	       (int)(now.files - before->files),
	       (int)(now.cgroups - before->cgroups), now.memory_kib,
	       (long)(now.memory_kib - before->memory_kib),
	       clean ? "nothing left" : "LEFT BEHIND");
	return clean;
}

/* ---- runs -----------------------------------------------------------------
 */

static void prepare(const char *strategy)
{
	const struct pj_policy_options how = { .size = sizeof(how),
					       .workspace = directory,
					       .caller_chose_command = true };
	/* Leaves a process in a session of its own behind, and files. */
	static const char *const args[] = {
		"-c",
		"setsid sleep 1000 & echo x >/tmp/left; echo x >/dev/shm/left",
		NULL
	};
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/bin/sh",
					    .args = args };
	struct pj_builder *builder = NULL;
	struct pj_error err = { 0 };

	if (pj_builder_new(&builder, &err) < 0)
		die("builder", &err);
	pj_builder_extends(builder, "workspace-write");
	pj_builder_deny(builder, "./absent/deep");
	pj_builder_strategy(builder, strategy);
	if (pj_builder_build(builder, &how, &policy, &err) < 0 ||
	    pj_prepare(policy, &request, 0, &command, NULL, &err) < 0 ||
	    pj_host_probe(&host, &err) < 0)
		die(strategy, &err);
	pj_builder_free(builder);
}

static void open_pool(void)
{
	const struct pj_pool_options options = { .size = sizeof(options),
						 .host = host,
						 .jails = 8 };
	struct pj_error err = { 0 };

	if (pj_pool_new(policy, &options, &pool, &err) < 0)
		die("pool", &err);
}

static struct pj_process *spawn(void)
{
	const struct pj_run_options options = { .size = sizeof(options),
						.host = host };
	struct pj_process *process = NULL;
	struct pj_error err = { 0 };

	if ((pool ? pj_pool_spawn(pool, command, &options, &process, &err)
		  : pj_spawn(command, &options, &process, &err)) < 0)
		die("spawn", &err);
	return process;
}

static void finish(struct pj_process *process)
{
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	if (pj_process_wait(process, &result, &err) < 0)
		die("wait", &err);
	if (pj_result_status(result) != 0)
		die("the program failed", &err);
	pj_result_free(result);
	pj_process_free(process);
}

static bool in_sequence(unsigned int runs, double *ret_each_ms)
{
	struct census before;
	double start;

	for (int i = 0; i < WARM_UP; i++)
		finish(spawn());
	before = take_census();
	start = now_ms();
	for (unsigned int i = 0; i < runs; i++)
		finish(spawn());
	*ret_each_ms = (now_ms() - start) / runs;
	return tell("one after the other", now_ms() - start, runs, &before);
}

static bool at_once(unsigned int runs)
{
	struct pj_process *processes[AT_ONCE];
	struct census before;
	double start = 0;

	/* The first turn warms up. */
	for (unsigned int done = 0; done <= runs; done += AT_ONCE) {
		if (done == AT_ONCE) {
			before = take_census();
			start = now_ms();
		}
		for (int i = 0; i < AT_ONCE; i++)
			processes[i] = spawn();
		for (int i = 0; i < AT_ONCE; i++)
			finish(processes[i]);
	}
	return tell("64 at a time", now_ms() - start, runs / AT_ONCE * AT_ONCE,
		    &before);
}

/* A census of a pool that is closed, or its waiting jails would be counted. */
static bool by_pool(unsigned int runs, double *ret_each_ms)
{
	struct census before = { 0 };
	double start = 0;

	/* The first turn warms up. */
	for (int turn = 0; turn < 2; turn++) {
		before = take_census();
		start = now_ms();
		open_pool();
		for (unsigned int i = 0; i < (turn ? runs : WARM_UP); i++)
			finish(spawn());
		pool = pj_pool_free(pool);
	}
	*ret_each_ms = (now_ms() - start) / runs;
	return tell("by a pool", now_ms() - start, runs, &before);
}

/* Every caller gets a little longer than the one before it: from none of its
 * run to a quarter more than all of it. */
static bool killed(const char *what, bool has_pool, unsigned int kills,
		   double each_ms)
{
	struct census before = take_census();
	double start = now_ms();

	for (unsigned int i = 0; i < kills; i++) {
		long ns = (long)(each_ms * 1.25e6 * i / kills);
		struct timespec delay = { ns / 1000000000, ns % 1000000000 };
		pid_t caller = fork();

		if (caller == 0) {
			if (has_pool)
				open_pool();
			finish(spawn());
			_exit(0);
		}
		nanosleep(&delay, NULL);
		kill(caller, SIGKILL);
		if (children_left()) {
			printf("killed after %ld us: a process is left\n",
			       ns / 1000);
			return false;
		}
	}
	return tell(what, now_ms() - start, kills, &before);
}

int main(int argc, char **argv)
{
	/* Without SA_RESTART: the wait it interrupts shall end. */
	const struct sigaction action = { .sa_handler = on_alarm };
	unsigned int runs, kills;
	double each_ms = 1;
	bool clean;

	if (argc != 5)
		return 2;
	directory = argv[1];
	runs = (unsigned int)strtoul(argv[3], NULL, 10);
	kills = (unsigned int)strtoul(argv[4], NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &action, NULL);
	if (chdir(directory) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1L) < 0)
		die(directory, NULL);
	prepare(argv[2]);
	printf("strategy %s\n", argv[2]);
	clean = in_sequence(runs, &each_ms);
	clean &= at_once(runs);
	clean &= killed("caller killed", false, kills, each_ms);
	clean &= by_pool(runs, &each_ms);
	/* While its pool is filled. */
	clean &= killed("caller with a pool killed", true, kills, 4 * each_ms);
	pj_policy_free(policy);
	pj_command_free(command);
	pj_host_free(host);
	return clean ? 0 : 1;
}
