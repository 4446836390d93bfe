/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `run` and `check` from argv to the guard's decision:
 *
 *   options.c      argv        into struct invocation (and a policy builder)
 *   invocation.c   that        into a policy, a request, a decision
 *   lookup.c       PROGRAM     into an absolute path
 *   option_words.c what the policy's stage says of options, in their words
 */
#ifndef PJ_CLI_INVOCATION_H
#define PJ_CLI_INVOCATION_H

#include <limits.h>

#include "base/strv.h"
#include "cli/cli.h"

struct invocation {
	/* What the options said. Strings are argv's. */
	const char *policy_file, *profile;
	const char *workspace, *chdir;
	const char *request_file, *stdin_file, *audit_file;
	bool json, verbose, plan, all;
	const char *const *program; /* PROGRAM and its ARGs; NULL: --request */
	struct pj_builder *builder; /* what the options add to the policy */
	const char *adds_to_policy; /* NULL, or the last option that does */
	bool adds_hosts;	    /* among them such as name a host */
	struct strv env_named;	    /* the names that --env gave, for the log */
	const char *pool; /* the socket of a service that is to run it */

	/* What was made of it. */
	char caller_cwd[PATH_MAX];
	char *request_data; /* the text of --request */
	struct pj_request_text *request_text;
	struct pj_request request;
	char *request_program, *request_cwd; /* what `request` borrows */
	bool cwd_is_a_guess;
	const char *not_in_path; /* PROGRAM was in none of these directories */
	struct pj_audit *audit;
	struct pj_policy *policy;
	struct pj_decision *decision;
	struct pj_command *command;
	bool signalled; /* a signal was forwarded */
};

void invocation_clear(struct invocation *invocation);

#define auto_invocation __attribute__((cleanup(invocation_clear)))

/* Read argv; shared_options is the table that both commands have. False: end
 * with *ret_status. */
extern const struct option shared_options[], run_options[];
bool invocation_parse(struct invocation *invocation,
		      const struct command *command, int argc, char **argv,
		      int *ret_status);

/* Everything up to the decision. Returns 0, -PJ_E_DENIED or a failure. */
int invocation_decide(struct invocation *invocation, struct pj_error *err);

/* What is left of it where the policy and the request are there already:
 * program, directory, guard. */
int invocation_judge(struct invocation *invocation, struct pj_error *err);

/* One audit record, where --audit was given. `result` and `failed` may be
 * NULL. */
int invocation_record(struct invocation *invocation,
		      const struct pj_result *result,
		      const struct pj_error *failed, struct pj_error *err);

/* Warnings of the policy and of the guard, where -v was given; without, those
 * that the caller's own words are the reason of. */
void invocation_warn(const struct invocation *invocation);

/* An error of the builder's document becomes one of the option behind it. */
void option_in_error(struct pj_error *err);

/* "denied: CODE: REASON" of a violation, for free(). NULL: out of memory. */
char *invocation_denial(const struct invocation *invocation, size_t index);

/* CLI_DENIED, or CLI_NOT_FOUND when that is what the guard found first. */
int invocation_denied_status(const struct invocation *invocation);

/* ---- lookup.c ------------------------------------------------------------ */

/* The absolute path that `program` means: a name is looked up in the
 * directories of `path` (relative ones are skipped), anything with a slash is
 * below `cwd`. False: out of memory. A name that is nowhere gets a path where
 * there is nothing, and *ret_found false: the guard is to say no. */
bool lookup_program(const char *program, const char *path, const char *cwd,
		    char **ret_program, bool *ret_found);

#endif
