/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From sites to mounts. One pass over the sorted sites with a stack of the
 * sites that we are inside of: a site needs a mount where it makes a difference
 * to its parent. Where the parent shows nothing, the way to the site is made of
 * empty directories.
 */
#include "plan/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

enum { DEPTH_MAX = 512 };

/* Every mount; device nodes are mounts of their own, without NODEV. */
#define ATTR_TREE   (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define ATTR_MASK   (ATTR_TREE | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC)
#define ATTR_DEVICE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

struct walk {
	struct pj_plan *plan;
	const struct pj_policy *policy;
	size_t capacity;
	/* The sites that the current one lies in, outermost first. */
	struct site *inside[DEPTH_MAX];
	bool hollow[DEPTH_MAX]; /* shows nothing, but mounts find their place */
	bool executable[DEPTH_MAX];
	size_t depth;
	const char *last_target; /* the last that lies in emptiness */
};

static struct mount_op *emit(struct walk *walk, enum mount_kind kind,
			     const char *path)
{
	struct pj_plan *plan = walk->plan;
	struct mount_op *op;

	if (plan->mount_count == walk->capacity) {
		size_t capacity = walk->capacity ? walk->capacity * 2 : 32;
		struct mount_op *mounts =
			reallocarray(plan->mounts, capacity, sizeof(*mounts));

		if (!mounts)
			return NULL;
		plan->mounts = mounts;
		walk->capacity = capacity;
	}
	op = &plan->mounts[plan->mount_count];
	*op = (struct mount_op){ .kind = kind,
				 .type = S_IFDIR,
				 .target = strdup(path + 1) };
	if (!op->target)
		return NULL;
	plan->mount_count++;
	return op;
}

/* The directories on the way to `path`, below emptiness, that are not there
 * yet. */
static int emit_parents(struct walk *walk, const char *path)
{
	const struct site *parent =
		walk->depth ? walk->inside[walk->depth - 1] : NULL;
	size_t from = parent ? strlen(parent->path) : 0;
	auto_free char *prefix = strdup(path);

	if (!prefix)
		return -1;
	for (size_t i = from + 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		prefix[i] = '\0';
		if ((!walk->last_target ||
		     !path_within(walk->last_target, prefix)) &&
		    !emit(walk, MOUNT_DIRECTORY, prefix))
			return -1;
		prefix[i] = '/';
	}
	walk->last_target = path;
	return 0;
}

/* Where nothing is shown the place must be made; the launcher makes the last
 * name itself. */
static struct mount_op *emit_at(struct walk *walk, enum mount_kind kind,
				const struct site *site)
{
	bool empty = !walk->depth || walk->hollow[walk->depth - 1];

	struct mount_op *op;

	if (empty && emit_parents(walk, site->path) < 0)
		return NULL;
	op = emit(walk, kind, site->path);
	if (op)
		op->make = empty;
	return op;
}

static int emit_tree(struct walk *walk, const struct site *site, bool writable,
		     bool executable)
{
	struct mount_op *op = emit_at(walk, MOUNT_TREE, site);

	if (!op || !(op->source = strdup(site->path)))
		return -1;
	op->type = site->type;
	op->device = site->device;
	op->inode = site->inode;
	op->attributes = ATTR_TREE | (writable ? 0 : MOUNT_ATTR_RDONLY) |
			 (executable ? 0 : MOUNT_ATTR_NOEXEC);
	return 0;
}

static int emit_device(struct walk *walk, const struct site *site)
{
	struct mount_op *op = emit_at(walk, MOUNT_DEVICE, site);

	if (!op || !(op->source = strdup(site->path)))
		return -1;
	op->type = site->type;
	op->device = site->device;
	op->inode = site->inode;
	op->attributes = ATTR_DEVICE;
	return 0;
}

static int emit_link(struct walk *walk, const struct site *site)
{
	struct mount_op *op = emit_at(walk, MOUNT_SYMLINK, site);

	return op && (op->source = strdup(site->text)) ? 0 : -1;
}

static int emit_text(struct walk *walk, const struct site *site)
{
	struct mount_op *op = emit_at(walk, MOUNT_TEXT, site);

	if (!op || !(op->source = strdup(site->text)))
		return -1;
	op->type = site->type;
	op->attributes = ATTR_MASK;
	return 0;
}

static int emit_kind(struct walk *walk, const struct site *site,
		     enum mount_kind kind, mode_t type, unsigned int attributes)
{
	struct mount_op *op = emit_at(walk, kind, site);

	if (!op)
		return -1;
	op->type = type;
	op->attributes = attributes;
	return 0;
}

static bool shows_something(const struct site *site)
{
	return site->exists
		       ? site->kind == SITE_READ || site->kind == SITE_WRITE
		       : site->kind == SITE_PRIVATE;
}

/* Whether a site below this one (they follow it) shows something. */
static bool has_visible_below(const struct site_list *sites, size_t at)
{
	for (size_t i = at + 1;
	     i < sites->count &&
	     path_within(sites->items[i].path, sites->items[at].path);
	     i++)
		if (shows_something(&sites->items[i]))
			return true;
	return false;
}

/* /proc files that tell of the whole machine or act on it. Read-only as it is,
 * nothing in /proc can be written; these cannot be read either. The list is
 * that of the OCI runtimes (runtime-spec, "maskedPaths"), less what a pid
 * namespace hides. */
static const struct {
	const char *path;
	mode_t type;
} proc_masks[] = {
	{ "/proc/acpi", S_IFDIR },	    { "/proc/interrupts", S_IFREG },
	{ "/proc/kcore", S_IFREG },	    { "/proc/keys", S_IFREG },
	{ "/proc/kmsg", S_IFREG },	    { "/proc/latency_stats", S_IFREG },
	{ "/proc/sched_debug", S_IFREG },   { "/proc/scsi", S_IFDIR },
	{ "/proc/sysrq-trigger", S_IFREG }, { "/proc/timer_list", S_IFREG },
};

static int emit_proc(struct walk *walk, const struct site *site)
{
	if (emit_kind(walk, site, MOUNT_PROC, S_IFDIR,
		      ATTR_TREE | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(proc_masks); i++) {
		struct mount_op *op;

		/* Missing, or closed to this user anyway: modes in /proc are
		 * the kernel's own. Who cannot tell masks it. */
		if (site_is_refused(proc_masks[i].path, R_OK))
			continue;
		op = emit(walk, MOUNT_MASK, proc_masks[i].path);
		if (!op)
			return -1;
		op->type = proc_masks[i].type;
		op->attributes = ATTR_MASK;
		op->optional = true;
	}
	return 0;
}

struct surroundings {
	enum effective effective;
	bool executable, hollow;
};

static int plan_rule(struct walk *walk, const struct site_list *sites,
		     size_t at, const struct surroundings *outer,
		     struct surroundings *inner)
{
	const struct site *site = &sites->items[at];
	bool differs;

	if (site->kind == SITE_WRITE)
		inner->effective = WRITABLE;
	else if (site->kind == SITE_READ)
		inner->effective = READ_ONLY;
	else if (site->kind == SITE_PROTECT && outer->effective == WRITABLE)
		inner->effective = READ_ONLY;
	inner->executable = !walk->policy->execute_listed ||
			    outer->executable || site->executable;
	differs = inner->effective != outer->effective ||
		  inner->executable != outer->executable;
	if (!differs || !site->exists || inner->effective == NOT_VISIBLE ||
	    inner->effective == OWN_MEMORY)
		return 0;
	inner->hollow = false;
	return emit_tree(walk, site, inner->effective == WRITABLE,
			 inner->executable);
}

static int plan_deny(struct walk *walk, const struct site_list *sites,
		     size_t at, const struct surroundings *outer,
		     struct surroundings *inner)
{
	const struct site *site = &sites->items[at];

	if (!site->exists || outer->effective == OWN_MEMORY)
		return 0; /* nothing to hide; the broker keeps it away */
	inner->effective = NOT_VISIBLE;
	if (outer->effective == NOT_VISIBLE)
		return 0;
	inner->hollow = S_ISDIR(site->type) && has_visible_below(sites, at);
	if (!inner->hollow && site_closed_anyway(site->path))
		return 0;
	return emit_kind(walk, site, inner->hollow ? MOUNT_HOLLOW : MOUNT_MASK,
			 S_ISDIR(site->type) ? S_IFDIR : S_IFREG, ATTR_MASK);
}

static int plan_site(struct walk *walk, const struct site_list *sites,
		     size_t at, const struct surroundings *outer,
		     struct surroundings *inner)
{
	const struct site *site = &sites->items[at];

	switch (site->kind) {
	case SITE_PROC:
		inner->effective = READ_ONLY;
		inner->hollow = false;
		return emit_proc(walk, site);
	case SITE_DEV:
		inner->effective = NOT_VISIBLE;
		inner->hollow = true;
		return emit_kind(walk, site, MOUNT_HOLLOW, S_IFDIR,
				 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					 MOUNT_ATTR_NOEXEC);
	case SITE_DEVPTS:
		return emit_kind(walk, site, MOUNT_DEVPTS, S_IFDIR,
				 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	case SITE_DEVICE:
		return emit_device(walk, site);
	case SITE_PRIVATE:
		inner->effective = OWN_MEMORY;
		inner->executable = !walk->policy->execute_listed;
		inner->hollow = true; /* places in it are made */
		return emit_kind(
			walk, site, MOUNT_PRIVATE, S_IFDIR,
			ATTR_TREE |
				(inner->executable ? 0 : MOUNT_ATTR_NOEXEC));
	case SITE_LINK:
		if (!outer->hollow)
			return 0; /* the granted tree has it */
		return emit_link(walk, site);
	case SITE_DENY:
		return plan_deny(walk, sites, at, outer, inner);
	case SITE_TEXT:
		inner->effective = READ_ONLY;
		inner->hollow = false;
		if (!outer->hollow && !site->exists)
			return 0; /* no place for it */
		return emit_text(walk, site);
	case SITE_PROTECT:
	case SITE_WRITE:
	case SITE_READ:
	case SITE_EXECUTE:
		break;
	}
	return plan_rule(walk, sites, at, outer, inner);
}

static void plan_root(struct pj_plan *plan)
{
	size_t sources = 0;

	for (size_t i = 0; i < plan->mount_count; i++)
		sources += plan->mounts[i].kind == MOUNT_TREE ||
			   plan->mounts[i].kind == MOUNT_DEVICE;
	plan->grants_root = plan->mount_count &&
			    plan->mounts->kind == MOUNT_TREE &&
			    !*plan->mounts->target;
	plan->keeps_root =
		plan->grants_root && sources - 1 <= KEPT_ROOT_SOURCES;
}

int mounts_plan(struct pj_plan *plan, struct site_list *sites,
		struct pj_error *err)
{
	struct walk walk = { .plan = plan, .policy = plan->command->policy };

	for (size_t i = 0; i < sites->count; i++) {
		struct site *site = &sites->items[i];
		struct surroundings outer = { .hollow = true }, inner;
		size_t top;

		while (walk.depth &&
		       !path_within(site->path,
				    walk.inside[walk.depth - 1]->path))
			walk.depth--;
		if (walk.depth == DEPTH_MAX)
			return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
				    "%s: more than %d path rules lie in one "
				    "another; make the policy flatter",
				    site->path, DEPTH_MAX);
		if (walk.depth) {
			top = walk.depth - 1;
			outer.effective = walk.inside[top]->effective;
			outer.hollow = walk.hollow[top];
			outer.executable = walk.executable[top];
		}
		inner = outer;
		if (plan_site(&walk, sites, i, &outer, &inner) < 0)
			return fail_memory(err, PJ_STAGE_PLAN);
		site->effective = inner.effective;
		walk.inside[walk.depth] = site;
		walk.hollow[walk.depth] = inner.hollow;
		walk.executable[walk.depth] = inner.executable;
		walk.depth++;
	}
	plan_root(plan);
	return 0;
}
