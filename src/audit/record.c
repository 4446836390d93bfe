/* SPDX-License-Identifier: Apache-2.0 */
/* One record: what was asked, what was decided, what became of it. Values of
 * variables are never in it, and whatever was asked it stays well below
 * AUDIT_LINE_MAX: text beyond a budget is left out, and "cut" says so. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "audit/audit.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "guard/command.h"
#include "supervise/result.h"
#include "supervise/result_json.h"

enum {
	TEXT_BUDGET = 4 << 20, /* bytes; JSON escapes take up to six for one */
	TEXT_OVERHEAD = 8,     /* what an empty text costs */
	ID_BYTES = 16,
};

/* A record in the making. After `failed`, nothing is added. */
struct record {
	json_t *object;
	size_t budget;
	bool cut;
	bool failed;
};

static void record_clear(struct record *record)
{
	json_decref(record->object);
}

#define auto_record __attribute__((cleanup(record_clear)))

/* Takes `value`; NULL stands for "out of memory". */
static void set(struct record *record, json_t *object, const char *key,
		json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		record->failed = true;
}

static void push(struct record *record, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		record->failed = true;
}

/* As much of the text as the budget allows. */
static json_t *text_n(struct record *record, const char *text, size_t len)
{
	size_t keep = len;

	if (record->budget < TEXT_OVERHEAD + len) {
		record->cut = true;
		keep = record->budget > TEXT_OVERHEAD
			       ? record->budget - TEXT_OVERHEAD
			       : 0;
	}
	record->budget -= keep + TEXT_OVERHEAD < record->budget
				  ? keep + TEXT_OVERHEAD
				  : record->budget;
	return json_bytes(text, keep);
}

static json_t *text(struct record *record, const char *value)
{
	return value ? text_n(record, value, strlen(value)) : json_null();
}

static json_t *text_list(struct record *record, const char *const *list,
			 bool names_only)
{
	json_t *array = json_array();

	for (; list && *list; list++) {
		if (record->budget == 0) {
			record->cut = true;
			break;
		}
		push(record, array,
		     text_n(record, *list,
			    names_only ? strcspn(*list, "=") : strlen(*list)));
	}
	return array;
}

static json_t *request_json(struct record *record,
			    const struct pj_request *request)
{
	json_t *object;

	if (!request)
		return json_null();
	object = json_object();
	set(record, object, "program", text(record, request->program));
	set(record, object, "args", text_list(record, request->args, false));
	set(record, object, "env", text_list(record, request->env, true));
	set(record, object, "cwd", text(record, request->cwd));
	return object;
}

/* Null: the failure came before the decision. */
static json_t *verdict_json(const struct audit_facts *facts)
{
	if (facts->decision)
		return json_string(pj_decision_allowed(facts->decision)
					   ? "allowed"
					   : "denied");
	return facts->command || facts->result ? json_string("allowed")
					       : json_null();
}

static json_t *violations_json(struct record *record,
			       const struct pj_decision *decision)
{
	size_t count = decision ? pj_decision_violation_count(decision) : 0;
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct pj_violation *violation =
			pj_decision_violation(decision, i);
		json_t *object = json_object();

		if (record->budget == 0) {
			record->cut = true;
			json_decref(object);
			break;
		}
		set(record, object, "code", json_string(violation->code));
		set(record, object, "item", text(record, violation->item));
		set(record, object, "index", json_integer(violation->index));
		set(record, object, "message",
		    text(record, violation->message));
		push(record, array, object);
	}
	return array;
}

static json_t *outcome_json(const struct audit_facts *facts)
{
	if (facts->result)
		return json_string(pj_outcome_name(facts->result->outcome));
	if (facts->decision && !pj_decision_allowed(facts->decision))
		return json_string(pj_outcome_name(PJ_DENIED));
	return facts->failure ? json_string(pj_outcome_name(PJ_FAILED))
			      : json_null();
}

/* A denial is no failure, though pj_prepare() tells it as an error as well. */
static json_t *error_json(const struct audit_facts *facts)
{
	if (!facts->failure || facts->failure->code == PJ_OK ||
	    facts->failure->code == PJ_E_DENIED)
		return json_null();
	return result_error_json(facts->failure);
}

static void set_outcome(struct record *record, const struct audit_facts *facts)
{
	const struct pj_result *result = facts->result;
	json_t *object = record->object;

	set(record, object, "verdict", verdict_json(facts));
	set(record, object, "violations",
	    violations_json(record, facts->decision));
	set(record, object, "strategy",
	    text(record, result ? result->strategy : NULL));
	set(record, object, "outcome", outcome_json(facts));
	set(record, object, "exit_code",
	    result && result->exit_code >= 0 && result->signal == 0
		    ? json_integer(result->exit_code)
		    : json_null());
	set(record, object, "signal",
	    result && result->signal > 0 ? json_integer(result->signal)
					 : json_null());
	set(record, object, "usage",
	    result ? result_usage_json(&result->usage) : json_null());
	set(record, object, "refused", result_refused_json(result));
	set(record, object, "refused_more",
	    json_integer(result ? (json_int_t)result->refused_more : 0));
	set(record, object, "error", error_json(facts));
}

/* RFC 3339, UTC, milliseconds. */
static json_t *time_json(void)
{
	struct timespec now;
	struct tm tm;
	char whole[32], full[48];

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    !gmtime_r(&now.tv_sec, &tm))
		return json_null();
	strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(full, sizeof(full), "%s.%03ldZ", whole, now.tv_nsec / 1000000);
	return json_string(full);
}

/* 128 random bits: unique without anyone keeping count. */
static int make_id(char ret_id[2 * ID_BYTES + 1], struct pj_error *err)
{
	unsigned char bytes[ID_BYTES];
	ssize_t n;

	do {
		n = getrandom(bytes, sizeof(bytes), 0);
	} while (n < 0 && errno == EINTR);
	if (n != ID_BYTES)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "getrandom");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(ret_id + 2 * i, 3, "%02x", (unsigned int)bytes[i]);
	return 0;
}

int audit_record_make(const struct audit_facts *facts, char **ret_line,
		      struct pj_error *err)
{
	auto_record struct record record = {
		.object = json_object(),
		.budget = TEXT_BUDGET,
	};
	char id[2 * ID_BYTES + 1];
	char *line = NULL;
	int r = make_id(id, err);

	if (r < 0)
		return r;
	set(&record, record.object, "time", time_json());
	set(&record, record.object, "id", json_string(id));
	set(&record, record.object, "previous", json_string(facts->previous));
	set(&record, record.object, "request",
	    request_json(&record, facts->request));
	set_outcome(&record, facts);
	if (record.cut)
		set(&record, record.object, "cut", json_true());
	if (!record.failed)
		line = json_dumps(record.object, RESULT_JSON_FLAGS);
	if (!line)
		return fail_memory(err, PJ_STAGE_AUDIT);
	*ret_line = line;
	return 0;
}
