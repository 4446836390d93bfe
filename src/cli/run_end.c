/* SPDX-License-Identifier: Apache-2.0 */
/* How a run ends: what is told and printed, the record, the exit status. For
 * the command itself, and for the service that runs it for another. */
#include "cli/run_end.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/names.h"

/* The object, for whichever of the three it was. */
static int print_json(const struct invocation *invocation,
		      const struct pj_result *result,
		      const struct pj_error *failed)
{
	auto_free char *json = NULL;
	struct pj_error err = { 0 };

	if (pj_result_json(result, invocation->decision, invocation->command,
			   failed, &json, &err) < 0)
		return failure(&err);
	return print_text(json);
}

/* The record; a run that cannot be recorded has failed, whatever it did. */
static int record(struct invocation *invocation, const struct pj_result *result,
		  const struct pj_error *failed, int status)
{
	struct pj_error err = { 0 };

	if (invocation_record(invocation, result, failed, &err) < 0)
		return failure(&err);
	return status;
}

int end_failed(struct invocation *invocation, const struct pj_error *failed)
{
	if (!invocation->json)
		failure(failed);
	else if (print_json(invocation, NULL, failed) != CLI_OK)
		return CLI_FAILED;
	return record(invocation, NULL, failed, CLI_FAILED);
}

static void tell_denied(const struct invocation *invocation)
{
	size_t count = pj_decision_violation_count(invocation->decision);

	for (size_t i = 0; i < count; i++) {
		auto_free char *text = invocation_denial(invocation, i);

		message("%s", text ? text : "denied");
	}
}

int end_denied(struct invocation *invocation)
{
	if (!invocation->json)
		tell_denied(invocation);
	else if (print_json(invocation, NULL, NULL) != CLI_OK)
		return CLI_FAILED;
	return record(invocation, NULL, NULL,
		      invocation_denied_status(invocation));
}

/* What the exit status alone does not say. A signal that we forwarded, or that
 * its reader sent by leaving, is no news. */
static void tell_outcome(const struct pj_result *result, bool signalled)
{
	static const char *const words[] = {
		[PJ_TIMED_OUT] = "ended at its time limit",
		[PJ_OUTPUT_LIMIT] = "killed at its output limit",
		[PJ_MEMORY_LIMIT] = "killed at its memory limit",
		[PJ_CPU_LIMIT] = "killed at its limit of CPU time",
	};
	enum pj_outcome outcome = pj_result_outcome(result);
	struct pj_usage usage = { .size = sizeof(usage) };

	pj_result_usage(result, &usage);
	if (outcome == PJ_SIGNALED && !signalled &&
	    pj_result_signal(result) != SIGPIPE)
		message("the program was ended by signal %d (SIG%s)",
			pj_result_signal(result),
			signal_name(pj_result_signal(result)));
	else if ((unsigned int)outcome < ARRAY_SIZE(words) && words[outcome])
		message("the program was %s after %.0f ms", words[outcome],
			usage.wall_ms);
}

/* The result as JSON, NULL when it cannot be made. */
static json_t *result_object(const struct pj_result *result)
{
	auto_free char *text = NULL;

	if (pj_result_json(result, NULL, NULL, NULL, &text, NULL) < 0)
		return NULL;
	return json_loads(text, 0, NULL);
}

/* What the network refused: a program seldom says why it failed. */
static void tell_refused(const struct pj_result *result)
{
	enum { TOLD_MAX = 8 };
	size_t count = pj_result_refused_count(result);

	for (size_t i = 0; i < count && i < TOLD_MAX; i++) {
		struct pj_refused refused = { .size = sizeof(refused) };

		pj_result_refused(result, i, &refused);
		message("network: refused (%s): %s", refused.protocol,
			refused.message);
	}
	if (count > TOLD_MAX)
		message("network: refused: %zu more; --json tells them",
			count - TOLD_MAX);
}

/* -v: by what it was contained, one line a property. */
static void tell_containment(const struct pj_result *result)
{
	json_t *json, *containment, *value;
	const char *key;
	size_t i;

	json = result_object(result);
	containment = json_object_get(json, "containment");
	json_array_foreach(json_object_get(containment, "passed_over"), i,
			   value)
		message("passed over: %s", json_string_value(value));
	value = json_object_get(containment, "strategy");
	if (json_is_string(value))
		message("strategy: %s", json_string_value(value));
	json_object_foreach(json_object_get(containment, "enforced"), key,
			    value)
		message("enforced: %s: %s", key, json_string_value(value));
	json_array_foreach(json_object_get(containment, "lacking"), i, value)
		message("lacking: %s", json_string_value(value));
	json_decref(json);
}

int end_result(struct invocation *invocation, const struct pj_result *result)
{
	int status = pj_result_status(result);

	if (invocation->verbose)
		tell_containment(result);
	if (!invocation->json) {
		tell_refused(result);
		tell_outcome(result, invocation->signalled);
	} else if (print_json(invocation, result, NULL) != CLI_OK)
		status = CLI_FAILED;
	return record(invocation, result, NULL, status);
}
