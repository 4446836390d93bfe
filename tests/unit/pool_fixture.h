/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the pool share: a directory of their own, a policy for it,
 * and runs of shell scripts by a pool. */
#ifndef PJ_TESTS_POOL_FIXTURE_H
#define PJ_TESTS_POOL_FIXTURE_H

#include <limits.h>
#include <procjail.h>
#include <sched.h>
#include <sys/stat.h>

#include "tap.h"

enum { TEXT_MAX = 4096 };

struct world {
	char dir[64]; /* ours, outside of /tmp */
	struct pj_policy *policy;
	struct pj_pool *pool;
};

/* With these variables set, in JSON. */
static inline struct pj_policy *
policy_with(const struct world *world, const char *variables, const char *jail)
{
	const struct pj_policy_options options = {
		.size = sizeof(options),
		.workspace = world->dir,
	};
	struct pj_policy *policy = NULL;
	struct pj_error err = { 0 };
	char text[TEXT_MAX];

	snprintf(text, sizeof(text),
		 "{ \"version\": 1, \"risky_programs\": \"allow\",\n"
		 "  \"commands\": { \"*\": \"any-arguments\" },\n"
		 "  \"environment\": { \"allow\": [\"NAME*\"], "
		 "\"set\": { %s \"PATH\": \"/usr/bin:/bin\" } },\n"
		 "  \"working_directory\": { \"default\": \"%s\", "
		 "\"within\": [\"/\"] },\n%s }\n",
		 variables, world->dir, jail);
	if (pj_policy_parse(text, strlen(text), "policy", &options, &policy,
			    &err) < 0)
		printf("# %s\n", err.message);
	CHECK(policy);
	return policy;
}

static inline struct pj_policy *parse_policy(const struct world *world,
					     const char *jail)
{
	return policy_with(world, "", jail);
}

static inline struct pj_pool *new_pool(const struct pj_policy *policy,
				       const struct pj_pool_options *given)
{
	struct pj_pool_options options = { .size = sizeof(options) };
	struct pj_pool *pool = NULL;
	struct pj_error err = { 0 };

	if (given)
		options = *given;
	if (pj_pool_new(policy, &options, &pool, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(pool);
	return pool;
}

static inline struct pj_pool_stats stats_of(struct pj_pool *pool)
{
	struct pj_pool_stats stats = { .size = sizeof(stats) };

	pj_pool_stats(pool, &stats);
	return stats;
}

/* Until as many wait; a host that has no jails for us is a reason to skip. */
static inline void await_waiting(struct pj_pool *pool, unsigned int count)
{
	for (;;) {
		struct pj_pool_stats stats = stats_of(pool);

		if (stats.waiting == count)
			return;
		if (strstr(stats.failure, "does not allow") ||
		    strstr(stats.failure, "not to be had"))
			SKIP("%s", stats.failure);
		if (stats.failure[0])
			printf("# %s\n", stats.failure);
		CHECK(!stats.failure[0]);
		sched_yield();
	}
}

#define USUAL_JAIL "\"filesystem\": { \"read\": [\"/\"], \"write\": [\".\"] }"

/* A directory, a policy with `jail` (NULL: the usual one), a pool of two. */
static inline struct world new_world(const char *jail)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };

	CHECK(mkdtemp(world.dir));
	world.policy = parse_policy(&world, jail ? jail : USUAL_JAIL);
	world.pool = new_pool(world.policy, NULL);
	return world;
}

static inline void end_world(struct world *world)
{
	char command[PATH_MAX];

	pj_pool_free(world->pool);
	pj_policy_free(world->policy);
	snprintf(command, sizeof(command), "rm -rf -- %s", world->dir);
	CHECK(system(command) == 0);
}

static inline struct pj_command *prepare(const struct pj_policy *policy,
					 const char *program,
					 const char *const *args,
					 const char *const *env)
{
	const struct pj_request request = { .size = sizeof(request),
					    .program = program,
					    .args = args,
					    .env = env };
	struct pj_command *command = NULL;
	struct pj_error err = { 0 };

	if (pj_prepare(policy, &request, 0, &command, NULL, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(command);
	return command;
}

static inline struct pj_command *script(const struct pj_policy *policy,
					const char *text)
{
	const char *const args[] = { "-c", text, NULL };

	return prepare(policy, "/bin/sh", args, NULL);
}

static inline struct pj_result *run_in(struct pj_pool *pool,
				       const struct pj_command *command)
{
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	if (pj_pool_run(pool, command, NULL, &result, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(result);
	return result;
}

/* Run a script by a jail that waits, and compare all it wrote. */
static inline void check_script(struct world *world, const char *text,
				const char *want)
{
	struct pj_command *command = script(world->policy, text);
	struct pj_pool_stats before;
	struct pj_result *result;
	size_t len;

	await_waiting(world->pool, 2);
	before = stats_of(world->pool);
	result = run_in(world->pool, command);
	if (*pj_result_stderr(result, &len))
		printf("# %s", pj_result_stderr(result, &len));
	CHECK_STR(pj_result_stdout(result, &len), want);
	CHECK(stats_of(world->pool).warm == before.warm + 1);
	pj_result_free(result);
	pj_command_free(command);
}

#endif
