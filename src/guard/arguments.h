/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option grammar (DESIGN section 3, "Argument model"), as a cursor that
 * reads arguments by one rule. Pure: it neither allocates nor looks at files.
 *
 *   "-"                      positional
 *   "--"                     terminator; all that follows are positionals
 *   anything else with "-"   in this order:
 *     equals a flag                  flag
 *     equals an option               option; the next argument is its value,
 *                                    whatever that looks like, "--" included
 *     NAME=VALUE, NAME an option
 *       of two letters or more       option with attached value
 *     -nVALUE, -n an option          option with attached value
 *     with bundling, -abc            each letter a flag; the first letter that
 *                                    is an option takes the rest or, at the
 *                                    end, the next argument as its value
 *     otherwise                      unknown flag, as one piece
 *   everything else          positional; with a subcommand, the first one
 *                            before any terminator is the subcommand
 *
 * Names are exact: an abbreviation of a long one is an unknown flag.
 */
#ifndef PJ_GUARD_ARGUMENTS_H
#define PJ_GUARD_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"

enum token_kind {
	TOKEN_FLAG,	  /* declared */
	TOKEN_OPTION,	  /* declared, with `value`, or NULL: it is missing */
	TOKEN_UNKNOWN,	  /* a flag that is not declared */
	TOKEN_TERMINATOR, /* "--" */
	TOKEN_SUBCOMMAND,
	TOKEN_POSITIONAL,
};

struct token {
	enum token_kind kind;
	size_t index;	  /* of the argument that it starts in */
	const char *text; /* that argument */
	const struct option_rule *option; /* TOKEN_OPTION */
	const char *value;  /* TOKEN_OPTION; in the argument or the next one */
	size_t value_index; /* of the argument that holds the value */
	size_t position;    /* TOKEN_POSITIONAL: 0, 1, … without subcommand */
	bool after_positional; /* a positional came before, and no "--" */
};

struct argument_cursor {
	const struct command_rule *rule;
	const char *const *args; /* NULL-terminated */
	size_t next;
	const char *letters; /* the rest of a bundle, or NULL */
	size_t positionals;
	bool terminated, subcommand_seen;
};

void arguments_begin(struct argument_cursor *cursor,
		     const struct command_rule *rule, const char *const *args);
bool arguments_next(struct argument_cursor *cursor, struct token *ret_token);

/* Where `end_of_options: "after-flags"` puts "--": the index in `args`, or -1
 * when there is nothing to put. */
long arguments_terminator_place(const struct command_rule *rule,
				const char *const *args);

/* Which of a program's rules are meant by the arguments. */
enum rule_choice {
	RULE_CHOSEN,
	RULE_SUBCOMMAND_UNKNOWN,   /* no rule's subcommand, and no other rule */
	RULE_SUBCOMMAND_AMBIGUOUS, /* rules disagree on which one it is */
	RULE_SUBCOMMAND_LATE,	   /* it comes after "--" */
};

/* The rules that `chosen` (room for `count`) holds afterwards are alternatives:
 * what one of them accepts is accepted. `ret_index` is the index of the
 * argument that is (or should be) the subcommand, or -1. */
enum rule_choice arguments_choose(const struct command_rule *const *rules,
				  size_t count, const char *const *args,
				  const struct command_rule **chosen,
				  size_t *ret_chosen, long *ret_index);

#endif
