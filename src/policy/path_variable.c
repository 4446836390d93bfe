/* SPDX-License-Identifier: Apache-2.0 */
/* The PATH that a command gets under a policy: what `set` gives wins, then
 * what `pass` lets through, then the C library's own default order. */
#include <string.h>
#include <unistd.h>

#include "policy/policy.h"

static const char variable[] = "PATH";
static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

/* A name of `pass`; a trailing `*` matches any rest. */
static bool covers(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);

	if (len && pattern[len - 1] == '*')
		return strncmp(pattern, name, len - 1) == 0;
	return strcmp(pattern, name) == 0;
}

static bool passed(const struct pj_policy *policy)
{
	for (size_t i = 0; i < policy->env_pass.count; i++)
		if (covers(policy->env_pass.items[i], variable))
			return true;
	return false;
}

const char *pj_policy_path_variable(const struct pj_policy *policy,
				    const char *const *caller_env)
{
	size_t len = sizeof(variable) - 1;

	for (size_t i = 0; i < policy->env_set_count; i++)
		if (strcmp(policy->env_set[i].name, variable) == 0)
			return policy->env_set[i].value;
	if (!passed(policy))
		return default_path;
	if (!caller_env)
		caller_env = (const char *const *)environ;
	for (; caller_env && *caller_env; caller_env++)
		if (strncmp(*caller_env, variable, len) == 0 &&
		    (*caller_env)[len] == '=')
			return *caller_env + len + 1;
	return default_path;
}
