/* SPDX-License-Identifier: Apache-2.0 */
/* The sections "environment" and "working_directory". */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/paths.h"
#include "policy/reader.h"

/* "LANG", "LC_*": any name without = and control characters; a * ends it. */
static int read_env_name(struct reader *reader, const struct place *at,
			 const json_t *value, void *target)
{
	const char *text = read_string(reader, at, value, "a variable's name");
	size_t n;

	if (!text)
		return -PJ_E_POLICY;
	n = strcspn(text, "=*");
	if (text[n] == '=' || (text[n] == '*' && text[n + 1]))
		return bad(reader, at,
			   "must be a variable's name; a * may stand at its "
			   "end only, and no = in it");
	if (!strv_contains(target, text) && strv_push(target, text) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_env_names(struct reader *reader, const struct place *at,
			  const json_t *value, const struct key *key,
			  void *target)
{
	return read_list(reader, at, value, read_env_name, FIELD(target, key));
}

static int check_variable(struct reader *reader, const struct place *at,
			  const json_t *value)
{
	const char *text = json_string_value(value);

	if (!at->key[0] || at->key[strcspn(at->key, "=*")] ||
	    has_control(at->key))
		return bad_key(reader, at,
			       "must be a variable's name: not empty, no =, "
			       "no *, no control character");
	if (!text)
		return bad(reader, at, "must be a string");
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
			return bad(reader, at,
				   "holds a control character, which no "
				   "variable may");
	return 0;
}

static struct env_pair *find_variable(struct pj_policy *policy,
				      const char *name)
{
	for (size_t i = 0; i < policy->env_set_count; i++)
		if (strcmp(policy->env_set[i].name, name) == 0)
			return &policy->env_set[i];
	return NULL;
}

static int set_variable(struct pj_policy *policy, const char *name,
			const char *value)
{
	struct env_pair *pair = find_variable(policy, name), *grown;
	char *copy = strdup(value);

	if (!copy)
		return -1;
	if (pair) {
		free(pair->value);
		pair->value = copy;
		return 0;
	}
	grown = reallocarray(policy->env_set, policy->env_set_count + 1,
			     sizeof(*grown));
	if (grown)
		policy->env_set = grown;
	name = grown ? strdup(name) : NULL;
	if (!name) {
		free(copy);
		return -1;
	}
	grown[policy->env_set_count++] =
		(struct env_pair){ .name = (char *)name, .value = copy };
	return 0;
}

static int read_env_set(struct reader *reader, const struct place *at,
			const json_t *value, const struct key *key,
			void *target)
{
	const char *name;
	json_t *item;

	(void)key;
	if (!json_is_object(value))
		return bad(reader, at, "must be an object of names and values");
	json_object_foreach((json_t *)value, name, item)
	{
		const struct place here = { .up = at, .key = name };
		int result = check_variable(reader, &here, item);

		if (result < 0)
			return result;
		if (set_variable(target, name, json_string_value(item)) < 0)
			return reader_no_memory(reader);
	}
	return 0;
}

static const struct key environment_keys[] = {
	{ "pass", read_env_names, offsetof(struct pj_policy, env_pass), NULL },
	{ "allow", read_env_names, offsetof(struct pj_policy, env_allow),
	  NULL },
	{ "set", read_env_set, 0, NULL },
};

int read_environment(struct reader *reader, const struct place *at,
		     const json_t *value, const struct key *key, void *target)
{
	(void)key;
	return read_object(reader, at, value, environment_keys,
			   ARRAY_SIZE(environment_keys), target);
}

static int read_cwd_default(struct reader *reader, const struct place *at,
			    const json_t *value, const struct key *key,
			    void *target)
{
	const char *path = read_canonical(reader, at, value);

	if (!path)
		return -PJ_E_POLICY;
	*(const char **)FIELD(target, key) = path;
	reader->draft->cwd_default_by = reader->document;
	return 0;
}

static int read_cwd_within(struct reader *reader, const struct place *at,
			   const json_t *value, const struct key *key,
			   void *target)
{
	reader->draft->cwd_within_given = true;
	return read_list(reader, at, value, read_tree, FIELD(target, key));
}

static const struct key cwd_keys[] = {
	{ "default", read_cwd_default, offsetof(struct pj_policy, cwd_default),
	  NULL },
	{ "within", read_cwd_within, offsetof(struct pj_policy, cwd_within),
	  NULL },
};

int read_working_directory(struct reader *reader, const struct place *at,
			   const json_t *value, const struct key *key,
			   void *target)
{
	(void)key;
	return read_object(reader, at, value, cwd_keys, ARRAY_SIZE(cwd_keys),
			   target);
}
