/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy `landlock`: no namespaces at all. Files by Landlock and the broker,
 * which judges each open; signals and abstract sockets by Landlock's scopes;
 * the rest by the system call filter. The program sees the host's root: what is
 * not granted cannot be opened or changed, but its existence, its attributes
 * and where links lead can be seen.
 */
#include "plan/landlock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "host/host.h"
#include "plan/common.h"
#include "plan/init_config.h"
#include "plan/limits.h"
#include "plan/strategy.h"

enum { ABI_SCOPES = 6 };

struct held {
	enum property property;
	const char *mechanism;
};

static const struct held held[] = {
	{ PROPERTY_FILESYSTEM_READ,
	  "Landlock, each open judged by the broker" },
	{ PROPERTY_FILESYSTEM_WRITE, "Landlock, name broker" },
	{ PROPERTY_PROCESSES,
	  "Landlock domain and signal scope, /proc by the broker" },
	{ PROPERTY_IPC, "Landlock scope, socket broker, system call filter" },
	{ PROPERTY_DEVICES, "Landlock, each open judged by the broker" },
	{ PROPERTY_PRIVILEGES, "no_new_privs, no capabilities" },
	{ PROPERTY_TERMINAL,
	  "new session, system call filter (TIOCSTI, TIOCLINUX)" },
	{ PROPERTY_KILL_TREE, "one signal to the whole Landlock domain" },
	{ PROPERTY_ENVIRONMENT, "built by the guard" },
};

/* Before Landlock had scopes. */
static const struct held held_unscoped[] = {
	{ PROPERTY_PROCESSES, "Landlock domain, signals and /proc by the "
			      "broker" },
	{ PROPERTY_IPC, "socket broker, system call filter" },
	{ PROPERTY_KILL_TREE, "sweep by process groups, held by the broker" },
};

/* Without the filter there is no broker: what Landlock alone holds. */
static const enum property of_the_filter[] = { PROPERTY_FILESYSTEM_WRITE,
					       PROPERTY_PROCESSES, PROPERTY_IPC,
					       PROPERTY_DEVICES,
					       PROPERTY_TERMINAL };

/* ---- what this host lacks -------------------------------------------------
 */

/* From 2 on only a process with a capability may read another's memory, and
 * the broker, which has none, could not read the calls that it serves. */
static bool broker_may_read(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	char line[32];
	long scope = 0;

	if (file) {
		if (fgets(line, sizeof(line), file))
			scope = strtol(line, NULL, 10);
		fclose(file);
	}
	return scope < 2;
}

/* Its numbers are those that the kernel tells us. */
static bool proc_is_ours(void)
{
	char text[16] = "";

	return readlink("/proc/self", text, sizeof(text) - 1) > 0 &&
	       strtol(text, NULL, 10) == getpid();
}

static int check_host(int abi, struct pj_error *err)
{
	if (abi <= 0)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: this kernel has no Landlock; "
			    "start it with lsm=landlock,… or use another "
			    "strategy");
	if (access("/proc/self/status", R_OK) < 0)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, errno,
			    "processes: strategy landlock finds the calls of "
			    "the jail by /proc, which is not mounted here; "
			    "mount it, or use another strategy");
	if (!proc_is_ours())
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "processes: /proc is that of another pid namespace "
			    "here, and strategy landlock finds processes by "
			    "it; mount a new one, or use another strategy");
	if (!broker_may_read())
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: kernel.yama.ptrace_scope keeps "
			    "the broker from reading the calls it serves; "
			    "sysctl -w kernel.yama.ptrace_scope=1");
	return 0;
}

/* ---- a directory for temporary files ---------------------------------------
 */

static bool has_variable(const struct strv *envp, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < envp->count; i++)
		if (strncmp(envp->items[i], name, n) == 0 &&
		    envp->items[i][n] == '=')
			return true;
	return false;
}

static char *temporary_place(void)
{
	const char *const places[] = { "/tmp", getenv("XDG_RUNTIME_DIR") };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char *real = places[i] ? realpath(places[i], NULL) : NULL;

		if (real && real[1] && eaccess(real, W_OK | X_OK) == 0)
			return real;
		free(real);
	}
	return NULL;
}

/* /tmp itself cannot be the jail's own: TMPDIR leads to a directory below it,
 * whose name nobody can guess. */
static int plan_scratch(struct pj_plan *plan, struct pj_error *err)
{
	static const char *const names[] = { "TMPDIR", "TMP", "TEMP" };
	const struct strv *given = &plan->command->envp;
	auto_free char *place = NULL;
	uint64_t random[2];
	bool told = false;

	if (plan->command->policy->tmp != TMP_PRIVATE)
		return 0;
	place = temporary_place();
	if (!place)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-write: no place for a private "
			    "directory: /tmp and XDG_RUNTIME_DIR cannot be "
			    "written; use \"none\" for filesystem.tmp");
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return fail(err, PJ_STAGE_PLAN, PJ_E_SYSTEM, errno,
			    "getrandom");
	if (asprintf(&plan->scratch, "%s/" SCRATCH_PREFIX "%016llx%016llx",
		     place, (unsigned long long)random[0],
		     (unsigned long long)random[1]) < 0) {
		plan->scratch = NULL;
		return fail_memory(err, PJ_STAGE_PLAN);
	}
	if (strv_append(&plan->envp, given) < 0)
		return fail_memory(err, PJ_STAGE_PLAN);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		told |= has_variable(given, names[i]);
	for (size_t i = 0; !told && i < ARRAY_SIZE(names); i++)
		if (strv_pushf(&plan->envp, "%s=%s", names[i], plan->scratch) <
		    0)
			return fail_memory(err, PJ_STAGE_PLAN);
	return 0;
}

/* ---- mechanisms ------------------------------------------------------------
 */

static int plan_network(struct pj_plan *plan, struct pj_error *err)
{
	switch (plan->command->policy->network) {
	case NETWORK_NONE:
		if (plan->brokered)
			hold(plan, PROPERTY_NETWORK,
			     plan->landlock.outer_net && plan->landlock.scoped
				     ? "system call filter (path sockets "
				       "only), Landlock scope and TCP rights"
			     : plan->landlock.scoped
				     ? "system call filter (path sockets "
				       "only), Landlock scope"
				     : "system call filter (path sockets "
				       "only)");
		break;
	case NETWORK_HOST:
		break;
	case NETWORK_FILTERED:
		if (!plan->brokered)
			return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
				    "network: mode \"filtered\" needs the "
				    "system call filter; choose \"default\" or "
				    "\"strict\" for syscalls.profile");
		hold(plan, PROPERTY_NETWORK,
		     plan->landlock.inner_net
			     ? "broker of names and connections, system call "
			       "filter, Landlock TCP rights"
			     : "broker of names and connections, system call "
			       "filter");
		break;
	case NETWORK_LOOPBACK:
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "network: strategy landlock has no network of its "
			    "own; use mode \"none\", \"filtered\" or "
			    "\"host\", or strategy namespaces");
	}
	return 0;
}

static int plan_filter(struct pj_plan *plan, struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;

	if (plan->brokered)
		return common_plan_filter(plan, err);
	for (size_t i = 0; i < ARRAY_SIZE(of_the_filter); i++)
		hold(plan, of_the_filter[i], NULL);
	hold(plan, PROPERTY_FILESYSTEM_READ, "Landlock");
	if (plan->execute_listed)
		hold(plan, PROPERTY_EXECUTE, NULL);
	if (policy->syscalls_deny.count)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "syscalls: a deny list needs a profile; choose "
			    "\"default\" or \"strict\"");
	return 0;
}

static int plan_sites(struct pj_plan *plan, struct site_list *sites,
		      const struct pj_host *host, int abi, struct pj_error *err)
{
	int status = sites_gather(plan->command, plan, sites, err);

	if (status == 0)
		status = landlock_rules_plan(plan, sites, abi, err);
	if (status == 0)
		status = common_check_visible(plan, sites, err);
	if (status == 0)
		status = plan_network(plan, err);
	if (status == 0)
		status = plan_filter(plan, err);
	if (status < 0)
		return status;
	limits_plan(plan, sites, host);
	status = limits_mark(plan, err);
	return status < 0 ? status : init_config_plan(plan, sites, err);
}

static int plan_landlock(struct pj_plan *plan, const struct pj_host *host,
			 struct pj_error *err)
{
	int abi = host ? host->landlock_abi : host_landlock_abi();
	auto_sites struct site_list sites = { 0 };
	int status = check_host(abi, err);

	if (status < 0)
		return status;
	plan->host_root = true;
	plan->filtered_network =
		plan->command->policy->network == NETWORK_FILTERED;
	plan->brokered = plan->command->policy->syscalls != SYSCALLS_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		hold(plan, held[i].property, held[i].mechanism);
	plan->unscoped = abi < ABI_SCOPES;
	for (size_t i = 0; plan->unscoped && i < ARRAY_SIZE(held_unscoped); i++)
		hold(plan, held_unscoped[i].property,
		     plan->brokered ? held_unscoped[i].mechanism : NULL);
	status = common_check_execute(plan, err);
	if (status == 0 && plan->execute_listed)
		hold(plan, PROPERTY_EXECUTE,
		     "Landlock execute right, no memory files");
	if (status == 0)
		status = plan_scratch(plan, err);
	return status < 0 ? status : plan_sites(plan, &sites, host, abi, err);
}

const struct strategy strategy_landlock = {
	.name = STRATEGY_LANDLOCK,
	.plan = plan_landlock,
};
