/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service's policies, each with a pool of jails for each workspace that it
 * is used in. A policy comes from the configuration directory or is a built-in
 * profile; nothing of it comes from a client or from the workspace.
 */
#ifndef PJ_SERVICE_POLICIES_H
#define PJ_SERVICE_POLICIES_H

#include <procjail.h>
#include <pthread.h>

struct policies_options {
	const char *directory;	     /* of NAME.json: absolute, without links */
	const char *named_directory; /* absolute, as it was named */
	const char *socket;	     /* that the service listens on: absolute */
	const char *audit_file; /* absolute, or NULL: what runs never sees it */
	unsigned int jails, idle_ms;
};

/* One policy in one workspace. Held by whoever acquired it. */
struct service_policy {
	/* Held for reading while `policy` is used; a pool may be used for as
	 * long as the whole is held. */
	pthread_rwlock_t lock;
	struct pj_policy *policy;
	struct pj_pool *pool;
};

struct policies;
int policies_new(const struct policies_options *options,
		 struct policies **ret_policies, struct pj_error *err);
/* When nothing of it is held any more. */
struct policies *policies_free(struct policies *policies);

/* The policy as its file is now. `name`: of a policy, or with `is_profile` of a
 * built-in one. */
int policies_acquire(struct policies *policies, const char *name,
		     bool is_profile, const char *workspace,
		     struct service_policy **ret_policy, struct pj_error *err);
void policies_release(struct policies *policies, struct service_policy *policy);

/* Free what was not used for long. Returns in how many milliseconds there may
 * be something again; -1: no time. */
int policies_expire(struct policies *policies);

#endif
