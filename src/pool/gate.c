/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When no jail waits: the caller makes one itself, which is sooner than to wait
 * for the pool's thread to make it, as long as not too many do so at once, and
 * as the rate allows. Else it waits for whichever comes first. Nobody is ever
 * refused.
 */
#include <time.h>

#include "pool/pool.h"

uint64_t pool_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Up to `jails` of them may begin at once. */
static uint64_t burst_us(const struct pj_pool *pool)
{
	return (uint64_t)pool->jails * 1000000 / pool->starts_per_second;
}

uint64_t gate_rate_us(const struct pj_pool *pool, uint64_t now_us)
{
	uint64_t last_us;

	if (!pool->starts_per_second)
		return 0;
	last_us = now_us + burst_us(pool);
	return pool->next_start_us < last_us
		       ? 0
		       : pool->next_start_us - last_us + 1;
}

void gate_count_start(struct pj_pool *pool, uint64_t now_us)
{
	if (!pool->starts_per_second)
		return;
	if (pool->next_start_us < now_us)
		pool->next_start_us = now_us;
	pool->next_start_us += 1000000 / pool->starts_per_second;
}

/* `wait_us` 0: no longer than it takes. */
static void wait_turn(struct pj_pool *pool, bool can_use_jails,
		      uint64_t wait_us)
{
	pthread_cond_t *turn =
		can_use_jails ? &pool->jail_ready : &pool->slot_free;
	unsigned int *count =
		can_use_jails ? &pool->want_any : &pool->want_slot;
	uint64_t until_us = pool_now_us() + wait_us;
	struct timespec until = { .tv_sec = (time_t)(until_us / 1000000),
				  .tv_nsec =
					  (long)(until_us % 1000000) * 1000 };

	(*count)++;
	if (wait_us)
		pthread_cond_timedwait(turn, &pool->lock, &until);
	else
		pthread_cond_wait(turn, &pool->lock);
	(*count)--;
}

enum gate_answer gate_enter(struct pj_pool *pool, bool can_use_jails)
{
	enum gate_answer answer = GATE_LAUNCH;
	bool waited = false;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		uint64_t now_us = pool_now_us();
		uint64_t wait_us = gate_rate_us(pool, now_us);

		if (can_use_jails && pool->waiting_count) {
			answer = GATE_JAIL;
			break;
		}
		if (pool->launching < pool->launching_max && !wait_us) {
			gate_count_start(pool, now_us);
			pool->launching++;
			break;
		}
		pool->stats.waited += !waited;
		waited = true;
		wait_turn(pool, can_use_jails, wait_us);
	}
	pthread_mutex_unlock(&pool->lock);
	return answer;
}

/* To those who wait for this alone, and to those who take what comes, by turns.
 */
void gate_leave(struct pj_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->launching--;
	pool->slot_turn = !pool->slot_turn;
	if (pool->want_slot && (pool->slot_turn || !pool->want_any))
		pthread_cond_signal(&pool->slot_free);
	else if (pool->want_any)
		pthread_cond_signal(&pool->jail_ready);
	pthread_mutex_unlock(&pool->lock);
}
