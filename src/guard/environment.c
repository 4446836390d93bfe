/* SPDX-License-Identifier: Apache-2.0 */
/* Merging the three sources of variables. One name has one value: the policy's
 * `set` wins over the request, the request over what is passed on; a name that
 * the request gives twice is an error, never a choice. */
#include "guard/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { RANK_SET, RANK_REQUEST, RANK_PASSED };

static bool listed(const struct strv *patterns, const char *name, size_t len)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const char *pattern = patterns->items[i];
		size_t n = strlen(pattern);

		if (n && pattern[n - 1] == '*') {
			if (len >= n - 1 && memcmp(pattern, name, n - 1) == 0)
				return true;
		} else if (n == len && memcmp(pattern, name, n) == 0) {
			return true;
		}
	}
	return false;
}

static struct env_entry entry_of(const char *text, int rank, size_t order)
{
	const char *equals = strchr(text, '=');
	struct env_entry entry = {
		.name = text,
		.name_len = equals ? (size_t)(equals - text) : strlen(text),
		.value = equals ? equals + 1 : "",
		.rank = rank,
		.order = order,
		.status = equals && equals != text ? ENV_FINE : ENV_INVALID,
	};

	return entry;
}

static void add_set(struct environment *environment,
		    const struct pj_policy *policy)
{
	for (size_t i = 0; i < policy->env_set_count; i++)
		environment->entries[environment->count++] = (struct env_entry){
			.name = policy->env_set[i].name,
			.name_len = strlen(policy->env_set[i].name),
			.value = policy->env_set[i].value,
			.rank = RANK_SET,
			.order = i,
		};
}

static void add_request(struct environment *environment,
			const struct pj_policy *policy, const char *const *env)
{
	for (size_t i = 0; env && env[i]; i++) {
		struct env_entry entry = entry_of(env[i], RANK_REQUEST, i);

		if (entry.status == ENV_INVALID)
			;
		else if (environment_name_forbidden(entry.name, entry.name_len))
			entry.status = ENV_FORBIDDEN;
		else if (!listed(&policy->env_allow, entry.name,
				 entry.name_len))
			entry.status = ENV_NOT_ALLOWED;
		environment->entries[environment->count++] = entry;
	}
}

static void add_passed(struct environment *environment,
		       const struct pj_policy *policy, const char *const *env)
{
	for (size_t i = 0; policy->env_pass.count && env && env[i]; i++) {
		struct env_entry entry = entry_of(env[i], RANK_PASSED, i);

		if (entry.status == ENV_INVALID ||
		    !listed(&policy->env_pass, entry.name, entry.name_len))
			continue;
		if (environment_name_forbidden(entry.name, entry.name_len))
			entry.status = ENV_DROPPED;
		environment->entries[environment->count++] = entry;
	}
}

static int compare_names(const struct env_entry *a, const struct env_entry *b)
{
	size_t shorter = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, shorter);

	if (order)
		return order;
	return a->name_len < b->name_len ? -1 : a->name_len > b->name_len;
}

static int compare(const void *left, const void *right)
{
	const struct env_entry *a = left, *b = right;
	int order = compare_names(a, b);

	if (order)
		return order;
	if (a->rank != b->rank)
		return a->rank - b->rank;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Sorted, an entry with the name of the one before it has lost. */
static void settle(struct environment *environment)
{
	struct env_entry *entries = environment->entries;

	for (size_t i = 1; i < environment->count; i++) {
		if (compare_names(&entries[i - 1], &entries[i]) != 0)
			continue;
		if (entries[i].rank == RANK_REQUEST &&
		    entries[i - 1].rank == RANK_REQUEST &&
		    entries[i].status == ENV_FINE)
			entries[i].status = ENV_DUPLICATE;
		else if (entries[i].status == ENV_FINE)
			entries[i].status = ENV_OVERRIDDEN;
		else if (entries[i].status == ENV_DROPPED &&
			 entries[i - 1].rank == RANK_SET)
			entries[i].status = ENV_OVERRIDDEN;
	}
}

static size_t length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

int environment_gather(const struct pj_policy *policy,
		       const struct pj_request *request,
		       struct environment *ret_environment)
{
	const char *const *caller = request->caller_env;
	struct environment environment = { 0 };
	size_t room;

	if (!caller)
		caller = (const char *const *)environ;
	room = policy->env_set_count + length(request->env) +
	       (policy->env_pass.count ? length(caller) : 0);
	environment.entries = calloc(room + 1, sizeof(*environment.entries));
	if (!environment.entries)
		return -1;
	add_set(&environment, policy);
	add_request(&environment, policy, request->env);
	add_passed(&environment, policy, caller);
	if (environment.count > 1)
		qsort(environment.entries, environment.count,
		      sizeof(*environment.entries), compare);
	settle(&environment);
	*ret_environment = environment;
	return 0;
}

int environment_list(const struct environment *environment,
		     struct strv *ret_envp)
{
	for (size_t i = 0; i < environment->count; i++) {
		const struct env_entry *entry = &environment->entries[i];
		size_t value_len;
		char *text;

		if (entry->status != ENV_FINE)
			continue;
		value_len = strlen(entry->value);
		text = malloc(entry->name_len + value_len + 2);
		if (text) {
			memcpy(text, entry->name, entry->name_len);
			text[entry->name_len] = '=';
			memcpy(text + entry->name_len + 1, entry->value,
			       value_len + 1);
		}
		if (strv_take(ret_envp, text) < 0)
			return -1;
	}
	return 0;
}

void environment_clear(struct environment *environment)
{
	free(environment->entries);
	*environment = (struct environment){ 0 };
}
