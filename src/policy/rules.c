/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was said about paths to one rule a path.
 *
 * Of several rules for one path the strongest holds (deny, protect, write,
 * read), but a child may take back what a document that it extends forbade, by
 * naming the very same path: under `read` or `write` for a denial, under
 * `write` for a protection. Only a path that is written out does so, never a
 * set's name; and only over documents that the child extends, never over a
 * sibling in the same list of `extends`.
 *
 * A grant *below* a path that a parent denies needs no lifting: the longest
 * path wins, so "deny ~/.ssh" and a child's "read ~/.ssh/known_hosts" open that
 * one file. Whoever extends a policy can widen it; the jailed program cannot.
 */
#include "policy/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/dispose.h"

static int compare(const void *a, const void *b)
{
	const struct draft_path *x = a, *y = b;
	int order = strcmp(x->rule.path, y->rule.path);

	if (order)
		return order;
	if (x->rule.access != y->rule.access)
		return x->rule.access < y->rule.access ? -1 : 1;
	if (x->document->index != y->document->index)
		return x->document->index < y->document->index ? -1 : 1;
	return (int)x->from_set - (int)y->from_set;
}

static bool same_say(const struct draft_path *a, const struct draft_path *b)
{
	return compare(a, b) == 0;
}

static int keep_alias(struct path_rule *rule, const char *alias)
{
	if (!alias || (rule->alias && strcmp(rule->alias, alias) == 0) ||
	    strv_contains(&rule->more_aliases, alias))
		return 0;
	if (rule->alias)
		return strv_push(&rule->more_aliases, alias);
	rule->alias = strdup(alias);
	return rule->alias ? 0 : -1;
}

/* Add to `rule` by which names, and whether, another rule found the path. */
static int keep_facts(struct path_rule *rule, const struct path_rule *other)
{
	if (other->exists && !rule->exists) {
		rule->exists = true;
		rule->type = other->type;
		rule->device = other->device;
		rule->inode = other->inode;
	}
	if (keep_alias(rule, other->alias) < 0)
		return -1;
	for (size_t i = 0; i < other->more_aliases.count; i++)
		if (keep_alias(rule, other->more_aliases.items[i]) < 0)
			return -1;
	return 0;
}

/* Sort, and merge what one document says twice. */
static int sort_and_unite(struct draft_paths *paths)
{
	size_t kept = 0;

	if (paths->count)
		qsort(paths->items, paths->count, sizeof(*paths->items),
		      compare);
	for (size_t i = 0; i < paths->count; i++) {
		struct draft_path *item = &paths->items[i];

		if (!kept || !same_say(&paths->items[kept - 1], item)) {
			paths->items[kept++] = *item;
			continue;
		}
		if (keep_facts(&paths->items[kept - 1].rule, &item->rule) < 0) {
			/* Leave whole items only, for draft_clear(). */
			memmove(&paths->items[kept], item,
				(paths->count - i) * sizeof(*item));
			paths->count -= i - kept;
			return -1;
		}
		path_rule_clear(&item->rule);
	}
	paths->count = kept;
	return 0;
}

static bool takes_back(const struct draft_path *grant,
		       const struct draft_path *hold)
{
	return !grant->from_set &&
	       (grant->rule.access == PATH_WRITE ||
		(grant->rule.access == PATH_READ &&
		 hold->rule.access == PATH_DENY)) &&
	       document_extends(grant->document, hold->document);
}

/* Whether a document that this one does not extend denies the path: then the
 * grant counts for nothing, lifted or not, and lifts nothing. */
static bool denied_elsewhere(const struct draft_path *group, size_t count,
			     const struct draft_path *grant)
{
	for (size_t i = 0; i < count; i++)
		if (group[i].rule.access == PATH_DENY &&
		    !document_extends(grant->document, group[i].document))
			return true;
	return false;
}

static bool lifted(const struct draft_path *group, size_t count,
		   const struct draft_path *hold)
{
	for (size_t i = 0; i < count; i++)
		if (takes_back(&group[i], hold) &&
		    !denied_elsewhere(group, count, &group[i]))
			return true;
	return false;
}

/* The strongest of the rules for one path (sorted, strongest first). */
static struct draft_path *strongest(struct draft_path *group, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool grant = group[i].rule.access >= PATH_WRITE;

		if (grant ? !denied_elsewhere(group, count, &group[i])
			  : !lifted(group, count, &group[i]))
			return &group[i];
	}
	return &group[0];
}

/* The group's one rule goes to the front; the others' names go with it. A
 * protection with a grant of its own beside it is marked by `granted`. */
static int settle_group(struct draft_path *group, size_t count,
			bool *ret_granted)
{
	struct draft_path *winner = strongest(group, count), swap;

	*ret_granted = group[count - 1].rule.access >= PATH_WRITE;
	for (size_t i = 0; i < count; i++)
		if (&group[i] != winner &&
		    keep_facts(&winner->rule, &group[i].rule) < 0)
			return -1;
	swap = group[0];
	group[0] = *winner;
	*winner = swap;
	return 0;
}

static size_t group_size(const struct draft_paths *paths, size_t start)
{
	size_t n = 1;

	while (start + n < paths->count &&
	       strcmp(paths->items[start].rule.path,
		      paths->items[start + n].rule.path) == 0)
		n++;
	return n;
}

static struct path_rule take_rule(struct path_rule *rule)
{
	struct path_rule taken = *rule;

	*rule = (struct path_rule){ 0 };
	return taken;
}

/* What settle() keeps to itself about each rule. */
struct settled {
	bool granted; /* something grants this very path, beside what holds it
		       */
	bool from_set;
	bool idle;
};

/* One rule a path, moved into a list of its own. */
static int settle(struct draft_paths *paths, struct path_rule **ret_rules,
		  size_t *ret_count, struct settled **ret_settled)
{
	auto_free struct path_rule *rules = NULL;
	auto_free struct settled *settled = NULL;
	size_t count = 0;

	if (sort_and_unite(paths) < 0)
		return -1;
	rules = calloc(paths->count + 1, sizeof(*rules));
	settled = calloc(paths->count + 1, sizeof(*settled));
	if (!rules || !settled)
		return -1;
	for (size_t i = 0, n; i < paths->count; i += n) {
		n = group_size(paths, i);
		if (settle_group(&paths->items[i], n, &settled[count].granted) <
		    0) {
			while (count)
				path_rule_clear(&rules[--count]);
			return -1;
		}
		settled[count].from_set = paths->items[i].from_set;
		rules[count++] = take_rule(&paths->items[i].rule);
	}
	*ret_rules = take(rules);
	*ret_count = count;
	*ret_settled = take(settled);
	return 0;
}

/* What holds around a path, protections left aside. */
static const struct path_rule *around(const struct pj_policy *policy,
				      const char *path)
{
	char *parent = strdupa(path);

	for (;;) {
		char *slash = strrchr(parent, '/');
		const struct path_rule *rule;

		if (!parent[1])
			return NULL;
		slash[slash == parent] = '\0';
		rule = policy_path_rule(policy, parent);
		if (!rule || rule->access != PATH_PROTECT)
			return rule;
		strcpy(parent, rule->path);
	}
}

/* Whether the host's /tmp, and nothing nearer, is what lies around. */
static bool host_tmp_around(const struct pj_policy *policy,
			    const struct path_rule *outer, const char *path)
{
	return policy->tmp == TMP_HOST && path_within(path, "/tmp") &&
	       (!outer || !path_within(outer->path, "/tmp"));
}

/* Whether a rule holds nothing: a protection where the tree around cannot be
 * written (it must not be taken for a grant), a set's denial where nothing
 * around is granted. */
static bool holds_nothing(const struct pj_policy *policy,
			  struct path_rule *rule, const struct settled *settled)
{
	const struct path_rule *outer;

	if (rule->access > PATH_PROTECT ||
	    (rule->access == PATH_DENY && !settled->from_set))
		return false;
	outer = around(policy, rule->path);
	if (host_tmp_around(policy, outer, rule->path))
		return false;
	if (rule->access == PATH_DENY)
		return !outer || outer->access == PATH_DENY;
	if (outer && outer->access == PATH_WRITE)
		return false;
	if (!settled->granted || !rule->exists)
		return true;
	rule->access = PATH_READ; /* as good as protected, and still read */
	return false;
}

static int set_idle_aside(struct pj_policy *policy, struct settled *settled)
{
	size_t kept = 0;

	policy->idle = calloc(policy->path_count + 1, sizeof(*policy->idle));
	if (!policy->idle)
		return -1;
	for (size_t i = 0; i < policy->path_count; i++)
		settled[i].idle =
			holds_nothing(policy, &policy->paths[i], &settled[i]);
	for (size_t i = 0; i < policy->path_count; i++)
		if (settled[i].idle)
			policy->idle[policy->idle_count++] = policy->paths[i];
		else
			policy->paths[kept++] = policy->paths[i];
	policy->path_count = kept;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct name_rule *x = &((const struct draft_name *)a)->rule;
	const struct name_rule *y = &((const struct draft_name *)b)->rule;
	int order = strcmp(x->pattern, y->pattern);

	return order ? order : (int)x->access - (int)y->access;
}

/* Whether a document other than those that asked for the rule, extending each
 * of them, names this path under `write` (or `read`, for a denial). */
static bool lifts_name(const struct draft_path *grant,
		       const struct draft_name *group, size_t count)
{
	if (grant->rule.access != PATH_WRITE && group->rule.access != PATH_DENY)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!document_extends(grant->document, group[i].document))
			return false;
	return name_rule_matches(&group->rule, grant->rule.path);
}

/* `written`: the grants that could lift a name, few of the many. */
static int find_lifted(const struct draft_path *const *written,
		       struct draft_name *group, size_t count)
{
	struct strv *list = &group->rule.lifted;

	for (; *written; written++) {
		const struct draft_path *grant = *written;

		if (lifts_name(grant, group, count) &&
		    !strv_contains(list, grant->rule.path) &&
		    strv_push(list, grant->rule.path) < 0)
			return -1;
	}
	return 0;
}

/* The grants that are written out, NULL at the end; NULL: no memory. */
static const struct draft_path **written_grants(const struct draft_paths *paths)
{
	const struct draft_path **list =
		calloc(paths->count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; list && i < paths->count; i++)
		if (!paths->items[i].from_set &&
		    paths->items[i].rule.access >= PATH_WRITE)
			list[count++] = &paths->items[i];
	return list;
}

static int settle_names(struct draft *draft)
{
	struct pj_policy *policy = draft->policy;
	struct draft_name *names = draft->names;
	auto_free const struct draft_path **written =
		written_grants(&draft->paths);

	policy->names = calloc(draft->name_count + 1, sizeof(*policy->names));
	if (!policy->names || !written)
		return -1;
	if (draft->name_count)
		qsort(names, draft->name_count, sizeof(*names), compare_names);
	for (size_t i = 0, n; i < draft->name_count; i += n) {
		for (n = 1; i + n < draft->name_count &&
			    compare_names(&names[i], &names[i + n]) == 0;
		     n++)
			;
		if (find_lifted(written, &names[i], n) < 0)
			return -1;
		policy->names[policy->name_count++] = names[i].rule;
		names[i].rule = (struct name_rule){ 0 };
	}
	return 0;
}

int draft_finish_rules(struct draft *draft)
{
	struct pj_policy *policy = draft->policy;
	auto_free struct settled *settled = NULL, *unused = NULL;

	/* The names first: they look at grants that settle() takes away. */
	if (settle_names(draft) < 0 ||
	    settle(&draft->paths, &policy->paths, &policy->path_count,
		   &settled) < 0 ||
	    settle(&draft->executes, &policy->executes, &policy->execute_count,
		   &unused) < 0)
		return -1;
	return set_idle_aside(policy, settled);
}
