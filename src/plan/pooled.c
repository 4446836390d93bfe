/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A jail made in advance serves a command when the plan that is made for the
 * command is the plan that the jail was made by. Both are flat data, so this is
 * a comparison, and nothing has to be known of why plans differ: a program
 * outside the granted trees, a name server that the host has changed.
 */
#include "plan/pooled.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "init/protocol.h"
#include "plan/cgroup.h"
#include "plan/choose.h"
#include "plan/strategy.h"

/* ---- the plan ------------------------------------------------------------ */

static int refuse(const struct pj_plan *plan, struct pj_error *err)
{
	/* The waiter itself is held by it. */
	if (!plan->filter_len)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "pool: without the system call filter no jail is "
			    "made in advance; choose \"default\" or \"strict\" "
			    "for syscalls.profile");
	return 0;
}

int pooled_plan(const struct pj_policy *policy, const struct pj_host *host,
		bool may_move_cgroup, const struct pj_command *like,
		struct pj_command *command, struct pj_plan **ret_plan,
		struct pj_error *err)
{
	struct plan_search search = { .command = like ? like : command,
				      .host = host };
	auto_plan struct pj_plan *plan = NULL;
	int status;

	*command = (struct pj_command){ .policy = policy,
					.program_fd = -1,
					.cwd = (char *)"/",
					.cwd_fd = -1 };
	if (policy->strategy != STRATEGY_AUTO &&
	    policy->strategy != STRATEGY_NAMESPACES)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "pool: only jails of strategy namespaces are made "
			    "in advance");
	if (may_move_cgroup)
		cgroup_make_room(&policy->limits);
	status = plan_with(&search, &strategy_namespaces, &plan, err);
	if (status == 0)
		status = refuse(plan, err);
	if (status < 0)
		return status;
	plan->command = command;
	plan->cwd_in_memory = true; /* the waiter's, not compared */
	((struct init_config *)plan->init_config)->flags |= INIT_WAITS;
	*ret_plan = take(plan);
	return 0;
}

static char *copy(const char *text, bool *failed)
{
	char *made = text ? strdup(text) : NULL;

	*failed |= text && !made;
	return made;
}

struct pj_command *pooled_like(const struct pj_command *command)
{
	struct pj_command *like = calloc(1, sizeof(*like));
	bool failed = false;

	if (!like)
		return NULL;
	*like = (struct pj_command){
		.policy = policy_ref(command->policy),
		.program_fd = -1,
		.program_stat = command->program_stat,
		.program = copy(command->program, &failed),
		.interpreter = copy(command->interpreter, &failed),
		.cwd = copy(command->cwd, &failed),
		.cwd_fd = -1,
		.cwd_stat = command->cwd_stat,
	};
	if (strv_push(&like->argv, command->argv.items[0]) < 0 || failed)
		return pj_command_free(like);
	return like;
}

/* ---- comparison ---------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const struct strv *a, const struct strv *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static bool same_mounts(const struct pj_plan *a, const struct pj_plan *b)
{
	if (a->mount_count != b->mount_count)
		return false;
	for (size_t i = 0; i < a->mount_count; i++) {
		const struct mount_op *x = &a->mounts[i], *y = &b->mounts[i];

		if (x->kind != y->kind || !same_text(x->source, y->source) ||
		    !same_text(x->target, y->target) || x->type != y->type ||
		    x->device != y->device || x->inode != y->inode ||
		    x->attributes != y->attributes || x->make != y->make ||
		    x->optional != y->optional)
			return false;
	}
	return a->grants_root == b->grants_root &&
	       a->keeps_root == b->keeps_root &&
	       same_text(a->root_options[0], b->root_options[0]) &&
	       same_text(a->root_options[1], b->root_options[1]);
}

static bool same_limits(const struct pj_plan *a, const struct pj_plan *b)
{
	const struct cgroup_plan *x = &a->cgroup, *y = &b->cgroup;

	if (a->rlimit_count != b->rlimit_count ||
	    a->count_processes != b->count_processes ||
	    !same_text(x->parent, y->parent) || x->op_count != y->op_count ||
	    x->memory != y->memory || x->processes != y->processes ||
	    x->cpu_time != y->cpu_time)
		return false;
	for (size_t i = 0; i < a->rlimit_count; i++)
		if (a->rlimits[i].resource != b->rlimits[i].resource ||
		    a->rlimits[i].half != b->rlimits[i].half ||
		    memcmp(&a->rlimits[i].value, &b->rlimits[i].value,
			   sizeof(a->rlimits[i].value)) != 0)
			return false;
	for (size_t i = 0; i < x->op_count; i++)
		if (!same_text(x->ops[i].file, y->ops[i].file) ||
		    !same_text(x->ops[i].value, y->ops[i].value) ||
		    x->ops[i].may_be_absent != y->ops[i].may_be_absent)
			return false;
	return true;
}

static bool same_properties(const struct pj_plan *a, const struct pj_plan *b)
{
	for (size_t i = 0; i < PROPERTY_COUNT; i++)
		if (a->properties[i].asked != b->properties[i].asked ||
		    !same_text(a->properties[i].mechanism,
			       b->properties[i].mechanism))
			return false;
	return true;
}

/* All but that the one waits. */
static bool same_config(const struct pj_plan *a, const struct pj_plan *b)
{
	const struct init_config *x = a->init_config, *y = b->init_config;
	size_t rest = offsetof(struct init_config, flags) + sizeof(x->flags);

	return a->init_config_size == b->init_config_size &&
	       a->refusals_at == b->refusals_at && x->size == y->size &&
	       !((x->flags ^ y->flags) & ~(uint32_t)INIT_WAITS) &&
	       memcmp((const char *)x + rest, (const char *)y + rest,
		      a->init_config_size - rest) == 0;
}

static bool same_filter(const struct pj_plan *a, const struct pj_plan *b)
{
	return a->filter_len == b->filter_len &&
	       memcmp(a->filter, b->filter,
		      a->filter_len * sizeof(*a->filter)) == 0;
}

/* Those that only other strategies have. */
static bool is_plain(const struct pj_plan *plan)
{
	return plan->strategy == STRATEGY_NAMESPACES && !plan->own &&
	       !plan->wrapper && !plan->landlock.used && !plan->scratch &&
	       !plan->envp.count && !plan->host_root && !plan->mark;
}

/* Each member is looked at here, or lies in the command: command and
 * cwd_in_memory; or is for people: name, warnings, texts; or tells of the
 * making: policy_refuses. A new one belongs here. */
_Static_assert(sizeof(struct pj_plan) == 1392, "see above");

bool pooled_same(const struct pj_plan *a, const struct pj_plan *b)
{
	return is_plain(a) && is_plain(b) && same_properties(a, b) &&
	       a->clone_flags == b->clone_flags &&
	       same_text(a->uid_map, b->uid_map) &&
	       same_text(a->gid_map, b->gid_map) &&
	       a->loopback_up == b->loopback_up &&
	       a->concurrent == b->concurrent &&
	       a->filtered_network == b->filtered_network &&
	       a->own_network == b->own_network && same_mounts(a, b) &&
	       same_limits(a, b) &&
	       a->scope_abstract_sockets == b->scope_abstract_sockets &&
	       a->scope_signals == b->scope_signals &&
	       a->unscoped == b->unscoped &&
	       a->execute_listed == b->execute_listed &&
	       same_list(&a->execute_paths, &b->execute_paths) &&
	       a->brokered == b->brokered && same_filter(a, b) &&
	       same_config(a, b);
}
