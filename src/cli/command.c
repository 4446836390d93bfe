/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatch and --help, both from the tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { MEMBERS_MAX = 16, COLUMN = 26 };

/* `procjail --version` alone; not an option of the subcommands. */
static bool is_version(const struct command *command, const char *argument)
{
	return strchr(command->full_name, ' ') == NULL &&
	       (strcmp(argument, "--version") == 0 ||
		strcmp(argument, "-V") == 0);
}

/* For the help alone. */
static const struct option group_options[] = {
	{ 'h', "help", NULL, "print this", NULL },
	{ 'V', "version", NULL, "print the version", NULL },
	{ 0 },
};

static void help_options(const struct option *option)
{
	for (; option && option->name; option++) {
		char left[64];

		if (!option->help)
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
			 option->letter ? '-' : ' ',
			 option->letter ? option->letter : ' ',
			 option->letter ? ',' : ' ', option->name,
			 option->argument ? " " : "",
			 option->argument ? option->argument : "");
		printf("  %-*s%s\n", COLUMN, left, option->help);
	}
}

int command_help(const struct command *command)
{
	printf("usage: %s %s\n%s.\n", command->full_name, command->usage,
	       command->summary);
	if (command->members) {
		for (const struct command *const *m = command->members; *m; m++)
			printf("  %-8s %s\n", (*m)->name, (*m)->summary);
		if (!strchr(command->full_name, ' ')) {
			help_options(group_options);
			printf("'procjail COMMAND --help' tells more; so does "
			       "procjail(1).\n");
		}
	}
	help_options(command->shared);
	help_options(command->own);
	return print_finish();
}

static const struct command *find_member(const struct command *group,
					 const char *name)
{
	for (const struct command *const *m = group->members; *m; m++)
		if (strcmp((*m)->name, name) == 0)
			return *m;
	return NULL;
}

static int unknown_member(const struct command *group, const char *name)
{
	const char *names[MEMBERS_MAX];
	size_t count = 0;
	const char *meant;

	while (group->members[count] && count + 1 < MEMBERS_MAX) {
		names[count] = group->members[count]->name;
		count++;
	}
	names[count] = NULL;
	meant = nearest(name, names);
	if (meant)
		return usage_error(group,
				   "unknown command '%.200s' (did you mean "
				   "'%s'?)",
				   name, meant);
	return usage_error(group, "unknown command '%.200s'", name);
}

int command_start(const struct command *command, int argc, char **argv)
{
	const struct command *member;
	int first = 0, status = 0;

	if (!command->members)
		return command->run(command, argc, argv);
	if (argc > 1 && is_version(command, argv[1])) {
		printf("procjail %s\n", pj_version());
		return print_finish();
	}
	if (!options_parse(command, NULL, argc, argv, &first, &status))
		return status;
	if (first >= argc)
		return usage_error(command, "no command given");
	member = find_member(command, argv[first]);
	if (!member)
		return unknown_member(command, argv[first]);
	return command_start(member, argc - first, argv + first);
}
