/* SPDX-License-Identifier: Apache-2.0 */
/* The growing lists of a draft. */
#include "policy/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/dispose.h"

static char *copy_of(const char *text, bool *ok)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		*ok = false;
	return copy;
}

/* Room for one more item of `size` bytes; 0 or -1. */
static int reserve(void **items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 64;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = reallocarray(*items, wanted, size);
	if (!grown)
		return -1;
	*items = grown;
	*capacity = wanted;
	return 0;
}

int draft_add_path(struct draft_paths *paths, const struct document *document,
		   bool from_set, const struct path_rule *rule)
{
	struct path_rule copy = *rule;
	void *items = paths->items;
	bool ok = true;

	if (reserve(&items, &paths->capacity, paths->count,
		    sizeof(*paths->items)) < 0)
		return -1;
	paths->items = items;
	copy.path = copy_of(rule->path, &ok);
	copy.alias = copy_of(rule->alias, &ok);
	copy.origin = copy_of(rule->origin, &ok);
	copy.more_aliases = (struct strv){ 0 };
	if (!ok) {
		path_rule_clear(&copy);
		return -1;
	}
	paths->items[paths->count++] = (struct draft_path){
		.rule = copy,
		.document = document,
		.from_set = from_set,
	};
	return 0;
}

int draft_add_name(struct draft *draft, const struct document *document,
		   const struct name_rule *rule)
{
	struct name_rule copy = *rule;
	void *items = draft->names;

	if (reserve(&items, &draft->name_capacity, draft->name_count,
		    sizeof(*draft->names)) < 0)
		return -1;
	draft->names = items;
	copy.lifted = (struct strv){ 0 };
	draft->names[draft->name_count++] = (struct draft_name){
		.rule = copy,
		.document = document,
	};
	return 0;
}

static void paths_clear(struct draft_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		path_rule_clear(&paths->items[i].rule);
	free(paths->items);
	*paths = (struct draft_paths){ 0 };
}

void draft_clear(struct draft *draft)
{
	directories_clear(&draft->known);
	paths_clear(&draft->paths);
	paths_clear(&draft->executes);
	for (size_t i = 0; i < draft->name_count; i++)
		name_rule_clear(&draft->names[i].rule);
	free(draft->names);
	free(draft->workspace);
	free(draft->home);
	for (size_t i = 0; i < draft->document_count; i++)
		document_free(draft->documents[i]);
	*draft = (struct draft){ 0 };
}
