/* SPDX-License-Identifier: Apache-2.0 */
/* pj_policy_load() and pj_policy_parse(): collect the documents, read them in
 * order into one draft, settle what only the whole can say. */
#include "policy/load.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/draft.h"
#include "policy/extends.h"
#include "policy/reader.h"
#include "policy/resolve.h"
#include "policy/sets.h"

#define auto_draft __attribute__((cleanup(draft_clear)))

static void cleanup_policy(struct pj_policy **policy)
{
	pj_policy_free(*policy);
}
#define auto_policy __attribute__((cleanup(cleanup_policy)))

/* ---- where `~` and "." lead -----------------------------------------------
 */

static int find_workspace(struct draft *draft, const char *wanted,
			  struct pj_error *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (!realpath(wanted ? wanted : ".", path) || stat(path, &st) < 0)
		return fail(err, PJ_STAGE_POLICY, PJ_E_ARGUMENT, errno,
			    "workspace %s",
			    wanted ? wanted
				   : "(none is named, so it is the current "
				     "directory)");
	if (!wanted)
		wanted = ".";
	if (!S_ISDIR(st.st_mode))
		return fail(err, PJ_STAGE_POLICY, PJ_E_ARGUMENT, 0,
			    "workspace %s: is no directory; name one", wanted);
	draft->policy->workspace = strdup(path);
	draft->workspace = strdup(wanted[0] == '/' ? wanted : path);
	if (!draft->policy->workspace || !draft->workspace)
		return fail_memory(err, PJ_STAGE_POLICY);
	return 0;
}

/* /etc/passwd's home of who we are, or NULL; the caller frees it. The file
 * itself, because a static program cannot load the name service's modules. */
static char *home_of_user(void)
{
	enum { UID = 2, HOME = 5, FIELDS = 7 }; /* passwd(5) */
	auto_file FILE *file = fopen("/etc/passwd", "re");
	auto_free char *line = NULL;
	char own[16];
	size_t size = 0;

	snprintf(own, sizeof(own), "%u", geteuid());
	while (file && getline(&line, &size, file) >= 0) {
		char *fields[FIELDS], *rest = line;
		int n = 0;

		while (n < FIELDS && (fields[n] = strsep(&rest, ":")))
			n++;
		if (n == FIELDS && strcmp(fields[UID], own) == 0 &&
		    fields[HOME][0] == '/')
			return strdup(fields[HOME]);
	}
	return NULL;
}

static int find_home(struct draft *draft, const char *wanted,
		     struct pj_error *err)
{
	const char *variable = getenv("HOME");
	int result;

	if (wanted && wanted[0] != '/')
		return fail(err, PJ_STAGE_POLICY, PJ_E_ARGUMENT, 0,
			    "home %s: is no absolute path; name one", wanted);
	if (wanted)
		draft->home = strdup(wanted);
	else if (variable && variable[0] == '/')
		draft->home = strdup(variable);
	else
		draft->home = home_of_user();
	if (!draft->home) {
		draft->home_problem = "neither HOME nor /etc/passwd names one";
		return 0;
	}
	result = resolve_text(&draft->known, &draft->policy->memory,
			      draft->home, &draft->policy->home);
	if (result == -ENOMEM)
		return fail_memory(err, PJ_STAGE_POLICY);
	if (result < 0) {
		free(take(draft->home));
		draft->home_problem = "the path in HOME cannot be resolved";
	}
	return 0;
}

/* ---- what only the whole can say ------------------------------------------
 */

/* Nobody said where a command may start: in the workspace, or where the
 * default is. */
static int finish_cwd(struct draft *draft, struct pj_error *err)
{
	const struct place up = { .key = "working_directory" };
	const struct place at = { .up = &up, .key = "default" };
	struct pj_policy *policy = draft->policy;
	const struct reader reader = {
		.draft = draft,
		.policy = policy,
		.document = draft->cwd_default_by,
		.err = err,
	};
	struct strv *within = &policy->cwd_within;
	const char *start = policy->cwd_default;

	if (!start)
		start = policy->workspace;
	if (!draft->cwd_within_given && strv_push(within, start) < 0)
		return fail_memory(err, PJ_STAGE_POLICY);
	for (size_t i = 0; i < within->count; i++)
		if (path_within(start, within->items[i])) {
			policy->cwd_default = start;
			return 0;
		}
	if (policy->cwd_default)
		return bad(&reader, &at,
			   "%.200s lies in none of the trees of "
			   "working_directory.within; add it there",
			   policy->cwd_default);
	policy->cwd_default =
		within->count ? within->items[0] : policy->workspace;
	return 0;
}

static void finish_commands(struct draft *draft, bool caller_chose_command)
{
	if (!caller_chose_command || draft->commands_given)
		return;
	draft->policy->any_program = true;
	if (!draft->risky_given)
		draft->policy->risky = RISKY_ALLOW;
}

static int compare_canonical(const void *a, const void *b)
{
	const struct program_rules *x = *(const struct program_rules *const *)a;
	const struct program_rules *y = *(const struct program_rules *const *)b;

	return strcmp(x->canonical ? x->canonical : "",
		      y->canonical ? y->canonical : "");
}

/* Two names of one program are seldom meant. */
static int warn_same_program(struct pj_policy *policy)
{
	auto_free const struct program_rules **sorted =
		calloc(policy->program_count + 1, sizeof(*sorted));

	if (!sorted)
		return -1;
	for (size_t i = 0; i < policy->program_count; i++)
		sorted[i] = &policy->programs[i];
	if (policy->program_count)
		qsort(sorted, policy->program_count, sizeof(*sorted),
		      compare_canonical);
	for (size_t i = 1; i < policy->program_count; i++)
		if (sorted[i]->canonical &&
		    compare_canonical(&sorted[i - 1], &sorted[i]) == 0 &&
		    strv_pushf(&policy->warnings,
			       "commands: %s and %s are the same file, %s; "
			       "give its rules under one name",
			       sorted[i - 1]->program, sorted[i]->program,
			       sorted[i]->canonical) < 0)
			return -1;
	return 0;
}

static int warn_idle(struct pj_policy *policy)
{
	if (policy->network_allow.count &&
	    policy->network != NETWORK_FILTERED &&
	    strv_pushf(&policy->warnings,
		       "network.allow has no effect, because network.mode is "
		       "not \"filtered\"") < 0)
		return -1;
	if (policy->network == NETWORK_FILTERED &&
	    !policy->network_allow.count &&
	    strv_pushf(&policy->warnings,
		       "network.allow is empty, so nothing can be reached with "
		       "network.mode \"filtered\"") < 0)
		return -1;
	if (strv_contains(&policy->env_pass, "*") &&
	    strv_pushf(&policy->warnings,
		       "environment.pass \"*\" hands over every variable, "
		       "secrets among them") < 0)
		return -1;
	return warn_same_program(policy);
}

/* Without the broker nobody could keep the program to these ports. */
static int check_listen(const struct pj_policy *policy, struct pj_error *err)
{
	if (!policy->network_listen.count ||
	    policy->network == NETWORK_FILTERED)
		return 0;
	return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
		    "network.listen publishes ports with network.mode "
		    "\"filtered\" only; choose it, or leave network.listen "
		    "out");
}

static int finish(struct draft *draft, bool caller_chose_command,
		  struct pj_error *err)
{
	int result = finish_cwd(draft, err);

	if (result < 0)
		return result;
	finish_commands(draft, caller_chose_command);
	result = check_listen(draft->policy, err);
	if (result == 0)
		result = sets_settle(draft, err);
	if (result < 0)
		return result;
	if (draft_finish_rules(draft) < 0 || warn_idle(draft->policy) < 0)
		return fail_memory(err, PJ_STAGE_POLICY);
	return 0;
}

/* ---- the whole ------------------------------------------------------------
 */

static struct pj_policy *policy_new(const char *name)
{
	struct pj_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	atomic_init(&policy->references, 1);
	policy->limits = (struct limits){
		LIMIT_UNSET, LIMIT_UNSET,   LIMIT_UNSET, LIMIT_UNSET,
		LIMIT_UNSET, LIMIT_UNSET,   LIMIT_UNSET, LIMIT_UNSET,
		LIMIT_UNSET, OVERFLOW_KILL,
	};
	policy->name = strdup(name);
	return policy->name ? policy : pj_policy_free(policy);
}

/* The caller's options, of whichever version its header had. */
static int copy_options(const struct pj_policy_options *options,
			struct pj_policy_options *copy, struct pj_error *err)
{
	*copy = (struct pj_policy_options){ .size = sizeof(*copy) };
	if (!options)
		return 0;
	if (options->size < sizeof(options->size))
		return fail(err, PJ_STAGE_POLICY, PJ_E_ARGUMENT, 0,
			    "policy options: size is not set; set it to "
			    "sizeof(struct pj_policy_options)");
	memcpy(copy, options,
	       options->size < sizeof(*copy) ? options->size : sizeof(*copy));
	return 0;
}

static int fill(struct draft *draft, struct document *document,
		const struct pj_policy_options *options, struct pj_error *err)
{
	auto_document struct document *owned = document;
	int result = find_workspace(draft, options->workspace, err);

	draft->files_from = options->files_from;
	if (result == 0)
		result = find_home(draft, options->home, err);
	if (result == 0)
		result = extends_collect(draft, take(owned), err);
	for (size_t i = 0; result == 0 && i < draft->document_count; i++)
		result = read_document(draft, draft->documents[i], err);
	if (result == 0)
		result = finish(draft, options->caller_chose_command, err);
	return result;
}

int policy_make(struct document *document,
		const struct pj_policy_options *given,
		struct pj_policy **ret_policy, struct pj_error *err)
{
	auto_document struct document *owned = document;
	auto_policy struct pj_policy *policy = policy_new(document->name);
	auto_draft struct draft draft = { .policy = policy };
	struct pj_policy_options options;
	int result = copy_options(given, &options, err);

	if (result < 0)
		return result;
	if (!policy)
		return fail_memory(err, PJ_STAGE_POLICY);
	result = fill(&draft, take(owned), &options, err);
	if (result < 0)
		return result;
	*ret_policy = take(policy);
	return 0;
}

int pj_policy_load(const char *path, const struct pj_policy_options *options,
		   struct pj_policy **ret_policy, struct pj_error *err)
{
	struct document *document = NULL;
	struct pj_policy_options copy;
	int result;

	if (!path || !ret_policy)
		return fail_missing(err, PJ_STAGE_POLICY,
				    "path and ret_policy");
	result = copy_options(options, &copy, err);
	if (result == 0)
		result = document_from_file(path, copy.files_from, &document,
					    err);
	return result < 0 ? result
			  : policy_make(document, options, ret_policy, err);
}

int pj_policy_parse(const char *text, size_t len, const char *name,
		    const struct pj_policy_options *options,
		    struct pj_policy **ret_policy, struct pj_error *err)
{
	struct document *document = NULL;
	int result;

	if (!text || !ret_policy)
		return fail_missing(err, PJ_STAGE_POLICY,
				    "text and ret_policy");
	result = document_from_text(text, len, name ? name : "policy",
				    &document, err);
	return result < 0 ? result
			  : policy_make(document, options, ret_policy, err);
}
