/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was said about names at any depth to one rule a name, and where a
 * child of the policies that asked for it takes it back.
 */
#include "policy/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/sort.h"

static int compare_names(const void *a, const void *b)
{
	const struct draft_name *x = a, *y = b;
	int order = strcmp(x->rule.pattern, y->rule.pattern);

	return order ? order : (int)x->rule.access - (int)y->rule.access;
}

/* Whether a document other than those that asked for the rule, extending each
 * of them, names this path under `write` (or `read`, for a denial). */
static bool lifts_name(const struct draft_path *grant,
		       struct draft_name *const *group, size_t count)
{
	if (grant->rule.access != PATH_WRITE &&
	    group[0]->rule.access != PATH_DENY)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!document_extends(grant->document, group[i]->document))
			return false;
	return name_rule_matches(&group[0]->rule, grant->rule.path);
}

/* `written`: the grants that could lift a name, few of the many. */
static int find_lifted(const struct draft_path *const *written,
		       struct draft_name *const *group, size_t count)
{
	struct strv *list = &group[0]->rule.lifted;

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
		if (!paths->items[i]->from_set &&
		    paths->items[i]->rule.access >= PATH_WRITE)
			list[count++] = paths->items[i];
	return list;
}

int draft_finish_names(struct draft *draft)
{
	struct pj_policy *policy = draft->policy;
	struct draft_name **names = draft->names;
	auto_free const struct draft_path **written =
		written_grants(&draft->paths);

	policy->names = calloc(draft->name_count + 1, sizeof(*policy->names));
	if (!policy->names || !written ||
	    sort_pointers(names, draft->name_count, compare_names) < 0)
		return -1;
	for (size_t i = 0, n; i < draft->name_count; i += n) {
		for (n = 1; i + n < draft->name_count &&
			    compare_names(names[i], names[i + n]) == 0;
		     n++)
			;
		if (find_lifted(written, names + i, n) < 0)
			return -1;
		policy->names[policy->name_count++] = names[i]->rule;
		names[i]->rule = (struct name_rule){ 0 };
	}
	return 0;
}
