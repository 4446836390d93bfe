/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy `namespaces`: a root of its own made of the granted trees, own user,
 * mount, pid, ipc, uts, cgroup and network namespaces, the system call filter,
 * and Landlock where it adds something: scopes, and the list of what may be
 * executed.
 */
#include <linux/sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "host/host.h"
#include "plan/common.h"
#include "plan/init_config.h"
#include "plan/limits.h"
#include "plan/mounts.h"
#include "plan/strategy.h"

enum { ABI_SCOPES = 6, ABI_EXECUTE = 1 };

static const struct {
	enum property property;
	const char *mechanism;
} always_held[] = {
	{ PROPERTY_FILESYSTEM_READ, "own root of the granted trees" },
	{ PROPERTY_FILESYSTEM_WRITE, "read-only mounts" },
	{ PROPERTY_PROCESSES, "pid namespace" },
	{ PROPERTY_IPC, "ipc namespace" },
	{ PROPERTY_DEVICES, "own /dev, nodev mounts" },
	{ PROPERTY_PRIVILEGES,
	  "user namespace, no_new_privs, no capabilities, nosuid mounts" },
	{ PROPERTY_TERMINAL,
	  "new session, system call filter (TIOCSTI, TIOCLINUX)" },
	{ PROPERTY_KILL_TREE, "pid namespace" },
	{ PROPERTY_ENVIRONMENT, "built by the guard" },
};

/* ---- execution ------------------------------------------------------------
 */

static int plan_execute(struct pj_plan *plan, int abi, struct pj_error *err)
{
	int status = common_check_execute(plan, err);

	if (status == 0 && plan->execute_listed && abi >= ABI_EXECUTE)
		hold(plan, PROPERTY_EXECUTE,
		     "Landlock execute right, noexec mounts, no memory files");
	return status;
}

/* ---- network ------------------------------------------------------------- */

/* An empty network namespace costs as much as the rest of a jail; a filter
 * without any socket but AF_UNIX, with Landlock's scope on abstract names,
 * holds the same, AF_VSOCK and the like included. The namespace is for where
 * one of the two is missing. */
static void plan_no_network(struct pj_plan *plan)
{
	if (plan->scope_abstract_sockets &&
	    plan->command->policy->syscalls != SYSCALLS_NONE) {
		hold(plan, PROPERTY_NETWORK,
		     "system call filter (path sockets only), Landlock scope");
		return;
	}
	plan->clone_flags |= CLONE_NEWNET;
	hold(plan, PROPERTY_NETWORK, "empty network namespace");
}

static void plan_network(struct pj_plan *plan, int abi)
{
	const struct pj_policy *policy = plan->command->policy;

	plan->scope_abstract_sockets = abi >= ABI_SCOPES;
	switch (policy->network) {
	case NETWORK_NONE:
		plan_no_network(plan);
		break;
	case NETWORK_LOOPBACK:
		plan->clone_flags |= CLONE_NEWNET;
		plan->loopback_up = true;
		hold(plan, PROPERTY_NETWORK,
		     "network namespace with its own loopback");
		break;
	case NETWORK_FILTERED:
		plan->clone_flags |= CLONE_NEWNET;
		/* Held, if there is a filter. */
		plan->filtered_network = plan->own_network = true;
		break;
	case NETWORK_HOST:
		break;
	}
}

/* ---- system calls -------------------------------------------------------- */

/* What is denied or protected in a tree that is writable. */
static bool holds_names(const struct pj_plan *plan,
			const struct site_list *sites)
{
	bool writable = false, held = plan->command->policy->name_count;

	for (size_t i = 0; i < sites->count; i++) {
		const struct site *site = &sites->items[i];

		writable |= site->effective == WRITABLE;
		held |= site->kind == SITE_DENY || site->kind == SITE_PROTECT;
	}
	return writable && held;
}

static int plan_syscalls(struct pj_plan *plan, const struct site_list *sites,
			 struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;

	if (plan->brokered) {
		hold(plan, PROPERTY_FILESYSTEM_WRITE,
		     "read-only mounts, name broker");
		hold(plan, PROPERTY_IPC, "ipc namespace, socket broker");
		if (plan->own_network)
			hold(plan, PROPERTY_NETWORK,
			     "network namespace, broker of names and "
			     "connections, system call filter");
		return common_plan_filter(plan, err);
	}
	/* Without a filter there is no broker, and no wall that needs one. */
	if (holds_names(plan, sites))
		hold(plan, PROPERTY_FILESYSTEM_WRITE, NULL);
	hold(plan, PROPERTY_IPC, NULL);
	hold(plan, PROPERTY_TERMINAL, NULL);
	if (plan->execute_listed)
		hold(plan, PROPERTY_EXECUTE, NULL);
	if (plan->own_network)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "network: mode \"filtered\" needs the system call "
			    "filter; choose \"default\" or \"strict\" for "
			    "syscalls.profile");
	if (policy->syscalls_deny.count)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "syscalls: a deny list needs a profile; choose "
			    "\"default\" or \"strict\"");
	return 0;
}

static int plan_namespaces(struct pj_plan *plan, const struct pj_host *host,
			   struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;
	int abi = host ? host->landlock_abi : host_landlock_abi();
	auto_sites struct site_list sites = { 0 };
	int status;

	plan->clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID |
			    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	snprintf(plan->uid_map, sizeof(plan->uid_map), "%u %u 1\n", geteuid(),
		 geteuid());
	snprintf(plan->gid_map, sizeof(plan->gid_map), "%u %u 1\n", getegid(),
		 getegid());
	for (size_t i = 0; i < sizeof(always_held) / sizeof(*always_held); i++)
		hold(plan, always_held[i].property, always_held[i].mechanism);
	plan_network(plan, abi);
	status = plan_execute(plan, abi, err);
	if (status == 0)
		status = sites_gather(plan->command, plan, &sites, err);
	if (status == 0)
		status = mounts_plan(plan, &sites, err);
	if (status == 0)
		status = common_check_visible(plan, &sites, err);
	if (status == 0) {
		/* Mounts cannot hold names that do not exist yet, nor keep the
		 * parents of those that do from being renamed, nor say what may
		 * be connected to, nor what becomes of a file that is a
		 * standard stream. */
		plan->brokered = policy->syscalls != SYSCALLS_NONE;
		limits_plan(plan, &sites, host);
		status = plan_syscalls(plan, &sites, err);
	}
	/* A deny list may hold a call that is needed after the filter then. At
	 * the memory limit of a cgroup the kernel kills all who share memory,
	 * the caller too, unless each of them is waited for by vfork. */
	plan->concurrent = !plan->execute_listed &&
			   !policy->syscalls_deny.count && !plan->cgroup.memory;
	/* Up to here it is the policy that refuses, not the host. */
	plan->policy_refuses = status < 0;
	if (status < 0)
		return status;
	return init_config_plan(plan, &sites, err);
}

const struct strategy strategy_namespaces = {
	.name = STRATEGY_NAMESPACES,
	.plan = plan_namespaces,
};
