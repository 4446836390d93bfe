/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing and merging: what a document says, what its parents say, and where
 * an error is told. */
#include "base/cleanup.h"
#include "policy_fixture.h"

static void defaults(void)
{
	struct pj_policy *p;

	set_up();
	p = parse_good("{\"version\": 1}");
	CHECK(p->path_count == 0 && p->program_count == 0 && !p->any_program);
	CHECK(p->network == NETWORK_NONE && p->tmp == TMP_PRIVATE);
	CHECK(p->risky == RISKY_DENY && !p->deny_metacharacters);
	CHECK(p->limits.overflow == OVERFLOW_KILL);
	CHECK(p->limits.memory == LIMIT_UNSET &&
	      p->limits.stderr_bytes == LIMIT_UNSET);
	CHECK(p->strategy == STRATEGY_AUTO && !p->strategy_given);
	CHECK(!p->execute_listed && p->env_pass.count == 0);
	CHECK_STR(p->cwd_default, p->workspace);
	CHECK(p->cwd_within.count == 1);
	CHECK_STR(p->cwd_within.items[0], p->workspace);
	pj_policy_free(p);
	remove_base();
}

static void command_rules(void)
{
	const struct command_rule *rule;
	struct pj_policy *p;

	set_up();
	p = parse_good(
		"{\"version\": 1, \"commands\": {\"/bin/true\": [{"
		"\"subcommand\": \"log\", \"flags\": [\"-a\"],"
		"\"options\": {\"-n\": {\"type\": \"integer\", \"min\": 1},"
		" \"--c\": {\"enum\": [\"x\"]}}, \"max_flags\": 3,"
		"\"positionals\": {\"min\": 1, \"rest\": {\"type\": \"path\","
		" \"within\": [\".\"]}}, \"end_of_options\": \"after-flags\","
		"\"bundling\": true}, {}], \"/not/there\": "
		"\"any-arguments\"}}");
	CHECK(p->program_count == 2 && p->programs[0].rule_count == 2);
	CHECK(p->programs[0].canonical && !p->programs[1].canonical);
	CHECK(warned(p, "commands[\"/not/there\"]: there is no such program"));
	CHECK(p->programs[1].rules[0].any_arguments);
	rule = &p->programs[0].rules[0];
	CHECK_STR(rule->subcommand, "log");
	CHECK(rule->max_flags == 3 && rule->option_count == 2);
	CHECK(rule->options[0].value.type == VALUE_INTEGER &&
	      rule->options[0].value.min == 1 &&
	      rule->options[0].value.max == INT64_MAX);
	CHECK(rule->options[1].value.type == VALUE_ENUM);
	CHECK(rule->positionals_min == 1 &&
	      rule->positionals_max == LIMIT_UNSET);
	CHECK(rule->positional_rest.within_given);
	CHECK_STR(rule->positional_rest.within.items[0], p->workspace);
	CHECK(rule->end_of_options_after_flags && rule->bundling);
	rule = &p->programs[0].rules[1];
	CHECK(!rule->subcommand && rule->max_flags == LIMIT_UNSET);
	CHECK(rule->positionals_max == 0 && !rule->any_arguments);
	pj_policy_free(p);
	remove_base();
}

/* Scalars replace, lists append, objects merge, a program's rules replace. */
static void merging(void)
{
	struct pj_policy *p;

	set_up();
	make_file("a.json",
		  "{\"version\": 1, \"description\": \"a\","
		  "\"limits\": {\"memory\": \"1MiB\", \"wall_time\": \"1s\"},"
		  "\"environment\": {\"pass\": [\"A\"], \"set\": {\"X\": "
		  "\"a\", \"Y\": \"a\"}},"
		  "\"commands\": {\"/bin/true\": {\"flags\": [\"-a\"]}, "
		  "\"/bin/false\": {}},"
		  "\"filesystem\": {\"tmp\": \"host\"}, \"risky_programs\": "
		  "\"warn\"}");
	make_file(
		"b.json",
		"{\"version\": 1, \"extends\": \"./a.json\","
		"\"limits\": {\"memory\": \"2MiB\"},"
		"\"environment\": {\"pass\": [\"B\"], \"set\": {\"X\": \"b\"}},"
		"\"commands\": {\"/bin/true\": {\"flags\": [\"-b\"]}}}");
	p = parse_good("{\"version\": 1, \"extends\": [\"b.json\"],"
		       "\"limits\": {\"stdout\": \"0B\"}, \"environment\":"
		       "{\"pass\": [\"C\", \"A\"]}}");
	CHECK(p->limits.memory == 2 << 20 && p->limits.wall_time_ms == 1000);
	CHECK(p->limits.stdout_bytes == 0);
	CHECK(p->env_pass.count == 3);
	CHECK_STR(p->env_pass.items[0], "A");
	CHECK_STR(p->env_pass.items[2], "C");
	CHECK(p->env_set_count == 2);
	CHECK_STR(p->env_set[0].value, "b");
	CHECK(p->program_count == 2 &&
	      p->programs[0].rules[0].flags.count == 1);
	CHECK_STR(p->programs[0].rules[0].flags.items[0], "-b");
	CHECK(p->tmp == TMP_HOST && p->risky == RISKY_WARN);
	CHECK_STR(p->description, "a");
	pj_policy_free(p);
	remove_base();
}

static void error_places(void)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "{\n  \"version\": 1,\n  \"limits\": { \"memory\": 5 }\n}",
		  "test.json:3:25: limits.memory: must be a number with a "
		  "unit" },
		{ "{ \"version\": 1, // x\n  \"filesystem\": { \"raed\": [] } "
		  "}",
		  "test.json:2:19: filesystem.raed: there is no such key; did "
		  "you mean \"read\"?" },
		{ "{ \"version\": 1, /*\n*/ \"network\": { \"allow\": "
		  "[\"a\",\n \"**\"] } }",
		  "test.json:3:2: network.allow[1]: ** is no host pattern" },
		{ "{ \"version\": 1,\n \"limits\": {}, \"limits\": {} }",
		  "test.json:2:" },
		{ "{}", "test.json:1:1: has no version; add \"version\": 1" },
		{ "{ \"version\": 1, \"syscalls\": { \"deny\": "
		  "[\"ptrace\",\n\"io_uring_setpu\"] } }",
		  "test.json:2:1: syscalls.deny[1]: there is no such system "
		  "call; did you mean \"io_uring_setup\"?" },
		{ "{ \"version\": 1, \"syscalls\": { \"deny\": "
		  "[\"no_such_call_of_any_machine\"] } }",
		  "test.json:1:40: syscalls.deny[0]: there is no such system "
		  "call; use a name of syscalls(2)" },
		{ "{ \"version\": 1 } /*",
		  "test.json:1:18: this comment does not end" },
	};

	set_up();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK(!parse(rows[i].text));
		if (strncmp(error.message, rows[i].message,
			    strlen(rows[i].message)) != 0)
			printf("# %s\n", error.message);
		CHECK(strncmp(error.message, rows[i].message,
			      strlen(rows[i].message)) == 0);
		CHECK(error.code == PJ_E_POLICY &&
		      error.stage == PJ_STAGE_POLICY);
	}
	CHECK(pj_policy_parse("{\0}", 3, "n", NULL,
			      &(struct pj_policy *){ NULL },
			      &error) == -PJ_E_POLICY);
	CHECK(strstr(error.message, "n:1:2: a NUL byte"));
	CHECK(pj_policy_parse("{}", 2, "n", NULL, &(struct pj_policy *){ NULL },
			      NULL) == -PJ_E_POLICY);
	remove_base();
}

/* An error names the file of the chain that it is in. */
static void error_files(void)
{
	set_up();
	make_directory("sub");
	make_file("sub/bad.json", "{\"version\": 1,\n\"limits\": 3}");
	make_file("sub/up.json",
		  "{\"version\": 1, \"extends\": \"./bad.json\"}");
	make_file("one.json", "{\"version\": 1, \"extends\": \"two.json\"}");
	make_file("two.json", "{\"version\": 1, \"extends\": [\"one.json\"]}");
	CHECK(!parse("{\"version\": 1, \"extends\": \"sub/up.json\"}"));
	CHECK(strstr(error.message, "sub/./bad.json:2:11: limits: must be"));
	CHECK(!parse("{\"version\": 1, \"extends\": \"one.json\"}"));
	CHECK(strstr(error.message,
		     "one.json extends two.json extends one.json"));
	CHECK(!parse("{\"version\": 1,\n\"extends\": [\"./none.json\"]}"));
	CHECK(strstr(error.message, "test.json:2:13: extends[0]: ./none.json"));
	CHECK(!parse("{\"version\": 1, \"extends\": \"./sub\"}"));
	CHECK(strstr(error.message, "test.json:1:27: extends: ./sub: is no"));
	CHECK(!parse("{\"version\": 1, \"extends\": \"buidl\"}"));
	CHECK(strstr(error.message, "did you mean \"build\"?"));
	remove_base();
}

static void files(void)
{
	struct pj_policy *p = NULL;
	char deep[32];

	set_up();
	make_file("ok.json", "{\"version\": 1}");
	CHECK(pj_policy_load("ok.json", NULL, &p, &error) == 0);
	CHECK_STR(p->workspace, base_directory);
	p = pj_policy_free(p);
	CHECK(pj_policy_load("none.json", NULL, &p, &error) == -PJ_E_POLICY);
	CHECK(pj_policy_load("ws", NULL, &p, &error) == -PJ_E_POLICY);
	CHECK(mkfifo("fifo", 0600) == 0);
	CHECK(pj_policy_load("fifo", NULL, &p, &error) == -PJ_E_POLICY);
	CHECK(pj_policy_load("/dev/zero", NULL, &p, &error) == -PJ_E_POLICY);
	/* A chain that is deeper than anybody's. */
	for (int i = 0; i < 20; i++) {
		char text[80];

		snprintf(deep, sizeof(deep), "d%d.json", i);
		snprintf(text, sizeof(text),
			 "{\"version\": 1, \"extends\": \"d%d.json\"}", i + 1);
		make_file(deep, text);
	}
	CHECK(pj_policy_load("d0.json", NULL, &p, &error) == -PJ_E_POLICY);
	CHECK(strstr(error.message, "is more than 16 policies deep"));
	CHECK(!p);
	remove_base();
}

/* Where a policy's files come from, with `files_from` "own". */
static const struct from_row {
	const char *file, *extends;
	const char *said; /* NULL: good */
} from_rows[] = {
	{ "own/base.json", NULL, NULL },
	{ "own/./base.json", NULL, NULL },
	{ "way/base.json", NULL, NULL },
	{ "own/top.json", "base.json", NULL },
	{ "own/top.json", "../own/base.json", NULL },
	{ "own/top.json", "strict", NULL },
	{ "far.json", NULL, "far.json: does not lie in /" },
	{ "own/sub/far.json", NULL, "does not lie in /" },
	{ "own/link.json", NULL, "link.json: is a symbolic link; put a copy" },
	{ "own/hard.json", NULL, "hard.json: has 2 names" },
	{ "own/open.json", NULL, "open.json: can be written by others" },
	{ "own/group.json", NULL, "can be written by others" },
	{ "own/fifo.json", NULL, "is no regular file" },
	{ "own/none.json", NULL, "cannot be opened" },
	{ "own/top.json", "../far.json", "top.json:1:27: extends: " },
	{ "own/top.json", "../far.json", "as all files of its policies" },
	{ "own/top.json", "sub/far.json", "does not lie in /" },
	{ "own/top.json", "link.json", "is a symbolic link" },
	{ "own/top.json", "./hard.json", "has 2 names" },
	{ "own/top.json", "open.json", "can be written by others" },
	{ "own/top.json", "../own/", "cannot be opened" },
	{ "own/top.json", "../own/..", "is no regular file" },
};

static void make_from_files(void)
{
	static const char *const names[] = {
		"far.json",	 "other.json",	   "own/base.json",
		"own/open.json", "own/group.json", "own/sub/far.json"
	};

	umask(022);
	make_directory("own");
	make_directory("own/sub");
	make_link("way", "own");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		make_file(names[i], "{\"version\": 1}");
	make_link("own/link.json", "base.json");
	CHECK(link("other.json", "own/hard.json") == 0);
	CHECK(chmod("own/open.json", 0602) == 0);
	CHECK(chmod("own/group.json", 0620) == 0);
	CHECK(mkfifo("own/fifo.json", 0600) == 0);
}

static void check_from(const struct from_row *row,
		       const struct pj_policy_options *options)
{
	struct pj_policy *p = NULL;
	char text[80];
	int r;

	if (row->extends) {
		snprintf(text, sizeof(text),
			 "{\"version\": 1, \"extends\": \"%s\"}", row->extends);
		make_file(row->file, text);
	}
	error.message[0] = '\0';
	r = pj_policy_load(row->file, options, &p, &error);
	if (r < 0)
		printf("# %s\n", error.message);
	CHECK(r == (row->said ? -PJ_E_POLICY : 0));
	CHECK(!row->said || strstr(error.message, row->said));
	if (r == 0)
		pj_policy_free(p);
}

static void files_of_one_directory(void)
{
	struct pj_policy_options options = { .size = sizeof(options) };
	struct pj_policy *p = NULL;
	char *own, *way;

	set_up();
	make_from_files();
	own = in_base("own");
	way = in_base("way");
	options.files_from = own;
	for (size_t i = 0; i < ARRAY_SIZE(from_rows); i++)
		check_from(&from_rows[i], &options);
	/* The directory is itself, or none. */
	options.files_from = way;
	CHECK(pj_policy_load("own/base.json", &options, &p, &error) ==
	      -PJ_E_POLICY);
	CHECK(strstr(error.message, "way: has become a symbolic link"));
	free(own);
	free(way);
	remove_base();
}

static void caller_chose(void)
{
	static const struct {
		const char *text;
		bool any;
		enum risky_mode risky;
	} rows[] = {
		{ "{\"version\": 1}", true, RISKY_ALLOW },
		{ "{\"version\": 1, \"risky_programs\": \"deny\"}", true,
		  RISKY_DENY },
		{ "{\"version\": 1, \"commands\": {}}", false, RISKY_DENY },
		{ "{\"version\": 1, \"extends\": \"build\"}", true,
		  RISKY_ALLOW },
	};
	struct pj_policy_options options = { .size = sizeof(options),
					     .caller_chose_command = true };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pj_policy *p = NULL;

		CHECK(pj_policy_parse(rows[i].text, strlen(rows[i].text), "t",
				      &options, &p, &error) == 0);
		CHECK(p->any_program == rows[i].any);
		CHECK(p->risky == rows[i].risky);
		pj_policy_free(p);
	}
}

static void working_directory(void)
{
	struct pj_policy *p;

	set_up();
	p = parse_good("{\"version\": 1, \"working_directory\": {\"within\": "
		       "[\"/usr\"]}}");
	CHECK_STR(p->cwd_default, "/usr");
	pj_policy_free(p);
	p = parse_good("{\"version\": 1, \"working_directory\": {\"default\": "
		       "\"/usr\"}}");
	CHECK(p->cwd_within.count == 1);
	CHECK_STR(p->cwd_within.items[0], "/usr");
	pj_policy_free(p);
	p = parse_good(
		"{\"version\": 1, \"working_directory\": {\"within\": []}}");
	CHECK(p->cwd_within.count == 0);
	pj_policy_free(p);
	CHECK(!parse("{\"version\": 1, \"working_directory\":"
		     "{\"default\": \"/usr\", \"within\": []}}"));
	remove_base();
}

static void builder(void)
{
	struct pj_builder *b = NULL;
	struct pj_policy *p = NULL, *other;

	set_up();
	CHECK(pj_builder_new(&b, &error) == 0);
	pj_builder_extends(b, "strict");
	pj_builder_read(b, "/usr");
	pj_builder_write(b, ".");
	pj_builder_deny(b, "./x");
	pj_builder_protect(b, "./y");
	pj_builder_execute(b, "/usr");
	pj_builder_network(b, "filtered");
	pj_builder_allow_host(b, "a.b");
	pj_builder_listen(b, "8080-8081");
	pj_builder_limit(b, "memory", "1GiB");
	pj_builder_limit(b, "processes", "7");
	pj_builder_env_set(b, "A", "1");
	pj_builder_env_set(b, "B", "2");
	pj_builder_env_pass(b, "LANG");
	pj_builder_env_allow(b, "CC");
	pj_builder_cwd_within(b, ".");
	pj_builder_strategy(b, "landlock");
	pj_builder_may_lack(b, "ipc");
	pj_builder_command(b, "/bin/true", "{\"flags\": [\"-a\"]}");
	pj_builder_command(b, "/bin/false", "\"any-arguments\"");
	CHECK(pj_builder_build(b, NULL, &p, &error) == 0);
	CHECK(p->limits.memory == UINT64_C(1) << 30 &&
	      p->limits.processes == 7);
	CHECK(strv_contains(&p->network_listen, "8080-8081"));
	CHECK(p->limits.open_files == 128 && p->strategy_given);
	CHECK(p->may_lack[PROPERTY_IPC] && p->program_count == 2);
	CHECK(access_of(p, "") == PATH_WRITE &&
	      access_of(p, "x/z") == PATH_DENY);
	CHECK(access_of(p, "y") == PATH_PROTECT);
	other = policy_ref(p);
	CHECK(other == p && !pj_policy_free(p));
	CHECK_STR(other->name, "options");
	pj_policy_free(other);
	pj_builder_limit(b, "memory", "1");
	CHECK(pj_builder_build(b, NULL, &p, &error) == -PJ_E_POLICY);
	CHECK(strstr(error.message, "options: limits.memory: must be"));
	pj_builder_command(b, "/bin/true", "{");
	CHECK(pj_builder_build(b, NULL, &p, &error) == -PJ_E_ARGUMENT);
	pj_builder_free(b);
	CHECK(pj_builder_new(&b, &error) == 0);
	pj_builder_read(b, "\xff");
	CHECK(pj_builder_build(b, NULL, &p, &error) == -PJ_E_ARGUMENT);
	pj_builder_free(b);
	remove_base();
}

static const struct tap_case cases[] = {
	{ "a policy that says nothing grants nothing", defaults },
	{ "rules for commands", command_rules },
	{ "merging", merging },
	{ "errors name line, column and key", error_places },
	{ "errors name the file of the chain", error_files },
	{ "which files are read", files },
	{ "files of one directory alone", files_of_one_directory },
	{ "a jail profile for a command that was typed", caller_chose },
	{ "working directory", working_directory },
	{ "builder", builder },
};

TAP_MAIN(cases)
