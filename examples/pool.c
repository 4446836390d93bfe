/* SPDX-License-Identifier: Apache-2.0 */
/* Serve many small commands from jails that were made in advance. */
#include <procjail.h>
#include <stdio.h>
#include <string.h>

static const char policy_text[] =
	"{ \"version\": 1, \"extends\": \"read-only\",\n"
	"  \"commands\": { \"/bin/echo\": \"any-arguments\" } }\n";

static int serve(struct pj_pool *pool, const struct pj_policy *policy,
		 const char *word, struct pj_error *err)
{
	const char *const args[] = { "hello", word, NULL };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/bin/echo",
					    .args = args };
	struct pj_command *command = NULL;
	struct pj_result *result = NULL;
	size_t len;
	int r = pj_prepare(policy, &request, 0, &command, NULL, err);

	if (r == 0)
		r = pj_pool_run(pool, command, NULL, &result, err);
	if (r == 0)
		fputs(pj_result_stdout(result, &len), stdout);
	pj_result_free(result);
	pj_command_free(command);
	return r;
}

int main(void)
{
	static const char *const words[] = { "one", "two", "three" };
	const struct pj_pool_options options = { .size = sizeof(options),
						 .jails = 4,
						 .idle_ms = 60000 };
	struct pj_pool_stats stats = { .size = sizeof(stats) };
	struct pj_policy *policy = NULL;
	struct pj_pool *pool = NULL;
	struct pj_error err = { 0 };
	int r = pj_policy_parse(policy_text, strlen(policy_text), "example",
				NULL, &policy, &err);

	if (r == 0)
		r = pj_pool_new(policy, &options, &pool, &err);
	for (int i = 0; r == 0 && i < 3; i++)
		r = serve(pool, policy, words[i], &err);
	if (r < 0) {
		fprintf(stderr, "example: %s\n", err.message);
	} else {
		pj_pool_stats(pool, &stats);
		printf("%d by jails that waited, %d by others\n",
		       (int)stats.warm, (int)stats.cold);
	}
	pj_pool_free(pool);
	pj_policy_free(policy);
	return r < 0;
}
