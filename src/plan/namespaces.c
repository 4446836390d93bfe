/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy `namespaces`: a root of its own made of the granted trees, own user,
 * mount, pid, ipc, uts, cgroup and network namespaces, the system call filter,
 * and Landlock where it adds something: scopes, and the list of what may be
 * executed.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "host/host.h"
#include "plan/elf.h"
#include "plan/filter/filter.h"
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

static void hold(struct pj_plan *plan, enum property property,
		 const char *mechanism)
{
	plan->properties[property].mechanism = mechanism;
}

/* ---- what the policy asks that depends on what is there -------------------
 */

static int check_visible(struct pj_plan *plan, const struct site_list *sites,
			 struct pj_error *err)
{
	const struct pj_command *command = plan->command;
	const struct site *cwd = sites_find(sites, command->cwd);
	const struct site *program = sites_find(sites, command->program);
	const struct site *interpreter =
		command->interpreter ? sites_find(sites, command->interpreter)
				     : NULL;

	if (!cwd || cwd->effective == NOT_VISIBLE)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: the working directory %s is "
			    "not granted; add it to filesystem.read, or "
			    "choose another with --chdir",
			    command->cwd);
	if (cwd->effective == OWN_MEMORY &&
	    strcmp(cwd->path, command->cwd) != 0)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: the working directory %s lies "
			    "in the private %s, where it does not exist; add "
			    "it to filesystem.read or write",
			    command->cwd, cwd->path);
	plan->cwd_in_memory = cwd->effective == OWN_MEMORY;
	if (!program || program->effective == NOT_VISIBLE)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: the program %s is hidden by a "
			    "deny rule; remove the rule or the command",
			    command->program);
	if (command->interpreter &&
	    (!interpreter || interpreter->effective == NOT_VISIBLE))
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: %s is a script for %s, which is "
			    "not granted; add it to filesystem.read",
			    command->program, command->interpreter);
	return 0;
}

static bool executable(const struct pj_policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->execute_count; i++)
		if (path_within(path, policy->executes[i].path))
			return true;
	return false;
}

static int plan_execute(struct pj_plan *plan, int abi, struct pj_error *err)
{
	const struct pj_command *command = plan->command;
	const struct pj_policy *policy = command->policy;
	const char *missing = NULL;

	if (!policy->execute_listed)
		return 0;
	plan->execute_listed = true;
	if (!executable(policy, command->program))
		missing = command->program;
	else if (command->interpreter &&
		 !executable(policy, command->interpreter))
		missing = command->interpreter;
	if (missing)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "execute: %s is not among filesystem.execute; add "
			    "it there",
			    missing);
	if (abi >= ABI_EXECUTE)
		hold(plan, PROPERTY_EXECUTE,
		     "Landlock execute right, noexec mounts, no memory files");
	return 0;
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
		break; /* refused before */
	case NETWORK_HOST:
		/* Abstract sockets are the host's then, unless scoped. */
		if (!plan->scope_abstract_sockets)
			hold(plan, PROPERTY_IPC, NULL);
		break;
	}
}

/* ---- system calls -------------------------------------------------------- */

/* A writable tree in which something is held needs the broker: mounts cannot
 * hold names that do not exist yet, nor keep the parents of those that do from
 * being renamed. So does everything that may connect to path sockets. */
static bool wants_broker(const struct pj_plan *plan,
			 const struct site_list *sites)
{
	const struct pj_policy *policy = plan->command->policy;
	bool writable = false, held = false;

	if (policy->syscalls == SYSCALLS_DEFAULT ||
	    (policy->syscalls == SYSCALLS_STRICT &&
	     policy->network != NETWORK_NONE))
		return true;
	for (size_t i = 0; i < sites->count; i++) {
		const struct site *site = &sites->items[i];

		writable |= site->effective == WRITABLE;
		held |= site->kind == SITE_DENY || site->kind == SITE_PROTECT;
	}
	return writable && (held || policy->name_count);
}

static int plan_filter(struct pj_plan *plan, struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;
	bool inet = policy->network != NETWORK_NONE;
	struct filter_program base;
	struct filter_answer *answers;
	size_t count = 0;
	int status =
		filter_select(policy->syscalls, plan->brokered, inet, &base);

	if (status < 0)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "syscalls: there is no such filter");
	answers = calloc(policy->syscalls_deny.count + 3, sizeof(*answers));
	plan->filter = calloc(FILTER_CAPACITY, sizeof(*plan->filter));
	if (!answers || !plan->filter) {
		free(answers);
		return fail_memory(err, PJ_STAGE_PLAN);
	}
	for (; count < policy->syscalls_deny.count; count++)
		answers[count] = (struct filter_answer){
			.name = policy->syscalls_deny.items[count],
		};
	/* A memory file is on no mount that Landlock or noexec know, and what
	 * is written to it counts as no process's memory. */
	if (plan->execute_listed || policy->limits.memory != LIMIT_UNSET)
		answers[count++].name = "memfd_create";
	/* Neither does a segment that nobody has attached. */
	if (policy->limits.memory != LIMIT_UNSET)
		answers[count++].name = "shmget";
	status = filter_deny_extra(&base, answers, count, plan->filter,
				   FILTER_CAPACITY, &plan->filter_len, err);
	free(answers);
	if (status < 0)
		return status;
	hold(plan, PROPERTY_SYSCALLS,
	     policy->syscalls == SYSCALLS_STRICT
		     ? "system call filter (strict)"
		     : "system call filter (default)");
	return 0;
}

static int plan_syscalls(struct pj_plan *plan, const struct site_list *sites,
			 struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;

	plan->brokered = wants_broker(plan, sites);
	if (policy->syscalls != SYSCALLS_NONE) {
		if (plan->brokered)
			hold(plan, PROPERTY_FILESYSTEM_WRITE,
			     "read-only mounts, name broker");
		if (plan->brokered && plan->properties[PROPERTY_IPC].mechanism)
			hold(plan, PROPERTY_IPC,
			     "ipc namespace, socket broker");
		return plan_filter(plan, err);
	}
	/* Without a filter there is no broker, and no wall that needs one. */
	if (plan->brokered)
		hold(plan, PROPERTY_FILESYSTEM_WRITE, NULL);
	plan->brokered = false;
	hold(plan, PROPERTY_IPC, NULL);
	hold(plan, PROPERTY_TERMINAL, NULL);
	if (plan->execute_listed)
		hold(plan, PROPERTY_EXECUTE, NULL);
	if (policy->syscalls_deny.count)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "syscalls: a deny list needs a profile; choose "
			    "\"default\" or \"strict\"");
	return 0;
}

static int plan_namespaces(struct pj_plan *plan, const struct pj_host *host,
			   struct pj_error *err)
{
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
		status = check_visible(plan, &sites, err);
	if (status == 0)
		status = plan_syscalls(plan, &sites, err);
	if (status < 0)
		return status;
	limits_plan(plan);
	return init_config_plan(plan, &sites, err);
}

const struct strategy strategy_namespaces = {
	.name = STRATEGY_NAMESPACES,
	.plan = plan_namespaces,
};
