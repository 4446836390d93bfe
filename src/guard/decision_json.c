/* SPDX-License-Identifier: Apache-2.0 */
/* A decision as the JSON object of `check --json` (DESIGN section 3). A field
 * that cannot be made makes the whole object fail: nothing is left out. */
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "guard/command.h"
#include "guard/decision.h"

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}
#define auto_json __attribute__((cleanup(cleanup_json)))

static json_t *text_or_null(const char *text)
{
	return text ? json_bytes(text, strlen(text)) : json_null();
}

static json_t *violation_json(const struct pj_violation *violation)
{
	return json_pack("{s:s, s:o, s:i, s:o}", "code", violation->code,
			 "item", text_or_null(violation->item), "index",
			 violation->index, "message",
			 text_or_null(violation->message));
}

static json_t *violations_json(const struct pj_decision *decision)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < decision->count; i++)
		if (json_array_append_new(
			    array, violation_json(&decision->violations[i])) <
		    0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

/* The policy's, then the guard's. */
static json_t *warnings_json(const struct pj_decision *decision)
{
	auto_json json_t *guards = json_bytes_list(
		(const char *const *)strv_get(&decision->warnings));
	auto_json json_t *all = json_bytes_list(
		(const char *const *)strv_get(&decision->policy->warnings));

	if (!guards || !all || json_array_extend(all, guards) < 0)
		return NULL;
	return json_incref(all);
}

/* {"NAME": "value"}, as in a request. */
static json_t *environment_json(const struct strv *envp)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < envp->count; i++) {
		const char *equals = strchr(envp->items[i], '=');
		auto_json json_t *name = NULL;

		if (!equals)
			continue;
		name = json_bytes(envp->items[i],
				  (size_t)(equals - envp->items[i]));
		if (!name ||
		    json_object_set_new(object, json_string_value(name),
					text_or_null(equals + 1)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *command_json(const struct pj_command *command)
{
	const char *const *argv;

	if (!command)
		return json_null();
	argv = (const char *const *)strv_get(&command->argv);
	return json_pack("{s:o, s:o, s:o, s:o}", "program",
			 text_or_null(command->program), "argv",
			 json_bytes_list(argv), "env",
			 environment_json(&command->envp), "cwd",
			 text_or_null(command->cwd));
}

int pj_decision_json(const struct pj_decision *decision,
		     const struct pj_command *command, char **ret_json,
		     struct pj_error *err)
{
	auto_json json_t *object = NULL;
	bool allowed = pj_decision_allowed(decision);
	char *text;

	if (!decision || !ret_json)
		return fail_missing(err, PJ_STAGE_GUARD,
				    "decision and ret_json");
	object = json_pack("{s:s, s:o, s:o, s:o}", "verdict",
			   allowed ? "allowed" : "denied", "violations",
			   violations_json(decision), "warnings",
			   warnings_json(decision), "command",
			   command_json(allowed ? command : NULL));
	text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
	if (!text)
		return fail_memory(err, PJ_STAGE_GUARD);
	*ret_json = text;
	return 0;
}
