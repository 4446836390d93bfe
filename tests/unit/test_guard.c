/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's table (DESIGN section 3): for each code an honest request that is
 * allowed and a hostile one that is not. */
#include "base/cleanup.h"
#include "guard/command.h"
#include "guard/facts.h"
#include "guard/risky.h"
#include "guard_fixture.h"

#define BARE	   "{\"version\":1,\"commands\":{\"$D/tool\":{}}}"
#define ANY	   "{\"version\":1,\"commands\":{\"$D/tool\":\"any-arguments\"}}"
#define RULE(rule) "{\"version\":1,\"commands\":{\"$D/tool\":" rule "}}"
#define RULE_AND(rule, more)                                                   \
	"{\"version\":1,\"commands\":{\"$D/tool\":" rule "}," more "}"

static void test_program(void)
{
	static const struct query queries[] = {
		{ BARE, "$D/tool", { NULL }, NULL },
		{ BARE, "$D/link", { NULL }, NULL },
		{ BARE, "$D/../$D/tool", { NULL }, "program-not-found" },
		{ BARE, "", { NULL }, "request-invalid" },
		{ BARE, "tool", { NULL }, "program-not-absolute", "tool" },
		{ BARE, "./tool", { NULL }, "program-not-absolute" },
		{ BARE, "$D/missing", { NULL }, "program-not-found" },
		{ BARE, "$D/broken", { NULL }, "program-not-found" },
		{ BARE, "$D/loop", { NULL }, "program-not-found" },
		{ BARE, "$D/tool/", { NULL }, "program-not-found" },
		{ BARE, "$D/tool/x", { NULL }, "program-not-found" },
		{ BARE, "$D", { NULL }, "program-is-directory", "$D" },
		{ BARE, "/dev/null", { NULL }, "program-not-regular-file" },
		{ BARE, "$D/pipe", { NULL }, "program-not-regular-file" },
		{ BARE, "$D/plain", { NULL }, "program-not-executable" },
		{ BARE,
		  "$D/other",
		  { NULL },
		  "program-not-allowed",
		  "$D/other" },
		{ BARE, "$D/tool-link", { NULL }, "program-not-allowed" },
		/* the same inode under another name is another program */
		{ BARE, "$D/hard", { NULL }, "program-not-allowed" },
		{ "{\"version\":1}",
		  "$D/tool",
		  { NULL },
		  "program-not-allowed" },
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\"}}",
		  "$D/other",
		  { "-x", "\033[1m" },
		  NULL },
		/* said by its link, meant is what that leads to */
		{ "{\"version\":1,\"commands\":{\"$D/link\":{}}}",
		  "$D/tool",
		  { NULL },
		  NULL },
		/* "*" does not widen what has rules of its own */
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\","
		  "\"$D/tool\":{}}}",
		  "$D/tool",
		  { "-x" },
		  "flag-not-allowed" },
	};

	fixture_begin();
	fixture_file("$D/plain", "x", 0644);
	fixture_link("tool", "$D/link");
	fixture_link("other", "$D/tool-link");
	fixture_link("missing", "$D/broken");
	fixture_link("loop", "$D/loop");
	CHECK(mkfifo(fixture_text("$D/pipe"), 0755) == 0);
	CHECK(link(fixture_text("$D/tool"), fixture_text("$D/hard")) == 0);
	CHECK_QUERIES(queries);
}

static void test_request_size(void)
{
	static char text[128 * 1024 + 1];
	static const char *many[4098];
	struct pj_policy *policy;
	struct pj_request request = { .size = sizeof(request) };
	struct pj_decision *decision = NULL;
	const char *one[] = { text, NULL };
	const char *twenty[21] = { NULL };

	fixture_begin();
	policy = fixture_policy(ANY);
	request.program = fixture_text("$D/tool");
	request.args = many;
	for (int i = 0; i < 4096; i++)
		many[i] = "x";
	CHECK(pj_prepare(policy, &request, 0, NULL, NULL, NULL) == 0);
	many[4096] = "x";
	CHECK(pj_prepare(policy, &request, 0, NULL, &decision, NULL) ==
	      -PJ_E_DENIED);
	CHECK_STR(pj_decision_violation(decision, 0)->code, "request-invalid");
	pj_decision_free(decision);
	/* MAX_ARG_STRLEN counts the NUL */
	request.args = one;
	memset(text, 'x', sizeof(text) - 2);
	CHECK(pj_prepare(policy, &request, 0, NULL, NULL, NULL) == 0);
	text[sizeof(text) - 2] = 'x';
	CHECK(pj_prepare(policy, &request, 0, NULL, &decision, NULL) ==
	      -PJ_E_DENIED);
	CHECK_STR(pj_decision_violation(decision, 0)->code, "request-invalid");
	CHECK(pj_decision_violation(decision, 0)->index == 0);
	pj_decision_free(decision);
	text[sizeof(text) - 2] = '\0';
	for (int i = 0; i < 20; i++)
		twenty[i] = text;
	request.args = twenty;
	CHECK(pj_prepare(policy, &request, 0, NULL, NULL, NULL) ==
	      -PJ_E_DENIED);
	pj_policy_free(policy);
}

static void test_misuse(void)
{
	struct pj_policy *policy;
	struct pj_request request = { .program = "/bin/true" };
	struct pj_decision *decision = NULL;
	struct pj_error err = { 0 };

	fixture_begin();
	policy = fixture_policy(BARE);
	CHECK(pj_prepare(policy, NULL, 0, NULL, NULL, &err) == -PJ_E_ARGUMENT);
	CHECK(pj_prepare(policy, &request, 0, NULL, &decision, &err) ==
	      -PJ_E_ARGUMENT);
	CHECK(!decision && strstr(err.message, "size"));
	request.size = sizeof(request);
	CHECK(pj_prepare(NULL, &request, 0, NULL, NULL, &err) ==
	      -PJ_E_ARGUMENT);
	CHECK(pj_prepare(policy, &request, 8, NULL, NULL, &err) ==
	      -PJ_E_ARGUMENT);
	request.program = NULL;
	CHECK(pj_prepare(policy, &request, 0, NULL, NULL, &err) ==
	      -PJ_E_DENIED);
	CHECK(!pj_command_free(NULL) && !pj_decision_free(NULL));
	pj_policy_free(policy);
}

/* Every word means "may run" or not under each of the three modes. */
static void test_risky(void)
{
	static const struct query queries[] = {
		{ "{\"version\":1,\"commands\":{\"$D/bash\":{}}}",
		  "$D/bash",
		  { NULL },
		  "program-risky",
		  "$D/bash" },
		{ "{\"version\":1,\"commands\":{\"$D/bash\":{}},"
		  "\"risky_programs\":\"allow\"}",
		  "$D/bash",
		  { NULL },
		  NULL },
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\"}}",
		  "$D/bash",
		  { NULL },
		  "program-risky" },
		/* the name it is asked by counts too */
		{ "{\"version\":1,\"commands\":{\"$D/tool\":{}}}",
		  "$D/sudo",
		  { NULL },
		  "program-risky" },
		/* not among the commands is said first */
		{ BARE, "$D/bash", { NULL }, "program-not-allowed" },
	};
	struct query warned = {
		"{\"version\":1,\"commands\":{\"$D/bash\":{}},"
		"\"risky_programs\":\"warn\"}",
		"$D/bash",
		{ NULL },
		NULL,
	};
	struct answer answer;

	fixture_begin();
	fixture_file("$D/bash", "\177ELF", 0755);
	fixture_link("tool", "$D/sudo");
	CHECK_QUERIES(queries);
	answer = fixture_ask(&warned, 0);
	CHECK(answer.code == 0 && answer.command);
	CHECK(pj_decision_warning_count(answer.decision) == 1);
	CHECK(strstr(pj_decision_warning(answer.decision, 0), "shell"));
	answer_clear(&answer);
}

static void test_risky_names(void)
{
	static const char *const risky[] = {
		"sh",
		"/bin/dash",
		"bash5",
		"bash-static",
		"BASH",
		".bash",
		"rbash",
		"busybox",
		"busybox.static",
		"toybox",
		"python3.11",
		"python3-dbg",
		"python3.11d",
		"pypy3",
		"perl5.36.0",
		"tclsh8.6",
		"node18",
		"php8.2",
		"lua5.4",
		"luajit-2.1",
		"mawk",
		"env",
		"xargs",
		"setsid",
		"stdbuf",
		"script",
		"systemd-run",
		"sudo",
		"su-exec",
		"ld-linux-x86-64.so.2",
		"ld-2.31.so",
		"ld-musl-x86_64.so.1",
		"ld.so",
		"zsh-static",
		"\xff\xfe",
		"Python.exe",
		"nohup.real",
		"chroot",
		"ld64.so.2",
	};
	static const char *const plain[] = {
		"grep",	   "find",     "tar",	     "git",	    "sed",
		"vi",	   "less",     "man",	     "make",	    "gdb",
		"ssh",	   "gcc",      "ls",	     "shred",	    "shasum",
		"bashful", "envsubst", "nicely",     "r2",	    "times",
		"sum",	   "",	       "supervisor", "python-lint", "sh.txt",
		"perldoc", "nodeenv",  "ld",	     "ld.bfd",	    "ld.gold",
	};

	for (size_t i = 0; i < ARRAY_SIZE(risky); i++)
		if (!risky_category(risky[i])) {
			printf("# %s\n", risky[i]);
			FAIL("not as expected: risky");
		}
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (risky_category(plain[i])) {
			printf("# %s: %s\n", plain[i],
			       risky_category(plain[i]));
			FAIL("not as expected: not risky");
		}
}

/* Allowing one name of a program with many does not allow the others. */
static void test_multicall(void)
{
#define APPLET                                                                 \
	"{\"version\":1,\"commands\":{\"$D/ls\":{}},"                          \
	"\"risky_programs\":\"allow\"}"
	static const struct query queries[] = {
		{ APPLET, "$D/ls", { NULL }, NULL },
		{ APPLET, "$D/rm", { NULL }, "program-not-allowed" },
		{ APPLET, "$D/busybox", { NULL }, "program-not-allowed" },
	};
	struct pj_policy *policy;
	struct pj_request request = { .size = sizeof(request), .argv0 = "rm" };

	fixture_begin();
	fixture_file("$D/busybox", "\177ELF", 0755);
	fixture_link("busybox", "$D/ls");
	fixture_link("busybox", "$D/rm");
	CHECK_QUERIES(queries);
	policy = fixture_policy(APPLET);
	request.program = fixture_text("$D/ls");
	CHECK(pj_prepare(policy, &request, 0, NULL, NULL, NULL) ==
	      -PJ_E_DENIED);
	request.argv0 = "/bin/ls";
	CHECK(pj_prepare(policy, &request, 0, NULL, NULL, NULL) == 0);
	pj_policy_free(policy);
}

static void test_scripts(void)
{
	static const struct query queries[] = {
		{ BARE, "$D/tool", { NULL }, NULL },
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\"}}",
		  "$D/lost",
		  { NULL },
		  "program-not-executable" },
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\"}}",
		  "$D/relative",
		  { NULL },
		  "program-not-executable" },
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\"}}",
		  "$D/empty",
		  { NULL },
		  "program-not-executable" },
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\"}}",
		  "$D/none",
		  { NULL },
		  NULL },
	};
	struct answer answer;

	fixture_begin();
	fixture_file("$D/tool",
		     fixture_text("#! \t$D/interpreter-link -x\nrest\n"), 0755);
	fixture_file("$D/interpreter", "\177ELF", 0755);
	fixture_link("interpreter", "$D/interpreter-link");
	fixture_file("$D/lost", "#!/nonexistent/sh\n", 0755);
	fixture_file("$D/relative", "#!sh\n", 0755);
	fixture_file("$D/empty", "#!\n", 0755);
	fixture_file("$D/none", "", 0755);
	CHECK_QUERIES(queries);
	answer = fixture_ask(&queries[0], 0);
	CHECK_STR(answer.command->interpreter, fixture_text("$D/interpreter"));
	answer_clear(&answer);
	answer = fixture_ask(&queries[4], 0);
	CHECK(!answer.command->interpreter);
	answer_clear(&answer);
}

static void test_pins(void)
{
	static const struct query queries[] = {
		/* printf '\177ELF' | sha256sum */
		{ RULE("{\"sha256\":"
		       "\"7b07c44fd2da8d8bbd9fbb00a5f9d6f1a6c3f4fa8d"
		       "0fbf7b22bbd0d2ad3b44cd\"}"),
		  "$D/tool",
		  { NULL },
		  "program-changed" },
		{ RULE("{\"immutable\":true}"), "$D/tool", { NULL }, NULL },
		{ "{\"version\":1,\"commands\":{\"$D/group\":{\"immutable\":"
		  "true}}}",
		  "$D/group",
		  { NULL },
		  "program-writable" },
		{ "{\"version\":1,\"commands\":{\"$D/world\":{\"immutable\":"
		  "true}}}",
		  "$D/world",
		  { NULL },
		  "program-writable" },
		{ "{\"version\":1,\"commands\":{\"$D/open/tool\":{"
		  "\"immutable\":true}}}",
		  "$D/open/tool",
		  { NULL },
		  "program-writable" },
		{ "{\"version\":1,\"commands\":{\"$D/open/deep/tool\":{"
		  "\"immutable\":true}}}",
		  "$D/open/deep/tool",
		  { NULL },
		  "program-writable" },
		{ "{\"version\":1,\"commands\":{\"$D/world\":{}}}",
		  "$D/world",
		  { NULL },
		  NULL },
		/* the pin of the rule that is meant */
		{ RULE("[{\"subcommand\":\"a\",\"sha256\":"
		       "\"00000000000000000000"
		       "00000000000000000000000000000000000000000000\"},"
		       "{\"subcommand\":\"b\"}]"),
		  "$D/tool",
		  { "a" },
		  "program-changed" },
		{ RULE("[{\"subcommand\":\"a\",\"sha256\":"
		       "\"00000000000000000000"
		       "00000000000000000000000000000000000000000000\"},"
		       "{\"subcommand\":\"b\"}]"),
		  "$D/tool",
		  { "b" },
		  NULL },
	};

	fixture_begin();
	fixture_file("$D/group", "\177ELF", 0775);
	fixture_file("$D/world", "\177ELF", 0757);
	fixture_make_dir("$D/open", 0777);
	fixture_file("$D/open/tool", "\177ELF", 0755);
	fixture_make_dir("$D/open/deep", 0755);
	fixture_file("$D/open/deep/tool", "\177ELF", 0755);
	CHECK_QUERIES(queries);
}

static void test_right_hash(void)
{
	/* sha256sum of "abc", FIPS 180-2 appendix B.1 */
	static const struct query query = {
		RULE("{\"sha256\":"
		     "\"ba7816bf8f01cfea414140de5dae2223b00361a39617"
		     "7a9cb410ff61f20015ad\"}"),
		"$D/tool",
		{ NULL },
		NULL,
	};
	static const struct query changed = {
		RULE("{\"sha256\":"
		     "\"ba7816bf8f01cfea414140de5dae2223b00361a39617"
		     "7a9cb410ff61f20015ad\"}"),
		"$D/tool",
		{ NULL },
		"program-changed",
	};

	fixture_begin();
	fixture_file("$D/tool", "abc", 0755);
	fixture_check(&query, 0);
	fixture_file("$D/tool", "abcd", 0755);
	fixture_check(&changed, 1);
}

static void test_characters(void)
{
#define FREE  RULE("{\"positionals\":{\"max\":9}}")
#define LINES RULE("{\"positionals\":{\"max\":9},\"multiline\":true}")
#define NO_SHELL                                                               \
	RULE_AND("{\"positionals\":{\"max\":9}}",                              \
		 "\"shell_metacharacters\":\"deny\"")
#define WITH_X(rule) RULE_AND(rule, "\"environment\":{\"allow\":[\"X\"]}")
	static const struct query queries[] = {
		{ FREE, "$D/tool", { "a\tb", "\xc3\xa9", "\xc2\xa0" }, NULL },
		{ FREE, "$D/tool", { "\xff" }, NULL }, /* not UTF-8: a name */
		{ FREE,
		  "$D/tool",
		  { "a", "a\nb" },
		  "control-character",
		  "a\\nb" },
		{ FREE, "$D/tool", { "\033[1m" }, "control-character" },
		{ FREE, "$D/tool", { "\177" }, "control-character" },
		{ FREE, "$D/tool", { "\r" }, "control-character" },
		{ FREE,
		  "$D/tool",
		  { "x\xc2\x9b"
		    "31m" },
		  "control-character" },
		{ LINES, "$D/tool", { "a\nb" }, NULL },
		{ LINES, "$D/tool", { "a\rb" }, "control-character" },
		{ ANY, "$D/tool", { "\033[1m", "a\nb" }, NULL },
		{ ANY, "$D/tool\n", { NULL }, "program-not-found" },
		{ "{\"version\":1,\"commands\":{\"*\":\"any-arguments\"}}",
		  "$D/new\nline",
		  { NULL },
		  "control-character" },
		{ ANY,
		  "$D/tool",
		  { NULL },
		  "control-character",
		  NULL,
		  { NULL },
		  "$D/work/new\nline" },
		{ WITH_X("{}"), "$D/tool", { NULL }, NULL, NULL, { "X=a\tb" } },
		{ WITH_X("{}"),
		  "$D/tool",
		  { NULL },
		  "control-character",
		  "X",
		  { "X=a\nb" } },
		{ WITH_X("{}"),
		  "$D/tool",
		  { NULL },
		  "control-character",
		  "Y\\x0d",
		  { "Y\r=a" } },
		{ WITH_X("\"any-arguments\""),
		  "$D/tool",
		  { NULL },
		  NULL,
		  NULL,
		  { "X=a\nb" } },
		{ WITH_X("\"any-arguments\""),
		  "$D/tool",
		  { NULL },
		  "control-character",
		  NULL,
		  { "X=\033" } },
		/* shell metacharacters are ordinary where the policy is silent
		 */
		{ FREE, "$D/tool", { "a;b", "`x`" }, NULL },
		{ NO_SHELL, "$D/tool", { "a(b)<c>*" }, NULL },
		{ NO_SHELL,
		  "$D/tool",
		  { "a;b" },
		  "shell-metacharacter",
		  "a;b" },
		{ NO_SHELL, "$D/tool", { "a|b" }, "shell-metacharacter" },
		{ NO_SHELL, "$D/tool", { "a&b" }, "shell-metacharacter" },
		{ NO_SHELL, "$D/tool", { "$HOME" }, "shell-metacharacter" },
		{ NO_SHELL, "$D/tool", { "`x`" }, "shell-metacharacter" },
	};

	fixture_begin();
	fixture_file("$D/new\nline", "\177ELF", 0755);
	fixture_make_dir("$D/work/new\nline", 0755);
	CHECK_QUERIES(queries);
}

static void test_arguments(void)
{
#define GREP                                                                   \
	RULE("{\"flags\":[\"-n\",\"-i\",\"--\\u0065xact\"],"                   \
	     "\"options\":{\"-e\":{\"type\":\"string\"},"                      \
	     "\"-m\":{\"type\":\"integer\",\"min\":1,\"max\":1000},"           \
	     "\"--color\":{\"enum\":[\"never\",\"auto\"]},"                    \
	     "\"-f\":{\"type\":\"path\",\"within\":[\".\"]}},"                 \
	     "\"max_flags\":3,\"positionals\":{\"min\":1,\"max\":3,"           \
	     "\"items\":[{\"type\":\"string\"}],"                              \
	     "\"rest\":{\"type\":\"path\",\"within\":[\".\"]}},"               \
	     "\"end_of_options\":\"after-flags\"}")
	static const struct query queries[] = {
		{ GREP, "$D/tool", { "-n", "x", "file" }, NULL },
		{ GREP, "$D/tool", { "-m5", "--color=auto", "x" }, NULL },
		{ GREP,
		  "$D/tool",
		  { "-m", "5", "--color", "never", "x" },
		  NULL },
		{ GREP, "$D/tool", { "-e", "-v", "x" }, NULL },
		{ GREP, "$D/tool", { "--", "-x", "-" }, NULL },
		{ GREP, "$D/tool", { "-r", "x" }, "flag-not-allowed", "-r" },
		{ GREP, "$D/tool", { "-ni", "x" }, "flag-not-allowed", "-ni" },
		{ GREP, "$D/tool", { "--exac", "x" }, "flag-not-allowed" },
		{ GREP,
		  "$D/tool",
		  { "--password=hunter2", "x" },
		  "flag-not-allowed",
		  "--password" },
		{ GREP, "$D/tool", { "x", "-n" }, "flag-not-allowed", "-n" },
		{ GREP,
		  "$D/tool",
		  { "-n", "-n", "-n", "-n", "x" },
		  "too-many-flags",
		  "-n" },
		{ GREP,
		  "$D/tool",
		  { "x", "-r", "-n", "-n", "-n", "-n" },
		  "flag-not-allowed" },
		/* P3: the value of -e is "--", so -fX is read as an option */
		{ GREP,
		  "$D/tool",
		  { "-e", "--", "-f/etc/passwd", "x" },
		  "option-value-invalid",
		  "-f" },
		{ GREP,
		  "$D/tool",
		  { "-e", "--", "-r", "x" },
		  "flag-not-allowed",
		  "-r" },
		{ GREP, "$D/tool", { "x", "-m" }, "flag-not-allowed" },
		{ GREP, "$D/tool", { "-m" }, "option-value-missing", "-m" },
		{ GREP,
		  "$D/tool",
		  { "-m", "0", "x" },
		  "option-value-invalid",
		  "-m" },
		{ GREP,
		  "$D/tool",
		  { "-m", "-n", "x" },
		  "option-value-invalid" },
		{ GREP,
		  "$D/tool",
		  { "--color=always", "x" },
		  "option-value-invalid",
		  "--color" },
		{ GREP,
		  "$D/tool",
		  { "-f../tool", "x" },
		  "option-value-invalid",
		  "-f" },
		{ GREP, "$D/tool", { "-n" }, "too-few-positionals" },
		{ GREP,
		  "$D/tool",
		  { "a", "file", "file", "file" },
		  "too-many-positionals",
		  "file" },
		{ GREP,
		  "$D/tool",
		  { "a", "/etc/passwd" },
		  "positional-invalid",
		  "/etc/passwd" },
		{ GREP,
		  "$D/tool",
		  { "--", "a", "../tool" },
		  "positional-invalid" },
		{ GREP, "$D/tool", { "a", "escape" }, "positional-invalid" },
		/* relative to the command's directory */
		{ GREP,
		  "$D/tool",
		  { "a", "../file" },
		  NULL,
		  NULL,
		  { NULL },
		  "$D/work/sub" },
		{ GREP,
		  "$D/tool",
		  { "a", "../../tool" },
		  "positional-invalid",
		  NULL,
		  { NULL },
		  "$D/work/sub" },
		/* a rule {} is the bare program */
		{ BARE, "$D/tool", { "x" }, "too-many-positionals" },
		{ BARE, "$D/tool", { "-x" }, "flag-not-allowed" },
		{ BARE, "$D/tool", { "--" }, NULL },
		{ ANY, "$D/tool", { "-x", "--", "y", "" }, NULL },
	};

	fixture_begin();
	fixture_make_dir("$D/work/sub", 0755);
	fixture_link("/etc/passwd", "$D/work/escape");
	CHECK_QUERIES(queries);
}

static void test_subcommands(void)
{
#define GIT                                                                    \
	RULE("[{\"subcommand\":\"status\",\"flags\":[\"-s\"],"                 \
	     "\"positionals\":{\"max\":0}},{\"subcommand\":\"log\","           \
	     "\"options\":{\"-n\":{\"type\":\"integer\"}},"                    \
	     "\"positionals\":{\"max\":1}}]")
#define FALLBACK                                                               \
	RULE("[{\"subcommand\":\"push\"},{\"positionals\":{\"max\""            \
	     ":2}}]")
	static const struct query queries[] = {
		{ GIT, "$D/tool", { "status", "-s" }, NULL },
		{ GIT, "$D/tool", { "-s", "status" }, NULL },
		{ GIT, "$D/tool", { "log", "-n", "3", "HEAD" }, NULL },
		{ GIT, "$D/tool", { "log", "-s" }, "flag-not-allowed" },
		{ GIT, "$D/tool", { "status", "x" }, "too-many-positionals" },
		{ GIT,
		  "$D/tool",
		  { "push" },
		  "subcommand-not-allowed",
		  "push" },
		{ GIT, "$D/tool", { NULL }, "subcommand-not-allowed" },
		{ GIT, "$D/tool", { "" }, "subcommand-not-allowed" },
		{ GIT,
		  "$D/tool",
		  { "-c", "core.pager=x", "status" },
		  "subcommand-not-allowed" },
		{ GIT,
		  "$D/tool",
		  { "-n", "status", "log" },
		  "subcommand-not-allowed" },
		/* after "--" a program may read flags anew */
		{ GIT,
		  "$D/tool",
		  { "--", "status", "-x" },
		  "subcommand-not-allowed",
		  "status" },
		{ FALLBACK, "$D/tool", { "x", "y" }, NULL },
		{ FALLBACK, "$D/tool", { "push" }, NULL },
		{ FALLBACK,
		  "$D/tool",
		  { "push", "x" },
		  "too-many-positionals" },
		{ FALLBACK,
		  "$D/tool",
		  { "--", "push", "x" },
		  "subcommand-not-allowed" },
	};

	fixture_begin();
	CHECK_QUERIES(queries);
}

static void test_directories(void)
{
#define WITHIN	RULE_AND("{}", "\"working_directory\":{\"within\":[\".\"]}")
#define NOWHERE RULE_AND("{}", "\"working_directory\":{\"within\":[]}")
	static const struct query queries[] = {
		{ WITHIN, "$D/tool", { NULL }, NULL },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  NULL,
		  NULL,
		  { NULL },
		  "$D/work/sub" },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  NULL,
		  NULL,
		  { NULL },
		  "$D/work/sub/.." },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-absolute",
		  ".",
		  { NULL },
		  "." },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-absolute",
		  "",
		  { NULL },
		  "" },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-found",
		  "$D/work/missing",
		  { NULL },
		  "$D/work/missing" },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-found",
		  NULL,
		  { NULL },
		  "$D/work/file" },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-allowed",
		  "$D",
		  { NULL },
		  "$D" },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-allowed",
		  NULL,
		  { NULL },
		  "$D/work/../worker" },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-allowed",
		  NULL,
		  { NULL },
		  "$D/worker" },
		{ WITHIN,
		  "$D/tool",
		  { NULL },
		  "cwd-not-allowed",
		  NULL,
		  { NULL },
		  "$D/work/out" },
		{ NOWHERE, "$D/tool", { NULL }, "cwd-not-allowed" },
	};

	fixture_begin();
	fixture_make_dir("$D/work/sub", 0755);
	fixture_make_dir("$D/worker", 0755);
	fixture_link("/", "$D/work/out");
	CHECK_QUERIES(queries);
}

/* What the command holds is what was checked. */
static void test_command(void)
{
	static const struct query query = {
		RULE_AND("{\"flags\":[\"-n\"],\"options\":{\"-e\":{\"type\":"
			 "\"any\"}},\"positionals\":{\"max\":3},"
			 "\"end_of_options\":\"after-flags\"}",
			 "\"environment\":{\"allow\":[\"CC\"],"
			 "\"set\":{\"PATH\":\"/usr/bin\"}}"),
		"$D/link",
		{ "-n", "-e", "--", "x", "y" },
		NULL,
		NULL,
		{ "CC=gcc" },
		"$D/work/../work"
	};
	static const char *const argv[] = { "-n", "-e", "--", "--", "x", "y" };
	struct answer answer;
	struct pj_command *command;
	struct stat st;

	fixture_begin();
	fixture_link("tool", "$D/link");
	answer = fixture_ask(&query, 0);
	command = answer.command;
	CHECK(answer.code == 0 && command);
	CHECK_STR(pj_command_program(command), fixture_text("$D/tool"));
	CHECK_STR(pj_command_cwd(command), fixture_text("$D/work"));
	CHECK_STR(pj_command_argv(command)[0], fixture_text("$D/link"));
	for (size_t i = 0; i < ARRAY_SIZE(argv); i++)
		CHECK_STR(pj_command_argv(command)[i + 1], argv[i]);
	CHECK(!pj_command_argv(command)[ARRAY_SIZE(argv) + 1]);
	CHECK_STR(pj_command_env(command)[0], "CC=gcc");
	CHECK_STR(pj_command_env(command)[1], "PATH=/usr/bin");
	CHECK(!pj_command_env(command)[2]);
	CHECK(fcntl(command->program_fd, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(command->cwd_fd, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(command->program_fd, F_GETFL) & O_PATH);
	/* another file under the name changes nothing */
	CHECK(rename(fixture_text("$D/other"), fixture_text("$D/tool")) == 0);
	CHECK(fstat(command->program_fd, &st) == 0);
	CHECK(st.st_ino == command->program_stat.st_ino);
	CHECK(st.st_dev == command->program_stat.st_dev);
	CHECK(command->policy && command->policy->program_count == 1);
	answer_clear(&answer);
}

static void test_all(void)
{
	static const struct query query = {
		RULE_AND("{\"flags\":[\"-n\"],\"options\":{\"-m\":{\"type\":"
			 "\"integer\"}},\"max_flags\":1}",
			 "\"shell_metacharacters\":\"deny\""),
		"$D/tool",
		{ "-x", "-m", "a;", "b\n", "-m" },
		NULL,
		NULL,
		{ "FOO=1", "LD_PRELOAD=x", "=" },
		"/nonexistent"
	};
	static const char *const want[] = {
		"control-character",	"shell-metacharacter",
		"flag-not-allowed",	"too-many-flags",
		"option-value-missing", "option-value-invalid",
		"too-many-positionals", "env-not-allowed",
		"env-forbidden",	"env-invalid",
		"cwd-not-found",
	};
	struct answer answer;

	fixture_begin();
	answer = fixture_ask(&query, PJ_PREPARE_ALL);
	CHECK(answer.code == -PJ_E_DENIED && !answer.command);
	CHECK(pj_decision_violation_count(answer.decision) == ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		CHECK_STR(pj_decision_violation(answer.decision, i)->code,
			  want[i]);
	CHECK(!pj_decision_violation(answer.decision, ARRAY_SIZE(want)));
	CHECK(pj_decision_violation(answer.decision, 2)->index == 0);
	CHECK(pj_decision_violation(answer.decision, 5)->index == 2);
	answer_clear(&answer);
}

/* Nothing stays open, allowed or denied. */
static void test_descriptors(void)
{
	static const struct query queries[] = {
		{ BARE, "$D/tool", { NULL }, NULL },
		{ BARE, "$D/tool", { "x" }, "too-many-positionals" },
		{ BARE, "$D/missing", { NULL }, "program-not-found" },
		{ RULE("{\"immutable\":true,\"sha256\":"
		       "\"00000000000000000000000"
		       "00000000000000000000000000000000000000000\"}"),
		  "$D/tool",
		  { NULL },
		  "program-changed" },
	};
	int before, after;

	fixture_begin();
	before = dup(0);
	close(before);
	CHECK_QUERIES(queries);
	after = dup(0);
	close(after);
	CHECK(before == after);
}

/* What is read is the file that was looked at, whatever has its name now. */
static void test_another_in_its_place(void)
{
	auto_facts struct facts facts = FACTS_NONE;
	struct pj_error err = { 0 };
	struct stat now;
	int fd;

	fixture_begin();
	CHECK(facts_gather_program(&facts, fixture_text("$D/tool"), &err) == 0);
	CHECK(!facts.program.errnum);
	CHECK(rename(fixture_text("$D/other"), fixture_text("$D/tool")) == 0);
	fd = facts_reopen(&facts.program);
	CHECK(fd >= 0 && fstat(fd, &now) == 0);
	CHECK(now.st_dev == facts.program.stat.st_dev &&
	      now.st_ino == facts.program.stat.st_ino);
	close(fd);
	/* Nor is what stands there waited for. */
	CHECK(unlink(fixture_text("$D/tool")) == 0 &&
	      mkfifo(fixture_text("$D/tool"), 0600) == 0);
	fd = facts_reopen(&facts.program);
	CHECK(fd >= 0 && fstat(fd, &now) == 0 && S_ISREG(now.st_mode));
	close(fd);
}

static const struct tap_case cases[] = {
	{ "program", test_program },
	{ "request size", test_request_size },
	{ "misuse", test_misuse },
	{ "risky programs", test_risky },
	{ "risky names", test_risky_names },
	{ "programs with many names", test_multicall },
	{ "scripts", test_scripts },
	{ "pins", test_pins },
	{ "the right hash", test_right_hash },
	{ "control and shell characters", test_characters },
	{ "arguments", test_arguments },
	{ "subcommands", test_subcommands },
	{ "directories", test_directories },
	{ "the command", test_command },
	{ "all violations, in order", test_all },
	{ "descriptors", test_descriptors },
	{ "another in its place", test_another_in_its_place },
};

TAP_MAIN(cases)
