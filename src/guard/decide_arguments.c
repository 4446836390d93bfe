/* SPDX-License-Identifier: Apache-2.0 */
/* Flags, options and positionals against one rule. Each check reads the
 * arguments by the same grammar, one row of the table after the other. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "guard/decide.h"
#include "guard/values.h"

struct argument_check {
	const struct command_rule *rule;
	const char *const *args;
	const char *base;
	struct pj_decision *decision;
};

static bool is_flag(const struct token *token)
{
	return token->kind == TOKEN_FLAG || token->kind == TOKEN_OPTION ||
	       token->kind == TOKEN_UNKNOWN;
}

/* A flag for a message: without its value. */
static char *flag_text(char out[100], const char *arg)
{
	return printable(out, 100, arg, strcspn(arg, "="));
}

/* As programs take it, and as the guard does: "-m VALUE", "--count=VALUE". */
static int push_option(struct strv *all, const char *name)
{
	bool is_long = strncmp(name, "--", 2) == 0;

	return strv_pushf(all, "%s%cVALUE", name, is_long ? '=' : ' ');
}

static char *allowed_text(char *out, size_t size,
			  const struct command_rule *rule)
{
	auto_strv struct strv all = { 0 };

	out[0] = '\0';
	if (strv_append(&all, &rule->flags) < 0)
		return out;
	for (size_t i = 0; i < rule->option_count; i++)
		if (push_option(&all, rule->options[i].name) < 0)
			return out;
	return words_text(out, size, (const char *const *)strv_get(&all),
			  all.count, "none");
}

static void check_flags(const struct argument_check *check)
{
	const struct command_rule *rule = check->rule;
	struct argument_cursor cursor;
	struct token token;
	char flag[100], allowed[300];

	arguments_begin(&cursor, rule, check->args);
	while (!decision_settled(check->decision) &&
	       arguments_next(&cursor, &token)) {
		if (!is_flag(&token))
			continue;
		if (token.kind == TOKEN_UNKNOWN)
			decision_add(
				check->decision, VIOLATION_FLAG_NOT_ALLOWED,
				flag_text(flag, token.text), (int)token.index,
				"flag %s is not allowed; allowed flags: %s",
				flag,
				allowed_text(allowed, sizeof(allowed), rule));
		else if (rule->end_of_options_after_flags &&
			 token.after_positional)
			decision_add(
				check->decision, VIOLATION_FLAG_NOT_ALLOWED,
				flag_text(flag, token.text), (int)token.index,
				"flag %s comes after a positional; flags "
				"must come before the first positional",
				flag);
	}
}

static void check_flag_count(const struct argument_check *check)
{
	struct argument_cursor cursor;
	struct token token;
	char flag[100];
	uint64_t count = 0;

	arguments_begin(&cursor, check->rule, check->args);
	while (arguments_next(&cursor, &token)) {
		if (!is_flag(&token) || count++ != check->rule->max_flags)
			continue;
		decision_add(check->decision, VIOLATION_TOO_MANY_FLAGS,
			     flag_text(flag, token.text), (int)token.index,
			     "at most %" PRIu64 " flags are allowed",
			     check->rule->max_flags);
		return;
	}
}

/* Options: `missing` looks for those without a value, else for bad values. */
static void check_options(const struct argument_check *check, bool missing)
{
	struct argument_cursor cursor;
	struct token token;
	char why[VALUE_WHY_SIZE];

	arguments_begin(&cursor, check->rule, check->args);
	while (!decision_settled(check->decision) &&
	       arguments_next(&cursor, &token)) {
		if (token.kind != TOKEN_OPTION || missing != !token.value)
			continue;
		if (missing)
			decision_add(
				check->decision, VIOLATION_OPTION_VALUE_MISSING,
				token.option->name, (int)token.index,
				"option %s needs a value", token.option->name);
		else if (!value_allowed(&token.option->value, token.value,
					check->base, why))
			decision_add(check->decision,
				     VIOLATION_OPTION_VALUE_INVALID,
				     token.option->name, (int)token.value_index,
				     "the value of option %s must %s",
				     token.option->name, why);
	}
}

static void check_missing(const struct argument_check *check)
{
	check_options(check, true);
}

static void check_values(const struct argument_check *check)
{
	check_options(check, false);
}

static void check_positional_count(const struct argument_check *check)
{
	const struct command_rule *rule = check->rule;
	struct argument_cursor cursor;
	struct token token;
	uint64_t count = 0;

	arguments_begin(&cursor, rule, check->args);
	while (arguments_next(&cursor, &token)) {
		if (token.kind != TOKEN_POSITIONAL ||
		    count++ != rule->positionals_max)
			continue;
		decision_add(check->decision, VIOLATION_TOO_MANY_POSITIONALS,
			     token.text, (int)token.index,
			     rule->positionals_max
				     ? "at most %" PRIu64
				       " positional arguments are allowed"
				     : "no positional arguments are allowed "
				       "(at most %" PRIu64 ")",
			     rule->positionals_max);
		return;
	}
	if (count < rule->positionals_min)
		decision_add(check->decision, VIOLATION_TOO_FEW_POSITIONALS,
			     NULL, -1,
			     "at least %" PRIu64
			     " positional arguments are needed, not %" PRIu64,
			     rule->positionals_min, count);
}

static void check_positionals(const struct argument_check *check)
{
	const struct command_rule *rule = check->rule;
	struct argument_cursor cursor;
	struct token token;
	char why[VALUE_WHY_SIZE];

	arguments_begin(&cursor, rule, check->args);
	while (!decision_settled(check->decision) &&
	       arguments_next(&cursor, &token)) {
		const struct value_rule *value;

		if (token.kind != TOKEN_POSITIONAL)
			continue;
		value = token.position < rule->positional_item_count
				? &rule->positional_items[token.position]
				: &rule->positional_rest;
		if (!value_allowed(value, token.text, check->base, why))
			decision_add(check->decision,
				     VIOLATION_POSITIONAL_INVALID, token.text,
				     (int)token.index,
				     "positional argument %zu must %s",
				     token.position + 1, why);
	}
}

void decide_arguments(const struct command_rule *rule, const char *const *args,
		      const char *base, struct pj_decision *decision)
{
	static void (*const checks[])(const struct argument_check *) = {
		check_flags,  check_flag_count,	      check_missing,
		check_values, check_positional_count, check_positionals,
	};
	const struct argument_check check = { rule, args, base, decision };

	if (rule->any_arguments)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (!decision_settled(decision))
			checks[i](&check);
}
