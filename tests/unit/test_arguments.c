/* SPDX-License-Identifier: Apache-2.0 */
/* The option grammar: by cases, and by comparison with the C library's getopt
 * on random arguments: what the grammar accepts, getopt reads the same way. */
#include <getopt.h>

#include "base/cleanup.h"
#include "guard/arguments.h"
#include "tap.h"

static char *const flags[] = { (char *)"-a", (char *)"-b", (char *)"-c",
			       (char *)"--long", NULL };
static struct option_rule options[] = {
	{ .name = (char *)"-n" },
	{ .name = (char *)"--name" },
};

static struct command_rule rule_for_tests(void)
{
	return (struct command_rule){
		.flags = { .items = (char **)flags, .count = 4, .capacity = 5 },
		.options = options,
		.option_count = ARRAY_SIZE(options),
		.max_flags = LIMIT_UNSET,
		.positionals_max = LIMIT_UNSET,
	};
}

/* One word a token: F flag, O=value, U unknown, T terminator, S, P. */
static const char *reading(const struct command_rule *rule,
			   const char *const *args)
{
	static char out[1000];
	struct argument_cursor cursor;
	struct token token;
	size_t used = 0;

	out[0] = '\0';
	arguments_begin(&cursor, rule, args);
	while (arguments_next(&cursor, &token)) {
		const char *space = used ? " " : "";

		if (token.kind == TOKEN_OPTION)
			used += (size_t)snprintf(
				out + used, sizeof(out) - used, "%sO%s=%s",
				space, token.option->name,
				token.value ? token.value : "(missing)");
		else
			used += (size_t)snprintf(out + used, sizeof(out) - used,
						 "%s%c", space,
						 "FOUTSP"[token.kind]);
	}
	return out;
}

struct reading_case {
	const char *args[8];
	const char *plain;   /* without bundling */
	const char *bundled; /* NULL: the same */
};

static const struct reading_case reading_cases[] = {
	{ { NULL }, "", NULL },
	{ { "-" }, "P", NULL },
	{ { "" }, "P", NULL },
	{ { "-a", "x" }, "F P", NULL },
	{ { "--long", "--", "-a", "--" }, "F T P P", NULL },
	{ { "-n", "5", "x" }, "O-n=5 P", NULL },
	{ { "-n5" }, "O-n=5", NULL },
	{ { "-n=5" }, "O-n==5", NULL },
	{ { "-n", "" }, "O-n=", NULL },
	{ { "-n" }, "O-n=(missing)", NULL },
	{ { "--name" }, "O--name=(missing)", NULL },
	{ { "--name=" }, "O--name=", NULL },
	{ { "--name=a=b" }, "O--name=a=b", NULL },
	{ { "--name", "--long" }, "O--name=--long", NULL },
	/* a value is a value, whatever it looks like */
	{ { "-n", "--", "-x" }, "O-n=-- U", NULL },
	{ { "--name", "--", "-x" }, "O--name=-- U", NULL },
	{ { "-n", "-n", "-n" }, "O-n=-n O-n=(missing)", NULL },
	/* no abbreviation, no value for a flag, no case folding */
	{ { "--nam=x" }, "U", NULL },
	{ { "--lon" }, "U", NULL },
	{ { "--long=x" }, "U", NULL },
	{ { "-A" }, "U", NULL },
	{ { "---" }, "U", NULL },
	{ { "-5" }, "U", NULL },
	{ { "-=" }, "U", NULL },
	{ { "--=x" }, "U", NULL },
	/* bundles */
	{ { "-ab" }, "U", "F F" },
	{ { "-abn5" }, "U", "F F O-n=5" },
	{ { "-abn", "5", "x" }, "U P P", "F F O-n=5 P" },
	{ { "-abn" }, "U", "F F O-n=(missing)" },
	{ { "-abx" }, "U", NULL },
	{ { "-a-" }, "U", NULL },
	{ { "-a-b" }, "U", NULL },
	{ { "-a=b" }, "U", NULL },
	{ { "-xan" }, "U", NULL },
	{ { "-nab" }, "O-n=ab", NULL },
	{ { "-an", "--", "-x" }, "U T P", "F O-n=-- U" },
};

static void test_readings(void)
{
	struct command_rule rule = rule_for_tests();

	for (size_t i = 0; i < ARRAY_SIZE(reading_cases); i++) {
		const struct reading_case *one = &reading_cases[i];

		rule.bundling = false;
		CHECK_STR(reading(&rule, one->args), one->plain);
		rule.bundling = true;
		CHECK_STR(reading(&rule, one->args),
			  one->bundled ? one->bundled : one->plain);
	}
}

static void test_single_dash_long_names(void)
{
	struct option_rule names[] = { { .name = (char *)"-n" },
				       { .name = (char *)"-name" } };
	struct command_rule rule = { .options = names, .option_count = 2 };
	const char *const attached[] = { "-name=x", NULL };
	const char *const separate[] = { "-name", "x", NULL };
	const char *const other[] = { "-nam=x", NULL };

	CHECK_STR(reading(&rule, attached), "O-name=x");
	CHECK_STR(reading(&rule, separate), "O-name=x");
	CHECK_STR(reading(&rule, other), "O-n=am=x");
}

static void test_long_bundle_is_one_unknown(void)
{
	struct command_rule rule = rule_for_tests();
	static char bundle[100000];
	const char *const args[] = { bundle, NULL };

	memset(bundle, 'a', sizeof(bundle) - 1);
	bundle[0] = '-';
	rule.bundling = true;
	CHECK_STR(reading(&rule, args), "U");
}

static void test_terminator_place(void)
{
	static const struct {
		const char *args[6];
		long plain, with_subcommand;
	} cases[] = {
		{ { NULL }, -1, -1 },
		{ { "-a" }, -1, -1 },
		{ { "x" }, 0, -1 },
		{ { "-a", "x", "y" }, 1, 2 },
		{ { "x", "-a", "y" }, 0, 2 },
		{ { "-n", "x", "y" }, 2, -1 },
		{ { "x", "--", "y" }, -1, -1 },
		{ { "-n", "--", "y", "z" }, 2, 3 },
	};
	struct command_rule rule = rule_for_tests();

	rule.end_of_options_after_flags = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rule.subcommand = NULL;
		CHECK(arguments_terminator_place(&rule, cases[i].args) ==
		      cases[i].plain);
		rule.subcommand = (char *)"x";
		CHECK(arguments_terminator_place(&rule, cases[i].args) ==
		      cases[i].with_subcommand);
	}
	rule.end_of_options_after_flags = false;
	CHECK(arguments_terminator_place(&rule, cases[2].args) == -1);
}

static void test_choice(void)
{
	static struct option_rule value_n = { .name = (char *)"-n" };
	struct command_rule status = { .subcommand = (char *)"status" };
	struct command_rule log = { .subcommand = (char *)"log",
				    .options = &value_n,
				    .option_count = 1 };
	struct command_rule other = { 0 };
	const struct command_rule *rules[] = { &status, &log, &other };
	static const struct {
		const char *args[5];
		enum rule_choice choice; /* of the first two */
		int chosen;
		long index;
	} cases[] = {
		{ { "status" }, RULE_CHOSEN, 0, 0 },
		{ { "log", "x" }, RULE_CHOSEN, 1, 0 },
		{ { "-q", "status" }, RULE_CHOSEN, 0, 1 },
		{ { "-n", "5", "log" }, RULE_CHOSEN, 1, 2 },
		{ { "push" }, RULE_SUBCOMMAND_UNKNOWN, -1, 0 },
		{ { NULL }, RULE_SUBCOMMAND_UNKNOWN, -1, -1 },
		{ { "-n", "log", "status" }, RULE_SUBCOMMAND_UNKNOWN, -1, 1 },
		{ { "-n", "status", "log" }, RULE_SUBCOMMAND_AMBIGUOUS, -1, 2 },
		{ { "--", "status" }, RULE_SUBCOMMAND_LATE, -1, 1 },
	};
	const struct command_rule *chosen[3];
	size_t count;
	long index;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(arguments_choose(rules, 2, cases[i].args, chosen, &count,
				       &index) == cases[i].choice);
		CHECK(index == cases[i].index);
		if (cases[i].chosen >= 0)
			CHECK(count == 1 &&
			      chosen[0] == rules[cases[i].chosen]);
	}
	/* the rule without a subcommand takes what no other names */
	CHECK(arguments_choose(rules, 3, cases[4].args, chosen, &count,
			       &index) == RULE_CHOSEN);
	CHECK(count == 1 && chosen[0] == &other);
	/* but not a subcommand that hides behind "--" */
	CHECK(arguments_choose(rules, 3, cases[8].args, chosen, &count,
			       &index) == RULE_SUBCOMMAND_LATE);
}

/* ---- the property -------------------------------------------------------- */

/* What a program that uses getopt_long sees, in the form of reading(). */
static const char *getopt_reading(const char *const *args, size_t count)
{
	static const struct option long_options[] = {
		{ "long", no_argument, NULL, 'L' },
		{ "name", required_argument, NULL, 'N' },
		{ 0 },
	};
	static char out[1000];
	char *argv[16] = { (char *)"tool" };
	int opt, argc = (int)count + 1;
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		argv[i + 1] = (char *)args[i];
	out[0] = '\0';
	optind = 0; /* glibc: start over */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "abcn:", long_options, NULL)) !=
	       -1)
		used += (size_t)sprintf(out + used, "%c%s ", opt,
					opt == 'n' || opt == 'N' ? optarg : "");
	for (int i = optind; i < argc; i++)
		used += (size_t)sprintf(out + used, "P%s ", argv[i]);
	return out;
}

/* The same from our tokens: options first, then positionals. */
static bool our_reading(const struct command_rule *rule,
			const char *const *args, char out[1000])
{
	struct argument_cursor cursor;
	struct token token;
	size_t used = 0;

	out[0] = '\0';
	arguments_begin(&cursor, rule, args);
	while (true) {
		const char *letters = cursor.letters;

		if (!arguments_next(&cursor, &token))
			break;
		if (token.kind == TOKEN_UNKNOWN ||
		    (token.kind == TOKEN_OPTION && !token.value))
			return false;
		if (token.kind == TOKEN_OPTION)
			used += (size_t)sprintf(
				out + used, "%c%s ",
				token.option == &options[0] ? 'n' : 'N',
				token.value);
		if (token.kind == TOKEN_FLAG)
			used += (size_t)sprintf(out + used, "%c ",
						letters ? *letters
						: token.text[1] == '-'
							? 'L'
							: token.text[1]);
	}
	arguments_begin(&cursor, rule, args);
	while (arguments_next(&cursor, &token))
		if (token.kind == TOKEN_POSITIONAL)
			used += (size_t)sprintf(out + used, "P%s ", token.text);
	return true;
}

static void test_getopt_agrees(void)
{
	static const char *const words[] = {
		"-a",	 "-b",	   "-n",     "-n5",	 "-ab",	     "-an",
		"-an5",	 "--long", "--name", "--name=x", "--name=",  "--",
		"-",	 "",	   "x",	     "y=z",	 "-x",	     "--lon",
		"--nam", "-n--",   "-a-",    "-nn",	 "--long=1", "-ca",
	};
	struct command_rule rule = rule_for_tests();
	unsigned int seed = 20240607;
	size_t accepted = 0;

	for (int round = 0; round < 300000; round++) {
		const char *args[9] = { NULL }, *emitted[10] = { NULL };
		size_t count = (size_t)rand_r(&seed) % 7;
		char ours[1000];
		long place;

		for (size_t i = 0; i < count; i++)
			args[i] = words[(size_t)rand_r(&seed) %
					ARRAY_SIZE(words)];
		rule.bundling = round & 1;
		rule.end_of_options_after_flags = round & 2;
		if (!our_reading(&rule, args, ours))
			continue;
		accepted++;
		CHECK_STR(getopt_reading(args, count), ours);
		/* and with "--" put in, where no flag follows a positional */
		place = arguments_terminator_place(&rule, args);
		if (place < 0)
			continue;
		for (size_t i = 0, j = 0; i < count; i++) {
			if ((long)i == place)
				emitted[j++] = "--";
			emitted[j++] = args[i];
		}
		for (size_t i = (size_t)place; i < count; i++)
			if (args[i][0] == '-' && args[i][1])
				place = -1;
		if (place >= 0)
			CHECK_STR(getopt_reading(emitted, count + 1), ours);
	}
	CHECK(accepted > 10000);
}

static const struct tap_case cases[] = {
	{ "each argument is read in one way", test_readings },
	{ "single-dash long names", test_single_dash_long_names },
	{ "a very long bundle", test_long_bundle_is_one_unknown },
	{ "where -- is put", test_terminator_place },
	{ "which rule", test_choice },
	{ "getopt reads accepted arguments the same way", test_getopt_agrees },
};

TAP_MAIN(cases)
