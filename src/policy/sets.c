/* SPDX-License-Identifier: Apache-2.0 */
/* Expands named sets. What a set forbids is never dropped in silence; what it
 * grants and this machine has not is, since no machine has all of it. */
#include "policy/sets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/directories.h"
#include "policy/profiles.h"
#include "policy/set_paths.h"

static int unknown_set(struct reader *reader, const struct place *at)
{
	char known[200] = "";
	size_t used = 0;

	for (size_t i = 0; i < embedded_set_count; i++) {
		int n = snprintf(known + used, sizeof(known) - used, "%s%s",
				 i ? ", " : "", embedded_sets[i].name);

		if (n > 0 && used + (size_t)n < sizeof(known))
			used += (size_t)n;
	}
	return bad(reader, at,
		   "there is no such set; known are %s (a path that starts "
		   "with @ is written ./@…)",
		   known);
}

static int expand_name(struct reader *reader, const struct named_set *set,
		       const struct set_entry *entry, enum path_access access)
{
	struct name_rule rule = {
		.pattern = set_entry_path(entry) + strlen("**/"),
		.except = set_entry_except(entry),
		.git_directory = entry->git_directory,
		.access = access,
		.set = set->name,
		.reason = set_entry_reason(entry),
	};

	while (rule.except && rule.except[rule.except_count])
		rule.except_count++;
	if (draft_add_name(reader->draft, reader->document, &rule) < 0)
		return reader_no_memory(reader);
	return 0;
}

/* Without a home, what a set forbids there cannot be said: an error. What it
 * would grant there is not granted. */
static int without_home(struct reader *reader, const struct place *at,
			const struct named_set *set, enum path_access access)
{
	if (access <= PATH_PROTECT)
		return bad(reader, at,
			   "%s needs the home directory, but %s; set HOME",
			   set->name, reader->draft->home_problem);
	return reader_warn(reader, at,
			   "%s grants nothing in the home directory, since %s",
			   set->name, reader->draft->home_problem);
}

static bool postpone(struct reader *reader, const struct named_set *set,
		     enum path_access access)
{
	struct draft *draft = reader->draft;

	if (draft->pending_count == MAX_PENDING)
		return false;
	draft->pending[draft->pending_count++] = (struct pending_set){
		.set = set,
		.access = access,
		.document = reader->document,
	};
	return true;
}

static int expand_entries(struct reader *reader, const struct place *at,
			  const struct named_set *set, enum path_access access,
			  struct draft_paths *paths)
{
	struct set_paths to = { .reader = reader,
				.at = at,
				.paths = paths,
				.set = set,
				.access = access };
	bool homeless = false;
	bool later = access <= PATH_PROTECT && paths == &reader->draft->paths &&
		     postpone(reader, set, access);

	for (size_t i = 0; i < set->entry_count; i++) {
		const struct set_entry *entry = &set->entries[i];
		char kind = set_entry_path(entry)[0];
		int result = 0;

		if (kind == '*')
			result = expand_name(reader, set, entry, access);
		else if (kind == '~' && !reader->draft->home)
			homeless = true;
		else if (!later)
			result = set_paths_add(&to, entry);
		if (result < 0)
			return result;
	}
	return homeless ? without_home(reader, at, set, access) : 0;
}

int set_expand(struct reader *reader, const struct place *at, const char *name,
	       enum path_access access, struct draft_paths *paths)
{
	const struct named_set *set = set_find(name);
	bool executes = paths == &reader->draft->executes;
	unsigned int bit = 1U << (access + (executes ? 4U : 0));
	size_t index;

	if (!set)
		return unknown_set(reader, at);
	if (set->any_depth && access > PATH_PROTECT)
		return bad(reader, at,
			   "%s holds names at any depth; it can stand under "
			   "deny and protect only",
			   set->name);
	index = (size_t)(set - embedded_sets);
	if (index < MAX_SETS && reader->sets_seen[index] & bit)
		return 0; /* named twice in one list */
	if (index < MAX_SETS)
		reader->sets_seen[index] |= bit;
	if (index < MAX_SETS)
		reader->policy->sets_used[index] |= 1U << access;
	return expand_entries(reader, at, set, access, paths);
}

/* ---- when all grants are known --------------------------------------------
 */

/* The grants that lie in the home directory, or around it. */
struct home_grants {
	const char **items;
	size_t count;
	bool all; /* the whole home directory is granted */
};

static int find_home_grants(const struct draft *draft,
			    struct home_grants *grants)
{
	const char *home = draft->policy->home;

	grants->items = calloc(draft->paths.count + 1, sizeof(*grants->items));
	if (!grants->items)
		return -1;
	grants->all = strcmp(home, "/") == 0;
	for (size_t i = 0; i < draft->paths.count; i++) {
		const struct path_rule *rule = &draft->paths.items[i]->rule;

		if (rule->access <= PATH_PROTECT)
			continue;
		if (path_within(home, rule->path))
			grants->all = true;
		else if (path_within(rule->path, home))
			grants->items[grants->count++] = rule->path;
	}
	if (draft->policy->tmp == TMP_HOST && path_within(home, "/tmp"))
		grants->all = true;
	return 0;
}

/* Whether an entry "~/…" can matter: something is granted there, or its first
 * name exists, and might be a link to what is granted. */
static bool home_entry_matters(struct draft *draft,
			       const struct home_grants *grants,
			       const char *path)
{
	size_t n = strcspn(path + 2, "/"), len = strlen(draft->policy->home);
	struct known_directory *home;
	char name[256];

	if (grants->all || n >= sizeof(name))
		return true;
	for (size_t i = 0; i < grants->count; i++) {
		const char *rest = grants->items[i] + len + 1;

		if (strncmp(rest, path + 2, n) == 0 &&
		    (rest[n] == '/' || !rest[n]))
			return true;
	}
	home = directories_find(&draft->known, draft->home,
				strlen(draft->home));
	if (!home || home->fd < 0)
		return true; /* not looked at: take the long way */
	memcpy(name, path + 2, n);
	name[n] = '\0';
	return !directories_lacks(home, name);
}

/* Behind the first `start` items: those that `ranked` took (NULL now) go to the
 * end, in its order. */
static void put_back(struct draft_paths *paths, size_t start,
		     struct draft_path *const *ranked, size_t count)
{
	size_t kept = start;

	for (size_t i = start; i < paths->count; i++)
		if (paths->items[i])
			paths->items[kept++] = paths->items[i];
	for (size_t i = 0; i < count; i++)
		if (ranked[i])
			paths->items[kept++] = ranked[i];
}

static int settle_one(struct draft *draft, const struct pending_set *pending,
		      const struct home_grants *grants, struct pj_error *err)
{
	static const struct place nowhere = { .key = "filesystem" };
	struct reader reader = {
		.draft = draft,
		.policy = draft->policy,
		.document = pending->document,
		.err = err,
	};
	struct draft_paths *paths = &draft->paths;
	struct set_paths to = { .reader = &reader,
				.at = &nowhere,
				.paths = paths,
				.set = pending->set,
				.access = pending->access };
	size_t count = pending->set->entry_count, start = paths->count;
	/* They go into the list by their rank: most of the sorting is done. */
	auto_free struct draft_path **ranked = calloc(count, sizeof(*ranked));
	int result = 0;

	if (!ranked)
		return fail_memory(err, PJ_STAGE_POLICY);

	for (size_t i = 0; result == 0 && i < count; i++) {
		const struct set_entry *entry = &pending->set->entries[i];
		const char *path = set_entry_path(entry);
		size_t before = paths->count;

		if (path[0] == '*' ||
		    (path[0] == '~' &&
		     !home_entry_matters(draft, grants, path)))
			continue;
		result = set_paths_add(&to, entry);
		if (paths->count > before)
			ranked[entry->rank] =
				take(paths->items[paths->count - 1]);
	}
	put_back(paths, start, ranked, count);
	return result;
}

int sets_settle(struct draft *draft, struct pj_error *err)
{
	struct home_grants grants = { 0 };
	int result = 0;

	if (!draft->pending_count)
		return 0;
	/* Without a home, sets that forbid something there are refused. */
	if (draft->policy->home && find_home_grants(draft, &grants) < 0)
		return fail_memory(err, PJ_STAGE_POLICY);
	for (size_t i = 0; result == 0 && i < draft->pending_count; i++)
		result = settle_one(draft, &draft->pending[i], &grants, err);
	free(grants.items);
	return result;
}
