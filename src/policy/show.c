/* SPDX-License-Identifier: Apache-2.0 */
/* pj_policy_show(): the merged policy, with sets expanded, paths resolved, and
 * who said what. For people and for diffs; it is no policy file itself. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "policy/profiles.h"
#include "policy/policy.h"
#include "policy/show.h"

static const char *const access_names[] = {
	[PATH_DENY] = "deny",
	[PATH_PROTECT] = "protect",
	[PATH_WRITE] = "write",
	[PATH_READ] = "read",
};

/* Every helper returns a new value; NULL (out of memory) spreads, because
 * json_object_set_new() and json_array_append_new() fail on NULL. */
json_t *show_text(const char *text)
{
	return text ? json_bytes(text, strlen(text)) : json_null();
}

json_t *show_strings(const struct strv *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (json_array_append_new(array, show_text(list->items[i])) <
		    0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

int show_set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

/* Members that say nothing are left out. */
static int set_aliases(json_t *object, const struct path_rule *rule)
{
	json_t *links;

	if (!rule->alias)
		return 0;
	links = show_strings(&rule->more_aliases);
	if (json_array_insert_new(links, 0, show_text(rule->alias)) < 0) {
		json_decref(links);
		return -1;
	}
	return show_set(object, "links", links);
}

static json_t *show_from(const char *origin, const char *set,
			 const char *reason)
{
	return set ? json_sprintf("%s: %s", set, reason) : show_text(origin);
}

static json_t *show_except(const struct name_rule *rule)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rule->except_count; i++)
		json_array_append_new(array, show_text(rule->except[i]));
	return array;
}

static json_t *show_path(const struct path_rule *rule)
{
	json_t *object = json_object();

	if (show_set(object, "path", show_text(rule->path)) < 0 ||
	    (!rule->exists && show_set(object, "missing", json_true()) < 0) ||
	    set_aliases(object, rule) < 0 ||
	    show_set(object, "from",
		     show_from(rule->origin, rule->set, rule->reason)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *show_paths(const struct path_rule *rules, size_t count,
			  enum path_access access)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		if (rules[i].access == access &&
		    json_array_append_new(array, show_path(&rules[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *show_name(const struct name_rule *rule)
{
	json_t *object = json_object();

	if (show_set(object, "pattern", show_text(rule->pattern)) < 0 ||
	    show_set(object, "access", show_text(access_names[rule->access])) <
		    0 ||
	    (rule->git_directory &&
	     show_set(object, "git_directory", json_true()) < 0) ||
	    (rule->except_count &&
	     show_set(object, "except", show_except(rule)) < 0) ||
	    (rule->lifted.count &&
	     show_set(object, "lifted", show_strings(&rule->lifted)) < 0) ||
	    show_set(object, "from", show_from(NULL, rule->set, rule->reason)) <
		    0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *show_names(const struct pj_policy *policy)
{
	json_t *array = json_array();

	for (size_t i = 0; i < policy->name_count; i++)
		if (json_array_append_new(array, show_name(&policy->names[i])) <
		    0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static int show_accesses(json_t *object, const struct path_rule *rules,
			 size_t count)
{
	for (int access = PATH_READ; access >= PATH_DENY; access--)
		if (show_set(object, access_names[access],
			     show_paths(rules, count,
					(enum path_access)access)) < 0)
			return -1;
	return 0;
}

static json_t *show_entry(const struct pj_policy *policy,
			  const struct named_set *set, size_t index)
{
	const struct set_entry *entry = &set->entries[index];
	const char *path = set_entry_path(entry);
	bool homely = path[0] == '~' && policy->home;
	json_t *object = json_object();

	show_set(object, "path",
		 json_sprintf("%s%s", homely ? policy->home : "",
			      path + homely));
	show_set(object, "from",
		 show_from(NULL, set->name, set_entry_reason(entry)));
	return object;
}

/* The sets that the policy names, whole: what is in them matters here or not.
 */
static json_t *show_sets(const struct pj_policy *policy)
{
	json_t *object = json_object();

	for (size_t i = 0; i < embedded_set_count && i < MAX_SETS; i++) {
		const struct named_set *set = &embedded_sets[i];
		json_t *entries;

		if (!policy->sets_used[i])
			continue;
		entries = json_array();
		for (size_t e = 0; e < set->entry_count; e++)
			json_array_append_new(entries,
					      show_entry(policy, set, e));
		show_set(object, set->name, entries);
	}
	return object;
}

static json_t *show_idle_paths(const struct pj_policy *policy,
			       enum path_access access)
{
	json_t *array = json_array();

	for (size_t i = 0; i < policy->idle_count; i++)
		if (policy->idle[i]->access == access)
			json_array_append_new(array,
					      show_path(policy->idle[i]));
	return array;
}

static json_t *show_idle(const struct pj_policy *policy)
{
	json_t *object = json_object();

	if (show_set(object, "deny", show_idle_paths(policy, PATH_DENY)) < 0 ||
	    show_set(object, "protect", show_idle_paths(policy, PATH_PROTECT)) <
		    0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *show_filesystem(const struct pj_policy *policy)
{
	static const char *const tmp[] = { [TMP_PRIVATE] = "private",
					   [TMP_HOST] = "host",
					   [TMP_NONE] = "none" };
	json_t *object = json_object();

	if (show_accesses(object, policy->paths, policy->path_count) < 0 ||
	    (policy->execute_listed &&
	     show_set(object, "execute",
		      show_paths(policy->executes, policy->execute_count,
				 PATH_READ)) < 0) ||
	    show_set(object, "any_depth", show_names(policy)) < 0 ||
	    show_set(object, "holds_nothing_here", show_idle(policy)) < 0 ||
	    show_set(object, "sets", show_sets(policy)) < 0 ||
	    show_set(object, "tmp", show_text(tmp[policy->tmp])) < 0 ||
	    show_set(object, "devices", show_strings(&policy->devices)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int show_guard(json_t *root, const struct pj_policy *policy)
{
	static const char *const risky[] = { [RISKY_DENY] = "deny",
					     [RISKY_WARN] = "warn",
					     [RISKY_ALLOW] = "allow" };

	return show_set(root, "commands", show_commands(policy)) < 0 ||
			       show_set(root, "risky_programs",
					show_text(risky[policy->risky])) < 0 ||
			       show_set(root, "shell_metacharacters",
					show_text(policy->deny_metacharacters
							  ? "deny"
							  : "allow")) < 0 ||
			       show_set(root, "environment",
					show_environment(policy)) < 0 ||
			       show_set(root, "working_directory",
					show_cwd(policy)) < 0
		       ? -1
		       : 0;
}

static int show_jail(json_t *root, const struct pj_policy *policy)
{
	return show_set(root, "filesystem", show_filesystem(policy)) < 0 ||
			       show_set(root, "network", show_network(policy)) <
				       0 ||
			       show_set(root, "limits", show_limits(policy)) <
				       0 ||
			       show_set(root, "syscalls",
					show_syscalls(policy)) < 0 ||
			       show_set(root, "containment",
					show_containment(policy)) < 0
		       ? -1
		       : 0;
}

int pj_policy_show(const struct pj_policy *policy, char **ret_json,
		   struct pj_error *err)
{
	json_t *root;
	char *text = NULL;

	if (!policy || !ret_json)
		return fail_missing(err, PJ_STAGE_POLICY,
				    "policy and ret_json");
	root = json_object();
	if (show_set(root, "version", json_integer(1)) == 0 &&
	    show_set(root, "name", show_text(policy->name)) == 0 &&
	    show_set(root, "description", show_text(policy->description)) ==
		    0 &&
	    show_set(root, "workspace", show_text(policy->workspace)) == 0 &&
	    show_set(root, "home", show_text(policy->home)) == 0 &&
	    show_guard(root, policy) == 0 && show_jail(root, policy) == 0 &&
	    show_set(root, "warnings", show_strings(&policy->warnings)) == 0)
		text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	if (!text)
		return fail_memory(err, PJ_STAGE_POLICY);
	*ret_json = text;
	return 0;
}
