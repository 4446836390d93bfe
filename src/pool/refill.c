/* SPDX-License-Identifier: Apache-2.0 */
/* The pool's thread: all that shall not be on a caller's way. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

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

/* While jails are left the thread has time: it does not run on the time of who
 * hands one over. */
void refill_wake(struct pj_pool *pool)
{
	const struct itimerspec settle = { .it_value.tv_nsec =
						   SETTLE_US * 1000 };
	bool now, soon;

	pthread_mutex_lock(&pool->lock);
	now = pool->stopping || !pool->waiting_count;
	soon = pool->looks_us <= pool_now_us() + SETTLE_US;
	if (!now && !soon)
		pool->looks_us = pool_now_us() + SETTLE_US;
	pthread_mutex_unlock(&pool->lock);
	if (now)
		eventfd_write(pool->wake_fd, 1);
	else if (!soon)
		timerfd_settime(pool->settle_fd, 0, &settle, NULL);
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

/* `polls` has the first `count` of the list, which grows at its end only. */
static void take_back(struct pj_pool *pool, const struct pollfd *polls,
		      size_t count)
{
	struct launched gone[ENDED_AT_ONCE];
	size_t gone_count = 0, kept = 0;
	uint64_t now_us;

	pthread_mutex_lock(&pool->lock);
	now_us = pool_now_us();
	for (size_t i = 0; i < pool->ended_count; i++) {
		struct ended_jail *ended = &pool->ended[i];

		if (i < count && polls[i].revents) {
			gone[gone_count++] = ended->jail;
			continue;
		}
		hurry(ended, now_us);
		pool->ended[kept++] = *ended;
	}
	pool->ended_count = kept;
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < gone_count; i++)
		process_end_jail(&gone[i]);
}

/* Until something is to be done; UINT64_MAX: there is no time for it. */
static void wait_for_work(struct pj_pool *pool, uint64_t wait_us)
{
	enum { WAKE, SETTLE, ENDED };
	struct pollfd polls[ENDED + ENDED_AT_ONCE] = {
		[WAKE] = { .fd = pool->wake_fd, .events = POLLIN },
		[SETTLE] = { .fd = pool->settle_fd, .events = POLLIN },
	};
	struct timespec wait;
	uint64_t count;
	size_t ended;

	pthread_mutex_lock(&pool->lock);
	ended = pool->ended_count < ENDED_AT_ONCE ? pool->ended_count
						  : ENDED_AT_ONCE;
	for (size_t i = 0; i < ended; i++)
		polls[ENDED + i] = (struct pollfd){
			.fd = pool->ended[i].jail.pidfd,
			.events = POLLIN,
		};
	if (ended && wait_us > PATIENCE_MS * 1000)
		wait_us = PATIENCE_MS * 1000;
	pthread_mutex_unlock(&pool->lock);
	wait.tv_sec = (time_t)(wait_us / 1000000);
	wait.tv_nsec = (long)(wait_us % 1000000) * 1000;
	if (ppoll(polls, ENDED + ended, wait_us == UINT64_MAX ? NULL : &wait,
		  NULL) < 0)
		return;
	for (int i = WAKE; i <= SETTLE; i++)
		if (polls[i].revents &&
		    read(polls[i].fd, &count, sizeof(count)) < 0)
			continue; /* it was for nothing */
	if (ended)
		take_back(pool, polls + ENDED, ended);
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

/* With what it finds goes when it looks again: who changes something later than
 * now knows from that whether to wake it. */
static uint64_t look(struct pj_pool *pool)
{
	uint64_t now_us = pool_now_us(), wait_us = next_us(pool, now_us);

	pool->looks_us = wait_us == UINT64_MAX ? UINT64_MAX : now_us + wait_us;
	return wait_us;
}

static void end_all(struct pj_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	jails_give_up(pool);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->ended_count; i++)
		process_end_jail(&pool->ended[i].jail);
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
			wait_us = look(pool);
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
