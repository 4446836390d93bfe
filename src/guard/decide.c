/* SPDX-License-Identifier: Apache-2.0 */
/* The table of DESIGN section 3, row by row. Nothing is gathered or changed
 * here, and a check whose facts are missing is one whose cause is already a
 * violation: no gap lets a request through. */
#include "guard/decide.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/names.h"
#include "base/text.h"
#include "guard/limits.h"
#include "guard/risky.h"

/* ---- the request itself -------------------------------------------------- */

static size_t list_size(const char *const *list, size_t *ret_count)
{
	size_t total = 0;

	*ret_count = 0;
	for (; list && list[*ret_count]; (*ret_count)++)
		total += strlen(list[*ret_count]) + 1 + sizeof(char *);
	return total;
}

static void check_lengths(const char *const *list, const char *what,
			  struct pj_decision *decision)
{
	for (size_t i = 0; list && list[i]; i++)
		if (strlen(list[i]) >= REQUEST_STRING_MAX)
			decision_add(decision, VIOLATION_REQUEST_INVALID, NULL,
				     what[0] == 'a' ? (int)i : -1,
				     "%s %zu is longer than %d bytes", what,
				     i + 1, REQUEST_STRING_MAX - 1);
}

void decide_request(const struct pj_request *request,
		    struct pj_decision *decision)
{
	size_t arg_count, env_count, total;

	total = list_size(request->args, &arg_count);
	total += list_size(request->env, &env_count);
	if (request->defect)
		decision_add(decision, VIOLATION_REQUEST_INVALID, NULL, -1,
			     "%s", request->defect);
	if (!request->program || !request->program[0])
		decision_add(decision, VIOLATION_REQUEST_INVALID, NULL, -1,
			     "the program is empty; give its absolute path");
	if (arg_count > REQUEST_ARGS_MAX)
		decision_add(decision, VIOLATION_REQUEST_INVALID, NULL, -1,
			     "%zu arguments are given; at most %d are allowed",
			     arg_count, REQUEST_ARGS_MAX);
	if (env_count > REQUEST_ENV_MAX)
		decision_add(decision, VIOLATION_REQUEST_INVALID, NULL, -1,
			     "%zu variables are given; at most %d are allowed",
			     env_count, REQUEST_ENV_MAX);
	check_lengths(request->args, "argument", decision);
	check_lengths(request->env, "variable", decision);
	if (total > REQUEST_TOTAL_MAX)
		decision_add(decision, VIOLATION_REQUEST_INVALID, NULL, -1,
			     "arguments and variables take %zu bytes; at most "
			     "%d are allowed",
			     total, REQUEST_TOTAL_MAX);
}

/* ---- the program --------------------------------------------------------- */

static void check_found(const struct inquiry *inquiry,
			struct pj_decision *decision)
{
	const struct file_facts *program = &inquiry->facts->program;
	const char *asked = inquiry->request->program;

	if (asked[0] != '/')
		decision_add(decision, VIOLATION_PROGRAM_NOT_ABSOLUTE, asked,
			     -1,
			     "the program's path must start with /; no "
			     "directory is searched");
	else if (program->errnum)
		decision_add(decision, VIOLATION_PROGRAM_NOT_FOUND, asked, -1,
			     "the program cannot be resolved (%s); give the "
			     "path of an existing program",
			     errno_text(program->errnum));
}

static void check_script(const struct inquiry *inquiry,
			 struct pj_decision *decision)
{
	const struct facts *facts = inquiry->facts;
	char interpreter[150];

	if (facts->script != SCRIPT_RELATIVE_INTERPRETER &&
	    facts->script != SCRIPT_MISSING_INTERPRETER)
		return;
	printable(interpreter, sizeof(interpreter), facts->interpreter,
		  strlen(facts->interpreter));
	decision_add(
		decision, VIOLATION_PROGRAM_NOT_EXECUTABLE,
		inquiry->request->program, -1,
		facts->script == SCRIPT_MISSING_INTERPRETER
			? "the script's interpreter %s is missing; its first "
			  "line must name an existing program"
			: "the script's interpreter \"%s\" is not absolute; "
			  "its first line must name an absolute path",
		interpreter);
}

static void check_kind(const struct inquiry *inquiry,
		       struct pj_decision *decision)
{
	const struct facts *facts = inquiry->facts;
	const char *asked = inquiry->request->program;
	mode_t mode = facts->program.stat.st_mode;

	if (!facts->program.canonical)
		return;
	if (S_ISDIR(mode))
		decision_add(decision, VIOLATION_PROGRAM_IS_DIRECTORY, asked,
			     -1,
			     "the program is a directory; give the path of a "
			     "program in it");
	else if (!S_ISREG(mode))
		decision_add(decision, VIOLATION_PROGRAM_NOT_REGULAR_FILE,
			     asked, -1,
			     "the program must be a regular file, not a "
			     "device, pipe or socket");
	else if (facts->execute_errno)
		decision_add(
			decision, VIOLATION_PROGRAM_NOT_EXECUTABLE, asked, -1,
			"the program must be executable by the caller (%s)",
			errno_text(facts->execute_errno));
	else
		check_script(inquiry, decision);
}

static void check_allowed(const struct inquiry *inquiry,
			  struct pj_decision *decision)
{
	const struct pj_policy *policy = inquiry->policy;
	auto_strv struct strv programs = { 0 };
	char allowed[300];

	if (!inquiry->facts->program.canonical || inquiry->rule_count)
		return;
	for (size_t i = 0; i < policy->program_count && i < 20; i++)
		if (strv_push(&programs, policy->programs[i].program) < 0)
			decision->out_of_memory = true;
	if (decision->out_of_memory)
		return;
	words_text(allowed, sizeof(allowed),
		   (const char *const *)strv_get(&programs), programs.count,
		   "none");
	decision_add(decision, VIOLATION_PROGRAM_NOT_ALLOWED,
		     inquiry->request->program, -1,
		     "the program is not among the policy's commands; allowed "
		     "programs: %s",
		     allowed);
}

static void check_risky(const struct inquiry *inquiry,
			struct pj_decision *decision)
{
	const char *canonical = inquiry->facts->program.canonical;
	const char *asked = inquiry->request->program;
	const char *category;
	char name[150];

	if (!canonical || inquiry->policy->risky == RISKY_ALLOW)
		return;
	category = risky_category(canonical);
	if (!category && strcmp(asked, canonical) != 0)
		category = risky_category(asked);
	if (!category && inquiry->request->argv0)
		category = risky_category(inquiry->request->argv0);
	if (!category)
		return;
	if (inquiry->policy->risky == RISKY_DENY) {
		decision_add(decision, VIOLATION_PROGRAM_RISKY, asked, -1,
			     "the program is risky (%s); only a policy with "
			     "risky_programs \"warn\" or \"allow\" lets it run",
			     category);
		return;
	}
	printable(name, sizeof(name), asked, strlen(asked));
	decision_warn(decision, "program %s is risky (%s)", name, category);
}

static void check_pins(const struct inquiry *inquiry,
		       struct pj_decision *decision)
{
	const struct facts *facts = inquiry->facts;
	const char *asked = inquiry->request->program;
	bool changed = false, writable = false;

	if (!facts->program.canonical || !S_ISREG(facts->program.stat.st_mode))
		return;
	for (size_t i = 0; i < inquiry->rule_count; i++) {
		const struct command_rule *rule = inquiry->rules[i];

		if (inquiry->rule && rule != inquiry->rule)
			continue;
		changed |= rule->sha256 &&
			   strcmp(rule->sha256, facts->sha256) != 0;
		writable |= rule->immutable && facts->writable;
	}
	if (changed)
		decision_add(decision, VIOLATION_PROGRAM_CHANGED, asked, -1,
			     facts->hash_errno
				     ? "the program cannot be read, so its "
				       "sha256 cannot be compared with the "
				       "policy's"
				     : "the program's content is not the one "
				       "whose sha256 the policy names");
	if (writable)
		decision_add(decision, VIOLATION_PROGRAM_WRITABLE, asked, -1,
			     "%s can be written by others than its owner and "
			     "root; the policy asks for an immutable program",
			     facts->writable);
}

/* ---- arguments ----------------------------------------------------------- */

static void check_subcommand(const struct inquiry *inquiry,
			     struct pj_decision *decision)
{
	static const char *const sentences[] = {
		[RULE_CHOSEN] = "",
		[RULE_SUBCOMMAND_UNKNOWN] =
			"the first positional must be a subcommand; allowed "
			"subcommands: ",
		[RULE_SUBCOMMAND_AMBIGUOUS] =
			"the arguments can be read with more than one "
			"subcommand; write the subcommand first, one of: ",
		[RULE_SUBCOMMAND_LATE] =
			"the subcommand must come before \"--\"; allowed "
			"subcommands: ",
	};
	auto_strv struct strv allowed = { 0 };
	long at = inquiry->subcommand_index;
	char text[300];

	if (!inquiry->rule_count || inquiry->choice == RULE_CHOSEN)
		return;
	for (size_t i = 0; i < inquiry->rule_count; i++) {
		const char *name = inquiry->rules[i]->subcommand;

		if (name && !strv_contains(&allowed, name) &&
		    strv_push(&allowed, name) < 0)
			decision->out_of_memory = true;
	}
	words_text(text, sizeof(text), (const char *const *)strv_get(&allowed),
		   allowed.count, "none");
	decision_add(decision, VIOLATION_SUBCOMMAND_NOT_ALLOWED,
		     at >= 0 ? inquiry->args[at] : NULL, (int)at, "%s%s",
		     sentences[inquiry->choice], text);
}

static const char *base_directory(const struct inquiry *inquiry)
{
	return inquiry->facts->cwd.canonical;
}

static void check_arguments(const struct inquiry *inquiry,
			    struct pj_decision *decision)
{
	if (inquiry->rule)
		decide_arguments(inquiry->rule, inquiry->args,
				 base_directory(inquiry), decision);
}

/* ---- the directory ------------------------------------------------------- */

static void check_cwd(const struct inquiry *inquiry,
		      struct pj_decision *decision)
{
	const struct strv *within = &inquiry->policy->cwd_within;
	const struct facts *facts = inquiry->facts;
	const char *asked = facts->cwd.path;
	int errnum =
		facts->cwd.errnum ? facts->cwd.errnum : facts->cwd_enter_errno;
	char trees[300];

	if (asked && asked[0] != '/') {
		decision_add(decision, VIOLATION_CWD_NOT_ABSOLUTE, asked, -1,
			     "the working directory's path must start with /");
		return;
	}
	if (!facts->cwd.canonical || errnum) {
		decision_add(decision, VIOLATION_CWD_NOT_FOUND, asked, -1,
			     "the working directory must be an existing "
			     "directory that the caller may enter (%s)",
			     errnum ? errno_text(errnum)
				    : "the policy has no default");
		return;
	}
	for (size_t i = 0; i < within->count; i++)
		if (path_within(facts->cwd.canonical, within->items[i]))
			return;
	decision_add(decision, VIOLATION_CWD_NOT_ALLOWED, asked, -1,
		     "the working directory must be within: %s",
		     words_text(trees, sizeof(trees),
				(const char *const *)strv_get(within),
				within->count, "no directory at all"));
}

/* -------------------------------------------------------------------------- */

void decide(const struct inquiry *inquiry, struct pj_decision *decision)
{
	static void (*const rows[])(const struct inquiry *,
				    struct pj_decision *) = {
		check_found,	  check_kind,	   check_allowed,
		check_risky,	  check_pins,	   decide_characters,
		check_subcommand, check_arguments, decide_environment,
		check_cwd,
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!decision_settled(decision))
			rows[i](inquiry, decision);
}
