/* SPDX-License-Identifier: Apache-2.0 */
/* The request's variables. Names appear in messages, values never. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "guard/decide.h"

enum { NAME_SIZE = 200 };

static void deny_one(const struct inquiry *inquiry,
		     const struct env_entry *entry,
		     struct pj_decision *decision)
{
	const struct strv *allow = &inquiry->policy->env_allow;
	char name[NAME_SIZE], allowed[240];

	printable(name, sizeof(name), entry->name, entry->name_len);
	if (entry->status == ENV_NOT_ALLOWED)
		decision_add(decision, VIOLATION_ENV_NOT_ALLOWED, name, -1,
			     "the request may not set variable %s; it may set: "
			     "%s",
			     name,
			     words_text(allowed, sizeof(allowed),
					(const char *const *)strv_get(allow),
					allow->count, "none"));
	else if (entry->status == ENV_FORBIDDEN)
		decision_add(decision, VIOLATION_ENV_FORBIDDEN, name, -1,
			     "variable %s steers a loader, an interpreter, a "
			     "shell or a tool; only the policy's "
			     "environment.set may give it",
			     name);
	else if (entry->status == ENV_DUPLICATE)
		decision_add(decision, VIOLATION_ENV_INVALID, name, -1,
			     "variable %s is given twice; each name may be "
			     "given once",
			     name);
	else if (entry->name_len)
		decision_add(decision, VIOLATION_ENV_INVALID, name, -1,
			     "variable %s has no value; write NAME=VALUE",
			     name);
	else
		decision_add(decision, VIOLATION_ENV_INVALID, NULL, -1,
			     "a variable's name is empty or holds `=`; write "
			     "NAME=VALUE with a name that does neither");
}

/* Names of what was left out, in one warning. */
static void warn_dropped(const struct environment *environment,
			 struct pj_decision *decision)
{
	auto_strv struct strv names = { 0 };
	char text[400];

	for (size_t i = 0; i < environment->count; i++) {
		const struct env_entry *entry = &environment->entries[i];
		bool again = i > 0 && names.count &&
			     strlen(names.items[names.count - 1]) ==
				     entry->name_len &&
			     memcmp(names.items[names.count - 1], entry->name,
				    entry->name_len) == 0;

		if (entry->status == ENV_DROPPED && !again &&
		    strv_push_n(&names, entry->name, entry->name_len) < 0)
			decision->out_of_memory = true;
		if (entry->status == ENV_OVERRIDDEN && entry->rank == 1) {
			printable(text, sizeof(text), entry->name,
				  entry->name_len);
			decision_warn(decision,
				      "the request's variable %s is replaced "
				      "by the policy's",
				      text);
		}
	}
	if (names.count)
		decision_warn(decision,
			      "not passed on, because they steer a loader, an "
			      "interpreter, a shell or a tool: %s; give them "
			      "in environment.set",
			      words_text(text, sizeof(text),
					 (const char *const *)names.items,
					 names.count, ""));
}

void decide_environment(const struct inquiry *inquiry,
			struct pj_decision *decision)
{
	/* in the order of the table */
	static const enum env_status rows[][2] = {
		{ ENV_NOT_ALLOWED, ENV_NOT_ALLOWED },
		{ ENV_FORBIDDEN, ENV_FORBIDDEN },
		{ ENV_INVALID, ENV_DUPLICATE },
	};
	const struct environment *environment = inquiry->environment;

	for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
		for (size_t i = 0; i < environment->count; i++) {
			enum env_status status = environment->entries[i].status;

			if (status == rows[row][0] || status == rows[row][1])
				deny_one(inquiry, &environment->entries[i],
					 decision);
		}
	warn_dropped(environment, decision);
}
