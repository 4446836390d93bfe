/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: any request against a few fixed policies. The input is fields that
 * end with a NUL; the first byte of the first picks the policy, the first byte
 * of each other says what it is: `e` a variable, `c` the directory, `p` the
 * program, `A` an argument as it is, anything else an argument with that byte.
 *
 * What must hold: the answer is a command or a denial; a denial has a reason
 * that is one line of valid JSON; what was let through is let through again in
 * the form in which it would run, and unchanged.
 */
#include <jansson.h>
#include <procjail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

enum { FIELDS = 64 };

static const char *const rules[] = {
	"{}",
	"\"any-arguments\"",
	"{\"flags\":[\"-n\",\"-i\",\"--long\"],\"options\":{"
	"\"-e\":{\"type\":\"any\"},\"--include\":{\"type\":\"string\","
	"\"pattern\":\"^[a-z*.]+$\"},\"-m\":{\"type\":\"integer\",\"min\":1,"
	"\"max\":9},\"--color\":{\"enum\":[\"never\",\"auto\"]}},"
	"\"max_flags\":4,\"positionals\":{\"min\":1,\"max\":4,\"items\":"
	"[{\"type\":\"string\"}],\"rest\":{\"type\":\"path\",\"within\":"
	"[\"/usr\",\"/tmp\"]}},\"end_of_options\":\"after-flags\"}",
	"{\"flags\":[\"-a\",\"-b\"],\"options\":{\"-n\":{\"type\":\"any\"}},"
	"\"bundling\":true,\"multiline\":true,\"positionals\":{\"max\":9}}",
	"[{\"subcommand\":\"status\",\"flags\":[\"-s\"]},{\"subcommand\":"
	"\"log\",\"options\":{\"-n\":{\"type\":\"any\"}},\"positionals\":"
	"{\"max\":2},\"end_of_options\":\"after-flags\"},"
	"{\"flags\":[\"-q\"],\"positionals\":{\"max\":1}}]",
};

struct fields {
	const char *args[FIELDS + 1], *env[FIELDS + 1];
	const char *program, *cwd;
	size_t arg_count, env_count;
};

static struct pj_policy *policy_for(unsigned int which, const char *program)
{
	struct pj_policy_options options = { .size = sizeof(options),
					     .workspace = "/tmp",
					     .home = "/nonexistent" };
	struct pj_policy *policy = NULL;
	char *text = NULL;
	int n = asprintf(&text,
			 "{\"version\":1,\"commands\":{\"%s\":%s},"
			 "\"risky_programs\":\"%s\",\"environment\":{"
			 "\"allow\":[\"A\",\"B_*\"],\"set\":{\"P\":\"1\"}},"
			 "\"shell_metacharacters\":\"%s\","
			 "\"working_directory\":{\"within\":[\"/tmp\"]}}",
			 program, rules[which % 5],
			 which & 8 ? "warn" : "allow",
			 which & 16 ? "deny" : "allow");

	MUST(n > 0);
	MUST(pj_policy_parse(text, strlen(text), "fuzz", &options, &policy,
			     NULL) == 0);
	free(text);
	return policy;
}

static void split(char *text, size_t size, struct fields *fields)
{
	for (char *end = text + size; text < end; text += strlen(text) + 1) {
		if (*text == 'e' && fields->env_count < FIELDS)
			fields->env[fields->env_count++] = text + 1;
		else if (*text == 'c')
			fields->cwd = text + 1;
		else if (*text == 'p')
			fields->program = text + 1;
		else if (fields->arg_count < FIELDS)
			fields->args[fields->arg_count++] =
				text + (*text == 'A');
	}
}

static void check_denial(const struct pj_decision *decision)
{
	char *text = NULL;
	json_t *object;

	MUST(pj_decision_violation_count(decision) > 0);
	MUST(pj_decision_json(decision, NULL, &text, NULL) == 0);
	object = json_loads(text, 0, NULL);
	MUST(object);
	json_decref(object);
	free(text);
	for (size_t i = 0; i < pj_decision_violation_count(decision); i++) {
		const struct pj_violation *violation =
			pj_decision_violation(decision, i);

		MUST(violation->code && violation->message[0]);
		MUST(!strpbrk(violation->message, "\n\r\033"));
	}
}

static void check_command(const struct pj_policy *policy,
			  const struct pj_request *request,
			  const struct pj_command *command)
{
	const char *const *argv = pj_command_argv(command);
	struct pj_request again = *request;
	struct pj_command *second = NULL;
	const char *const *argv2;
	size_t i = 0;

	again.args = argv + 1;
	MUST(pj_prepare(policy, &again, 0, &second, NULL, NULL) == 0);
	argv2 = pj_command_argv(second);
	for (; argv[i] && argv2[i]; i++)
		MUST(strcmp(argv[i], argv2[i]) == 0);
	MUST(!argv[i] && !argv2[i]);
	pj_command_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int which = size ? data[0] : 0;
	static const char *const nothing[] = { NULL };
	char self[4096], *text;
	struct fields fields = { 0 };
	struct pj_request request = { .size = sizeof(request),
				      .caller_env = nothing };
	struct pj_policy *policy;
	struct pj_command *command = NULL;
	struct pj_decision *decision = NULL;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int r;

	MUST(n > 0);
	self[n] = '\0';
	text = calloc(1, size + 1);
	MUST(text);
	if (size > 1)
		memcpy(text, data + 1, size - 1);
	split(text, size ? size - 1 : 0, &fields);
	policy = policy_for(which, self);
	request.program = fields.program ? fields.program : self;
	request.args = fields.args;
	request.env = fields.env;
	request.cwd = fields.cwd;
	r = pj_prepare(policy, &request, which & 32 ? PJ_PREPARE_ALL : 0,
		       &command, &decision, NULL);
	MUST(r == 0 || r == -PJ_E_DENIED);
	MUST((r == 0) == (command != NULL));
	MUST((r == 0) == pj_decision_allowed(decision));
	if (command)
		check_command(policy, &request, command);
	else
		check_denial(decision);
	pj_command_free(command);
	pj_decision_free(decision);
	pj_policy_free(policy);
	free(text);
	return 0;
}
