/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a policy: refused with a message, or made, shown and freed. What
 * is shown is JSON, and no rule stands twice. */
#include <jansson.h>
#include <procjail.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look_at(const struct pj_policy *policy)
{
	struct pj_error err = { 0 };
	char *text = NULL;
	json_t *shown;

	check(pj_policy_show(policy, &text, &err) == 0);
	shown = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	check(json_is_object(shown));
	json_decref(shown);
	free(text);
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct path_rule *rule = &policy->paths[i];

		check(rule->path[0] == '/');
		check(policy_path_rule(policy, rule->path) == rule);
		check(!i || strcmp(rule[-1].path, rule->path) < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pj_policy_options options = { .size = sizeof(options),
						   .workspace = "/",
						   .home = "/nonexistent" };
	struct pj_policy *policy = NULL;
	struct pj_error err = { 0 };
	int result = pj_policy_parse((const char *)data, size, "fuzz.json",
				     &options, &policy, &err);

	if (result < 0) {
		check(!policy && err.message[0] && result == -(int)err.code);
		return 0;
	}
	look_at(policy);
	pj_policy_free(policy);
	return 0;
}
