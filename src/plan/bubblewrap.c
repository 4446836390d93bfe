/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy `bubblewrap`: the plan of `namespaces`, with namespaces and root
 * made by bwrap, whom a host may allow what it does not allow us. The mounts
 * become options; our stage looks, before the program runs, whether each of
 * them is what the plan resolved. All that is not namespaces and mounts is
 * ours, from within: broker, filter, Landlock, limits.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <linux/mount.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "host/tool.h"
#include "plan/common.h"
#include "plan/strategy.h"
#include "plan/wrapper.h"

/* Told of the properties that bwrap's part holds or shares in. */
static const struct {
	enum property property;
	const char *mechanism;
} held[] = {
	{ PROPERTY_FILESYSTEM_READ, "bwrap: own root of the granted trees" },
	{ PROPERTY_FILESYSTEM_WRITE, "bwrap: read-only mounts, name broker" },
	{ PROPERTY_PROCESSES, "bwrap: pid namespace" },
	{ PROPERTY_IPC, "bwrap: ipc namespace, socket broker" },
	{ PROPERTY_DEVICES, "bwrap: own /dev, nodev mounts" },
	{ PROPERTY_PRIVILEGES,
	  "bwrap: user namespace, nosuid mounts; no_new_privs, no "
	  "capabilities" },
	{ PROPERTY_KILL_TREE, "bwrap: pid namespace" },
};

static const struct {
	uint64_t flag;
	const char *option;
} namespaces[] = {
	{ CLONE_NEWUSER, "--unshare-user" },
	{ CLONE_NEWPID, "--unshare-pid" },
	{ CLONE_NEWIPC, "--unshare-ipc" },
	{ CLONE_NEWUTS, "--unshare-uts" },
	{ CLONE_NEWCGROUP, "--unshare-cgroup" },
	{ CLONE_NEWNET, "--unshare-net" },
};

/* What `--dev` brings along. */
static const char *const usual_devices[] = {
	"dev/fd",     "dev/full",   "dev/null",	   "dev/ptmx",
	"dev/pts",    "dev/random", "dev/stderr",  "dev/stdin",
	"dev/stdout", "dev/tty",    "dev/urandom", "dev/zero",
};

static bool is_usual(const char *target)
{
	for (size_t i = 0; i < ARRAY_SIZE(usual_devices); i++)
		if (strcmp(target, usual_devices[i]) == 0)
			return true;
	return false;
}

struct line {
	struct strv *options;
	bool full; /* memory ran out */
};

static void add(struct line *line, const char *option, const char *first,
		const char *second)
{
	if (strv_push(line->options, option) < 0 ||
	    (first && strv_push(line->options, first) < 0) ||
	    (second && strv_push(line->options, second) < 0))
		line->full = true;
}

static void add_mask(struct line *line, const struct mount_op *op,
		     const char *target)
{
	if (!S_ISDIR(op->type)) {
		/* Without --dev-bind a device cannot be opened. */
		add(line, "--ro-bind", "/dev/null", target);
		return;
	}
	add(line, "--perms", "0000", NULL);
	add(line, "--tmpfs", target, NULL);
	add(line, "--remount-ro", target, NULL);
}

static void add_memory(struct line *line, const struct pj_plan *plan,
		       const char *target)
{
	add(line, "--perms", "1777", NULL);
	if (*plan->root_options[0])
		add(line, "--size", plan->root_options[0], NULL);
	add(line, "--tmpfs", target, NULL);
}

static void add_hollow(struct line *line, const char *target)
{
	if (strcmp(target, "/dev") == 0) {
		add(line, "--dev", target, NULL);
		return;
	}
	add(line, "--perms", "0711", NULL);
	add(line, "--tmpfs", target, NULL);
}

static void add_mount(struct line *line, const struct pj_plan *plan,
		      const struct mount_op *op)
{
	auto_free char *target = NULL;

	if (is_usual(op->target))
		return;
	if (asprintf(&target, "/%s", op->target) < 0) {
		target = NULL;
		line->full = true;
		return;
	}
	switch (op->kind) {
	case MOUNT_DIRECTORY:
		add(line, "--dir", target, NULL);
		break;
	case MOUNT_SYMLINK:
		add(line, "--symlink", op->source, target);
		break;
	case MOUNT_TREE:
		add(line,
		    op->attributes & MOUNT_ATTR_RDONLY ? "--ro-bind" : "--bind",
		    op->source, target);
		break;
	case MOUNT_MASK:
		add_mask(line, op, target);
		break;
	case MOUNT_HOLLOW:
		add_hollow(line, target);
		break;
	case MOUNT_PRIVATE:
		add_memory(line, plan, target);
		break;
	case MOUNT_DEVICE:
		add(line, "--dev-bind", op->source, target);
		break;
	case MOUNT_PROC:
		add(line, "--proc", target, NULL);
		break;
	case MOUNT_DEVPTS:
	case MOUNT_TEXT: /* of a network that this strategy has not */
	case MOUNT_KIND_COUNT:
		break;
	}
}

/* What was written to while the mounts were made, and is not any more. */
static void add_seals(struct line *line, const struct pj_plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct mount_op *op = &plan->mounts[i];
		auto_free char *target = NULL;

		if (op->kind != MOUNT_HOLLOW && op->kind != MOUNT_PROC)
			continue;
		if (asprintf(&target, "/%s", op->target) < 0) {
			target = NULL;
			line->full = true;
		} else {
			add(line, "--remount-ro", target, NULL);
		}
	}
	if (!plan->grants_root)
		add(line, "--remount-ro", "/", NULL);
}

static void fill_options(struct line *line, const struct pj_plan *plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (plan->clone_flags & namespaces[i].flag)
			add(line, namespaces[i].option, NULL, NULL);
	if (!plan->filter_len)
		add(line, "--disable-userns", NULL, NULL);
	/* The stage is pid 1; it keeps what the init needs and drops the rest
	 * (child_init.c). */
	add(line, "--as-pid-1", "--cap-drop", "ALL");
	add(line, "--cap-add", "CAP_SETPCAP", NULL);
	add(line, "--cap-add", "CAP_SYS_ADMIN", NULL);
	add(line, "--cap-add", "CAP_SYS_PTRACE", NULL);
	add(line, "--hostname", "procjail", NULL);
	for (size_t i = 0; i < plan->mount_count; i++)
		add_mount(line, plan, &plan->mounts[i]);
	add_seals(line, plan);
	add(line, "--chdir", "/", NULL);
}

static int plan_wrapper(struct pj_plan *plan, struct pj_error *err)
{
	char options_fd[16];
	struct line argv, options;
	int status;

	plan->wrapper = calloc(1, sizeof(*plan->wrapper));
	if (!plan->wrapper)
		return fail_memory(err, PJ_STAGE_PLAN);
	plan->wrapper->fd = -1;
	status = host_tool_open("bwrap", "bubblewrap", &plan->wrapper->fd,
				&plan->wrapper->path, err);
	if (status < 0)
		return status;
	argv = (struct line){ .options = &plan->wrapper->argv };
	options = (struct line){ .options = &plan->wrapper->options };
	snprintf(options_fd, sizeof(options_fd), "%d", WRAPPER_FD_OPTIONS);
	add(&argv, "bwrap", "--args", options_fd);
	add(&argv, "--", WRAPPER_STAGE_PATH, NULL);
	fill_options(&options, plan);
	return argv.full || options.full ? fail_memory(err, PJ_STAGE_PLAN) : 0;
}

static int plan_bubblewrap(struct pj_plan *plan, const struct pj_host *host,
			   struct pj_error *err)
{
	int status = strategy_namespaces.plan(plan, host, err);

	if (status < 0)
		return status;
	if (plan->execute_listed &&
	    !plan->command->policy->may_lack[PROPERTY_EXECUTE])
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "execute: bwrap mounts nothing noexec; use "
			    "strategy \"namespaces\", or leave "
			    "filesystem.execute out");
	if (plan->own_network)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "network: mode \"filtered\" takes a network that "
			    "bwrap does not make; use strategy \"namespaces\", "
			    "or another mode");
	plan->concurrent = false; /* the stage finds a finished root */
	hold(plan, PROPERTY_EXECUTE, NULL);
	for (size_t i = 0; i < plan->mount_count; i++)
		plan->mounts[i].attributes &= ~(unsigned int)MOUNT_ATTR_NOEXEC;
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		if (plan->properties[held[i].property].mechanism)
			hold(plan, held[i].property, held[i].mechanism);
	if (!plan->brokered)
		hold(plan, PROPERTY_FILESYSTEM_WRITE,
		     plan->properties[PROPERTY_FILESYSTEM_WRITE].mechanism
			     ? "bwrap: read-only mounts"
			     : NULL);
	return plan_wrapper(plan, err);
}

const struct strategy strategy_bubblewrap = {
	.name = STRATEGY_BUBBLEWRAP,
	.plan = plan_bubblewrap,
};
