/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control characters and shell metacharacters. Held to the strict reading when
 * no rule was found. Under "any-arguments" (and "*") there is no rule that
 * could say "multiline": arguments may hold any byte there, and values of
 * variables may hold newlines; names, paths and everything else are held to the
 * same.
 */
#include <stdio.h>
#include <string.h>

#include "guard/decide.h"

/* Bytes below 0x20 but tab, 0x7f, and U+0080 to U+009F in UTF-8. */
static bool has_control(const char *text, size_t len, bool newline_allowed)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 || c == 0x7f) && c != '\t' &&
		    !(c == '\n' && newline_allowed))
			return true;
		if (c == 0xc2 && i + 1 < len &&
		    (unsigned char)text[i + 1] >= 0x80 &&
		    (unsigned char)text[i + 1] < 0xa0)
			return true;
	}
	return false;
}

static const char *remedy(bool newline_allowed)
{
	return newline_allowed ? "only tab and newline are allowed"
			       : "only tab is allowed";
}

static void check_path(struct pj_decision *decision, const char *path,
		       const char *what)
{
	if (path && has_control(path, strlen(path), false))
		decision_add(decision, VIOLATION_CONTROL_CHARACTER, path, -1,
			     "%s holds a control character; only tab is "
			     "allowed",
			     what);
}

static void check_variable(struct pj_decision *decision, const char *text,
			   bool multiline)
{
	size_t name_len = strcspn(text, "=");
	char name[200];

	if (!has_control(text, name_len, false) &&
	    !has_control(text + name_len, strlen(text + name_len), multiline))
		return;
	printable(name, sizeof(name), text, name_len);
	decision_add(decision, VIOLATION_CONTROL_CHARACTER, name, -1,
		     "variable %s holds a control character; %s", name,
		     remedy(multiline));
}

static void check_controls(const struct inquiry *inquiry,
			   struct pj_decision *decision)
{
	const struct pj_request *request = inquiry->request;
	const struct command_rule *rule = inquiry->rule;
	bool any = rule && rule->any_arguments;
	bool multiline = any || (rule && rule->multiline);

	check_path(decision, request->program, "the program's path");
	check_path(decision, request->argv0, "the program's name");
	for (size_t i = 0; !any && inquiry->args[i]; i++)
		if (has_control(inquiry->args[i], strlen(inquiry->args[i]),
				multiline))
			decision_add(decision, VIOLATION_CONTROL_CHARACTER,
				     inquiry->args[i], (int)i,
				     "argument %zu holds a control character; "
				     "%s",
				     i + 1, remedy(multiline));
	for (size_t i = 0; request->env && request->env[i]; i++)
		check_variable(decision, request->env[i], multiline);
	check_path(decision, request->cwd, "the working directory");
}

static void check_metacharacters(const struct inquiry *inquiry,
				 struct pj_decision *decision)
{
	if (!inquiry->policy->deny_metacharacters)
		return;
	for (size_t i = 0; inquiry->args[i]; i++)
		if (strpbrk(inquiry->args[i], ";|&$`"))
			decision_add(decision, VIOLATION_SHELL_METACHARACTER,
				     inquiry->args[i], (int)i,
				     "argument %zu holds one of ; | & $ `, "
				     "which this policy allows in no argument",
				     i + 1);
}

void decide_characters(const struct inquiry *inquiry,
		       struct pj_decision *decision)
{
	check_controls(inquiry, decision);
	if (!decision_settled(decision))
		check_metacharacters(inquiry, decision);
}
