/* SPDX-License-Identifier: Apache-2.0 */
/* The options that run and check share. One table drives parsing, --help and
 * the messages; what adds to the policy goes straight into its builder. */
#include <stdio.h>
#include <string.h>

#include "cli/invocation.h"

enum { NAME_MAX_LEN = 4096 };

/* Options that can be given once: a second one is a mistake, not an override.
 */
static int set_once(const char **slot, const char *name, const char *value)
{
	if (*slot) {
		message("option '--%s' is given twice", name);
		return CLI_FAILED;
	}
	*slot = value;
	return 0;
}

#define ONCE(field, name)                                                      \
	static int set_##field(void *target, const char *value)                \
	{                                                                      \
		struct invocation *invocation = target;                        \
                                                                               \
		return set_once(&invocation->field, name, value);              \
	}

ONCE(policy_file, "policy")
ONCE(profile, "profile")
ONCE(workspace, "workspace")
ONCE(chdir, "chdir")
ONCE(request_file, "request")
ONCE(stdin_file, "stdin")
ONCE(audit_file, "audit")
ONCE(pool, "pool")

#define ADD(what, name, call)                                                  \
	static int add_##what(void *target, const char *value)                 \
	{                                                                      \
		struct invocation *invocation = target;                        \
                                                                               \
		invocation->adds_to_policy = "--" name;                        \
		call;                                                          \
		return 0;                                                      \
	}

ADD(read, "read", pj_builder_read(invocation->builder, value))
ADD(write, "write", pj_builder_write(invocation->builder, value))
ADD(deny, "deny", pj_builder_deny(invocation->builder, value))
ADD(network, "network", pj_builder_network(invocation->builder, value))
ADD(host, "allow-host", invocation->adds_hosts = true;
    pj_builder_allow_host(invocation->builder, value))
ADD(denied_host, "deny-host", invocation->adds_hosts = true;
    pj_builder_deny_host(invocation->builder, value))
ADD(listen, "listen", pj_builder_listen(invocation->builder, value))
ADD(socket, "unix-socket", pj_builder_unix_socket(invocation->builder, value))
ADD(timeout, "timeout",
    pj_builder_limit(invocation->builder, "wall_time", value))
ADD(memory, "memory", pj_builder_limit(invocation->builder, "memory", value))
ADD(strategy, "strategy", pj_builder_strategy(invocation->builder, value))
ADD(may_lack, "may-lack", pj_builder_may_lack(invocation->builder, value))

/* NAME=VALUE sets, NAME alone passes the caller's. */
static int add_env(void *target, const char *value)
{
	struct invocation *invocation = target;
	const char *equals = strchr(value, '=');
	char name[NAME_MAX_LEN];
	size_t len;

	invocation->adds_to_policy = "--env";
	if (strv_push_n(&invocation->env_named, value, strcspn(value, "=")) <
	    0) {
		message("out of memory");
		return CLI_FAILED;
	}
	if (!equals) {
		pj_builder_env_pass(invocation->builder, value);
		return 0;
	}
	len = (size_t)(equals - value);
	if (len == 0 || len >= sizeof(name)) {
		message("option '--env' needs NAME or NAME=VALUE");
		return CLI_FAILED;
	}
	memcpy(name, value, len);
	name[len] = '\0';
	pj_builder_env_set(invocation->builder, name, equals + 1);
	return 0;
}

static int set_json(void *target, const char *value)
{
	struct invocation *invocation = target;

	(void)value;
	invocation->json = true;
	return 0;
}

static int set_verbose(void *target, const char *value)
{
	struct invocation *invocation = target;

	(void)value;
	invocation->verbose = true;
	return 0;
}

const struct option shared_options[] = {
	{ 'p', "policy", "FILE", "hold the program to the policy in FILE",
	  set_policy_file },
	{ 0, "profile", "NAME", "or to a built-in profile (workspace-write)",
	  set_profile },
	{ 0, "workspace", "DIR", "what relative paths of the policy start from",
	  set_workspace },
	{ 0, "read", "PATH", "let it read PATH, and what is below it",
	  add_read },
	{ 0, "write", "PATH", "let it write there too", add_write },
	{ 0, "deny", "PATH", "hide PATH from it", add_deny },
	{ 0, "env", "NAME[=VALUE]", "pass a variable, or set it", add_env },
	{ 0, "chdir", "DIR", "start it in DIR", set_chdir },
	{ 0, "network", "MODE",
	  "none, loopback, filtered (--listen PORT) or host", add_network },
	{ 0, "allow-host", "PATTERN",
	  "let filtered network reach it (--deny-host: not)", add_host },
	{ 0, "deny-host", "PATTERN", NULL, add_denied_host },
	{ 0, "listen", "PORT", NULL, add_listen },
	{ 0, "unix-socket", "PATH", "let it connect to this path socket",
	  add_socket },
	{ 0, "timeout", "TIME", "end it after TIME, such as 500ms or 30s",
	  add_timeout },
	{ 0, "memory", "SIZE", "let it have SIZE of memory, such as 256MiB",
	  add_memory },
	{ 0, "strategy", "NAME", "contain it in this way, or not at all",
	  add_strategy },
	{ 0, "may-lack", "PROPERTY", "go on where this cannot be enforced",
	  add_may_lack },
	{ 0, "request", "FILE", "take the request from FILE (JSON; -: stdin)",
	  set_request_file },
	{ 0, "stdin", "FILE", "give it FILE to read (-: our own input)",
	  set_stdin_file },
	{ 0, "audit", "FILE", "append a record to the log FILE",
	  set_audit_file },
	{ 0, "json", NULL, "print one JSON object", set_json },
	{ 'v', "verbose", NULL, "tell warnings and what contains the program",
	  set_verbose },
	{ 0 },
};

const struct option run_options[] = {
	{ 0, "pool", "SOCKET", "by 'procjail pool', whose policies -p names",
	  set_pool },
	{ 0 },
};

static bool profile_exists(const char *name)
{
	for (size_t i = 0; pj_profile_name(i); i++)
		if (strcmp(pj_profile_name(i), name) == 0)
			return true;
	return false;
}

static int unknown_profile(const struct command *command, const char *name)
{
	char list[512] = "";
	size_t len = 0;

	for (size_t i = 0; pj_profile_name(i) && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
					i ? ", " : "", pj_profile_name(i));
	return usage_error(command, "no profile '%.100s'; there are %s", name,
			   list);
}

/* The policy, and the log that it denies, are the service's. */
static int check_pool_options(const struct invocation *invocation,
			      const struct command *command)
{
	const char *option =
		invocation->audit_file ? "--audit" : invocation->adds_to_policy;

	if (!option)
		return 0;
	if (invocation->audit_file)
		return usage_error(command,
				   "'--audit' is none of '--pool': the log is "
				   "the service's ('procjail pool --audit')");
	return usage_error(command,
			   "'%s' would change the policy, which with '--pool' "
			   "is the service's",
			   option);
}

static int check_options(const struct invocation *invocation,
			 const struct command *command, const char *program)
{
	if (invocation->policy_file && invocation->profile)
		return usage_error(command,
				   "'--policy' and '--profile' exclude each "
				   "other");
	if (invocation->profile && !profile_exists(invocation->profile))
		return unknown_profile(command, invocation->profile);
	if (invocation->request_file && program)
		return usage_error(command,
				   "'--request' says what to run; '%.200s' is "
				   "too much",
				   program);
	if (invocation->request_file && invocation->stdin_file &&
	    strcmp(invocation->request_file, "-") == 0 &&
	    strcmp(invocation->stdin_file, "-") == 0)
		return usage_error(command,
				   "standard input cannot be both the request "
				   "and the program's input");
	if (!invocation->request_file && !program)
		return usage_error(command, "no PROGRAM given");
	if (invocation->pool)
		return check_pool_options(invocation, command);
	return 0;
}

bool invocation_parse(struct invocation *invocation,
		      const struct command *command, int argc, char **argv,
		      int *ret_status)
{
	struct pj_error err;
	int first = 0;

	if (pj_builder_new(&invocation->builder, &err) < 0) {
		*ret_status = failure(&err);
		return false;
	}
	if (!options_parse(command, invocation, argc, argv, &first, ret_status))
		return false;
	*ret_status = check_options(invocation, command, argv[first]);
	if (*ret_status != 0)
		return false;
	if (argv[first])
		invocation->program = (const char *const *)argv + first;
	return true;
}
