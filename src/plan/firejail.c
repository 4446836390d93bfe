/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy `firejail`: namespaces, /dev and read-only mounts by firejail's
 * command line, the rest by our stage within. Firejail takes away from the
 * host's tree, it builds none of its own: a policy that does not grant all of
 * "/" to be read is refused by name, and so are paths that its options cannot
 * spell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "host/tool.h"
#include "plan/common.h"
#include "plan/own.h"
#include "plan/strategy.h"

static const char *const always[] = {
	"firejail",
	"--quiet",
	"--noprofile",
	"--deterministic-exit-code",
	"--deterministic-shutdown",
	"--keep-fd=3,4", /* WRAPPER_FD_STAGE, WRAPPER_FD_SOCKET */
	"--private-dev",
	"--ipc-namespace",
	"--hostname=procjail",
	"--nodbus",
	"--noinput",
	"--read-only=/",
	/* Its own state, which an ordinary user's sandboxes write to. */
	"--blacklist=/run/firejail/dbus",
};

static const struct {
	enum property property;
	const char *mechanism;
} held[] = {
	{ PROPERTY_PROCESSES, "firejail: pid namespace" },
	{ PROPERTY_IPC, "firejail: ipc namespace; socket broker" },
	{ PROPERTY_DEVICES, "firejail: private /dev" },
	{ PROPERTY_KILL_TREE, "firejail: pid namespace" },
};

/* What firejail takes in a file name; the rest it refuses or expands. */
static bool can_spell(const char *path)
{
	return !path[strspn(path,
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789/._+-@")];
}

static int unspellable(const char *property, const char *path,
		       struct pj_error *err)
{
	return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
		    "%s: firejail's options cannot spell %s; rename it, or use "
		    "another strategy",
		    property, path);
}

/* The longest rule wins in firejail too, as it mounts in the order given: the
 * policy's rules are sorted, a parent first. */
static int add_rules(struct strv *argv, const struct pj_policy *policy,
		     struct pj_error *err)
{
	static const char *const options[] = {
		[PATH_DENY] = "--blacklist=",
		[PATH_PROTECT] = "--read-only=",
		[PATH_WRITE] = "--read-write=",
		[PATH_READ] = "--read-only=",
	};

	bool uses_tmp = policy->tmp != TMP_PRIVATE;

	for (size_t i = 0; i < policy->path_count; i++) {
		const struct path_rule *rule = &policy->paths[i];

		if (!rule->exists)
			continue;
		uses_tmp |= path_within(rule->path, "/tmp");
		if (!can_spell(rule->path))
			return unspellable(rule->access == PATH_DENY
						   ? "filesystem-read"
						   : "filesystem-write",
					   rule->path, err);
		if (strv_pushf(argv, "%s%s", options[rule->access],
			       rule->path) < 0)
			return fail_memory(err, PJ_STAGE_PLAN);
	}
	/* What is granted in /tmp would not be there in a private one. */
	if (!uses_tmp && strv_push(argv, "--private-tmp") < 0)
		return fail_memory(err, PJ_STAGE_PLAN);
	return 0;
}

static bool reads_everything(const struct pj_policy *policy)
{
	const struct path_rule *rule = policy_path_rule(policy, "/");

	for (size_t i = 0; i < policy->name_count; i++)
		if (policy->names[i].access == PATH_DENY)
			return false;
	return rule && rule->access >= PATH_WRITE;
}

static int claim(const struct pj_plan *plan, struct pj_strategy_answer *answer)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < ARRAY_SIZE(held); i++)
		status = pj_strategy_holds(answer,
					   property_name(held[i].property),
					   held[i].mechanism);
	if (status == 0 && plan->command->policy->syscalls != SYSCALLS_NONE)
		status = pj_strategy_holds(
			answer, "filesystem-write",
			"firejail: read-only mounts; name broker");
	if (status == 0 && reads_everything(plan->command->policy))
		status = pj_strategy_holds(answer, "filesystem-read",
					   "firejail: blacklisted paths");
	return status;
}

static int answer_firejail(struct pj_plan *plan,
			   struct pj_strategy_answer *answer, const void *data,
			   struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;
	auto_strv struct strv argv = { 0 };
	int status;

	(void)data;
	if (!reads_everything(policy) &&
	    !policy->may_lack[PROPERTY_FILESYSTEM_READ])
		return fail(
			err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			"filesystem-read: firejail hides what is denied, it "
			"cannot show the granted trees alone; grant \"/\" "
			"for reading, or give it up with may_lack");
	status = host_tool_open("firejail", "firejail", &answer->wrapper->fd,
				&answer->wrapper->path, err);
	if (status < 0)
		return status;
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (strv_push(&argv, always[i]) < 0)
			return fail_memory(err, PJ_STAGE_PLAN);
	status = add_rules(&argv, policy, err);
	if (status < 0)
		return status;
	if (strv_push(&argv, "--") < 0 ||
	    strv_push(&argv, WRAPPER_STAGE_PATH) < 0 || claim(plan, answer) < 0)
		return fail_memory(err, PJ_STAGE_PLAN);
	answer->wrapper->argv = argv;
	argv = (struct strv){ 0 };
	return 0;
}

static int plan_firejail(struct pj_plan *plan, const struct pj_host *host,
			 struct pj_error *err)
{
	return own_plan(plan, host, answer_firejail, NULL, err);
}

const struct strategy strategy_firejail = {
	.name = STRATEGY_FIREJAIL,
	.plan = plan_firejail,
};
