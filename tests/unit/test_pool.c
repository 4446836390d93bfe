/* SPDX-License-Identifier: Apache-2.0 */
/* The pool: a request is served as by pj_run(), by a jail that waited, and the
 * pool keeps its bounds. test_pool_walls.c has what must not get through. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <time.h>

#include "pool_fixture.h"

static void a_request_is_served(void)
{
	struct world world = new_world(NULL);
	const char *const args[] = { "-c",
				     "echo \"$0 $1 $NAME $PWD\"; cat; "
				     "echo oops >&2; exit 7",
				     "zero", "one", NULL };
	const char *const env[] = { "NAME=value", NULL };
	struct pj_command *command =
		prepare(world.policy, "/bin/sh", args, env);
	const struct pj_run_options options = { .size = sizeof(options),
						.input = "given\n",
						.input_len = 6 };
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	char want[200];
	size_t len;

	await_waiting(world.pool, 2);
	CHECK(pj_pool_run(world.pool, command, &options, &result, &err) == 0);
	snprintf(want, sizeof(want), "zero one value %s\ngiven\n", world.dir);
	CHECK_STR(pj_result_stdout(result, &len), want);
	CHECK_STR(pj_result_stderr(result, &len), "oops\n");
	CHECK(pj_result_outcome(result) == PJ_EXITED);
	CHECK(pj_result_exit_code(result) == 7);
	CHECK(stats_of(world.pool).warm == 1 && !stats_of(world.pool).cold);
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

static char *json_of(const struct pj_result *result,
		     const struct pj_command *command)
{
	struct pj_error err = { 0 };
	char *json = NULL, *usage, *end;

	CHECK(pj_result_json(result, NULL, command, NULL, &json, &err) == 0);
	/* What it took differs. */
	usage = strstr(json, "\"usage\"");
	CHECK(usage && (end = strchr(usage, '}')));
	memmove(usage, end, strlen(end) + 1);
	return json;
}

static void the_result_is_that_of_a_run(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command =
		script(world.policy, "echo one; echo two >&2; kill -TERM $$");
	struct pj_result *warm, *cold = NULL;
	struct pj_error err = { 0 };
	char *a, *b;

	await_waiting(world.pool, 2);
	warm = run_in(world.pool, command);
	CHECK(stats_of(world.pool).warm == 1);
	CHECK(pj_run(command, NULL, &cold, &err) == 0);
	a = json_of(warm, command);
	b = json_of(cold, command);
	CHECK_STR(a, b);
	free(a);
	free(b);
	pj_result_free(warm);
	pj_result_free(cold);
	pj_command_free(command);
	end_world(&world);
}

/* Whatever the jail is made of: an empty root, a broker, a network of its own,
 * the strict filter, a list of what may be executed. */
static void each_jail_is_served(void)
{
	static const struct {
		const char *name, *jail;
	} jails[] = {
		{ "strict", "\"extends\": \"strict\", \"filesystem\": "
			    "{ \"read\": [\".\"] }" },
		{ "read-only", "\"extends\": \"read-only\"" },
		{ "workspace-write", "\"extends\": \"workspace-write\"" },
		{ "build", "\"extends\": \"build\"" },
		{ "untrusted", "\"extends\": \"untrusted\", "
			       "\"filesystem\": { \"read\": [\".\"] }" },
		{ "loopback",
		  USUAL_JAIL ", \"network\": { \"mode\": \"loopback\" }" },
		{ "host", USUAL_JAIL ", \"network\": { \"mode\": \"host\" }" },
		{ "execute", "\"filesystem\": { \"read\": [\"/\"], "
			     "\"execute\": [\"/usr\", \"/lib\"] }" },
		{ "no tmp", "\"filesystem\": { \"read\": [\"/\"], "
			    "\"tmp\": \"none\" }" },
		{ "denied", "\"filesystem\": { \"read\": [\"/\"], "
			    "\"write\": [\".\"], \"deny\": [\"@secrets\", "
			    "\"./x\"], \"protect\": [\"@git\"] }" },
		{ "limits", USUAL_JAIL ", \"limits\": { \"processes\": 5, "
				       "\"memory\": \"100MiB\", "
				       "\"cpu_time\": \"5s\", "
				       "\"tmp_size\": \"1MiB\" }" },
	};
	struct world world = new_world(NULL);

	for (size_t i = 0; i < sizeof(jails) / sizeof(*jails); i++) {
		struct world other = world;

		printf("# %s\n", jails[i].name);
		fflush(stdout);
		other.policy = parse_policy(&world, jails[i].jail);
		other.pool = new_pool(other.policy, NULL);
		/* A program that no tree holds makes another jail: that is what
		 * waits once it is asked for again and again. */
		for (int again = 0; again < 3; again++) {
			struct pj_command *command =
				script(other.policy, "exit 0");

			await_waiting(other.pool, 2);
			pj_result_free(run_in(other.pool, command));
			pj_command_free(command);
		}
		check_script(&other, "echo x", "x\n");
		check_script(&other, "echo x | while read a; do echo $a; done",
			     "x\n");
		pj_pool_free(other.pool);
		pj_policy_free(other.policy);
	}
	end_world(&world);
}

static void a_script_is_served(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command;
	struct pj_result *result;
	char path[100];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/script", world.dir);
	file = fopen(path, "we");
	CHECK(file && fputs("#!/bin/sh\necho \"$0\"\n", file) >= 0);
	CHECK(fclose(file) == 0 && chmod(path, 0755) == 0);
	command = prepare(world.policy, path, NULL, NULL);
	await_waiting(world.pool, 2);
	result = run_in(world.pool, command);
	strcat(path, "\n");
	CHECK_STR(pj_result_stdout(result, &len), path);
	CHECK(stats_of(world.pool).warm == 1);
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

/* More than the message holds, and more strings than its page. */
static void large_arguments_are_served(void)
{
	enum { COUNT = 3000 };
	struct world world = new_world(NULL);
	const char *args[COUNT + 4] = { "-c", "echo $# ${#1}", "sh" };
	char *text = malloc(100001);
	struct pj_command *command;
	struct pj_result *result;
	size_t len;

	CHECK(text);
	memset(text, 'x', 100000);
	text[100000] = '\0';
	for (int i = 0; i < COUNT; i++)
		args[3 + i] = i ? "y" : text;
	command = prepare(world.policy, "/bin/sh", args, NULL);
	await_waiting(world.pool, 2);
	result = run_in(world.pool, command);
	CHECK_STR(pj_result_stdout(result, &len), "3000 100000\n");
	CHECK(stats_of(world.pool).warm == 1);
	pj_result_free(result);
	pj_command_free(command);
	free(text);
	end_world(&world);
}

static void wall_time_begins_with_the_request(void)
{
	struct world world =
		new_world(USUAL_JAIL ", \"limits\": { \"wall_time\": \"1s\" }");
	struct pj_command *quick = script(world.policy, "exit 0");
	struct pj_command *slow = script(world.policy, "sleep 1000");
	const struct timespec longer = { .tv_sec = 1, .tv_nsec = 200000000 };
	struct pj_result *result;

	await_waiting(world.pool, 2);
	/* Not waiting for anything: time itself is what is tested. */
	nanosleep(&longer, NULL);
	result = run_in(world.pool, quick);
	CHECK(pj_result_outcome(result) == PJ_EXITED);
	pj_result_free(result);
	result = run_in(world.pool, slow);
	CHECK(pj_result_outcome(result) == PJ_TIMED_OUT);
	CHECK(stats_of(world.pool).warm == 2);
	pj_result_free(result);
	pj_command_free(quick);
	pj_command_free(slow);
	end_world(&world);
}

/* The caller makes no call meanwhile: the init keeps the time. */
static void wall_time_holds_without_a_call(void)
{
	struct world world = new_world(
		USUAL_JAIL ", \"limits\": { \"wall_time\": \"100ms\" }");
	struct pj_command *command = script(world.policy, "sleep 1000; :");
	struct pj_process *process = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	siginfo_t info;

	await_waiting(world.pool, 2);
	CHECK(pj_pool_spawn(world.pool, command, NULL, &process, &err) == 0);
	CHECK(stats_of(world.pool).warm == 1);
	CHECK(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | __WALL) == 0);
	CHECK(pj_process_wait(process, &result, &err) == 0);
	CHECK(pj_result_outcome(result) == PJ_TIMED_OUT);
	pj_result_free(result);
	pj_process_free(process);
	pj_command_free(command);
	end_world(&world);
}

/* The caller's own loop, which may know it by what is freed as well. */
static void a_freed_process_is_heard_of_no_more(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command = script(world.policy, "exit 0");
	const int loop = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	for (int round = 0; round < 20; round++) {
		struct pj_process *process = NULL;
		struct pj_result *result = NULL;
		struct pj_error err = { 0 };

		await_waiting(world.pool, 2);
		CHECK(pj_pool_spawn(world.pool, command, NULL, &process,
				    &err) == 0);
		CHECK(epoll_ctl(loop, EPOLL_CTL_ADD, pj_process_pollfd(process),
				&event) == 0);
		CHECK(pj_process_wait(process, &result, &err) == 0);
		pj_result_free(result);
		/* A launch has a copy of our descriptors for a moment. */
		await_waiting(world.pool, 2);
		pj_process_free(process);
		CHECK(epoll_wait(loop, &event, 1, 0) == 0);
	}
	close(loop);
	pj_command_free(command);
	end_world(&world);
}

static void limits_hold(void)
{
	struct world world = new_world(
		USUAL_JAIL ", \"limits\": { \"memory\": \"64MiB\", "
			   "\"open_files\": 20, \"stdout\": \"100KiB\" }");
	struct pj_command *command = script(world.policy, "ulimit -n");
	struct pj_command *much = script(world.policy, "exec cat /dev/zero");
	struct pj_command *hungry =
		script(world.policy, "x=x; while :; do x=$x$x; done; echo $x");
	struct pj_result *result;
	size_t len;

	await_waiting(world.pool, 2);
	result = run_in(world.pool, command);
	CHECK_STR(pj_result_stdout(result, &len), "20\n");
	pj_result_free(result);
	await_waiting(world.pool, 2);
	result = run_in(world.pool, much);
	CHECK(pj_result_outcome(result) == PJ_OUTPUT_LIMIT);
	pj_result_free(result);
	await_waiting(world.pool, 2);
	result = run_in(world.pool, hungry);
	CHECK(pj_result_outcome(result) == PJ_MEMORY_LIMIT ||
	      pj_result_exit_code(result) != 0);
	pj_result_free(result);
	CHECK(stats_of(world.pool).warm == 3);
	pj_command_free(command);
	pj_command_free(much);
	pj_command_free(hungry);
	end_world(&world);
}

/* Each of them is within the limit: only who looks at the clock finds them. */
static void the_tree_is_sampled(void)
{
	static const char hungry_three[] =
		"for i in 1 2 3; do\n"
		"head -c 40000000 /dev/zero | tail | sleep 1000 & done; wait";
	struct world world =
		new_world(USUAL_JAIL ", \"limits\": { \"memory\": \"64MiB\" }");
	struct pj_command *command = script(world.policy, hungry_three);
	struct pj_result *result;

	await_waiting(world.pool, 2);
	result = run_in(world.pool, command);
	CHECK(pj_result_outcome(result) == PJ_MEMORY_LIMIT);
	CHECK(stats_of(world.pool).warm == 1);
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

static void lines_are_exchanged(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command = script(world.policy, "exec cat");
	const struct pj_run_options options = { .size = sizeof(options),
						.interactive = true };
	struct pj_process *process = NULL;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	const char *line;
	size_t len;

	await_waiting(world.pool, 2);
	CHECK(pj_pool_spawn(world.pool, command, &options, &process, &err) ==
	      0);
	CHECK(stats_of(world.pool).warm == 1);
	CHECK(pj_process_send_line(process, "hello", 5, -1, &err) == 0);
	CHECK(pj_process_recv_line(process, 60000, &line, &len, &err) == 0);
	CHECK_STR(line, "hello");
	/* Nothing of the pool is needed any more. */
	world.pool = pj_pool_free(world.pool);
	CHECK(pj_process_send_line(process, "again", 5, -1, &err) == 0);
	CHECK(pj_process_recv_line(process, 60000, &line, &len, &err) == 0);
	CHECK_STR(line, "again");
	CHECK(pj_process_wait(process, &result, &err) == 0);
	CHECK(pj_result_exit_code(result) == 0);
	pj_result_free(result);
	pj_process_free(process);
	pj_command_free(command);
	end_world(&world);
}

static void a_freed_process_is_killed(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command = script(world.policy, "sleep 1000; :");
	struct pj_process *process = NULL;
	struct pj_error err = { 0 };

	await_waiting(world.pool, 2);
	CHECK(pj_pool_spawn(world.pool, command, NULL, &process, &err) == 0);
	CHECK(pj_process_free(process) == NULL);
	world.pool = pj_pool_free(world.pool);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	pj_command_free(command);
	end_world(&world);
}

/* What pj_run() refuses is refused in the same words. */
static void failures_are_those_of_a_run(void)
{
	struct world world = new_world(NULL);
	const struct pj_run_options options = {
		.size = sizeof(options),
		.input_from_fd = true,
		.input_fd = open("/", O_RDONLY | O_CLOEXEC)
	};
	struct pj_command *command = script(world.policy, "exit 0");
	struct pj_result *result = NULL;
	struct pj_error warm = { 0 }, cold = { 0 };

	await_waiting(world.pool, 2);
	CHECK(pj_pool_run(world.pool, command, &options, &result, &warm) < 0);
	CHECK(pj_run(command, &options, &result, &cold) < 0);
	CHECK_STR(warm.message, cold.message);
	CHECK(stats_of(world.pool).waiting == 2);
	close(options.input_fd);
	pj_command_free(command);
	end_world(&world);
}

static void a_program_that_is_gone(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command;
	struct pj_result *result = NULL;
	struct pj_error warm = { 0 }, cold = { 0 };
	char text[400], path[100];

	snprintf(text, sizeof(text), "cp /bin/true %s/program", world.dir);
	CHECK(system(text) == 0);
	snprintf(path, sizeof(path), "%s/program", world.dir);
	command = prepare(world.policy, path, NULL, NULL);
	await_waiting(world.pool, 2);
	snprintf(text, sizeof(text), "cp /bin/false %s/f; mv %s/f %s/program",
		 world.dir, world.dir, world.dir);
	CHECK(system(text) == 0);
	CHECK(pj_pool_run(world.pool, command, NULL, &result, &warm) < 0);
	CHECK(pj_run(command, NULL, &result, &cold) < 0);
	CHECK_STR(warm.message, cold.message);
	pj_command_free(command);
	end_world(&world);
}

/* ---- bounds -------------------------------------------------------------- */

static void idle_jails_are_given_up(void)
{
	struct world world = new_world(NULL);
	const struct pj_pool_options options = { .size = sizeof(options),
						 .jails = 3,
						 .idle_ms = 300 };
	struct pj_pool *pool = new_pool(world.policy, &options);
	struct pj_command *command = script(world.policy, "exit 0");
	struct pj_pool_stats stats;

	do {
		sched_yield();
		stats = stats_of(pool);
		CHECK(!stats.failure[0]);
	} while (!stats.given_up || stats.waiting);
	CHECK(stats.given_up == stats.made);
	/* A request brings them back. */
	pj_result_free(run_in(pool, command));
	CHECK(stats_of(pool).cold + stats_of(pool).warm == 1);
	while (stats_of(pool).made == stats.made)
		sched_yield();
	pj_command_free(command);
	pj_pool_free(pool);
	end_world(&world);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Nobody is refused, and the rate holds for those that callers make, too. */
static void the_rate_is_bounded(void)
{
	struct world world = new_world(NULL);
	const struct pj_pool_options options = { .size = sizeof(options),
						 .jails = 1,
						 .starts_per_second = 2 };
	struct pj_pool *pool = new_pool(world.policy, &options);
	struct pj_command *command = script(world.policy, "exit 0");
	double before;

	await_waiting(pool, 1);
	before = seconds();
	for (int i = 0; i < 5; i++)
		pj_result_free(run_in(pool, command));
	/* Four more were made than waited, at most two at once. */
	CHECK(seconds() - before > 0.9);
	CHECK(stats_of(pool).warm + stats_of(pool).cold == 5);
	CHECK(stats_of(pool).waited > 0);
	pj_command_free(command);
	pj_pool_free(pool);
	end_world(&world);
}

static void options_are_checked(void)
{
	struct world world = new_world(NULL);
	struct pj_pool_options options = { .size = sizeof(options),
					   .jails = 1000000 };
	struct pj_pool *pool = NULL;
	struct pj_error err = { 0 };

	CHECK(pj_pool_new(world.policy, &options, &pool, &err) ==
	      -PJ_E_ARGUMENT);
	options = (struct pj_pool_options){ .size = 3 };
	CHECK(pj_pool_new(world.policy, &options, &pool, &err) ==
	      -PJ_E_ARGUMENT);
	CHECK(pj_pool_new(NULL, NULL, &pool, &err) == -PJ_E_ARGUMENT);
	CHECK(!pool && !pj_pool_free(NULL));
	end_world(&world);
}

/* Where no jail can be made in advance, requests are served all the same. */
static void without_jails_requests_are_served(void)
{
	struct world world = new_world(NULL);
	struct pj_policy *policy = parse_policy(
		&world, USUAL_JAIL ", \"containment\": { \"strategy\": "
				   "\"rlimits\", \"may_lack\": "
				   "[\"filesystem-read\", \"network\", "
				   "\"processes\", \"ipc\", \"devices\", "
				   "\"kill-tree\", \"filesystem-write\"] }");
	struct pj_pool *pool = new_pool(policy, NULL);
	const struct pj_pool_stats *found;
	struct pj_pool_stats stats;

	while (!stats_of(pool).failure[0])
		sched_yield();
	stats = stats_of(pool);
	found = &stats;
	printf("# %s\n", found->failure);
	CHECK(strstr(found->failure, "strategy namespaces"));
	CHECK(found->waiting == 0 && found->made == 0);
	pj_pool_free(pool);
	pj_policy_free(policy);
	end_world(&world);
}

/* ---- many at once -------------------------------------------------------- */

enum { THREADS = 64, REQUESTS = 12 };

struct crowd {
	struct world *world;
	atomic_uint served;
};

/* Each gets what it asked for, once, though some never wait for the end. */
static void *be_one_of_many(void *data)
{
	struct crowd *crowd = data;
	struct pj_pool *pool = crowd->world->pool;

	for (int i = 0; i < REQUESTS; i++) {
		unsigned int number = atomic_fetch_add(&crowd->served, 1);
		struct pj_error err = { 0 };
		struct pj_process *process = NULL;
		struct pj_command *command;
		struct pj_result *result;
		char text[200], want[40];
		size_t len;

		snprintf(text, sizeof(text), "echo x >> %u; echo %u", number,
			 number);
		command = script(crowd->world->policy, text);
		if (number % 5 == 0) {
			CHECK(pj_pool_spawn(pool, command, NULL, &process,
					    &err) == 0);
			pj_process_free(process);
			pj_command_free(command);
			continue;
		}
		result = run_in(pool, command);
		snprintf(want, sizeof(want), "%u\n", number);
		CHECK_STR(pj_result_stdout(result, &len), want);
		CHECK(pj_result_exit_code(result) == 0);
		pj_result_free(result);
		pj_command_free(command);
	}
	return NULL;
}

static void none_is_lost_or_doubled(void)
{
	struct world world = new_world(NULL);
	struct crowd crowd = { .world = &world };
	pthread_t threads[THREADS];
	struct pj_pool_stats stats;

	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, be_one_of_many,
				     &crowd) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stats = stats_of(world.pool);
	printf("# warm %lu, cold %lu, waited %lu, lost %lu\n",
	       (unsigned long)stats.warm, (unsigned long)stats.cold,
	       (unsigned long)stats.waited, (unsigned long)stats.lost);
	CHECK(stats.warm + stats.cold == THREADS * REQUESTS);
	for (unsigned int i = 0; i < THREADS * REQUESTS; i++) {
		char path[100];
		struct stat stat_;
		int found;

		snprintf(path, sizeof(path), "%s/%u", world.dir, i);
		found = stat(path, &stat_);
		/* One that was freed may have ended before it wrote. */
		CHECK(found == 0 || i % 5 == 0);
		CHECK(found < 0 || stat_.st_size <= 2);
	}
	world.pool = pj_pool_free(world.pool);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	end_world(&world);
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void nothing_leaks(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command = script(world.policy, "exit 0");
	int before;

	world.pool = pj_pool_free(world.pool);
	before = open_descriptors();
	for (int round = 0; round < 3; round++) {
		struct pj_pool *pool = new_pool(world.policy, NULL);

		for (int i = 0; i < 5; i++) {
			await_waiting(pool, 2);
			pj_result_free(run_in(pool, command));
		}
		CHECK(stats_of(pool).warm == 5);
		pj_pool_free(pool);
	}
	CHECK(open_descriptors() == before);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	pj_command_free(command);
	end_world(&world);
}

static const struct tap_case cases[] = {
	{ "a request is served", a_request_is_served },
	{ "the result is that of a run", the_result_is_that_of_a_run },
	{ "each jail is served", each_jail_is_served },
	{ "a script is served", a_script_is_served },
	{ "large arguments are served", large_arguments_are_served },
	{ "wall_time begins with the request",
	  wall_time_begins_with_the_request },
	{ "wall_time holds without a call", wall_time_holds_without_a_call },
	{ "a freed process is heard of no more",
	  a_freed_process_is_heard_of_no_more },
	{ "limits hold", limits_hold },
	{ "the tree is sampled", the_tree_is_sampled },
	{ "lines are exchanged", lines_are_exchanged },
	{ "a freed process is killed", a_freed_process_is_killed },
	{ "failures are those of a run", failures_are_those_of_a_run },
	{ "a program that is gone", a_program_that_is_gone },
	{ "idle jails are given up", idle_jails_are_given_up },
	{ "the rate is bounded", the_rate_is_bounded },
	{ "options are checked", options_are_checked },
	{ "without jails requests are served",
	  without_jails_requests_are_served },
	{ "none is lost or doubled", none_is_lost_or_doubled },
	{ "nothing leaks", nothing_leaks },
};

TAP_MAIN(cases)
