/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a policy, and the questions that other stages ask of it. A policy
 * does not change once made; references are counted. */
#include "policy/policy.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/pattern.h"
#include "policy/dispose.h"

static const char *const strategy_names[] = {
	[STRATEGY_AUTO] = "auto",
	[STRATEGY_NAMESPACES] = "namespaces",
	[STRATEGY_BUBBLEWRAP] = "bubblewrap",
	[STRATEGY_LANDLOCK] = "landlock",
	[STRATEGY_FIREJAIL] = "firejail",
	[STRATEGY_RLIMITS] = "rlimits",
	[STRATEGY_NONE] = "none",
};
_Static_assert(ARRAY_SIZE(strategy_names) == STRATEGY_NONE + 1,
	       "a name for each strategy");

const char *strategy_name_text(enum strategy_name name)
{
	return (size_t)name < ARRAY_SIZE(strategy_names) ? strategy_names[name]
							 : NULL;
}

void value_rule_clear(struct value_rule *rule)
{
	pattern_free(rule->pattern);
	strv_clear(&rule->within);
	strv_clear(&rule->choices);
	*rule = (struct value_rule){ 0 };
}

void command_rule_clear(struct command_rule *rule)
{
	free(rule->subcommand);
	strv_clear(&rule->flags);
	for (size_t i = 0; i < rule->option_count; i++) {
		free(rule->options[i].name);
		value_rule_clear(&rule->options[i].value);
	}
	free(rule->options);
	for (size_t i = 0; i < rule->positional_item_count; i++)
		value_rule_clear(&rule->positional_items[i]);
	free(rule->positional_items);
	value_rule_clear(&rule->positional_rest);
	free(rule->sha256);
	*rule = (struct command_rule){ 0 };
}

void program_rules_clear(struct program_rules *rules)
{
	free(rules->program);
	for (size_t i = 0; i < rules->rule_count; i++)
		command_rule_clear(&rules->rules[i]);
	free(rules->rules);
	*rules = (struct program_rules){ 0 };
}

void path_rule_clear(struct path_rule *rule)
{
	strv_clear(&rule->more_aliases);
	*rule = (struct path_rule){ 0 };
}

void name_rule_clear(struct name_rule *rule)
{
	strv_clear(&rule->lifted);
	*rule = (struct name_rule){ 0 };
}

static void clear_guard_part(struct pj_policy *policy)
{
	for (size_t i = 0; i < policy->program_count; i++)
		program_rules_clear(&policy->programs[i]);
	free(policy->programs);
	strv_clear(&policy->env_pass);
	strv_clear(&policy->env_allow);
	for (size_t i = 0; i < policy->env_set_count; i++) {
		free(policy->env_set[i].name);
		free(policy->env_set[i].value);
	}
	free(policy->env_set);
	strv_clear(&policy->cwd_within);
}

static void clear_jail_part(struct pj_policy *policy)
{
	for (size_t i = 0; i < policy->path_count; i++)
		path_rule_clear(&policy->paths[i]);
	free(policy->paths);
	for (size_t i = 0; i < policy->idle_count; i++)
		path_rule_clear(policy->idle[i]);
	free(policy->idle);
	for (size_t i = 0; i < policy->execute_count; i++)
		path_rule_clear(&policy->executes[i]);
	free(policy->executes);
	for (size_t i = 0; i < policy->name_count; i++)
		name_rule_clear(&policy->names[i]);
	free(policy->names);
	strv_clear(&policy->devices);
	strv_clear(&policy->network_allow);
	strv_clear(&policy->network_deny);
	strv_clear(&policy->network_listen);
	strv_clear(&policy->unix_sockets);
	strv_clear(&policy->unix_socket_aliases);
	strv_clear(&policy->syscalls_deny);
}

struct pj_policy *policy_ref(const struct pj_policy *policy)
{
	/* Counting is the one thing that changes in a finished policy. */
	struct pj_policy *counted = (struct pj_policy *)policy;

	atomic_fetch_add(&counted->references, 1);
	return counted;
}

struct pj_policy *pj_policy_free(struct pj_policy *policy)
{
	if (!policy || atomic_fetch_sub(&policy->references, 1) > 1)
		return NULL;
	clear_guard_part(policy);
	clear_jail_part(policy);
	free(policy->name);
	free(policy->description);
	free(policy->workspace);
	strv_clear(&policy->warnings);
	arena_clear(&policy->memory);
	free(policy);
	return NULL;
}

size_t pj_policy_warning_count(const struct pj_policy *policy)
{
	return policy->warnings.count;
}

const char *pj_policy_warning(const struct pj_policy *policy, size_t index)
{
	return index < policy->warnings.count ? policy->warnings.items[index]
					      : NULL;
}

/* Like strcmp of `path` cut to `len` bytes against a rule's path. */
static int compare_cut(const char *path, size_t len, const char *rule)
{
	int order = strncmp(path, rule, len);

	return order ? order : -(rule[len] != '\0');
}

static const struct path_rule *find_cut(const struct path_rule *rules,
					size_t count, const char *path,
					size_t len)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_cut(path, len, rules[middle].path);

		if (order == 0)
			return &rules[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct path_rule *path_rules_find(const struct path_rule *rules,
					size_t count, const char *path)
{
	size_t len = strlen(path);

	for (;;) {
		const struct path_rule *rule =
			find_cut(rules, count, path, len);

		if (rule || len <= 1)
			return rule;
		while (len > 1 && path[len - 1] != '/')
			len--;
		if (len > 1)
			len--; /* the slash; "/" itself stays */
	}
}

const struct path_rule *policy_path_rule(const struct pj_policy *policy,
					 const char *path)
{
	return path_rules_find(policy->paths, policy->path_count, path);
}

static size_t count_components(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += path[0] != '/' && (path[1] == '/' || !path[1]);
	return count;
}

bool name_rule_matches(const struct name_rule *rule, const char *path)
{
	size_t wanted = count_components(rule->pattern);
	size_t len = strlen(path);

	while (wanted--) {
		while (len && path[len - 1] != '/')
			len--;
		if (!len)
			return false;
		len--;
	}
	if (!strchr(rule->pattern, '*'))
		return strcmp(rule->pattern, path + len + 1) == 0;
	return fnmatch(rule->pattern, path + len + 1,
		       FNM_PATHNAME | FNM_NOESCAPE) == 0;
}
