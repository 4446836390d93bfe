/* SPDX-License-Identifier: Apache-2.0 */
/* Jails that wait: the template that they are made by, their making, and their
 * giving up. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "launch/handover.h"
#include "plan/pooled.h"
#include "pool/pool.h"

enum { RETRY_FIRST_US = 50 * 1000, RETRY_LAST_US = 10 * 1000 * 1000 };

/* ---- the template -------------------------------------------------------- */

void template_unref(struct pool_template *template)
{
	if (!template || atomic_fetch_sub(&template->references, 1) > 1)
		return;
	pj_plan_free(template->plan);
	pj_command_free(template->like);
	pj_policy_free(template->policy);
	free(template->places);
	free(template);
}

void identity_take(struct identity *ret_identity)
{
	*ret_identity =
		(struct identity){ .user = geteuid(), .group = getegid() };
	ret_identity->more_count =
		getgroups(ARRAY_SIZE(ret_identity->more), ret_identity->more);
}

bool identity_same(const struct identity *a, const struct identity *b)
{
	return a->user == b->user && a->group == b->group &&
	       a->more_count >= 0 && a->more_count == b->more_count &&
	       memcmp(a->more, b->more,
		      (size_t)a->more_count * sizeof(*a->more)) == 0;
}

/* What a mount covers where the host, too, has names: nothing in /proc, in
 * /dev, or in an empty root. */
static bool is_place(const struct pj_plan *plan, const struct mount_op *op)
{
	if (op->kind == MOUNT_DIRECTORY || op->kind == MOUNT_SYMLINK ||
	    !*op->target || strncmp(op->target, "proc/", 5) == 0 ||
	    strncmp(op->target, "dev/", 4) == 0)
		return false;
	return plan->grants_root || strchr(op->target, '/');
}

static int list_places(struct pool_template *template, struct pj_error *err)
{
	const struct pj_plan *plan = template->plan;
	size_t count = 0;

	template->places =
		calloc(plan->mount_count + 2, sizeof(*template->places));
	if (!template->places)
		return fail_memory(err, PJ_STAGE_PLAN);
	template->places[count++] = (char *)"procjail-wait";
	for (size_t i = 0; i < plan->mount_count; i++)
		if (is_place(plan, &plan->mounts[i]))
			template->places[count++] = plan->mounts[i].target;
	if (count > HANDOVER_PLACES_MAX)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "pool: a jail of this policy has more than %d "
			    "mounts; none is made in advance",
			    HANDOVER_PLACES_MAX);
	return 0;
}

int template_make(const struct pj_pool *pool, const struct pj_policy *policy,
		  const struct pj_command *like,
		  struct pool_template **ret_template, struct pj_error *err)
{
	auto_template struct pool_template *template =
		calloc(1, sizeof(*template));
	int status;

	if (!template)
		return fail_memory(err, PJ_STAGE_PLAN);
	template->references = 1;
	template->policy = policy_ref(policy);
	template->planned_us = pool_now_us();
	identity_take(&template->as);
	if (like && !(template->like = pooled_like(like)))
		return fail_memory(err, PJ_STAGE_PLAN);
	status = pooled_plan(policy, pool->host, pool->may_move_cgroup, like,
			     &template->command, &template->plan, err);
	if (status == 0)
		status = list_places(template, err);
	if (status < 0)
		return status;
	*ret_template = take(template);
	return 0;
}

void template_replace(struct pj_pool *pool, struct pool_template *template)
{
	struct pool_template *before = pool->template;

	jails_give_up(pool);
	fit_forget(pool);
	pool->template = template;
	template_unref(before);
}

/* ---- one jail ------------------------------------------------------------ */

bool jail_is_gone(const struct ended_jail *ended)
{
	struct pollfd gone = { .fd = ended->jail.pidfd, .events = POLLIN };

	return poll(&gone, 1, 0) > 0;
}

void jail_release(struct ended_jail *ended)
{
	if (ended->process) {
		pj_process_free(ended->process);
		return;
	}
	process_end_jail(&ended->jail);
	close(ended->jail.report_fd);
	close(ended->jail.config_fd);
	close(ended->jail.begin_fd);
}

/* Its end, whenever that is, wakes the thread. */
static int watch_end(const struct pj_pool *pool, int pidfd)
{
	struct epoll_event once = { .events = EPOLLIN | EPOLLONESHOT };

	return epoll_ctl(pool->gone_fd, EPOLL_CTL_ADD, pidfd, &once) < 0
		       ? -errno
		       : 0;
}

int jail_make(const struct pj_pool *pool, const struct pool_template *template,
	      struct waiting_jail *ret_jail, struct pj_error *err)
{
	const struct launch_program program = {
		.file = pool->waiter_file,
		.init_image = pool->init_file,
		.argv = template->places,
	};
	struct launched jail = LAUNCHED_NONE;
	int pair[2], status = handover_pair(pair);

	if (status < 0)
		return fail_system(err, PJ_STAGE_LAUNCH, -status, "socket");
	status = launch(template->plan,
			(int[]){ pair[1], pool->null_fd, pool->null_fd },
			&program, &jail, err);
	close(pair[1]);
	if (status < 0) {
		close(pair[0]);
		return status;
	}
	status = handover_await(pair[0]);
	if (status == 0)
		status = watch_end(pool, jail.pidfd);
	if (status == 0) {
		*ret_jail = (struct waiting_jail){ .jail = jail,
						   .socket = pair[0] };
		return 0;
	}
	close(pair[0]);
	jail_release(&(struct ended_jail){ .jail = jail });
	return fail_system(err, PJ_STAGE_LAUNCH, -status,
			   "a jail that was to wait");
}

void jail_end(struct pj_pool *pool, const struct ended_jail *jail)
{
	struct ended_jail *list = pool->ended, last = *jail;

	/* The list is the thread's alone then. */
	if (pool->stopping) {
		jail_release(&last);
		return;
	}
	if (pool->ended_count == pool->ended_room) {
		size_t room = pool->ended_room ? 2 * pool->ended_room : 16;

		list = reallocarray(list, room, sizeof(*list));
		if (list) {
			pool->ended = list;
			pool->ended_room = room;
		}
	}
	if (!list) {
		jail_release(&last);
		return;
	}
	last.since_us = pool_now_us();
	list[pool->ended_count++] = last;
}

/* End of file on the control pipe ends it; the thread waits for that. */
void waiting_end(struct pj_pool *pool, const struct waiting_jail *waiting)
{
	struct ended_jail ended = { .jail = waiting->jail };

	close(take_fd(ended.jail.control_fd));
	close(waiting->socket);
	jail_end(pool, &ended);
}

bool jails_add(struct pj_pool *pool, struct waiting_jail *jail,
	       unsigned int generation)
{
	if (generation != pool->generation ||
	    pool->waiting_count == POOL_JAILS_MAX) {
		waiting_end(pool, jail);
		return false;
	}
	jail->generation = generation;
	pool->waiting[pool->waiting_count++] = *jail;
	return true;
}

void jails_give_up(struct pj_pool *pool)
{
	pool->generation++;
	pool->stats.given_up += pool->waiting_count;
	while (pool->waiting_count)
		waiting_end(pool, &pool->waiting[--pool->waiting_count]);
}

/* A copy of all mounts was made with the jail: what was mounted on the host
 * since then is not in it, and what was unmounted still is. */
static void look_at_mounts(struct pj_pool *pool)
{
	struct pollfd changed = { .fd = pool->mounts_fd, .events = POLLPRI };

	if (poll(&changed, 1, 0) > 0) {
		jails_give_up(pool);
		fit_forget(pool);
	}
}

void jails_back_off(struct pj_pool *pool, const char *why)
{
	uint64_t wait_us = RETRY_FIRST_US;

	for (unsigned int i = 0; i < pool->failures && wait_us < RETRY_LAST_US;
	     i++)
		wait_us *= 2;
	pool->failures++;
	pool->retry_us = pool_now_us() + wait_us;
	snprintf(pool->stats.failure, sizeof(pool->stats.failure), "%s", why);
}

/* The last one that is as wished, or the last one. */
static unsigned int choose(const struct pj_pool *pool, bool with_shell)
{
	for (unsigned int i = pool->waiting_count; i > 0; i--)
		if (pool->waiting[i - 1].has_shell == with_shell)
			return i - 1;
	return pool->waiting_count - 1;
}

bool jails_take(struct pj_pool *pool, const struct pool_template *template,
		bool with_shell, struct waiting_jail *ret_jail)
{
	unsigned int chosen;

	look_at_mounts(pool);
	if (pool->template != template || !pool->waiting_count)
		return false;
	chosen = choose(pool, with_shell);
	*ret_jail = pool->waiting[chosen];
	pool->waiting[chosen] = pool->waiting[--pool->waiting_count];
	pool->taken_us = pool_now_us();
	if (ret_jail->generation == pool->generation)
		return true;
	waiting_end(pool, ret_jail);
	return false;
}
