/* SPDX-License-Identifier: Apache-2.0 */
/* What the strategies that have walls for files share: what must be visible,
 * what may be executed, the system call filter. */
#include "plan/common.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "plan/filter/filter.h"

int common_check_visible(struct pj_plan *plan, const struct site_list *sites,
			 struct pj_error *err)
{
	const struct pj_command *command = plan->command;
	const struct site *cwd = sites_find(sites, command->cwd);
	const struct site *interpreter =
		command->interpreter ? sites_find(sites, command->interpreter)
				     : NULL;
	const struct site *program;

	/* A jail that is made in advance: begins in the root, of which nobody
	 * has told which directory it is. */
	plan->cwd_in_memory = !command->program;
	if (!command->program)
		return 0;
	program = sites_find(sites, command->program);
	if (!cwd || cwd->effective == NOT_VISIBLE)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: the working directory %s is "
			    "not granted; add it to filesystem.read, or "
			    "choose another with --chdir",
			    command->cwd);
	if (cwd->kind == SITE_PROC && !plan->host_root && !plan->own)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: the working directory %s is the "
			    "host's, and the jail has a /proc of its own; "
			    "choose another with --chdir",
			    command->cwd);
	if (cwd->effective == OWN_MEMORY &&
	    strcmp(cwd->path, command->cwd) != 0)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: the working directory %s lies "
			    "in the private %s, where it does not exist; add "
			    "it to filesystem.read or write",
			    command->cwd, cwd->path);
	plan->cwd_in_memory = cwd->effective == OWN_MEMORY;
	if (!program || program->effective == NOT_VISIBLE)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: the program %s is hidden by a "
			    "deny rule; remove the rule or the command",
			    command->program);
	if (command->interpreter &&
	    (!interpreter || interpreter->effective == NOT_VISIBLE))
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "filesystem-read: %s is a script for %s, which is "
			    "not granted; add it to filesystem.read",
			    command->program, command->interpreter);
	return 0;
}

static bool executable(const struct pj_policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->execute_count; i++)
		if (path_within(path, policy->executes[i].path))
			return true;
	return false;
}

int common_check_execute(struct pj_plan *plan, struct pj_error *err)
{
	const struct pj_command *command = plan->command;
	const struct pj_policy *policy = command->policy;
	const char *missing = NULL;

	if (!policy->execute_listed)
		return 0;
	plan->execute_listed = true;
	if (!command->program)
		return 0;
	if (!executable(policy, command->program))
		missing = command->program;
	else if (command->interpreter &&
		 !executable(policy, command->interpreter))
		missing = command->interpreter;
	if (missing)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "execute: %s is not among filesystem.execute; add "
			    "it there",
			    missing);
	return 0;
}

/* Whether a path socket that is granted takes datagrams. The kernel tells by
 * letting a socket of that kind be connected, of which the other side sees
 * nothing. */
static bool grants_datagrams(const struct pj_policy *policy)
{
	for (size_t i = 0; i < policy->unix_sockets.count; i++) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		auto_fd int place = open(policy->unix_sockets.items[i],
					 O_PATH | O_NOFOLLOW | O_CLOEXEC);

		/* Whatever its path's length is. */
		snprintf(address.sun_path, sizeof(address.sun_path),
			 "/proc/self/fd/%d", place);
		if (fd >= 0 && place >= 0 &&
		    connect(fd, (const struct sockaddr *)&address,
			    sizeof(address)) == 0)
			return true;
	}
	return false;
}

int common_plan_filter(struct pj_plan *plan, struct pj_error *err)
{
	const struct pj_policy *policy = plan->command->policy;
	enum filter_sockets sockets = plan->filtered_network ? SOCKETS_FILTERED
				      : policy->network == NETWORK_NONE
					      ? SOCKETS_NONE
					      : SOCKETS_INET;
	bool memory_is_sampled =
		policy->limits.memory != LIMIT_UNSET && !plan->cgroup.memory;
	struct filter_program base;
	auto_free struct filter_answer *answers = NULL;
	size_t count = 0, room;
	enum filter_mode mode = !plan->brokered	  ? FILTER_DIRECT
				: plan->unscoped  ? FILTER_SIGNALS
				: plan->host_root ? FILTER_OPENS
						  : FILTER_NAMES;
	bool datagrams = plan->brokered && grants_datagrams(policy);
	int status = filter_select(policy->syscalls, mode, sockets, datagrams,
				   &base);

	if (status < 0)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "syscalls: there is no such filter");
	answers = calloc(policy->syscalls_deny.count + 4, sizeof(*answers));
	if (!answers)
		return fail_memory(err, PJ_STAGE_PLAN);
	for (; count < policy->syscalls_deny.count; count++)
		answers[count] = (struct filter_answer){
			.name = policy->syscalls_deny.items[count],
		};
	/* A memory file is on no mount that Landlock or noexec know, and what
	 * is written to it counts as no process's memory. */
	if (plan->execute_listed || memory_is_sampled)
		answers[count++].name = "memfd_create";
	/* Neither does a segment that nobody has attached, nor secret memory.
	 */
	if (memory_is_sampled) {
		answers[count++].name = "shmget";
		answers[count++].name = "memfd_secret";
	}
	room = filter_room(&base, count);
	plan->filter = reallocarray(NULL, room, sizeof(*plan->filter));
	if (!plan->filter)
		return fail_memory(err, PJ_STAGE_PLAN);
	status = filter_deny_extra(&base, answers, count, plan->filter, room,
				   &plan->filter_len, err);
	if (status < 0)
		return status;
	hold(plan, PROPERTY_SYSCALLS,
	     policy->syscalls == SYSCALLS_STRICT
		     ? "system call filter (strict)"
		     : "system call filter (default)");
	return 0;
}
