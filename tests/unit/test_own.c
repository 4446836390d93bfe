/* SPDX-License-Identifier: Apache-2.0 */
/* An application's own strategy: what it says is held to, what its launcher
 * does is looked at. */
#include <procjail.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

#define ALL                                                                    \
	"\"filesystem-read\", \"filesystem-write\", \"processes\", \"ipc\", "  \
	"\"devices\", \"kill-tree\""

struct wish {
	const char *launcher[4];
	const char *property; /* claimed */
	int answer;	      /* of pj_strategy_holds() */
	size_t asked;
};

static int plan(const struct pj_strategy_view *view,
		struct pj_strategy_answer *answer, void *data,
		struct pj_error *err)
{
	struct wish *wish = data;

	(void)err;
	CHECK(view->size == sizeof(*view));
	CHECK_STR(pj_command_program(view->command), "/usr/bin/env");
	CHECK(strstr(view->policy, "\"filesystem\""));
	while (view->asked[wish->asked])
		wish->asked++;
	if (wish->property)
		wish->answer = pj_strategy_holds(answer, wish->property,
						 "a wall of mine");
	return wish->launcher[0] ? pj_strategy_launcher(answer, wish->launcher)
				 : 0;
}

static int run_under(struct wish *wish, const char *containment,
		     const char *name, struct pj_result **ret_result,
		     struct pj_error *err)
{
	const struct pj_policy_options options = { .size = sizeof(options) };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/usr/bin/env" };
	const struct pj_strategy own = {
		.size = sizeof(own), .name = name, .plan = plan, .data = wish
	};
	const struct pj_run_options run = { .size = sizeof(run),
					    .strategy = &own };
	struct pj_policy *policy = NULL;
	struct pj_command *command = NULL;
	char text[1000];
	int status;

	snprintf(text, sizeof(text),
		 "{ \"version\": 1, \"risky_programs\": \"allow\", "
		 "\"commands\": { \"/usr/bin/env\": {} }, "
		 "\"filesystem\": { \"read\": [\"/\"] }, \"environment\": { "
		 "\"set\": { \"ONE\": \"1\" } }, \"working_directory\": { "
		 "\"default\": \"/\", \"within\": [\"/\"] }, "
		 "\"containment\": { %s } }",
		 containment);
	status = pj_policy_parse(text, strlen(text), "test", &options, &policy,
				 err);
	CHECK(status == 0);
	CHECK(pj_prepare(policy, &request, 0, &command, NULL, err) == 0);
	status = pj_run(command, &run, ret_result, err);
	pj_policy_free(policy);
	pj_command_free(command);
	return status;
}

static void test_runs(void)
{
	struct wish wish = { .launcher = { "/usr/bin/env", "-i" },
			     .property = "devices" };
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	char *json = NULL;

	if (run_under(&wish, "\"may_lack\": [ " ALL " ]", "mine", &result,
		      &err) < 0)
		printf("# %s\n", err.message);
	CHECK(result && pj_result_status(result) == 0);
	CHECK_STR(pj_result_stdout(result, NULL), "ONE=1\n");
	CHECK(wish.answer == 0 && wish.asked > 8);
	CHECK(pj_result_json(result, NULL, NULL, NULL, &json, &err) == 0);
	CHECK(strstr(json, "\"strategy\":\"mine\""));
	CHECK(strstr(json, "\"devices\":\"a wall of mine\""));
	CHECK(strstr(json, "\"syscalls\":\"system call filter (default)\""));
	free(json);
	pj_result_free(result);
}

static void refused(struct wish *wish, const char *containment,
		    const char *name, enum pj_code code, const char *says)
{
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	CHECK(run_under(wish, containment, name, &result, &err) == -(int)code);
	if (!strstr(err.message, says))
		printf("# %s\n", err.message);
	CHECK(strstr(err.message, says));
	CHECK(!result);
}

static void test_claims(void)
{
	struct wish wish = { .launcher = { "/usr/bin/env" },
			     .property = "filesystem-read" };

	refused(&wish, "\"may_lack\": []", "mine", PJ_E_UNAVAILABLE,
		"filesystem-write: strategy mine cannot enforce it");
	wish.property = "happiness";
	refused(&wish, "\"may_lack\": []", "mine", PJ_E_UNAVAILABLE,
		"filesystem-read: strategy mine cannot enforce it");
	CHECK(wish.answer == -PJ_E_ARGUMENT);
	refused(&wish, "\"strategy\": \"namespaces\"", "mine", PJ_E_UNAVAILABLE,
		"the policy wants strategy namespaces");
	refused(&wish, "\"may_lack\": []", "", PJ_E_ARGUMENT, "a name");
}

static void test_launchers(void)
{
	static const char lacks[] = "\"may_lack\": [ " ALL " ]";
	struct wish none = { 0 };
	struct wish relative = { .launcher = { "env" } };
	struct wish missing = { .launcher = { "/nonexistent/launcher" } };
	struct wish idle = { .launcher = { "/bin/true" } };
	struct wish failing = { .launcher = { "/bin/ls", "/nonexistent" } };

	refused(&none, lacks, "mine", PJ_E_ARGUMENT, "named no launcher");
	refused(&relative, lacks, "mine", PJ_E_ARGUMENT, "absolute path");
	refused(&missing, lacks, "mine", PJ_E_UNAVAILABLE,
		"/nonexistent/launcher");
	refused(&idle, lacks, "mine", PJ_E_UNAVAILABLE,
		"mine: /bin/true could not make the jail");
	refused(&failing, lacks, "mine", PJ_E_UNAVAILABLE, "/nonexistent");
}

static const struct tap_case cases[] = {
	{ "the launcher's walls and ours", test_runs },
	{ "what nobody holds is refused", test_claims },
	{ "launchers that launch nothing", test_launchers },
};

TAP_MAIN(cases)
