/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's one entrance: facts, then a pure decision, then a command. This
 * is the only place that makes a pj_command, and it makes none while a
 * violation stands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "guard/command.h"
#include "guard/decide.h"
#include "guard/limits.h"

static const char *const no_strings[] = { NULL };

static void cleanup_command(struct pj_command **command)
{
	pj_command_free(*command);
}

static void cleanup_decision(struct pj_decision **decision)
{
	pj_decision_free(*decision);
}
#define auto_command  __attribute__((cleanup(cleanup_command)))
#define auto_decision __attribute__((cleanup(cleanup_decision)))

/* ---- facts --------------------------------------------------------------- */

static int gather_pins(const struct inquiry *inquiry, struct facts *facts,
		       struct pj_error *err)
{
	bool hash = false, writable = false;
	int r = 0;

	if (!S_ISREG(facts->program.stat.st_mode))
		return 0;
	for (size_t i = 0; i < inquiry->rule_count; i++) {
		hash |= inquiry->rules[i]->sha256 != NULL;
		writable |= inquiry->rules[i]->immutable;
	}
	if (hash)
		r = facts_gather_hash(facts, err);
	if (!r && writable)
		r = facts_gather_writable(facts, err);
	return r;
}

static int gather_files(const struct pj_policy *policy,
			const struct pj_request *request, struct facts *facts,
			struct pj_error *err)
{
	const char *cwd = request->cwd ? request->cwd : policy->cwd_default;
	int r = 0;

	if (request->program[0] == '/')
		r = facts_gather_program(facts, request->program, err);
	if (!r && cwd && cwd[0] == '/')
		r = facts_gather_cwd(facts, cwd, err);
	facts->cwd.path = cwd;
	return r;
}

static size_t count_rules(const struct pj_policy *policy)
{
	size_t count = 1; /* "*" */

	for (size_t i = 0; i < policy->program_count; i++)
		count += policy->programs[i].rule_count;
	return count;
}

/* ---- the command --------------------------------------------------------- */

static size_t strings_size(const struct strv *list)
{
	size_t total = 0;

	for (size_t i = 0; i < list->count; i++)
		total += strlen(list->items[i]) + 1 + sizeof(char *);
	return total;
}

static int fill_argv(const struct inquiry *inquiry, struct strv *argv)
{
	const struct pj_request *request = inquiry->request;
	long place = arguments_terminator_place(inquiry->rule, inquiry->args);

	if (strv_push(argv,
		      request->argv0 ? request->argv0 : request->program) < 0)
		return -1;
	for (long i = 0; inquiry->args[i]; i++)
		if ((i == place && strv_push(argv, "--") < 0) ||
		    strv_push(argv, inquiry->args[i]) < 0)
			return -1;
	return 0;
}

static void take_facts(struct pj_command *command, struct facts *facts)
{
	command->program_fd = take_fd(facts->program.fd);
	command->program_stat = facts->program.stat;
	command->program = take(facts->program.canonical);
	command->interpreter = take(facts->interpreter);
	command->cwd_fd = take_fd(facts->cwd.fd);
	command->cwd_stat = facts->cwd.stat;
	command->cwd = take(facts->cwd.canonical);
}

/* NULL when out of memory. Takes the descriptors and paths out of `facts`. */
static struct pj_command *make_command(const struct inquiry *inquiry,
				       struct facts *facts)
{
	auto_command struct pj_command *command = calloc(1, sizeof(*command));

	if (!command)
		return NULL;
	command->program_fd = command->cwd_fd = -1;
	if (fill_argv(inquiry, &command->argv) < 0 ||
	    environment_list(inquiry->environment, &command->envp) < 0)
		return NULL;
	command->policy = policy_ref(inquiry->policy);
	take_facts(command, facts);
	return take(command);
}

/* ---- deciding ------------------------------------------------------------ */

static void check_total(const struct pj_command *command,
			struct pj_decision *decision)
{
	if (strings_size(&command->argv) + strings_size(&command->envp) >
	    REQUEST_TOTAL_MAX)
		decision_add(decision, VIOLATION_REQUEST_INVALID, NULL, -1,
			     "arguments and environment, with what the policy "
			     "adds, take more than %d bytes",
			     REQUEST_TOTAL_MAX);
}

/* A request of a sane size: gather, decide, and make the command if nothing
 * speaks against it. */
static int inquire(const struct pj_policy *policy,
		   const struct pj_request *request,
		   struct pj_decision *decision,
		   struct pj_command **ret_command, struct pj_error *err)
{
	auto_facts struct facts facts = FACTS_NONE;
	auto_environment struct environment environment = { 0 };
	size_t room = count_rules(policy);
	auto_free const struct command_rule **rules =
		calloc(room * 2, sizeof(const struct command_rule *));
	struct inquiry inquiry = {
		.policy = policy,
		.request = request,
		.args = request->args ? request->args : no_strings,
		.facts = &facts,
		.environment = &environment,
		.rules = rules,
		.subcommand_index = -1,
	};
	int r;

	if (!rules || environment_gather(policy, request, &environment) < 0)
		return fail_memory(err, PJ_STAGE_GUARD);
	r = gather_files(policy, request, &facts, err);
	if (r < 0)
		return r;
	if (facts.program.canonical) {
		inquiry.rule_count = decide_find_rules(
			policy, request, facts.program.canonical, rules);
		decide_choose_rule(&inquiry, rules + room);
		r = gather_pins(&inquiry, &facts, err);
		if (r < 0)
			return r;
	}
	decide(&inquiry, decision);
	if (!pj_decision_allowed(decision))
		return 0;
	*ret_command = make_command(&inquiry, &facts);
	return *ret_command ? 0 : fail_memory(err, PJ_STAGE_GUARD);
}

/* A caller built against an older header knows fewer fields. */
static int read_request(const struct pj_request *given,
			struct pj_request *ret_request, struct pj_error *err)
{
	struct pj_request request = { 0 };
	size_t size = given ? given->size : 0;

	if (size < offsetof(struct pj_request, defect))
		return fail(err, PJ_STAGE_GUARD, PJ_E_ARGUMENT, 0,
			    "pj_prepare: request->size must be set to "
			    "sizeof(struct pj_request)");
	memcpy(&request, given,
	       size < sizeof(request) ? size : sizeof(request));
	*ret_request = request;
	return 0;
}

static int prepare(const struct pj_policy *policy,
		   const struct pj_request *request,
		   struct pj_decision *decision,
		   struct pj_command **ret_command, struct pj_error *err)
{
	auto_command struct pj_command *command = NULL;
	int r;

	decide_request(request, decision);
	if (!decision->count && !decision->out_of_memory) {
		r = inquire(policy, request, decision, &command, err);
		if (r < 0)
			return r;
	}
	if (command)
		check_total(command, decision);
	if (decision->out_of_memory)
		return fail_memory(err, PJ_STAGE_GUARD);
	if (decision->count)
		return fail(err, PJ_STAGE_GUARD, PJ_E_DENIED, 0, "%s: %s",
			    decision->violations[0].code,
			    decision->violations[0].message);
	*ret_command = take(command);
	return 0;
}

int pj_prepare(const struct pj_policy *policy, const struct pj_request *given,
	       unsigned int flags, struct pj_command **ret_command,
	       struct pj_decision **ret_decision, struct pj_error *err)
{
	auto_decision struct pj_decision *decision = NULL;
	auto_command struct pj_command *command = NULL;
	struct pj_request request;
	int r;

	if (!policy || (flags & ~(unsigned int)PJ_PREPARE_ALL))
		return fail(err, PJ_STAGE_GUARD, PJ_E_ARGUMENT, 0,
			    "pj_prepare: a policy and known flags must be "
			    "given");
	r = read_request(given, &request, err);
	if (r < 0)
		return r;
	decision = calloc(1, sizeof(*decision));
	if (!decision)
		return fail_memory(err, PJ_STAGE_GUARD);
	decision->policy = policy_ref(policy);
	decision->all = flags & PJ_PREPARE_ALL;
	r = prepare(policy, &request, decision, &command, err);
	if (ret_decision && (r == 0 || r == -PJ_E_DENIED))
		*ret_decision = take(decision);
	if (ret_command && r == 0)
		*ret_command = take(command);
	return r;
}

/* ---- the command's getters ----------------------------------------------- */

struct pj_command *pj_command_free(struct pj_command *command)
{
	if (!command)
		return NULL;
	if (command->program_fd >= 0)
		close(command->program_fd);
	if (command->cwd_fd >= 0)
		close(command->cwd_fd);
	free(command->program);
	free(command->interpreter);
	free(command->cwd);
	strv_clear(&command->argv);
	strv_clear(&command->envp);
	pj_policy_free((struct pj_policy *)command->policy);
	free(command);
	return NULL;
}

const char *pj_command_program(const struct pj_command *command)
{
	return command ? command->program : NULL;
}

const char *const *pj_command_argv(const struct pj_command *command)
{
	return command ? (const char *const *)strv_get(&command->argv) : NULL;
}

const char *const *pj_command_env(const struct pj_command *command)
{
	return command ? (const char *const *)strv_get(&command->envp) : NULL;
}

const char *pj_command_cwd(const struct pj_command *command)
{
	return command ? command->cwd : NULL;
}
