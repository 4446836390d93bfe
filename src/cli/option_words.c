/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and warnings of the policy that options became, in the words of the
 * options: the caller wrote --read, not a key of a document. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/invocation.h"

/* The option behind "filesystem.read[0]: …", and where its place ends. */
static const char *option_of(const char *text, const char **ret_rest)
{
	static const struct {
		const char *key, *option;
	} rows[] = {
		{ "limits.wall_time", "--timeout" },
		{ "limits.memory", "--memory" },
		{ "network.mode", "--network" },
		{ "network.allow", "--allow-host" },
		{ "network.deny", "--deny-host" },
		{ "network.listen", "--listen" },
		{ "network.unix_sockets", "--unix-socket" },
		{ "containment.strategy", "--strategy" },
		{ "containment.may_lack", "--may-lack" },
		{ "filesystem.read", "--read" },
		{ "filesystem.write", "--write" },
		{ "filesystem.deny", "--deny" },
		{ "environment.pass", "--env" },
		{ "environment.set", "--env" },
		{ "working_directory", "--chdir" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].key);

		if (strncmp(text, rows[i].key, n) != 0)
			continue;
		*ret_rest = text + n + strcspn(text + n, ":"); /* [0], .NAME */
		return rows[i].option;
	}
	return NULL;
}

void option_in_error(struct pj_error *err)
{
	static const char document[] = "options: ";
	const size_t skip = sizeof(document) - 1;
	char text[sizeof(err->message)];
	const char *option, *rest;

	if (strncmp(err->message, document, skip) != 0)
		return;
	option = option_of(err->message + skip, &rest);
	if (!option)
		return;
	snprintf(text, sizeof(text), "%s%s", option, rest);
	memcpy(err->message, text, sizeof(text));
}

/* A path that the caller's own policy or options name is not there: whoever
 * named it is to know. The policy says so of nothing else. */
static bool tells_dropped(const char *warning)
{
	return strstr(warning, " is not granted: ");
}

/* Who names a host on the command line and not the mode that asks for hosts
 * shall not look for the reason elsewhere. */
static bool concerns_hosts(const struct invocation *invocation,
			   const char *warning)
{
	static const char key[] = "network.";

	return invocation->adds_hosts &&
	       strncmp(warning, key, sizeof(key) - 1) == 0;
}

/* Of several documents only that of the options is named by no name. */
static void tell_warning(const struct invocation *invocation,
			 const char *warning)
{
	const char *rest = warning, *option = NULL;

	if (invocation->adds_to_policy && tells_dropped(warning))
		option = option_of(warning, &rest);
	message("warning: %s%s", option ? option : "", rest);
}

void invocation_warn(const struct invocation *invocation)
{
	const struct pj_policy *policy = invocation->policy;
	const struct pj_decision *decision = invocation->decision;

	for (size_t i = 0; policy && i < pj_policy_warning_count(policy); i++) {
		const char *warning = pj_policy_warning(policy, i);

		if (invocation->verbose || tells_dropped(warning) ||
		    concerns_hosts(invocation, warning))
			tell_warning(invocation, warning);
	}
	if (!invocation->verbose)
		return;
	for (size_t i = 0; decision && i < pj_decision_warning_count(decision);
	     i++)
		message("warning: %s", pj_decision_warning(decision, i));
}
