/* SPDX-License-Identifier: Apache-2.0 */
/* Variables: who may give which, who wins, and that no value is ever told. */
#include "base/cleanup.h"
#include "guard/environment.h"
#include "guard_fixture.h"

#define POLICY(environment)                                                    \
	"{\"version\":1,\"commands\":{\"$D/tool\":{}},"                        \
	"\"environment\":{" environment "}}"
#define ALLOW POLICY("\"allow\":[\"CC\",\"MY_*\",\"LD_PRELOAD\",\"PATH\"]")

static void test_codes(void)
{
	static const struct query queries[] = {
		{ ALLOW,
		  "$D/tool",
		  { NULL },
		  NULL,
		  NULL,
		  { "CC=gcc", "MY_X=", "MY_=1", "PATH=/x" } },
		{ ALLOW,
		  "$D/tool",
		  { NULL },
		  "env-not-allowed",
		  "CCX",
		  { "CCX=1" } },
		{ ALLOW,
		  "$D/tool",
		  { NULL },
		  "env-not-allowed",
		  "cc",
		  { "cc=1" } },
		{ ALLOW,
		  "$D/tool",
		  { NULL },
		  "env-not-allowed",
		  "HOME",
		  { "CC=x", "HOME=/root" } },
		{ POLICY(""),
		  "$D/tool",
		  { NULL },
		  "env-not-allowed",
		  "CC",
		  { "CC=x" } },
		/* forbidden, though the policy allows it */
		{ ALLOW,
		  "$D/tool",
		  { NULL },
		  "env-forbidden",
		  "LD_PRELOAD",
		  { "LD_PRELOAD=/x.so" } },
		{ POLICY("\"allow\":[\"*\"]"),
		  "$D/tool",
		  { NULL },
		  "env-forbidden",
		  "ld_Library_Path",
		  { "ld_Library_Path=x" } },
		{ POLICY("\"allow\":[\"*\"]"),
		  "$D/tool",
		  { NULL },
		  "env-forbidden",
		  "BASH_FUNC_ls%%",
		  { "BASH_FUNC_ls%%=() { :; }" } },
		{ POLICY("\"allow\":[\"*\"]"),
		  "$D/tool",
		  { NULL },
		  "env-forbidden",
		  "http_proxy",
		  { "http_proxy=x" } },
		{ POLICY("\"allow\":[\"*\"]"),
		  "$D/tool",
		  { NULL },
		  "env-forbidden",
		  "GIT_SSH_COMMAND",
		  { "GIT_SSH_COMMAND=x" } },
		{ POLICY("\"allow\":[\"*\"]"),
		  "$D/tool",
		  { NULL },
		  NULL,
		  NULL,
		  { "GIT_AUTHOR_NAME=x", "NODE_ENV=test", "LDFLAGS=-s" } },
		{ ALLOW, "$D/tool", { NULL }, "env-invalid", NULL, { "=x" } },
		{ ALLOW, "$D/tool", { NULL }, "env-invalid", NULL, { "" } },
		{ ALLOW, "$D/tool", { NULL }, "env-invalid", "CC", { "CC" } },
		{ ALLOW,
		  "$D/tool",
		  { NULL },
		  "env-invalid",
		  "CC",
		  { "CC=a", "MY_X=1", "CC=b" } },
	};

	fixture_begin();
	CHECK_QUERIES(queries);
}

/* Names of the seed system's list and of those found missing in it. */
static void test_forbidden_names(void)
{
	static const char *const forbidden[] = {
		"LD_PRELOAD",
		"LD_AUDIT",
		"ld_debug",
		"DYLD_ANYTHING",
		"GLIBC_TUNABLES",
		"MALLOC_CHECK_",
		"GCONV_PATH",
		"PYTHONPATH",
		"PYTHONSTARTUP",
		"PYTHONHOME",
		"RUBYLIB",
		"RUBYOPT",
		"PERL5LIB",
		"PERL5OPT",
		"PERLLIB",
		"NODE_PATH",
		"NODE_OPTIONS",
		"BASH_ENV",
		"ENV",
		"SHELLOPTS",
		"BASHOPTS",
		"IFS",
		"CDPATH",
		"GLOBIGNORE",
		"PROMPT_COMMAND",
		"PS1",
		"PS2",
		"PS4",
		"EDITOR",
		"VISUAL",
		"PAGER",
		"BROWSER",
		"SHELL",
		"HTTP_PROXY",
		"https_proxy",
		"FTP_PROXY",
		"all_proxy",
		"NO_PROXY",
		"GIT_EXEC_PATH",
		"GIT_TEMPLATE_DIR",
		"GIT_CONFIG_COUNT",
		"GIT_DIR",
		"GIT_EXTERNAL_DIFF",
		"LUA_PATH",
		"LUA_INIT_5_4",
		"JAVA_TOOL_OPTIONS",
		"_JAVA_OPTIONS",
		"JDK_JAVA_OPTIONS",
		"CLASSPATH",
		"PHPRC",
		"PHP_INI_SCAN_DIR",
		"TCLLIBPATH",
		"LOCPATH",
		"NLSPATH",
		"TERMINFO_DIRS",
		"HOSTALIASES",
		"RES_OPTIONS",
		"LOCALDOMAIN",
		"MAKEFLAGS",
		"GREP_OPTIONS",
		"LESSOPEN",
		"LESSCLOSE",
		"MANPAGER",
		"SSH_ASKPASS",
		"SUDO_ASKPASS",
		"ZDOTDIR",
		"OPENSSL_CONF",
		"OPENSSL_ENGINES",
		"SSLKEYLOGFILE",
		"CARGO_BUILD_RUSTC_WRAPPER",
		"RUSTC_WRAPPER",
		"npm_config_script_shell",
		"PIP_INDEX_URL",
		"R_PROFILE",
		"git_author_name",
	};
	static const char *const fine[] = {
		"HOME",	    "PATH",	"LANG",	       "LC_ALL",
		"TERM",	    "TZ",	"USER",	       "LOGNAME",
		"CC",	    "CFLAGS",	"LDFLAGS",     "GIT_AUTHOR_NAME",
		"NODE_ENV", "LD",	"ENVIRONMENT", "PYTHONUNBUFFERED",
		"IF",	    "PS",	"DISPLAY",     "CI",
		"MAKE",	    "NO_COLOR",
	};

	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		if (!environment_name_forbidden(forbidden[i],
						strlen(forbidden[i]))) {
			printf("# %s\n", forbidden[i]);
			FAIL("not as expected: forbidden");
		}
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		if (environment_name_forbidden(fine[i], strlen(fine[i]))) {
			printf("# %s\n", fine[i]);
			FAIL("not as expected: fine");
		}
}

/* Policy over request over what is passed on; sorted by name. */
static void test_merge(void)
{
	static const char *const caller[] = {
		"LANG=caller", "LC_ALL=C",   "LC_TIME=x", "LC=no",
		"SECRET=s",    "A-B=passed", "A=caller",  "LANG=second",
		"PAGER=evil",  "=odd",	     "broken",	  NULL,
	};
	static const char *const env[] = { "A=request", "P=request", NULL };
	static const char *const want[] = {
		"A=request",   "A-B=passed", "BASH_ENV=/from/policy",
		"LANG=caller", "LC_ALL=C",   "LC_TIME=x",
		"P=policy",
	};
	struct pj_policy *policy;
	struct pj_request request = { .size = sizeof(request),
				      .env = env,
				      .caller_env = caller };
	struct pj_command *command = NULL;
	struct pj_decision *decision = NULL;
	const char *const *got;

	fixture_begin();
	policy = fixture_policy(
		POLICY("\"pass\":[\"LANG\",\"LC_*\",\"A\",\"A-B\",\"PAGER\","
		       "\"MISSING\"],\"allow\":[\"A\",\"P\"],\"set\":{"
		       "\"P\":\"policy\",\"BASH_ENV\":\"/from/policy\"}"));
	request.program = fixture_text("$D/tool");
	CHECK(pj_prepare(policy, &request, 0, &command, &decision, NULL) == 0);
	got = pj_command_env(command);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		CHECK_STR(got[i], want[i]);
	CHECK(!got[ARRAY_SIZE(want)]);
	CHECK(pj_decision_warning_count(decision) == 2);
	CHECK(strstr(pj_decision_warning(decision, 0), "P is replaced"));
	CHECK(strstr(pj_decision_warning(decision, 1), "PAGER"));
	CHECK(!strstr(pj_decision_warning(decision, 1), "evil"));
	pj_decision_free(decision);
	pj_command_free(command);
	pj_policy_free(policy);
}

/* Nothing is inherited unless the policy passes it. */
static void test_nothing_inherited(void)
{
	struct pj_policy *policy;
	struct pj_request request = { .size = sizeof(request) };
	struct pj_command *command = NULL;

	fixture_begin();
	setenv("PJ_TEST_VARIABLE", "x", 1);
	policy = fixture_policy(POLICY(""));
	request.program = fixture_text("$D/tool");
	CHECK(pj_prepare(policy, &request, 0, &command, NULL, NULL) == 0);
	CHECK(!pj_command_env(command)[0]);
	pj_command_free(command);
	pj_policy_free(policy);
	policy = fixture_policy(POLICY("\"pass\":[\"PJ_TEST_*\"]"));
	CHECK(pj_prepare(policy, &request, 0, &command, NULL, NULL) == 0);
	CHECK_STR(pj_command_env(command)[0], "PJ_TEST_VARIABLE=x");
	pj_command_free(command);
	pj_policy_free(policy);
}

/* No violation and no warning tells a value. */
static void test_values_stay_secret(void)
{
	static const struct query query = { ALLOW,
					    "$D/tool",
					    { NULL },
					    NULL,
					    NULL,
					    { "CC=hunter2\n", "OTHER=hunter2",
					      "LD_PRELOAD=hunter2", "=hunter2",
					      "CC=hunter2" } };
	struct answer answer;
	char *json = NULL;

	fixture_begin();
	answer = fixture_ask(&query, PJ_PREPARE_ALL);
	CHECK(pj_decision_violation_count(answer.decision) >= 5);
	CHECK(pj_decision_json(answer.decision, NULL, &json, NULL) == 0);
	CHECK(!strstr(json, "hunter2"));
	CHECK(!strstr(answer.err.message, "hunter2"));
	free(json);
	answer_clear(&answer);
}

static const struct tap_case cases[] = {
	{ "codes", test_codes },
	{ "forbidden names", test_forbidden_names },
	{ "who wins", test_merge },
	{ "nothing is inherited", test_nothing_inherited },
	{ "values stay secret", test_values_stay_secret },
};

TAP_MAIN(cases)
