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
#include "policy/sort.h"

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
	if (x->from_set != y->from_set)
		return (int)x->from_set - (int)y->from_set;
	return x->said < y->said ? -1 : 1;
}

static int keep_alias(struct path_rule *rule, const char *alias)
{
	if (!alias || (rule->alias && strcmp(rule->alias, alias) == 0) ||
	    strv_contains(&rule->more_aliases, alias))
		return 0;
	if (rule->alias)
		return strv_push(&rule->more_aliases, alias);
	rule->alias = alias;
	return 0;
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
static bool denied_elsewhere(struct draft_path *const *group, size_t count,
			     const struct draft_path *grant)
{
	for (size_t i = 0; i < count; i++)
		if (group[i]->rule.access == PATH_DENY &&
		    !document_extends(grant->document, group[i]->document))
			return true;
	return false;
}

static bool lifted(struct draft_path *const *group, size_t count,
		   const struct draft_path *hold)
{
	for (size_t i = 0; i < count; i++)
		if (takes_back(group[i], hold) &&
		    !denied_elsewhere(group, count, group[i]))
			return true;
	return false;
}

/* The strongest of the rules for one path (sorted, strongest first). */
static struct draft_path *strongest(struct draft_path *const *group,
				    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool grant = group[i]->rule.access >= PATH_WRITE;

		if (grant ? !denied_elsewhere(group, count, group[i])
			  : !lifted(group, count, group[i]))
			return group[i];
	}
	return group[0];
}

/* How many of the sorted rules are for the first one's path. */
static size_t group_size(struct draft_path *const *items, size_t count)
{
	size_t n = 1;

	while (n < count &&
	       strcmp(items[0]->rule.path, items[n]->rule.path) == 0)
		n++;
	return n;
}

/* The strongest rule of each path, still in the draft. */
struct settled_rule {
	struct path_rule *rule;
	bool granted; /* something grants this very path, beside what holds it
		       */
	bool from_set;
	bool idle;
	/* The nearest one before it whose path begins this one's, as text,
	 * plus 1; 0: none. */
	size_t before;
};

struct settled {
	struct settled_rule *items;
	size_t count;
};

/* The group's one rule, with the names of the others. */
static int settle_group(struct draft_path *const *group, size_t count,
			struct settled_rule *ret)
{
	struct draft_path *winner = strongest(group, count);

	for (size_t i = 0; i < count; i++)
		if (group[i] != winner &&
		    keep_facts(&winner->rule, &group[i]->rule) < 0)
			return -1;
	*ret = (struct settled_rule){
		.rule = &winner->rule,
		.granted = group[count - 1]->rule.access >= PATH_WRITE,
		.from_set = winner->from_set,
	};
	return 0;
}

static int settle(struct draft_paths *paths, struct settled *settled)
{
	settled->items = calloc(paths->count + 1, sizeof(*settled->items));
	if (!settled->items ||
	    sort_pointers(paths->items, paths->count, compare) < 0)
		return -1;
	for (size_t i = 0, n; i < paths->count; i += n) {
		n = group_size(paths->items + i, paths->count - i);
		if (settle_group(paths->items + i, n,
				 &settled->items[settled->count++]) < 0)
			return -1;
	}
	return 0;
}

static bool begins(const char *path, const char *start)
{
	while (*start && *path == *start)
		path++, start++;
	return !*start;
}

static void link_back(struct settled *settled)
{
	struct settled_rule *items = settled->items;

	for (size_t i = 1; i < settled->count; i++) {
		size_t at = i;

		while (at &&
		       !begins(items[i].rule->path, items[at - 1].rule->path))
			at = items[at - 1].before;
		items[i].before = at;
	}
}

/* What holds around a path, protections left aside. The rules are sorted, so
 * all that begin a path begin its neighbour as well: the chain of `before` has
 * them, nearest first. */
static const struct path_rule *around(const struct settled *settled, size_t i)
{
	const struct settled_rule *items = settled->items;

	for (size_t at = items[i].before; at; at = items[at - 1].before) {
		const struct path_rule *rule = items[at - 1].rule;

		if (rule->access != PATH_PROTECT &&
		    path_within(items[i].rule->path, rule->path))
			return rule;
	}
	return NULL;
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
			  const struct settled *settled, size_t i)
{
	const struct settled_rule *item = &settled->items[i];
	struct path_rule *rule = item->rule;
	const struct path_rule *outer;

	if (rule->access > PATH_PROTECT ||
	    (rule->access == PATH_DENY && !item->from_set))
		return false;
	outer = around(settled, i);
	if (host_tmp_around(policy, outer, rule->path))
		return false;
	if (rule->access == PATH_DENY)
		return !outer || outer->access == PATH_DENY;
	if (outer && outer->access == PATH_WRITE)
		return false;
	if (!item->granted || !rule->exists)
		return true;
	rule->access = PATH_READ; /* as good as protected, and still read */
	return false;
}

static size_t count_idle(const struct settled *settled)
{
	size_t count = 0;

	for (size_t i = 0; i < settled->count; i++)
		count += settled->items[i].idle;
	return count;
}

/* The rules go to the policy. What is idle stays where it is, in the policy's
 * memory, and is pointed to. */
static int hand_over(struct draft_paths *paths, const struct settled *settled,
		     struct path_rule **ret_rules, size_t *ret_count,
		     struct path_rule **idle)
{
	size_t count = settled->count - count_idle(settled);
	struct path_rule *rules = calloc(count + 1, sizeof(*rules));

	if (!rules)
		return -1;
	*ret_rules = rules;
	*ret_count = count;
	for (size_t i = 0; i < settled->count; i++)
		if (settled->items[i].idle)
			*idle++ = settled->items[i].rule;
		else
			*rules++ = *settled->items[i].rule;
	/* What the others had to say is in these. */
	paths->count = 0;
	return 0;
}

static int settle_paths(struct draft *draft, struct settled *settled)
{
	struct pj_policy *policy = draft->policy;

	if (settle(&draft->paths, settled) < 0)
		return -1;
	link_back(settled);
	for (size_t i = 0; i < settled->count; i++)
		settled->items[i].idle = holds_nothing(policy, settled, i);
	policy->idle = calloc(count_idle(settled) + 1, sizeof(*policy->idle));
	if (!policy->idle || hand_over(&draft->paths, settled, &policy->paths,
				       &policy->path_count, policy->idle) < 0)
		return -1;
	policy->idle_count = count_idle(settled);
	return 0;
}

static int settle_executes(struct draft *draft, struct settled *settled)
{
	struct pj_policy *policy = draft->policy;

	if (settle(&draft->executes, settled) < 0)
		return -1;
	return hand_over(&draft->executes, settled, &policy->executes,
			 &policy->execute_count, NULL);
}

int draft_finish_rules(struct draft *draft)
{
	struct settled paths = { 0 }, executes = { 0 };
	/* The names first: they look at grants that settling takes away. */
	int result = draft_finish_names(draft);

	if (result == 0)
		result = settle_paths(draft, &paths);
	if (result == 0)
		result = settle_executes(draft, &executes);
	free(paths.items);
	free(executes.items);
	return result;
}
