/* SPDX-License-Identifier: Apache-2.0 */
/* A policy made by a program: a JSON document that goes the way of every other,
 * so that nothing can be built that could not be written. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "policy/load.h"

struct pj_builder {
	json_t *root;
	struct pj_error failure; /* the first; code PJ_OK: none */
};

static void remember_memory(struct pj_builder *b)
{
	if (b->failure.code == PJ_OK)
		fail_memory(&b->failure, PJ_STAGE_POLICY);
}

static void remember_argument(struct pj_builder *b, const char *call,
			      const char *what)
{
	if (b->failure.code == PJ_OK)
		fail(&b->failure, PJ_STAGE_POLICY, PJ_E_ARGUMENT, 0, "%s: %s",
		     call, what);
}

/* The member `key`, made as `fresh` (whose reference is taken) if missing. */
static json_t *member(json_t *object, const char *key, json_t *fresh)
{
	json_t *found = json_object_get(object, key);

	if (found) {
		json_decref(fresh);
		return found;
	}
	return json_object_set_new(object, key, fresh) < 0
		       ? NULL
		       : json_object_get(object, key);
}

static json_t *section(struct pj_builder *b, const char *name)
{
	return name ? member(b->root, name, json_object()) : b->root;
}

/* A string of the caller's, or NULL with the failure remembered. */
static json_t *string_of(struct pj_builder *b, const char *key,
			 const char *text)
{
	json_t *string;

	if (!text) {
		remember_argument(b, key, "is NULL; give a string");
		return NULL;
	}
	string = json_string(text);
	if (!string)
		remember_argument(b, key,
				  "is no UTF-8 text, which a policy is");
	return string;
}

static void add_to_list(struct pj_builder *b, const char *name, const char *key,
			const char *text)
{
	json_t *string = string_of(b, key, text);
	json_t *list;

	if (!string)
		return;
	list = member(section(b, name), key, json_array());
	if (json_array_append_new(list, string) < 0)
		remember_memory(b);
}

static void set_member(struct pj_builder *b, json_t *object, const char *key,
		       json_t *value)
{
	if (!key) {
		remember_argument(b, "builder",
				  "a name is NULL; give a string");
		json_decref(value);
		return;
	}
	if (value && json_object_set_new(object, key, value) < 0)
		remember_argument(b, "builder",
				  "a name is no UTF-8 text, which a policy is");
}

int pj_builder_new(struct pj_builder **ret_builder, struct pj_error *err)
{
	struct pj_builder *b;

	if (!ret_builder)
		return fail_missing(err, PJ_STAGE_POLICY, "ret_builder");
	b = calloc(1, sizeof(*b));
	if (!b)
		return fail_memory(err, PJ_STAGE_POLICY);
	b->root = json_pack("{s:i}", "version", 1);
	if (!b->root) {
		free(b);
		return fail_memory(err, PJ_STAGE_POLICY);
	}
	*ret_builder = b;
	return 0;
}

struct pj_builder *pj_builder_free(struct pj_builder *b)
{
	if (b)
		json_decref(b->root);
	free(b);
	return NULL;
}

void pj_builder_extends(struct pj_builder *b, const char *profile_or_file)
{
	add_to_list(b, NULL, "extends", profile_or_file);
}

void pj_builder_read(struct pj_builder *b, const char *path)
{
	add_to_list(b, "filesystem", "read", path);
}

void pj_builder_write(struct pj_builder *b, const char *path)
{
	add_to_list(b, "filesystem", "write", path);
}

void pj_builder_execute(struct pj_builder *b, const char *path)
{
	add_to_list(b, "filesystem", "execute", path);
}

void pj_builder_deny(struct pj_builder *b, const char *path)
{
	add_to_list(b, "filesystem", "deny", path);
}

void pj_builder_protect(struct pj_builder *b, const char *path)
{
	add_to_list(b, "filesystem", "protect", path);
}

void pj_builder_network(struct pj_builder *b, const char *mode)
{
	set_member(b, section(b, "network"), "mode",
		   string_of(b, "mode", mode));
}

void pj_builder_allow_host(struct pj_builder *b, const char *pattern)
{
	add_to_list(b, "network", "allow", pattern);
}

void pj_builder_deny_host(struct pj_builder *b, const char *pattern)
{
	add_to_list(b, "network", "deny", pattern);
}

void pj_builder_listen(struct pj_builder *b, const char *ports)
{
	add_to_list(b, "network", "listen", ports);
}

void pj_builder_unix_socket(struct pj_builder *b, const char *path)
{
	add_to_list(b, "network", "unix_sockets", path);
}

/* "64" for processes is a number in the policy; everything else is a text. */
void pj_builder_limit(struct pj_builder *b, const char *name, const char *value)
{
	size_t digits = value ? strspn(value, "0123456789") : 0;
	json_t *json = NULL;

	if (digits && !value[digits] && digits <= 18)
		json = json_integer(strtoll(value, NULL, 10));
	else
		json = string_of(b, "limits", value);
	set_member(b, section(b, "limits"), name, json);
}

void pj_builder_env_set(struct pj_builder *b, const char *name,
			const char *value)
{
	json_t *set = member(section(b, "environment"), "set", json_object());

	set_member(b, set, name, string_of(b, "set", value));
}

void pj_builder_env_pass(struct pj_builder *b, const char *name)
{
	add_to_list(b, "environment", "pass", name);
}

void pj_builder_env_allow(struct pj_builder *b, const char *name)
{
	add_to_list(b, "environment", "allow", name);
}

void pj_builder_cwd_within(struct pj_builder *b, const char *path)
{
	add_to_list(b, "working_directory", "within", path);
}

void pj_builder_strategy(struct pj_builder *b, const char *name)
{
	set_member(b, section(b, "containment"), "strategy",
		   string_of(b, "strategy", name));
}

void pj_builder_may_lack(struct pj_builder *b, const char *property)
{
	add_to_list(b, "containment", "may_lack", property);
}

void pj_builder_command(struct pj_builder *b, const char *program,
			const char *rule)
{
	json_error_t error;
	json_t *json =
		rule ? json_loads(rule,
				  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
				  &error)
		     : NULL;

	if (!json) {
		remember_argument(b, "pj_builder_command",
				  rule ? error.text : "the rule is NULL");
		return;
	}
	set_member(b, section(b, "commands"), program, json);
}

int pj_builder_build(struct pj_builder *b,
		     const struct pj_policy_options *options,
		     struct pj_policy **ret_policy, struct pj_error *err)
{
	struct document *document = NULL;
	int result;

	if (!b || !ret_policy)
		return fail_missing(err, PJ_STAGE_POLICY,
				    "builder and ret_policy");
	if (b->failure.code != PJ_OK) {
		if (err)
			*err = b->failure;
		return -(int)b->failure.code;
	}
	result = document_from_json(b->root, "options", &document, err);
	return result < 0 ? result
			  : policy_make(document, options, ret_policy, err);
}
