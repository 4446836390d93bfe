/* SPDX-License-Identifier: Apache-2.0 */
/* The pool's thread: all that shall not be on a caller's way. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/pidfd.h"
#include "plan/pooled.h"
#include "pool/pool.h"

enum {
	/* While jails are left, no new one is made on the time of the program
	 * that took one. */
	SETTLE_US = 1000,
	ENDED_AT_ONCE = 64,
};

void refill_wake(struct pj_pool *pool)
{
	eventfd_write(pool->wake_fd, 1);
}

/* ---- those that have ended ----------------------------------------------- */

/* One that does not come to its end is killed. */
static void hurry(struct ended_jail *ended, uint64_t now_us)
{
	if (ended->killed || now_us - ended->since_us < PATIENCE_MS * 1000)
		return;
	leaf_kill(&ended->jail.leaf);
	pidfd_kill(ended->jail.pidfd);
	ended->killed = true;
}

/* The first of them at once. False: there may be more. */
static bool take_back_some(struct pj_pool *pool)
{
	struct pollfd polls[ENDED_AT_ONCE];
	struct ended_jail gone[ENDED_AT_ONCE];
	size_t count = 0, gone_count = 0, kept = 0;
	uint64_t now_us = pool_now_us();

	pthread_mutex_lock(&pool->lock);
	for (; count < pool->ended_count && count < ENDED_AT_ONCE; count++)
		polls[count] = (struct pollfd){
			.fd = pool->ended[count].jail.pidfd,
			.events = POLLIN,
		};
	poll(polls, count, 0);
	for (size_t i = 0; i < pool->ended_count; i++) {
		struct ended_jail *ended = &pool->ended[i];

		if (i < count && polls[i].revents) {
			gone[gone_count++] = *ended;
			continue;
		}
		hurry(ended, now_us);
		pool->ended[kept++] = *ended;
	}
	pool->ended_count = kept;
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < gone_count; i++)
		jail_release(&gone[i]);
	return !gone_count;
}

/* Until something is to be done; UINT64_MAX: there is no time for it. */
static void wait_for_work(struct pj_pool *pool, uint64_t wait_us)
{
	enum { WAKE, GONE, POLL_COUNT };
	struct pollfd polls[POLL_COUNT] = {
		[WAKE] = { .fd = pool->wake_fd, .events = POLLIN },
		[GONE] = { .fd = pool->gone_fd, .events = POLLIN },
	};
	struct epoll_event gone[ENDED_AT_ONCE];
	struct timespec wait;
	eventfd_t count;

	pthread_mutex_lock(&pool->lock);
	if (pool->ended_count && wait_us > PATIENCE_MS * 1000)
		wait_us = PATIENCE_MS * 1000;
	pthread_mutex_unlock(&pool->lock);
	wait.tv_sec = (time_t)(wait_us / 1000000);
	wait.tv_nsec = (long)(wait_us % 1000000) * 1000;
	if (ppoll(polls, POLL_COUNT, wait_us == UINT64_MAX ? NULL : &wait,
		  NULL) < 0)
		return;
	if (polls[WAKE].revents)
		eventfd_read(pool->wake_fd, &count);
	if (polls[GONE].revents)
		epoll_wait(pool->gone_fd, gone, ENDED_AT_ONCE, 0);
	while (!take_back_some(pool))
		;
}

/* ---- making -------------------------------------------------------------- */

/* What was planned anew is what there was, or takes its place. Takes it. */
static void renew(struct pj_pool *pool, struct pool_template *made)
{
	struct pool_template *template = pool->template;

	if (!made || !template || !pooled_same(made->plan, template->plan)) {
		template_replace(pool, made);
		return;
	}
	template->planned_us = made->planned_us;
	template_unref(made);
}

/* The policy's plan as the host is now: a reference; NULL: there is none. */
static struct pool_template *current_template(struct pj_pool *pool)
{
	struct pool_template *template, *made = NULL;
	struct pj_policy *policy;
	struct pj_error why = { 0 };
	bool old;

	pthread_mutex_lock(&pool->lock);
	template = template_ref(pool->template);
	old = !template ||
	      pool_now_us() - template->planned_us > POOL_PLAN_MS * 1000;
	policy = policy_ref(pool->policy);
	pthread_mutex_unlock(&pool->lock);
	if (old) {
		template_make(pool, policy, template ? template->like : NULL,
			      &made, &why);
		pthread_mutex_lock(&pool->lock);
		if (pool->policy != policy || pool->template != template)
			template_unref(made);
		else
			renew(pool, made);
		if (why.code)
			jails_back_off(pool, why.message);
		template_unref(template);
		template = template_ref(pool->template);
		pthread_mutex_unlock(&pool->lock);
	}
	pj_policy_free(policy);
	return template;
}

static void add(struct pj_pool *pool, struct waiting_jail *jail,
		unsigned int generation)
{
	if (!jails_add(pool, jail, generation))
		return; /* of what has changed meanwhile */
	pool->stats.made++;
	if (!pool->lost) {
		pool->failures = 0;
		pool->retry_us = 0;
		pool->stats.failure[0] = '\0';
	}
	if (pool->want_any)
		pthread_cond_signal(&pool->jail_ready);
}

static void make_one(struct pj_pool *pool)
{
	struct pool_template *template = current_template(pool);
	struct waiting_jail jail;
	struct pj_error why = { 0 };
	struct identity as;
	unsigned int generation;
	bool usable;
	int status;

	if (!template)
		return;
	identity_take(&as);
	pthread_mutex_lock(&pool->lock);
	generation = pool->generation;
	gate_count_start(pool, pool_now_us());
	pthread_mutex_unlock(&pool->lock);
	status = jail_make(pool, template, &jail, &why);
	usable = status == 0 && shells_enter(pool, template, &jail);
	pthread_mutex_lock(&pool->lock);
	if (status < 0)
		jails_back_off(pool, why.message);
	else if (!usable || pool->template != template ||
		 !identity_same(&as, &template->as))
		waiting_end(pool, &jail);
	else
		add(pool, &jail, generation);
	pthread_mutex_unlock(&pool->lock);
	template_unref(template);
}

/* One that waits already, and shall have a shell. */
static void give_shell(struct pj_pool *pool)
{
	struct pool_template *template;
	struct waiting_jail jail;
	bool taken, usable;

	pthread_mutex_lock(&pool->lock);
	template = template_ref(pool->template);
	taken = shells_take_without(pool, &jail);
	pthread_mutex_unlock(&pool->lock);
	if (taken) {
		usable = shells_enter(pool, template, &jail);
		pthread_mutex_lock(&pool->lock);
		if (!usable)
			waiting_end(pool, &jail);
		else if (jails_add(pool, &jail, jail.generation) &&
			 pool->want_any)
			pthread_cond_signal(&pool->jail_ready);
		pthread_mutex_unlock(&pool->lock);
	}
	template_unref(template);
}

/* ---- what is to be done -------------------------------------------------- */

/* Under the lock. 0: make one; else how long there is nothing to do. */
static uint64_t next_us(struct pj_pool *pool, uint64_t now_us)
{
	uint64_t unused_us = now_us - pool->used_us;

	if (pool->idle_us && unused_us >= pool->idle_us) {
		jails_give_up(pool);
		return UINT64_MAX;
	}
	if (pool->waiting_count >= pool->jails && !shells_lacking(pool))
		return pool->idle_us ? pool->idle_us - unused_us : UINT64_MAX;
	if (pool->retry_us > now_us)
		return pool->retry_us - now_us;
	if (pool->waiting_count && now_us - pool->taken_us < SETTLE_US)
		return SETTLE_US - (now_us - pool->taken_us);
	return gate_rate_us(pool, now_us);
}

static void end_all(struct pj_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	jails_give_up(pool);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->ended_count; i++)
		jail_release(&pool->ended[i]);
	pool->ended_count = 0;
}

void *refill_run(void *data)
{
	struct pj_pool *pool = data;

	for (;;) {
		uint64_t wait_us = 0;
		bool stopping, full;

		pthread_mutex_lock(&pool->lock);
		stopping = pool->stopping;
		if (!stopping)
			wait_us = next_us(pool, pool_now_us());
		full = pool->waiting_count >= pool->jails;
		pthread_mutex_unlock(&pool->lock);
		if (stopping)
			break;
		if (!wait_us && full)
			give_shell(pool);
		else if (!wait_us)
			make_one(pool);
		/* In any case: those that have ended shall not pile up. */
		wait_for_work(pool, wait_us);
	}
	end_all(pool);
	return NULL;
}
