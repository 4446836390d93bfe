/* SPDX-License-Identifier: Apache-2.0 */
/* The result object: the same keys in the same order for each way to end, and
 * the exit status that stands for it. */
#include <jansson.h>
#include <procjail.h>
#include <signal.h>

#include "base/cleanup.h"
#include "guard/decision.h"
#include "supervise/result.h"
#include "tap.h"

static void test_status(void)
{
	static const struct {
		struct pj_result result;
		int status;
	} rows[] = {
		{ { .outcome = PJ_EXITED, .exit_code = 0 }, 0 },
		{ { .outcome = PJ_EXITED, .exit_code = 77 }, 77 },
		{ { .outcome = PJ_SIGNALED,
		    .exit_code = -1,
		    .signal = SIGSEGV },
		  139 },
		{ { .outcome = PJ_TIMED_OUT,
		    .exit_code = -1,
		    .signal = SIGKILL },
		  124 },
		{ { .outcome = PJ_TIMED_OUT, .exit_code = 0 }, 124 },
		{ { .outcome = PJ_OUTPUT_LIMIT, .signal = SIGKILL }, 137 },
		{ { .outcome = PJ_MEMORY_LIMIT, .signal = SIGKILL }, 137 },
		{ { .outcome = PJ_CPU_LIMIT, .signal = SIGXCPU }, 137 },
		{ { .outcome = PJ_DENIED }, 126 },
		{ { .outcome = PJ_FAILED }, 125 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(pj_result_status(&rows[i].result) == rows[i].status);
}

static void test_names(void)
{
	for (int i = 0; i < PJ_OUTCOME_COUNT; i++)
		CHECK(strcmp(pj_outcome_name((enum pj_outcome)i), "unknown"));
	CHECK_STR(pj_outcome_name(PJ_OUTCOME_COUNT), "unknown");
	CHECK_STR(pj_outcome_name(PJ_TIMED_OUT), "timed-out");
}

/* An older caller's struct is smaller; what it does not have is not written. */
static void test_usage(void)
{
	struct pj_result result = { .usage = { .wall_ms = 1,
					       .cpu_ms = 2,
					       .peak_memory_bytes = 3,
					       .processes_peak = 4 } };
	struct pj_usage usage = { .size = sizeof(usage) };
	struct pj_usage old = { .size = offsetof(struct pj_usage,
						 peak_memory_bytes) };

	pj_result_usage(&result, &usage);
	CHECK(usage.size == sizeof(usage) && usage.processes_peak == 4);
	pj_result_usage(&result, &old);
	CHECK(old.cpu_ms > 1.5 && old.peak_memory_bytes == 0);
}

static const char *const keys[] = {
	"outcome",
	"exit_code",
	"signal",
	"stdout",
	"stderr",
	"stdout_bytes",
	"stdout_truncated",
	"stderr_bytes",
	"stderr_truncated",
	"usage",
	"containment",
	"violations",
	"refused",
	"refused_more",
	"error",
	"command",
};

static json_t *parse(const char *text)
{
	json_t *object =
		json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	const char *key;
	json_t *value;
	size_t i = 0;

	CHECK(json_is_object(object));
	json_object_foreach(object, key, value)
	{
		CHECK(i < ARRAY_SIZE(keys));
		CHECK(strncmp(key, keys[i], strlen(keys[i])) == 0);
		i++;
	}
	CHECK(i == ARRAY_SIZE(keys));
	return object;
}

static const char *string(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void set_captured(struct captured *stream, const char *data, size_t len)
{
	stream->data = (char *)data;
	stream->len = len;
	stream->seen = len + 1;
	stream->truncated = true;
}

static void test_json(void)
{
	struct pj_result result = {
		.outcome = PJ_EXITED,
		.exit_code = 7,
		.usage = { .wall_ms = 3.10049,
			   .cpu_ms = 1.9,
			   .peak_memory_bytes = 1503232,
			   .processes_peak = 1 },
		.strategy = (char *)"landlock",
		.enforced = { [PROPERTY_NETWORK] = (char *)"Landlock scopes" },
		.asked = { [PROPERTY_NETWORK] = true,
			   [PROPERTY_DEVICES] = true },
		.program = (char *)"/usr/bin/grep",
		.cwd = (char *)"/w\xff",
	};
	auto_free char *text = NULL;
	struct pj_error err = { 0 };
	json_t *object, *part;

	set_captured(&result.out, "a\0\xc3\xa9", 4);
	set_captured(&result.err, "\xff\xfe", 2);
	CHECK(strv_push(&result.argv, "grep") == 0);
	CHECK(strv_push(&result.argv, "\xff") == 0);
	CHECK(pj_result_json(&result, NULL, NULL, NULL, &text, &err) == 0);
	CHECK(!strchr(text, '\n'));
	CHECK(strstr(text, "\"wall_ms\":3.1,\"cpu_ms\":1.9,"));
	CHECK(strstr(text, "\"stdout\":\"a\\u0000\xc3\xa9\""));
	object = parse(text);
	CHECK_STR(string(object, "outcome"), "exited");
	CHECK(json_integer_value(json_object_get(object, "exit_code")) == 7);
	CHECK(json_is_null(json_object_get(object, "signal")));
	CHECK(!json_object_get(object, "stderr"));
	CHECK_STR(string(object, "stderr_base64"), "//4=");
	CHECK(json_integer_value(json_object_get(object, "stdout_bytes")) == 5);
	CHECK(json_is_true(json_object_get(object, "stdout_truncated")));
	part = json_object_get(object, "containment");
	CHECK_STR(string(part, "strategy"), "landlock");
	CHECK_STR(string(json_object_get(part, "enforced"), "network"),
		  "Landlock scopes");
	part = json_object_get(part, "lacking");
	CHECK(json_array_size(part) == 1);
	CHECK_STR(json_string_value(json_array_get(part, 0)), "devices");
	part = json_object_get(object, "command");
	CHECK_STR(string(part, "cwd"), "/w\\xff");
	CHECK(json_array_size(json_object_get(part, "argv")) == 2);
	json_decref(object);
	strv_clear(&result.argv);
}

static void test_json_signaled(void)
{
	struct pj_result result = { .outcome = PJ_SIGNALED,
				    .exit_code = -1,
				    .signal = SIGTERM,
				    .program = (char *)"/bin/x",
				    .cwd = (char *)"/" };
	auto_free char *text = NULL;
	json_t *object;

	CHECK(pj_result_json(&result, NULL, NULL, NULL, &text, NULL) == 0);
	object = parse(text);
	CHECK(json_is_null(json_object_get(object, "exit_code")));
	CHECK(json_integer_value(json_object_get(object, "signal")) == SIGTERM);
	json_decref(object);
}

static void test_json_denied(void)
{
	struct pj_decision *decision = calloc(1, sizeof(*decision));
	auto_free char *text = NULL;
	struct pj_error err = { 0 };
	json_t *object, *violation;

	CHECK(decision);
	decision_add(decision, VIOLATION_FLAG_NOT_ALLOWED, "-x", 2,
		     "-x is not among the flags");
	CHECK(pj_result_json(NULL, decision, NULL, NULL, &text, &err) == 0);
	object = parse(text);
	CHECK_STR(string(object, "outcome"), "denied");
	CHECK_STR(string(object, "stdout"), "");
	CHECK(json_is_null(json_object_get(object, "error")));
	CHECK(json_is_null(json_object_get(object, "command")));
	violation = json_array_get(json_object_get(object, "violations"), 0);
	CHECK_STR(string(violation, "code"), "flag-not-allowed");
	CHECK_STR(string(violation, "item"), "-x");
	CHECK(json_integer_value(json_object_get(violation, "index")) == 2);
	json_decref(object);
	pj_decision_free(decision);
}

static void test_json_failed(void)
{
	struct pj_error failed = { .code = PJ_E_LAUNCH,
				   .stage = PJ_STAGE_LAUNCH,
				   .errnum = 2,
				   .message = "exec \xff" };
	auto_free char *text = NULL;
	struct pj_error err = { 0 };
	json_t *object, *part;

	CHECK(pj_result_json(NULL, NULL, NULL, &failed, &text, &err) == 0);
	object = parse(text);
	CHECK_STR(string(object, "outcome"), "failed");
	part = json_object_get(object, "error");
	CHECK_STR(string(part, "stage"), "launch");
	CHECK_STR(string(part, "code"), "launch-failed");
	CHECK_STR(string(part, "message"), "exec \\xff");
	CHECK_STR(string(part, "errno"), "ENOENT");
	json_decref(object);
}

/* A failure of any call may be given, so the schema has every code and stage.
 */
static void test_schema_has_each_name(void)
{
	json_t *schema = json_loads(pj_result_schema(), 0, NULL);
	json_t *error =
		json_object_get(json_object_get(schema, "properties"), "error");
	json_t *parts = json_object_get(error, "properties");
	json_t *codes = json_object_get(json_object_get(parts, "code"), "enum");
	json_t *stages =
		json_object_get(json_object_get(parts, "stage"), "enum");

	CHECK(json_array_size(codes) == PJ_CODE_COUNT - 1);
	for (int i = PJ_OK + 1; i < PJ_CODE_COUNT; i++)
		CHECK_STR(json_string_value(
				  json_array_get(codes, (size_t)(i - 1))),
			  pj_code_name(i));
	CHECK(json_array_size(stages) == PJ_STAGE_COUNT);
	for (int i = 0; i < PJ_STAGE_COUNT; i++)
		CHECK_STR(json_string_value(json_array_get(stages, (size_t)i)),
			  pj_stage_name((enum pj_stage)i));
	json_decref(schema);
}

static void test_json_nothing(void)
{
	char *text = NULL;
	struct pj_error err = { 0 };

	CHECK(pj_result_json(NULL, NULL, NULL, NULL, &text, &err) ==
	      -PJ_E_ARGUMENT);
	CHECK(!text);
}

static const struct tap_case cases[] = {
	{ "exit status", test_status },
	{ "outcome names", test_names },
	{ "usage of an older caller", test_usage },
	{ "an exited program as JSON", test_json },
	{ "a signaled one", test_json_signaled },
	{ "a denied one", test_json_denied },
	{ "a failed one", test_json_failed },
	{ "the names in the schema", test_schema_has_each_name },
	{ "nothing at all", test_json_nothing },
};

TAP_MAIN(cases)
