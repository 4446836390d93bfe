/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as JSON: what is read, what fails, and what is kept to be denied. */
#include "base/cleanup.h"
#include "guard_fixture.h"

static struct pj_request_text *parse(const char *text, struct pj_error *err)
{
	struct pj_request_text *request = NULL;
	int r = pj_request_parse(text, strlen(text), "req.json", &request, err);

	CHECK((r == 0) == (request != NULL));
	return request;
}

static void test_whole(void)
{
	struct pj_error err = { 0 };
	struct pj_request_text *request = parse(
		"{\"program\":\"/bin/x\",\"args\":[\"-a\",\"\",\"\\u00e9\"],"
		"\"env\":{\"B\":\"2=3\",\"A\":\"\"},\"cwd\":\"/w\","
		"\"stdin\":\"a\\u0000b\"}",
		&err);
	const struct pj_request *view = pj_request_get(request);
	size_t len = 0;

	CHECK(view && view->size == sizeof(*view));
	CHECK_STR(view->program, "/bin/x");
	CHECK_STR(view->args[0], "-a");
	CHECK_STR(view->args[1], "");
	CHECK_STR(view->args[2], "\xc3\xa9");
	CHECK(!view->args[3]);
	CHECK(strcmp(view->env[0], "B=2=3") == 0 ||
	      strcmp(view->env[1], "B=2=3") == 0);
	CHECK(!view->env[2]);
	CHECK_STR(view->cwd, "/w");
	CHECK(!view->defect && !view->argv0 && !view->caller_env);
	CHECK(memcmp(pj_request_stdin(request, &len), "a\0b", 4) == 0);
	CHECK(len == 3);
	pj_request_free(request);
}

static void test_least(void)
{
	struct pj_request_text *request = parse("{\"program\":\"x\"}", NULL);
	const struct pj_request *view = pj_request_get(request);
	size_t len = 1;

	CHECK(!view->args[0] && !view->env[0] && !view->cwd);
	CHECK(!pj_request_stdin(request, &len) && len == 0);
	pj_request_free(request);
	CHECK(!pj_request_free(NULL) && !pj_request_get(NULL));
	CHECK(!pj_request_stdin(NULL, &len));
}

static void test_failures(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "req.json:1:1:" },
		{ "{", "req.json:1:1:" },
		{ "{\n  \"program\": }", "req.json:2:" },
		{ "{} x", "req.json:1:" },
		{ "\n []", "req.json:2:2: a request must be a JSON object" },
		{ "\"x\"", "req.json" },
		{ "{}", "req.json:1:1: \"program\" is missing" },
		{ "{\"args\":[]}", "\"program\" is missing" },
		{ "{\"program\":1}",
		  "req.json:1:12: program: must be a string" },
		{ "{\"program\":null}", "program: must be a string" },
		{ "{\"program\":\"x\",\"args\":\"y\"}",
		  "req.json:1:23: args: must be an array" },
		{ "{\"program\":\"x\",\"args\":[\"\xc3\xa9\",\n1]}",
		  "req.json:2:1: args[1]: must be a string" },
		{ "{\"program\":\"x\",\"args\":[null]}", "args[0]: must be" },
		{ "{\"program\":\"x\",\"env\":[\"A=1\"]}",
		  "env: must be an object" },
		{ "{\"program\":\"x\",\"env\":{\"A\":1}}",
		  "req.json:1:27: env.A: must be a string" },
		{ "{\"program\":\"x\",\"cwd\":[]}", "cwd: must be" },
		{ "{\"program\":\"x\",\"stdin\":{}}", "stdin: must be" },
		{ "{\"program\":\"x\",\n \"arg\":[]}",
		  "req.json:2:2: arg: there is no such key; did you mean "
		  "\"args\"?" },
		{ "{\"program\":\"x\",\"defect\":\"y\"}",
		  "defect: there is no such key; a request has" },
		{ "{\"program\":\"x\",\"program\":\"y\"}", "duplicate" },
		{ "{\"program\":\"x\",\"env\":{\"A\":\"1\",\"A\":\"2\"}}",
		  "duplicate" },
		{ "{\"program\":\"\xff\"}", "req.json:1:" },
		{ "{\"program\":\"x\",\"a\\nb\":1}",
		  "[\"a\\nb\"]: there is no such key" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pj_error err = { 0 };

		CHECK(!parse(cases[i].text, &err));
		CHECK(err.code == PJ_E_REQUEST &&
		      err.stage == PJ_STAGE_REQUEST);
		if (!strstr(err.message, cases[i].says)) {
			printf("# %s: %s\n", cases[i].text, err.message);
			FAIL("not as expected: message");
		}
	}
	CHECK(pj_request_parse(NULL, 1, NULL, NULL, NULL) == -PJ_E_ARGUMENT);
}

static void test_deep_nesting(void)
{
	enum { DEPTH = 100000 };
	char *text = malloc(DEPTH + 1);
	struct pj_error err = { 0 };

	CHECK(text);
	memset(text, '[', DEPTH);
	text[DEPTH] = '\0';
	CHECK(!parse(text, &err));
	free(text);
}

/* What is a request but cannot run is denied, not a failure. */
static void test_denied(void)
{
	static const struct {
		const char *text, *code;
	} cases[] = {
		{ "{\"program\":\"$D/tool\"}", NULL },
		{ "{\"program\":\"\"}", "request-invalid" },
		{ "{\"program\":\"$D/tool\\u0000x\"}", "request-invalid" },
		{ "{\"program\":\"$D/tool\",\"args\":[\"a\\u0000\"]}",
		  "request-invalid" },
		{ "{\"program\":\"$D/tool\",\"cwd\":\"\\u0000\"}",
		  "request-invalid" },
		{ "{\"program\":\"$D/tool\",\"env\":{\"A\":\"\\u0000\"}}",
		  "request-invalid" },
		{ "{\"program\":\"$D/tool\",\"stdin\":\"\\u0000\"}", NULL },
		{ "{\"program\":\"$D/tool\",\"env\":{\"A\":\"1\"}}", NULL },
		{ "{\"program\":\"$D/tool\",\"env\":{\"\":\"1\"}}",
		  "env-invalid" },
		/* not the variable A with the value "B=1" */
		{ "{\"program\":\"$D/tool\",\"env\":{\"A=B\":\"1\"}}",
		  "env-invalid" },
	};
	struct pj_policy *policy;

	fixture_begin();
	policy = fixture_policy(
		"{\"version\":1,\"commands\":{\"$D/tool\":\"any-arguments\"},"
		"\"environment\":{\"allow\":[\"A\"]}}");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pj_request_text *request =
			parse(fixture_text(cases[i].text), NULL);
		struct pj_decision *decision = NULL;
		int r = pj_prepare(policy, pj_request_get(request), 0, NULL,
				   &decision, NULL);

		CHECK(r == (cases[i].code ? -PJ_E_DENIED : 0));
		if (cases[i].code)
			CHECK_STR(pj_decision_violation(decision, 0)->code,
				  cases[i].code);
		pj_decision_free(decision);
		pj_request_free(request);
	}
	pj_policy_free(policy);
}

static const struct tap_case cases[] = {
	{ "every key", test_whole },
	{ "the least", test_least },
	{ "failures name the place", test_failures },
	{ "deep nesting", test_deep_nesting },
	{ "kept to be denied", test_denied },
};

TAP_MAIN(cases)
