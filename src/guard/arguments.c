/* SPDX-License-Identifier: Apache-2.0 */
/* The option grammar. Each argument is read in exactly one way by a given rule;
 * since the arity of what is declared is known, no value is taken for a flag
 * and no flag for a value. */
#include "guard/arguments.h"

#include <string.h>

/* A longer bundle is one unknown flag: it bounds the work per argument. */
enum { BUNDLE_MAX = 64 };

static const struct option_rule *option_find(const struct command_rule *rule,
					     const char *name, size_t len)
{
	for (size_t i = 0; i < rule->option_count; i++)
		if (strncmp(rule->options[i].name, name, len) == 0 &&
		    !rule->options[i].name[len])
			return &rule->options[i];
	return NULL;
}

static const struct option_rule *letter_option(const struct command_rule *rule,
					       char letter)
{
	const char name[] = { '-', letter, '\0' };

	return letter == '-' ? NULL : option_find(rule, name, 2);
}

static bool letter_is_flag(const struct command_rule *rule, char letter)
{
	const char name[] = { '-', letter, '\0' };

	return letter != '-' && strv_contains(&rule->flags, name);
}

/* -abc: flags, then perhaps one option with whatever follows as its value. */
static bool is_bundle(const struct command_rule *rule, const char *arg)
{
	if (!rule->bundling || arg[1] == '-' || !arg[2])
		return false;
	for (size_t i = 1; arg[i] && i <= BUNDLE_MAX; i++) {
		if (letter_option(rule, arg[i]))
			return true;
		if (!letter_is_flag(rule, arg[i]))
			return false;
		if (!arg[i + 1])
			return true;
	}
	return false;
}

/* An option at the end of its argument: the next argument is the value. */
static void take_separate_value(struct argument_cursor *cursor,
				struct token *token)
{
	token->kind = TOKEN_OPTION;
	token->value = cursor->args[cursor->next];
	token->value_index = cursor->next;
	if (token->value)
		cursor->next++;
	else
		token->value_index = token->index;
}

static void read_letter(struct argument_cursor *cursor, struct token *token)
{
	const struct command_rule *rule = cursor->rule;
	char letter = *cursor->letters++;
	const char *rest = cursor->letters;

	token->index = cursor->next - 1;
	token->text = cursor->args[token->index];
	token->option = letter_option(rule, letter);
	token->value_index = token->index;
	if (!*rest)
		cursor->letters = NULL;
	if (!token->option) {
		token->kind = TOKEN_FLAG;
	} else if (*rest) {
		token->kind = TOKEN_OPTION;
		token->value = rest;
		cursor->letters = NULL;
	} else {
		take_separate_value(cursor, token);
	}
}

static bool read_attached_value(const struct command_rule *rule,
				const char *arg, struct token *token)
{
	const char *equals = strchr(arg, '=');

	if (equals && equals - arg > 2) {
		token->option = option_find(rule, arg, (size_t)(equals - arg));
		token->value = equals + 1;
	}
	if (!token->option && arg[1] != '-') {
		token->option = letter_option(rule, arg[1]);
		token->value = arg + 2;
	}
	if (token->option)
		token->kind = TOKEN_OPTION;
	return token->option != NULL;
}

/* `arg` starts with '-' and is neither "-" nor "--". */
static void read_flag(struct argument_cursor *cursor, const char *arg,
		      struct token *token)
{
	const struct command_rule *rule = cursor->rule;

	if (strv_contains(&rule->flags, arg)) {
		token->kind = TOKEN_FLAG;
		return;
	}
	token->option = option_find(rule, arg, strlen(arg));
	if (token->option) {
		take_separate_value(cursor, token);
		return;
	}
	if (read_attached_value(rule, arg, token))
		return;
	if (is_bundle(rule, arg)) {
		cursor->letters = arg + 1;
		read_letter(cursor, token);
		return;
	}
	token->kind = TOKEN_UNKNOWN;
	token->value = NULL;
}

void arguments_begin(struct argument_cursor *cursor,
		     const struct command_rule *rule, const char *const *args)
{
	*cursor = (struct argument_cursor){ .rule = rule, .args = args };
}

bool arguments_next(struct argument_cursor *cursor, struct token *ret_token)
{
	struct token token = { .after_positional = cursor->positionals > 0 &&
						   !cursor->terminated };
	const char *arg;

	if (cursor->letters) {
		read_letter(cursor, &token);
		*ret_token = token;
		return true;
	}
	arg = cursor->args[cursor->next];
	if (!arg)
		return false;
	token.index = token.value_index = cursor->next++;
	token.text = arg;
	if (cursor->terminated || arg[0] != '-' || !arg[1]) {
		if (cursor->rule->subcommand && !cursor->subcommand_seen &&
		    !cursor->terminated) {
			token.kind = TOKEN_SUBCOMMAND;
			cursor->subcommand_seen = true;
		} else {
			token.kind = TOKEN_POSITIONAL;
			token.position = cursor->positionals++;
		}
	} else if (strcmp(arg, "--") == 0) {
		token.kind = TOKEN_TERMINATOR;
		cursor->terminated = true;
	} else {
		read_flag(cursor, arg, &token);
	}
	*ret_token = token;
	return true;
}

long arguments_terminator_place(const struct command_rule *rule,
				const char *const *args)
{
	struct argument_cursor cursor;
	struct token token;
	long place = -1;

	if (rule->any_arguments || !rule->end_of_options_after_flags)
		return -1;
	arguments_begin(&cursor, rule, args);
	while (arguments_next(&cursor, &token)) {
		if (token.kind == TOKEN_TERMINATOR)
			return -1;
		if (token.kind == TOKEN_POSITIONAL && place < 0)
			place = (long)token.index;
	}
	return place;
}

/* ---- which rule ---------------------------------------------------------- */

/* The first positional as `rule` reads the arguments; -1: there is none. */
static long first_positional(const struct command_rule *rule,
			     const char *const *args, bool *ret_late)
{
	struct argument_cursor cursor;
	struct token token;

	arguments_begin(&cursor, rule, args);
	while (arguments_next(&cursor, &token))
		if (token.kind == TOKEN_SUBCOMMAND ||
		    token.kind == TOKEN_POSITIONAL) {
			*ret_late = token.kind == TOKEN_POSITIONAL;
			return (long)token.index;
		}
	return -1;
}

enum rule_choice arguments_choose(const struct command_rule *const *rules,
				  size_t count, const char *const *args,
				  const struct command_rule **chosen,
				  size_t *ret_chosen, long *ret_index)
{
	long seen = -1, matched = -1;

	*ret_chosen = 0;
	*ret_index = -1;
	for (size_t i = 0; i < count; i++) {
		bool late = false;
		long at;

		if (!rules[i]->subcommand)
			continue;
		at = first_positional(rules[i], args, &late);
		if (seen < 0)
			seen = at;
		if (at < 0 || strcmp(args[at], rules[i]->subcommand) != 0)
			continue;
		*ret_index = at;
		if (late)
			return RULE_SUBCOMMAND_LATE;
		if (matched >= 0 && matched != at)
			return RULE_SUBCOMMAND_AMBIGUOUS;
		matched = at;
		chosen[(*ret_chosen)++] = rules[i];
	}
	if (*ret_chosen)
		return RULE_CHOSEN;
	for (size_t i = 0; i < count; i++)
		if (!rules[i]->subcommand)
			chosen[(*ret_chosen)++] = rules[i];
	*ret_index = seen;
	return *ret_chosen ? RULE_CHOSEN : RULE_SUBCOMMAND_UNKNOWN;
}
