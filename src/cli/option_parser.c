/* SPDX-License-Identifier: Apache-2.0 */
/* Options from their tables: --name VALUE, --name=VALUE, -x VALUE, -xVALUE.
 * Parsing ends at "--" or at the first operand; nothing is abbreviated and
 * nothing is guessed. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cli.h"

enum { NAMES_MAX = 64 };

static const struct option *find_long(const struct option *table,
				      const char *name, size_t len)
{
	for (; table && table->name; table++)
		if (strncmp(table->name, name, len) == 0 &&
		    table->name[len] == '\0')
			return table;
	return NULL;
}

static const struct option *find_letter(const struct option *table, char letter)
{
	for (; table && table->name; table++)
		if (table->letter && table->letter == letter)
			return table;
	return NULL;
}

static size_t add_names(const struct option *table, const char **names,
			size_t count)
{
	for (; table && table->name && count + 1 < NAMES_MAX; table++)
		names[count++] = table->name;
	return count;
}

static int unknown_option(const struct command *command, const char *argument)
{
	const char *names[NAMES_MAX] = { "help" };
	size_t count = add_names(command->shared, names, 1);
	const char *meant = NULL;
	char word[64];

	names[add_names(command->own, names, count)] = NULL;
	if (strncmp(argument, "--", 2) == 0) {
		snprintf(word, sizeof(word), "%.*s",
			 (int)strcspn(argument + 2, "="), argument + 2);
		meant = nearest(word, names);
	}
	if (meant)
		return usage_error(command,
				   "unknown option '%.200s' (did you mean "
				   "'--%s'?)",
				   argument, meant);
	return usage_error(command, "unknown option '%.200s'", argument);
}

/* The option that argv[0] names, with its attached value, if any. */
static const struct option *find(const struct command *command,
				 const char *argument, const char **ret_value)
{
	const struct option *option;

	if (argument[1] == '-') {
		size_t len = strcspn(argument + 2, "=");

		option = find_long(command->shared, argument + 2, len);
		if (!option)
			option = find_long(command->own, argument + 2, len);
		*ret_value = argument[2 + len] ? argument + 2 + len + 1 : NULL;
		return option;
	}
	option = find_letter(command->shared, argument[1]);
	if (!option)
		option = find_letter(command->own, argument[1]);
	*ret_value = argument[2] ? argument + 2 : NULL;
	return option;
}

static bool is_help(const char *argument)
{
	return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* Handles the option argv[*at]; moves *at past it and its value. */
static int parse_one(const struct command *command, void *target, char **argv,
		     int *at)
{
	const char *argument = argv[*at];
	const char *value = NULL;
	const struct option *option = find(command, argument, &value);
	int name_len = (int)strcspn(argument, "=");

	if (!option)
		return unknown_option(command, argument);
	if (!option->argument && value)
		return argument[1] == '-'
			       ? usage_error(command,
					     "option '--%s' takes no value",
					     option->name)
			       : unknown_option(command, argument);
	if (option->argument && !value) {
		value = argv[++*at];
		if (!value)
			return usage_error(
				command, "option '%.*s' needs a value: %s",
				name_len, argument, option->argument);
	}
	++*at;
	return option->set(target, value);
}

bool options_parse(const struct command *command, void *target, int argc,
		   char **argv, int *ret_first, int *ret_status)
{
	int at = 1;

	while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0') {
		int status;

		if (strcmp(argv[at], "--") == 0) {
			at++;
			break;
		}
		if (is_help(argv[at])) {
			*ret_status = command_help(command);
			return false;
		}
		status = parse_one(command, target, argv, &at);
		if (status != 0) {
			*ret_status = status;
			return false;
		}
	}
	*ret_first = at;
	return true;
}

bool options_parse_operand(const struct command *command, void *target,
			   int argc, char **argv, const char **ret_operand,
			   int *ret_status)
{
	const char *operand = NULL;
	int at = 0;

	while (at < argc) {
		int first = 0;
		/* What argv[at] names is done with, as argv[0] is. */
		if (!options_parse(command, target, argc - at, argv + at,
				   &first, ret_status))
			return false;
		at += first;
		if (at >= argc)
			break;
		if (operand || !ret_operand) {
			*ret_status = usage_error(command,
						  "unexpected argument "
						  "'%.200s'",
						  argv[at]);
			return false;
		}
		operand = argv[at];
	}
	if (ret_operand && !operand) {
		*ret_status =
			usage_error(command, "missing argument (usage: %s %s)",
				    command->full_name, command->usage);
		return false;
	}
	if (ret_operand)
		*ret_operand = operand;
	return true;
}
