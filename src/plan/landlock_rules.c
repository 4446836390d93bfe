/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From sites to Landlock rules. A rule holds for all that lies below it, and
 * nothing takes away from it: where something inside of a granted tree is not
 * granted, the rules are put around it, on its siblings and those of each
 * directory on the way.
 *
 * The init's domain (outer) is coarse: whole trees. The program's (inner)
 * grants reading and executing only, around what is hidden: whatever else
 * opens or changes names passes the broker, which asks the rules for the very
 * place. So Landlock bounds both, and each opened file was judged by its path.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/kernel.h"
#include "base/text.h"
#include "plan/landlock.h"

enum { DEPTH_MAX = 512, SIBLINGS_MAX = 16384 };
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL = 5 };
enum { ABI_SCOPES = 6 };

#define FS(name) ((uint64_t)KERNEL_LANDLOCK_FS_##name)
#define READING	 (FS(READ_FILE) | FS(READ_DIR))
#define OF_FILES                                                               \
	(FS(EXECUTE) | FS(WRITE_FILE) | FS(READ_FILE) | FS(TRUNCATE) |         \
	 FS(IOCTL_DEV))
#define WRITING                                                                \
	(FS(WRITE_FILE) | FS(REMOVE_DIR) | FS(REMOVE_FILE) | FS(MAKE_DIR) |    \
	 FS(MAKE_REG) | FS(MAKE_SOCK) | FS(MAKE_FIFO) | FS(MAKE_SYM) |         \
	 FS(REFER) | FS(TRUNCATE))
#define DEVICE (FS(READ_FILE) | FS(WRITE_FILE) | FS(IOCTL_DEV))

/* All rights of ABI 1; each later ABI handles more. */
static uint64_t handled_fs(int abi)
{
	uint64_t rights = (FS(MAKE_SYM) << 1) - 1;

	if (abi >= ABI_REFER)
		rights |= FS(REFER);
	if (abi >= ABI_TRUNCATE)
		rights |= FS(TRUNCATE);
	if (abi >= ABI_IOCTL)
		rights |= FS(IOCTL_DEV);
	return rights;
}

/* What can be seen in /proc without a process of one's own: /proc is read by
 * the broker alone, which knows whose /proc/PID it is. */
static const char proc_root[] = "/proc";

struct rules {
	struct pj_plan *plan;
	const struct site_list *sites;
	size_t capacity, siblings;
	int errnum; /* of a path that cannot be looked at */
	bool failed;
};

static void add(struct rules *rules, const char *path, const struct stat *stat,
		uint64_t outer, uint64_t inner)
{
	struct landlock_plan *landlock = &rules->plan->landlock;
	uint64_t possible = landlock->handled_fs;
	struct landlock_op *op;

	if (!S_ISDIR(stat->st_mode))
		possible &= OF_FILES;
	if (!((outer | inner) & possible))
		return;
	if (landlock->rule_count == rules->capacity) {
		size_t capacity = rules->capacity ? rules->capacity * 2 : 64;
		void *grown = reallocarray(landlock->rules, capacity,
					   sizeof(*landlock->rules));

		if (!grown) {
			rules->failed = true;
			return;
		}
		landlock->rules = grown;
		rules->capacity = capacity;
	}
	op = &landlock->rules[landlock->rule_count];
	*op = (struct landlock_op){
		.path = strdup(path),
		.device = stat->st_dev,
		.inode = stat->st_ino,
		.outer = outer & possible,
		.inner = inner & possible,
	};
	rules->failed |= !op->path;
	landlock->rule_count += op->path != NULL;
}

static void add_path(struct rules *rules, const char *path, uint64_t outer,
		     uint64_t inner)
{
	struct stat stat;

	if (lstat(path, &stat) == 0)
		add(rules, path, &stat, outer, inner);
	else if (errno != ENOENT && errno != EACCES)
		rules->errnum = errno;
}

/* ---- around what is hidden ------------------------------------------------
 */

/* A denied file that nobody can execute needs no way around it: it is opened
 * by the broker or not at all, and its mode stays as it is. */
static bool is_obstacle(const struct site *site)
{
	struct stat stat;

	if (site->effective != NOT_VISIBLE || lstat(site->path, &stat) < 0 ||
	    site_closed_anyway(site->path))
		return false;
	return S_ISDIR(stat.st_mode) || (stat.st_mode & 0111);
}

/* The first obstacle at or below a path; sites are sorted. */
static const struct site *obstacle_within(const struct rules *rules,
					  const char *path)
{
	for (size_t i = 0; i < rules->sites->count; i++)
		if (path_within(rules->sites->items[i].path, path) &&
		    rules->sites->items[i].obstacle)
			return &rules->sites->items[i];
	return NULL;
}

static void grant_around(struct rules *rules, const char *path,
			 uint64_t access);

static void grant_siblings(struct rules *rules, const char *path,
			   uint64_t access)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	/* Not to be read: what lies in it is not granted by its directory. */
	while (directory && (entry = readdir(directory))) {
		auto_free char *child = NULL;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 || entry->d_type == DT_LNK)
			continue;
		if (asprintf(&child, "%s/%s", path[1] ? path : "",
			     entry->d_name) < 0 ||
		    ++rules->siblings > SIBLINGS_MAX) {
			rules->failed = true;
			break;
		}
		grant_around(rules, child, access);
	}
	if (directory)
		closedir(directory);
}

static void grant_around(struct rules *rules, const char *path, uint64_t access)
{
	const struct site *obstacle = obstacle_within(rules, path);
	size_t before = rules->plan->landlock.rule_count;

	if (obstacle && strcmp(obstacle->path, path) == 0)
		return; /* what is granted in it has a site of its own */
	if (obstacle) {
		grant_siblings(rules, path, access);
		return;
	}
	add_path(rules, path, 0, access);
	if (rules->plan->landlock.rule_count > before)
		rules->plan->landlock.rules[before].optional = true;
}

/* ---- sites ----------------------------------------------------------------
 */

static enum effective effective_of(const struct site *site,
				   enum effective outer)
{
	switch (site->kind) {
	case SITE_WRITE:
		return site->exists ? WRITABLE : outer;
	case SITE_READ:
		return site->exists ? READ_ONLY : outer;
	case SITE_PROTECT:
		return outer == WRITABLE ? READ_ONLY : outer;
	case SITE_DENY:
	case SITE_PROC:
	case SITE_DEV:
	case SITE_DEVPTS:
	case SITE_PRIVATE:
		return NOT_VISIBLE;
	case SITE_DEVICE:
		return WRITABLE;
	case SITE_TEXT: /* which the broker hands out */
	case SITE_LINK:
	case SITE_EXECUTE:
		break;
	}
	return outer;
}

static void find_effective(struct site_list *sites)
{
	const struct site *inside[DEPTH_MAX];
	size_t depth = 0;

	for (size_t i = 0; i < sites->count; i++) {
		struct site *site = &sites->items[i];

		while (depth &&
		       !path_within(site->path, inside[depth - 1]->path))
			depth--;
		site->effective =
			effective_of(site, depth ? inside[depth - 1]->effective
						 : NOT_VISIBLE);
		site->obstacle = is_obstacle(site);
		/* Deeper than this nothing new can begin to be granted. */
		if (depth < DEPTH_MAX)
			inside[depth++] = site;
	}
}

static void add_site(struct rules *rules, const struct site *site,
		     uint64_t execute, bool direct)
{
	struct stat stat = { .st_mode = site->type,
			     .st_dev = site->device,
			     .st_ino = site->inode };
	uint64_t writing = site->kind == SITE_WRITE ? WRITING : 0;

	if (site->kind == SITE_DEVICE && site->exists)
		add(rules, site->path, &stat, DEVICE,
		    direct ? DEVICE : FS(READ_FILE) | FS(IOCTL_DEV));
	if ((site->kind != SITE_WRITE && site->kind != SITE_READ) ||
	    !site->exists)
		return;
	add(rules, site->path, &stat, READING | FS(EXECUTE) | writing, 0);
	grant_around(rules, site->path,
		     READING | execute | (direct ? writing : 0));
}

static void add_executes(struct rules *rules)
{
	const struct strv *paths = &rules->plan->execute_paths;

	for (size_t i = 0; i < paths->count; i++)
		grant_around(rules, paths->items[i], FS(EXECUTE));
}

static void add_scratch(struct rules *rules)
{
	struct landlock_plan *landlock = &rules->plan->landlock;
	uint64_t execute = rules->plan->execute_listed ? 0 : FS(EXECUTE);
	auto_free char *parent = NULL;

	if (!rules->plan->scratch)
		return;
	landlock->scratch_outer =
		(READING | WRITING | FS(EXECUTE)) & landlock->handled_fs;
	landlock->scratch_inner = (READING | execute) & landlock->handled_fs;
	if (!rules->plan->brokered)
		landlock->scratch_inner |= WRITING & landlock->handled_fs;
	/* To remove it in the end. */
	parent = strdup(rules->plan->scratch);
	if (!parent) {
		rules->failed = true;
		return;
	}
	*strrchr(parent, '/') = '\0';
	add_path(rules, parent, FS(REMOVE_DIR), 0);
}

/* In a filtered network the init connects and binds, nobody else. */
static void refuse_tcp(struct pj_plan *plan)
{
	enum network_mode mode = plan->command->policy->network;

	if (mode == NETWORK_NONE)
		plan->landlock.outer_net = KERNEL_LANDLOCK_NET_TCP;
	if (mode == NETWORK_NONE || mode == NETWORK_FILTERED)
		plan->landlock.inner_net = KERNEL_LANDLOCK_NET_TCP;
}

int landlock_rules_plan(struct pj_plan *plan, struct site_list *sites, int abi,
			struct pj_error *err)
{
	uint64_t execute = plan->execute_listed ? 0 : FS(EXECUTE);
	struct rules rules = { .plan = plan, .sites = sites };

	landlock_scopes_plan(plan, abi);
	plan->landlock.used = true;
	plan->landlock.handled_fs = handled_fs(abi);
	if (abi >= ABI_NET)
		refuse_tcp(plan);
	plan->landlock.streams =
		OF_FILES & plan->landlock.handled_fs & ~FS(EXECUTE);
	find_effective(sites);
	add_path(&rules, proc_root, READING, 0);
	for (size_t i = 0; i < sites->count; i++)
		add_site(&rules, &sites->items[i], execute, !plan->brokered);
	add_executes(&rules);
	add_scratch(&rules);
	if (rules.siblings > SIBLINGS_MAX)
		return fail(
			err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			"filesystem-read: strategy landlock grants around "
			"each denied path, and there are more than %d files "
			"beside them; deny less, or grant smaller trees",
			SIBLINGS_MAX);
	if (rules.errnum)
		return fail_system(err, PJ_STAGE_PLAN, rules.errnum,
				   "the granted paths");
	return rules.failed ? fail_memory(err, PJ_STAGE_PLAN) : 0;
}

bool landlock_scopes_plan(struct pj_plan *plan, int abi)
{
	if (abi < ABI_SCOPES)
		return false;
	plan->landlock.used = true;
	plan->landlock.scoped = KERNEL_LANDLOCK_SCOPE_SIGNAL |
				KERNEL_LANDLOCK_SCOPE_ABSTRACT_UNIX;
	return true;
}
