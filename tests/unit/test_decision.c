/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions as text: bounded, printable, valid JSON whatever the request held.
 */
#include <jansson.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "guard/decision.h"
#include "guard_fixture.h"

#define POLICY                                                                 \
	"{\"version\":1,\"commands\":{\"$D/tool\":{\"flags\":[\"-n\"],"        \
	"\"positionals\":{\"max\":1}}},"                                       \
	"\"environment\":{\"set\":{\"PATH\":\"/usr/bin\"}}}"

static json_t *decision_object(const struct answer *answer)
{
	json_t *object;
	char *text = NULL;

	CHECK(pj_decision_json(answer->decision, answer->command, &text,
			       NULL) == 0);
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	CHECK(object && json_object_size(object) == 4);
	free(text);
	return object;
}

static void test_allowed(void)
{
	static const struct query query = { POLICY,
					    "$D/tool",
					    { "-n", "\xff" } };
	struct answer answer;
	const char *verdict, *program, *cwd, *path, *first, *last;
	json_t *object;

	fixture_begin();
	answer = fixture_ask(&query, 0);
	object = decision_object(&answer);
	CHECK(json_unpack(object,
			  "{s:s, s:[!], s:[!], s:{s:s, s:[s,s,s!], "
			  "s:{s:s!}, s:s!}!}",
			  "verdict", &verdict, "violations", "warnings",
			  "command", "program", &program, "argv", &first, &path,
			  &last, "env", "PATH", &path, "cwd", &cwd) == 0);
	CHECK_STR(verdict, "allowed");
	CHECK_STR(program, fixture_text("$D/tool"));
	CHECK_STR(cwd, fixture_text("$D/work"));
	CHECK_STR(last, "\\xff");
	CHECK_STR(path, "/usr/bin");
	json_decref(object);
	answer_clear(&answer);
}

static void test_denied(void)
{
	static const struct query query = { POLICY, "$D/tool", { "x", "-r" } };
	struct answer answer;
	const char *verdict, *code, *item, *message;
	json_t *object, *command = NULL;
	int index;

	fixture_begin();
	answer = fixture_ask(&query, 0);
	object = decision_object(&answer);
	CHECK(json_unpack(object,
			  "{s:s, s:[{s:s, s:s, s:i, s:s!}!], s:[!], s:o!}",
			  "verdict", &verdict, "violations", "code", &code,
			  "item", &item, "index", &index, "message", &message,
			  "warnings", "command", &command) == 0);
	CHECK_STR(verdict, "denied");
	CHECK_STR(code, "flag-not-allowed");
	CHECK_STR(item, "-r");
	CHECK(index == 1);
	CHECK_STR(message, "flag -r is not allowed; allowed flags: -n");
	CHECK(json_is_null(command));
	CHECK_STR(
		answer.err.message,
		"flag-not-allowed: flag -r is not allowed; allowed flags: -n");
	json_decref(object);
	answer_clear(&answer);
	CHECK(pj_decision_json(NULL, NULL, NULL, NULL) == -PJ_E_ARGUMENT);
}

/* What a denial offers is what is taken then. */
static void test_offered_forms(void)
{
#define OPTIONS                                                                \
	"{\"version\":1,\"commands\":{\"$D/tool\":{\"flags\":[\"-n\"],"        \
	"\"options\":{\"-m\":{\"type\":\"integer\"},"                          \
	"\"--max-count\":{\"type\":\"integer\"},"                              \
	"\"-name\":{\"type\":\"string\"}}}}}"
	static const struct query denied = { OPTIONS, "$D/tool", { "-v" } };
	static const struct query glued = { OPTIONS, "$D/tool", { "-m=5" } };
	static const struct query allowed = {
		OPTIONS,
		"$D/tool",
		{ "-n", "-m", "5", "--max-count=5", "-name", "x" }
	};
	struct answer answer;

	fixture_begin();
	answer = fixture_ask(&denied, 0);
	CHECK(strstr(answer.err.message,
		     "is not allowed; allowed flags: -n -m VALUE "
		     "--max-count=VALUE -name VALUE"));
	answer_clear(&answer);
	answer = fixture_ask(&glued, 0); /* the value is "=5" */
	CHECK(!pj_decision_allowed(answer.decision));
	answer_clear(&answer);
	answer = fixture_ask(&allowed, 0);
	CHECK(pj_decision_allowed(answer.decision));
	answer_clear(&answer);
#undef OPTIONS
}

static void test_codes(void)
{
	for (int i = 0; i < VIOLATION_COUNT; i++) {
		CHECK(violation_name((enum violation_code)i)[0]);
		for (int j = 0; j < i; j++)
			CHECK(strcmp(violation_name((enum violation_code)i),
				     violation_name((enum violation_code)j)));
	}
	CHECK_STR(violation_name(VIOLATION_COUNT), "unknown");
}

static void test_printable(void)
{
	static const struct {
		const char *bytes, *want; /* in 12 bytes */
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "12345678901", "12345678901" },
		{ "123456789012", "12345678..." },
		{ "a\nb\tc", "a\\nb\\tc" },
		{ "\033[1m", "\\x1b[1m" },
		{ "\xff", "\\xff" },
		{ "\xc3\xa9", "\xc3\xa9" },
		{ "\xc2\x9b", "\\xc2\\x9b" },
		{ "1234567\xc3\xa9xxxx", "1234567..." },
	};
	char out[12];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_STR(printable(out, sizeof(out), cases[i].bytes,
				    strlen(cases[i].bytes)),
			  cases[i].want);
}

/* Random bytes: always bounded, one line, valid UTF-8. */
static void test_printable_always(void)
{
	unsigned int seed = 7;
	char bytes[64], out[40];

	for (int round = 0; round < 100000; round++) {
		size_t len = (size_t)rand_r(&seed) % sizeof(bytes);
		size_t size = 5 + (size_t)rand_r(&seed) % (sizeof(out) - 5);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)rand_r(&seed);
		printable(out, size, bytes, len);
		CHECK(strlen(out) < size);
		CHECK(text_is_utf8(out, strlen(out)));
		for (char *p = out; *p; p++)
			CHECK((unsigned char)*p >= 0x20);
	}
}

static void test_words(void)
{
	static const char *const words[] = { "-aaaaaaaa", "-bbbbbbbb",
					     "-cccccccc", "-dddddddd" };
	char out[64];

	CHECK_STR(words_text(out, sizeof(out), words, 0, "none"), "none");
	CHECK_STR(words_text(out, sizeof(out), words, 1, "none"), "-aaaaaaaa");
	CHECK_STR(words_text(out, sizeof(out), words, 4, "none"),
		  "-aaaaaaaa -bbbbbbbb -cccccccc and 1 more");
}

static void test_huge_items(void)
{
	static char text[100000];
	struct pj_decision *decision = calloc(1, sizeof(*decision));
	const struct pj_violation *violation;

	CHECK(decision);
	memset(text, '\001', sizeof(text) - 1);
	decision_add(decision, VIOLATION_FLAG_NOT_ALLOWED, text, 3, "%s", text);
	decision_add(decision, VIOLATION_FLAG_NOT_ALLOWED, NULL, 4, "second");
	CHECK(pj_decision_violation_count(decision) == 1);
	violation = pj_decision_violation(decision, 0);
	CHECK(strlen(violation->item) < 256);
	CHECK(strlen(violation->message) < 512);
	CHECK(violation->index == 3);
	CHECK(!pj_decision_allowed(decision) && !pj_decision_allowed(NULL));
	pj_decision_free(decision);
}

static const struct tap_case cases[] = {
	{ "allowed, as JSON", test_allowed },
	{ "denied, as JSON", test_denied },
	{ "what a denial offers is taken", test_offered_forms },
	{ "codes", test_codes },
	{ "printable text", test_printable },
	{ "printable, whatever the bytes", test_printable_always },
	{ "lists of words", test_words },
	{ "huge items", test_huge_items },
};

TAP_MAIN(cases)
