/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules hold for a program, and which of them for these arguments. A
 * program is what its canonical path says: a link to it is the same program, a
 * hard link or a copy elsewhere is another. */
#include <stdlib.h>
#include <string.h>

#include "guard/decide.h"
#include "guard/risky.h"

/* "*": "any-arguments" */
static const struct command_rule any_rule = { .any_arguments = true };

static bool same_program(const struct program_rules *program,
			 const char *canonical)
{
	/* missing when the policy was loaded, but there now */
	const char *path =
		program->canonical ? program->canonical : program->program;

	return strcmp(path, canonical) == 0;
}

/* busybox and the like: the name that it is called by is the program. */
static bool same_name(const struct program_rules *program,
		      const struct pj_request *request)
{
	const char *name = path_name(program->program);
	const char *argv0 = request->argv0 ? request->argv0 : request->program;

	return strcmp(name, path_name(request->program)) == 0 &&
	       strcmp(name, path_name(argv0)) == 0;
}

size_t decide_find_rules(const struct pj_policy *policy,
			 const struct pj_request *request,
			 const char *canonical,
			 const struct command_rule **rules)
{
	bool named = false;
	size_t count = 0;

	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program_rules *program = &policy->programs[i];

		if (!same_program(program, canonical) ||
		    (risky_is_multicall(canonical) &&
		     !same_name(program, request)))
			continue;
		named = true;
		for (size_t j = 0; j < program->rule_count; j++)
			rules[count++] = &program->rules[j];
	}
	if (!named && policy->any_program)
		rules[count++] = &any_rule;
	return count;
}

static bool accepts(const struct command_rule *rule,
		    const struct inquiry *inquiry)
{
	struct pj_decision *decision = calloc(1, sizeof(*decision));
	bool accepted = false;

	if (!decision)
		return false;
	decide_arguments(rule, inquiry->args, inquiry->facts->cwd.canonical,
			 decision);
	accepted = pj_decision_allowed(decision);
	pj_decision_free(decision);
	return accepted;
}

void decide_choose_rule(struct inquiry *inquiry,
			const struct command_rule **room)
{
	size_t count = 0;

	inquiry->rule = NULL;
	inquiry->subcommand_index = -1;
	inquiry->choice = arguments_choose(inquiry->rules, inquiry->rule_count,
					   inquiry->args, room, &count,
					   &inquiry->subcommand_index);
	if (inquiry->choice != RULE_CHOSEN || !count)
		return;
	inquiry->rule = room[0];
	for (size_t i = 0; count > 1 && i < count; i++)
		if (accepts(room[i], inquiry)) {
			inquiry->rule = room[i];
			return;
		}
}
