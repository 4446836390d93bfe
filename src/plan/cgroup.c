/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and processes as limits of a cgroup, CPU time as its account: exact,
 * and over the whole tree. Its files belong to the user whose processes it
 * holds, so it is used only where the program cannot write to any place where
 * cgroups are mounted.
 */
#include "plan/cgroup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "host/cgroup.h"
#include "plan/limits.h"

/* Finding one costs more than what it holds where the kernel's own limit is as
 * good: RLIMIT_NPROC in an own user namespace, except for root. */
static bool is_wanted(const struct limits *limits, bool own_namespace)
{
	return limits->memory != LIMIT_UNSET ||
	       limits->cpu_time_ms != LIMIT_UNSET ||
	       (limits->processes != LIMIT_UNSET &&
		(!own_namespace || geteuid() == 0));
}

/* Whether the program may write at `mount` or anywhere in it. */
static bool is_writable(const struct site_list *sites, const char *mount)
{
	const struct site *at = sites_find(sites, mount);

	if (at && at->effective == WRITABLE)
		return true;
	for (size_t i = 0; i < sites->count; i++)
		if (sites->items[i].effective == WRITABLE &&
		    path_within(sites->items[i].path, mount))
			return true;
	return false;
}

static bool is_out_of_reach(const struct site_list *sites,
			    const struct host_cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->mounts.count; i++)
		if (is_writable(sites, cgroup->mounts.items[i]))
			return false;
	return true;
}

static void add(struct cgroup_plan *plan, const char *file, uint64_t value,
		bool may_be_absent)
{
	struct cgroup_op *op = &plan->ops[plan->op_count++];

	op->file = file;
	op->may_be_absent = may_be_absent;
	snprintf(op->value, sizeof(op->value), "%llu",
		 (unsigned long long)value);
}

static void take_limits(struct cgroup_plan *plan, const struct limits *limits,
			const struct host_cgroup *cgroup, unsigned int others)
{
	if (limits->memory != LIMIT_UNSET && cgroup->memory) {
		plan->memory = true;
		add(plan, "memory.max", limits->memory, false);
		/* A kernel that knows no swap has no such file. */
		add(plan, "memory.swap.max", 0,
		    access("/proc/swaps", F_OK) < 0);
		/* The jail ends whole, not by the process that happens to be
		 * the largest. */
		add(plan, "memory.oom.group", 1, false);
	}
	if (limits->processes != LIMIT_UNSET && cgroup->pids) {
		plan->processes = true;
		add(plan, "pids.max", limits->processes + others, false);
	}
	plan->cpu_time = limits->cpu_time_ms != LIMIT_UNSET;
	if (plan->memory || plan->processes || plan->cpu_time)
		plan->parent = strdup(cgroup->path);
	if (!plan->parent)
		*plan = (struct cgroup_plan){ 0 };
}

void cgroup_plan(struct pj_plan *plan, const struct site_list *sites,
		 const struct pj_host *host)
{
	const struct limits *limits = &plan->command->policy->limits;
	/* Not counted against the program: bwrap waits for the init. */
	unsigned int others = limits_init_tasks(plan) +
			      (plan->strategy == STRATEGY_BUBBLEWRAP);
	struct host_cgroup found = { 0 };
	const struct host_cgroup *cgroup = host ? &host->cgroup : &found;

	if (!sites || !is_wanted(limits, plan->clone_flags != 0))
		return;
	if (!host)
		host_cgroup_find(&found);
	if (cgroup->path && is_out_of_reach(sites, cgroup))
		take_limits(&plan->cgroup, limits, cgroup, others);
	host_cgroup_clear(&found);
}

void cgroup_make_room(const struct limits *limits)
{
	if (is_wanted(limits, true))
		host_cgroup_settle();
}
