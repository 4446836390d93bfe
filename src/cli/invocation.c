/* SPDX-License-Identifier: Apache-2.0 */
/* From options to a decision, in one straight line: audit log, request,
 * policy, program, guard. Whatever fails on the way ends it. */
#include "cli/invocation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/files.h"

static const char default_profile[] = "workspace-write";

void invocation_clear(struct invocation *invocation)
{
	pj_command_free(invocation->command);
	pj_decision_free(invocation->decision);
	pj_policy_free(invocation->policy);
	pj_audit_free(invocation->audit);
	pj_request_free(invocation->request_text);
	pj_builder_free(invocation->builder);
	strv_clear(&invocation->env_named);
	free(invocation->request_data);
	free(invocation->request_program);
	free(invocation->request_cwd);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* `path` from the caller's directory; NULL when out of memory. */
static char *absolute(const struct invocation *invocation, const char *path)
{
	char *full = NULL;

	if (path[0] == '/')
		return strdup(path);
	if (asprintf(&full, "%s/%s", invocation->caller_cwd, path) < 0)
		return NULL;
	return full;
}

/* The log is opened first: a run that could not be recorded does not start.
 * What runs must never change it, so the policy denies it. */
static int open_audit(struct invocation *invocation, struct pj_error *err)
{
	auto_free char *path = NULL;
	int r;

	if (!invocation->audit_file)
		return 0;
	r = pj_audit_open(invocation->audit_file, false, &invocation->audit,
			  err);
	if (r < 0)
		return r;
	path = realpath(invocation->audit_file, NULL);
	if (!path)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "resolve %s",
				   invocation->audit_file);
	pj_builder_deny(invocation->builder, path);
	invocation->adds_to_policy = "--audit";
	return 0;
}

static int read_request(struct invocation *invocation, struct pj_error *err)
{
	const char *file = invocation->request_file;
	size_t len = 0;
	int r = file_read(file, &invocation->request_data, &len, err);

	if (r < 0)
		return r;
	r = pj_request_parse(invocation->request_data, len,
			     strcmp(file, "-") == 0 ? "standard input" : file,
			     &invocation->request_text, err);
	if (r < 0)
		return r;
	invocation->request = *pj_request_get(invocation->request_text);
	return 0;
}

static int make_request(struct invocation *invocation, struct pj_error *err)
{
	int r;

	if (invocation->request_file) {
		r = read_request(invocation, err);
		if (r < 0)
			return r;
	} else {
		invocation->request.size = sizeof(invocation->request);
		invocation->request.program = invocation->program[0];
		invocation->request.argv0 = invocation->program[0];
		invocation->request.args = invocation->program + 1;
	}
	if (!invocation->chdir)
		return 0;
	invocation->request_cwd = absolute(invocation, invocation->chdir);
	if (!invocation->request_cwd)
		return fail_memory(err, PJ_STAGE_REQUEST);
	invocation->request.cwd = invocation->request_cwd;
	/* The caller asks for it, not the program: it is within. One that is
	 * missing is left to the guard. */
	if (is_directory(invocation->request_cwd)) {
		pj_builder_cwd_within(invocation->builder,
				      invocation->request_cwd);
		invocation->adds_to_policy = "--chdir";
	}
	return 0;
}

/* --workspace, else the request's directory, else the caller's ("" where that
 * was removed). What is no directory is left to the guard, which has the right
 * words for it. NULL: out of memory. */
static char *find_workspace(const struct invocation *invocation)
{
	const char *cwd = invocation->request.cwd;

	if (invocation->workspace)
		return absolute(invocation, invocation->workspace);
	return strdup(cwd && cwd[0] == '/' && is_directory(cwd)
			      ? cwd
			      : invocation->caller_cwd);
}

static bool is_relative(const char *path)
{
	return path && path[0] != '/';
}

static int fail_cwd(int errnum, struct pj_error *err)
{
	return fail_system(err, PJ_STAGE_REQUEST, errnum,
			   "the current directory");
}

/* One that was removed hinders nobody who names no path in it. */
static int find_caller_cwd(struct invocation *invocation, struct pj_error *err)
{
	const char *program =
		invocation->program ? invocation->program[0] : NULL;
	bool named = is_relative(invocation->workspace) ||
		     is_relative(invocation->chdir) ||
		     is_relative(invocation->policy_file) ||
		     (is_relative(program) && strchr(program, '/') &&
		      !invocation->chdir);

	if (getcwd(invocation->caller_cwd, sizeof(invocation->caller_cwd)))
		return 0;
	invocation->caller_cwd[0] = '\0';
	if (errno == ENOENT && !named)
		return 0;
	return fail_cwd(errno, err);
}

static int make_policy(struct invocation *invocation, struct pj_error *err)
{
	auto_free char *workspace = find_workspace(invocation);
	auto_free char *file = NULL;
	int r;
	struct pj_policy_options options = {
		.size = sizeof(options),
		.workspace = workspace,
		.caller_chose_command = !invocation->policy_file,
	};

	if (!workspace)
		return fail_memory(err, PJ_STAGE_POLICY);
	if (!*workspace)
		return fail_cwd(ENOENT, err);
	if (invocation->policy_file && !invocation->adds_to_policy)
		return pj_policy_load(invocation->policy_file, &options,
				      &invocation->policy, err);
	if (invocation->policy_file) {
		/* Absolute: a file called "strict" is not the profile. */
		file = absolute(invocation, invocation->policy_file);
		if (!file)
			return fail_memory(err, PJ_STAGE_POLICY);
	}
	pj_builder_extends(invocation->builder, file ? file
						: invocation->profile
							? invocation->profile
							: default_profile);
	r = pj_builder_build(invocation->builder, &options, &invocation->policy,
			     err);
	if (r < 0)
		option_in_error(err);
	return r;
}

static int find_program(struct invocation *invocation, struct pj_error *err)
{
	const char *path;
	bool found = false;

	if (!invocation->program)
		return 0;
	path = pj_policy_path_variable(invocation->policy,
				       invocation->request.caller_env);
	if (!lookup_program(invocation->program[0], path,
			    invocation->request_cwd ? invocation->request_cwd
						    : invocation->caller_cwd,
			    &invocation->request_program, &found))
		return fail_memory(err, PJ_STAGE_REQUEST);
	invocation->request.program = invocation->request_program;
	invocation->not_in_path = found ? NULL : path;
	return 0;
}

/* With --workspace, whoever stands somewhere below it stays there. Nobody
 * asked for it by name, so a policy that says otherwise wins. */
static void guess_cwd(struct invocation *invocation)
{
	auto_free char *workspace = NULL;

	if (!invocation->workspace || invocation->request.cwd ||
	    !invocation->caller_cwd[0])
		return;
	workspace = realpath(invocation->workspace, NULL);
	if (!workspace || !path_within(invocation->caller_cwd, workspace))
		return;
	invocation->request.cwd = invocation->caller_cwd;
	invocation->cwd_is_a_guess = true;
}

static bool cwd_denied(const struct pj_decision *decision)
{
	for (size_t i = 0; i < pj_decision_violation_count(decision); i++)
		if (strncmp(pj_decision_violation(decision, i)->code, "cwd-",
			    4) == 0)
			return true;
	return false;
}

static int ask_guard(struct invocation *invocation, struct pj_error *err)
{
	return pj_prepare(invocation->policy, &invocation->request,
			  invocation->all ? PJ_PREPARE_ALL : 0,
			  &invocation->command, &invocation->decision, err);
}

int invocation_judge(struct invocation *invocation, struct pj_error *err)
{
	int r = find_program(invocation, err);

	if (r < 0)
		return r;
	guess_cwd(invocation);
	r = ask_guard(invocation, err);
	if (r == -PJ_E_DENIED && invocation->cwd_is_a_guess &&
	    cwd_denied(invocation->decision)) {
		invocation->decision = pj_decision_free(invocation->decision);
		invocation->request.cwd = NULL;
		r = ask_guard(invocation, err);
	}
	return r;
}

int invocation_decide(struct invocation *invocation, struct pj_error *err)
{
	int r = find_caller_cwd(invocation, err);

	if (r == 0)
		r = open_audit(invocation, err);
	if (r == 0)
		r = make_request(invocation, err);
	if (r == 0)
		r = make_policy(invocation, err);
	if (r == 0)
		r = invocation_judge(invocation, err);
	return r;
}

/* The request with the variables that the options name, which the policy sets
 * or passes. The log takes names alone. NULL: out of memory. */
static const char **logged_variables(const struct invocation *invocation)
{
	const char *const *asked = invocation->request.env;
	const struct strv *named = &invocation->env_named;
	const char **all;
	size_t count = 0;

	while (asked && asked[count])
		count++;
	all = calloc(count + named->count + 1, sizeof(*all));
	if (!all)
		return NULL;
	for (size_t i = 0; i < count; i++)
		all[i] = asked[i];
	for (size_t i = 0; i < named->count; i++)
		all[count + i] = named->items[i];
	return all;
}

int invocation_record(struct invocation *invocation,
		      const struct pj_result *result,
		      const struct pj_error *failed, struct pj_error *err)
{
	auto_free const char **variables = NULL;
	struct pj_request request = invocation->request;

	if (!invocation->audit)
		return 0;
	variables = logged_variables(invocation);
	if (!variables)
		return fail_memory(err, PJ_STAGE_AUDIT);
	request.env = variables;
	return pj_audit_write(invocation->audit, &request, invocation->decision,
			      result, invocation->command, failed, err);
}

char *invocation_denial(const struct invocation *invocation, size_t index)
{
	const struct pj_violation *violation =
		pj_decision_violation(invocation->decision, index);
	char *text = NULL;
	int len;

	if (invocation->not_in_path &&
	    strcmp(violation->code, "program-not-found") == 0)
		len = asprintf(&text,
			       "denied: %s: '%s' is in no directory of PATH "
			       "(%s)",
			       violation->code, invocation->program[0],
			       invocation->not_in_path);
	else
		len = asprintf(&text, "denied: %s: %s", violation->code,
			       violation->message);
	return len < 0 ? NULL : text;
}

int invocation_denied_status(const struct invocation *invocation)
{
	const struct pj_violation *first =
		pj_decision_violation(invocation->decision, 0);

	return first && strcmp(first->code, "program-not-found") == 0
		       ? CLI_NOT_FOUND
		       : CLI_DENIED;
}
