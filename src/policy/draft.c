/* SPDX-License-Identifier: Apache-2.0 */
/* The growing lists of a draft. */
#include "policy/draft.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/dispose.h"

/* Room for one more pointer; 0 or -1. */
static int reserve(void **items, size_t *capacity, size_t count)
{
	size_t wanted = *capacity ? *capacity * 2 : 512;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = reallocarray(*items, wanted, sizeof(void *));
	if (!grown)
		return -1;
	*items = grown;
	*capacity = wanted;
	return 0;
}

int draft_add_path(struct draft *draft, struct draft_paths *paths,
		   const struct document *document, bool from_set,
		   const struct path_rule *rule)
{
	struct draft_path *item =
		arena_alloc(&draft->policy->memory, sizeof(*item));
	void *items = paths->items;

	if (!item || reserve(&items, &paths->capacity, paths->count) < 0)
		return -1;
	paths->items = items;
	*item = (struct draft_path){
		.rule = *rule,
		.document = document,
		.from_set = from_set,
		.said = paths->said++,
	};
	paths->items[paths->count++] = item;
	return 0;
}

int draft_add_name(struct draft *draft, const struct document *document,
		   const struct name_rule *rule)
{
	struct draft_name *item =
		arena_alloc(&draft->policy->memory, sizeof(*item));
	void *items = draft->names;

	if (!item ||
	    reserve(&items, &draft->name_capacity, draft->name_count) < 0)
		return -1;
	draft->names = items;
	*item = (struct draft_name){ .rule = *rule, .document = document };
	draft->names[draft->name_count++] = item;
	return 0;
}

static void paths_clear(struct draft_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		path_rule_clear(&paths->items[i]->rule);
	free(paths->items);
}

void draft_clear(struct draft *draft)
{
	directories_clear(&draft->known);
	paths_clear(&draft->paths);
	paths_clear(&draft->executes);
	for (size_t i = 0; i < draft->name_count; i++)
		name_rule_clear(&draft->names[i]->rule);
	free(draft->names);
	free(draft->workspace);
	free(draft->home);
	for (size_t i = 0; i < draft->document_count; i++)
		document_free(draft->documents[i]);
	*draft = (struct draft){ 0 };
}
