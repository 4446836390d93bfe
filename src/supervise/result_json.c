/* SPDX-License-Identifier: Apache-2.0 */
/* The result object of DESIGN section 5. Its keys are the same, in the same
 * order and of the same types, for each way a run can end; only "stdout" and
 * "stderr" turn into "…_base64" when they are not UTF-8. */
#include "supervise/result_json.h"

#include <nettle/base64.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "guard/command.h"
#include "supervise/result.h"

/* What all ways of ending are printed from. */
struct ending {
	enum pj_outcome outcome;
	const struct pj_result *result;	    /* NULL: nothing ran */
	const struct pj_decision *decision; /* outcome denied */
	const struct pj_error *failure;	    /* outcome failed */
	const char *program, *cwd;	    /* NULL: there was no command */
	const struct strv *argv;
};

static void cleanup_json(json_t **value)
{
	json_decref(*value);
}

#define auto_json __attribute__((cleanup(cleanup_json)))

static json_t *text_or_null(const char *text)
{
	return text ? json_bytes(text, strlen(text)) : json_null();
}

/* Rounded to three decimals. What is no sensible time (not a number, over
 * 30,000 years) is shown as 0: JSON has no word for it. */
static json_t *milliseconds(double ms)
{
	const double longest_ms = 1e15;

	if (!(ms >= 0 && ms < longest_ms))
		ms = 0;
	return json_real((double)(int64_t)(ms * 1000 + 0.5) / 1000);
}

json_t *result_usage_json(const struct pj_usage *usage)
{
	return json_pack("{so, so, sI, sI}", "wall_ms",
			 milliseconds(usage->wall_ms), "cpu_ms",
			 milliseconds(usage->cpu_ms), "peak_memory_bytes",
			 (json_int_t)usage->peak_memory_bytes, "processes_peak",
			 (json_int_t)usage->processes_peak);
}

static json_t *violation_json(const struct pj_violation *violation)
{
	return json_pack("{ss, so, si, so}", "code", violation->code, "item",
			 text_or_null(violation->item), "index",
			 violation->index, "message",
			 text_or_null(violation->message));
}

json_t *result_error_json(const struct pj_error *failure)
{
	return json_pack("{ss, ss, so, ss?}", "stage",
			 pj_stage_name(failure->stage), "code",
			 pj_code_name((int)failure->code), "message",
			 text_or_null(failure->message), "errno",
			 pj_errno_name(failure->errnum));
}

static json_t *base64_json(const char *data, size_t len)
{
	size_t encoded_len = BASE64_ENCODE_RAW_LENGTH(len);
	auto_free char *encoded = malloc(encoded_len + 1);

	if (!encoded)
		return NULL;
	base64_encode_raw(encoded, len, (const uint8_t *)data);
	return json_stringn_nocheck(encoded, encoded_len);
}

static int set_stream(json_t *object, const char *name, const char *base64_name,
		      const char *data, size_t len)
{
	if (text_is_utf8(data, len))
		return json_object_set_new(object, name,
					   json_stringn_nocheck(data, len));
	return json_object_set_new(object, base64_name, base64_json(data, len));
}

static int set_streams(json_t *object, const struct pj_result *result)
{
	static const struct captured none;
	const struct captured *out = result ? &result->out : &none;
	const struct captured *err = result ? &result->err : &none;
	int bad = 0;

	bad |= set_stream(object, "stdout", "stdout_base64",
			  out->data ? out->data : "", out->len);
	bad |= set_stream(object, "stderr", "stderr_base64",
			  err->data ? err->data : "", err->len);
	bad |= json_object_set_new(object, "stdout_bytes",
				   json_integer((json_int_t)out->seen));
	bad |= json_object_set_new(object, "stdout_truncated",
				   json_boolean(out->truncated));
	bad |= json_object_set_new(object, "stderr_bytes",
				   json_integer((json_int_t)err->seen));
	bad |= json_object_set_new(object, "stderr_truncated",
				   json_boolean(err->truncated));
	return bad;
}

static json_t *containment_json(const struct pj_result *result)
{
	auto_json json_t *enforced = json_object();
	auto_json json_t *lacking = json_array();
	auto_json json_t *passed_over = json_array();
	int bad = !enforced || !lacking || !passed_over;

	for (int i = 0; result && !bad && i < PROPERTY_COUNT; i++) {
		const char *name = property_name((enum property)i);
		const char *mechanism = result->enforced[i];

		if (mechanism)
			bad |= json_object_set_new(enforced, name,
						   text_or_null(mechanism));
		else if (result->asked[i])
			bad |= json_array_append_new(lacking,
						     json_string(name));
	}
	for (size_t i = 0; result && i < result->passed_over.count; i++)
		bad |= json_array_append_new(
			passed_over,
			text_or_null(result->passed_over.items[i]));
	if (bad)
		return NULL;
	return json_pack("{ss?, sO, sO, sO}", "strategy",
			 result ? result->strategy : NULL, "enforced", enforced,
			 "lacking", lacking, "passed_over", passed_over);
}

static json_t *violations_json(const struct pj_decision *decision)
{
	auto_json json_t *list = json_array();
	size_t count = decision ? pj_decision_violation_count(decision) : 0;

	for (size_t i = 0; list && i < count; i++)
		if (json_array_append_new(
			    list,
			    violation_json(pj_decision_violation(decision, i))))
			return NULL;
	return take(list);
}

json_t *result_refused_json(const struct pj_result *result)
{
	auto_json json_t *list = json_array();

	for (size_t i = 0; list && result && i < result->refused_count; i++) {
		const struct refused *refused = &result->refused[i];
		json_t *port = refused->port ? json_integer(refused->port)
					     : json_null();

		if (json_array_append_new(
			    list,
			    json_pack("{so, so, ss, so, sI, so}", "host",
				      text_or_null(refused->host), "port", port,
				      "protocol", refused->protocol, "rule",
				      text_or_null(refused->rule), "count",
				      (json_int_t)refused->count, "message",
				      text_or_null(refused->message))))
			return NULL;
	}
	return take(list);
}

static json_t *command_json(const struct ending *ending)
{
	auto_json json_t *argv = NULL;

	if (!ending->program)
		return json_null();
	argv = json_array();
	for (size_t i = 0; argv && i < ending->argv->count; i++)
		if (json_array_append_new(argv,
					  text_or_null(ending->argv->items[i])))
			return NULL;
	return json_pack("{so, sO, so}", "program",
			 text_or_null(ending->program), "argv", argv, "cwd",
			 text_or_null(ending->cwd));
}

static json_t *ending_json(const struct ending *ending)
{
	const struct pj_result *result = ending->result;
	static const struct pj_usage no_usage;
	auto_json json_t *object = json_object();
	bool exited = result && result->signal == 0 && result->exit_code >= 0;
	bool signaled = result && result->signal > 0;
	int bad = 0;

	if (!object)
		return NULL;
	bad |= json_object_set_new(
		object, "outcome",
		json_string(pj_outcome_name(ending->outcome)));
	bad |= json_object_set_new(object, "exit_code",
				   exited ? json_integer(result->exit_code)
					  : json_null());
	bad |= json_object_set_new(object, "signal",
				   signaled ? json_integer(result->signal)
					    : json_null());
	bad |= set_streams(object, result);
	bad |= json_object_set_new(
		object, "usage",
		result_usage_json(result ? &result->usage : &no_usage));
	bad |= json_object_set_new(object, "containment",
				   containment_json(result));
	bad |= json_object_set_new(object, "violations",
				   violations_json(ending->decision));
	bad |= json_object_set_new(object, "refused",
				   result_refused_json(result));
	bad |= json_object_set_new(
		object, "refused_more",
		json_integer(result ? (json_int_t)result->refused_more : 0));
	bad |= json_object_set_new(object, "error",
				   ending->failure
					   ? result_error_json(ending->failure)
					   : json_null());
	bad |= json_object_set_new(object, "command", command_json(ending));
	return bad ? NULL : take(object);
}

/* Which of the ways it was; false when the arguments describe none. */
static bool find_ending(struct ending *ending, const struct pj_result *result,
			const struct pj_decision *decision,
			const struct pj_error *failure)
{
	if (result) {
		ending->outcome = result->outcome;
		ending->result = result;
		return true;
	}
	if (decision && !pj_decision_allowed(decision)) {
		ending->outcome = PJ_DENIED;
		ending->decision = decision;
		return true;
	}
	ending->outcome = PJ_FAILED;
	ending->failure = failure;
	return failure != NULL;
}

int pj_result_json(const struct pj_result *result,
		   const struct pj_decision *decision,
		   const struct pj_command *command,
		   const struct pj_error *failure, char **ret_json,
		   struct pj_error *err)
{
	struct ending ending = { 0 };
	auto_json json_t *object = NULL;
	char *text = NULL;

	if (!ret_json)
		return fail_missing(err, PJ_STAGE_SUPERVISE, "ret_json");
	if (!find_ending(&ending, result, decision, failure))
		return fail(err, PJ_STAGE_SUPERVISE, PJ_E_ARGUMENT, 0,
			    "pj_result_json() needs a result, a denial or a "
			    "failure");
	if (command) {
		ending.program = command->program;
		ending.cwd = command->cwd;
		ending.argv = &command->argv;
	} else if (result) {
		ending.program = result->program;
		ending.cwd = result->cwd;
		ending.argv = &result->argv;
	}
	object = ending_json(&ending);
	if (object)
		text = json_dumps(object, RESULT_JSON_FLAGS);
	if (!text)
		return fail_memory(err, PJ_STAGE_SUPERVISE);
	*ret_json = text;
	return 0;
}
