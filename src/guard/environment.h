/* SPDX-License-Identifier: Apache-2.0 */
/* The environment that a command gets: what the policy passes on, what the
 * request may set, and above both what the policy sets. Nothing else. */
#ifndef PJ_GUARD_ENVIRONMENT_H
#define PJ_GUARD_ENVIRONMENT_H

#include <procjail.h>

#include "policy/policy.h"

/* What became of one variable. */
enum env_status {
	ENV_FINE,
	ENV_NOT_ALLOWED,
	ENV_FORBIDDEN,
	ENV_INVALID,	/* no "=", or an empty name, or "=" in the name: the
			 * request parser gives such an entry a leading "=" */
	ENV_DUPLICATE,	/* a name that came before */
	ENV_DROPPED,	/* passed by the policy, but forbidden: left out */
	ENV_OVERRIDDEN, /* asked for, but the policy sets it */
};

struct env_entry {
	const char *name; /* not terminated */
	size_t name_len;
	const char *value;
	int rank;     /* policy's set, request, passed: lower wins */
	size_t order; /* within its rank */
	enum env_status status;
};

struct environment {
	struct env_entry *entries; /* sorted by name, then by who wins */
	size_t count;
};

/* All variables with what becomes of each. 0, or -1 when out of memory.
 * The entries point into the policy, the request and its caller_env. */
int environment_gather(const struct pj_policy *policy,
		       const struct pj_request *request,
		       struct environment *ret_environment);
/* The resulting "NAME=value" list, sorted by name. 0 or -1 (memory). */
int environment_list(const struct environment *environment,
		     struct strv *ret_envp);
void environment_clear(struct environment *environment);
#define auto_environment __attribute__((cleanup(environment_clear)))

/* Whether only the policy's own `set` may give this variable. */
bool environment_name_forbidden(const char *name, size_t len);

#endif
