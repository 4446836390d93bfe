/* SPDX-License-Identifier: Apache-2.0 */
/* A request to a pool: by a jail that waits, or by one of its own. */
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "init/protocol.h"
#include "launch/context.h"
#include "launch/handover.h"
#include "pool/pool.h"

/* ---- by a jail that waits ------------------------------------------------ */

struct warm {
	struct pj_pool *pool;
	struct pool_template *template;
	bool own_directory;
	bool last;  /* no other jail waits */
	bool none;  /* no jail has taken it */
	bool never; /* nor will */
};

/* What has reported is dead but for its init. The thread waits for that one,
 * whose end wakes it, and frees all, which takes its time. */
static void give_back(struct pj_process *process)
{
	struct pj_pool *pool = process->pool;
	const struct ended_jail ended = { .jail = process->jail,
					  .process = process };
	bool wakes = false;

	process_unwatch(process);
	if (process->reported && !pool_is_forked(pool)) {
		pthread_mutex_lock(&pool->lock);
		wakes = !jail_is_gone(&ended);
		jail_end(pool, &ended);
		pthread_mutex_unlock(&pool->lock);
	} else {
		pj_process_free(process);
	}
	if (!wakes)
		refill_wake(pool);
	pool_unref(pool);
}

/* Another jail is to be made before this one's end. */
static void lasts(struct pj_process *process)
{
	refill_wake(process->pool);
}

/* Under the lock. One that has ended while it waited, or when it was to take
 * its request: after some in a row there is no use in making more at once. */
static void note_lost(struct pj_pool *pool)
{
	enum { LOST_MOST = 8 };

	pool->stats.lost++;
	if (++pool->lost > LOST_MOST)
		jails_back_off(pool, "pool: jails end while they wait");
}

/* From here on its program's time counts. */
static int begin(const struct pool_template *template,
		 const struct waiting_jail *jail)
{
	const struct init_config *config = template->plan->init_config;
	const struct itimerspec first_look = {
		.it_value.tv_nsec = init_look_ms(config) * 1000000L,
	};

	return timerfd_settime(jail->jail.begin_fd, 0, &first_look, NULL) < 0
		       ? -errno
		       : 0;
}

/* False: its time has begun. */
static bool stays(const struct waiting_jail *jail)
{
	const struct itimerspec never = { 0 };
	struct itimerspec left;

	return timerfd_settime(jail->jail.begin_fd, 0, &never, &left) == 0 &&
	       left.it_value.tv_nsec > 0;
}

/* Such a jail is passed over; what no jail can take is none's fault. Under the
 * lock. */
static void not_given(struct pj_pool *pool, struct waiting_jail *jail,
		      int status)
{
	bool ended = status == -EPIPE || status == -ECONNRESET;

	if (!ended && stays(jail)) {
		jails_add(pool, jail, jail->generation);
		return;
	}
	waiting_end(pool, jail);
	if (ended)
		note_lost(pool);
}

static bool hand_over(struct warm *warm, const struct pj_command *command,
		      const int streams[3], struct waiting_jail *ret_jail)
{
	struct pj_pool *pool = warm->pool;
	bool first = true, with_shell = false;
	int status;

	do {
		bool taken;

		pthread_mutex_lock(&pool->lock);
		if (first)
			with_shell = shells_note(pool, command);
		first = false;
		taken = jails_take(pool, warm->template, with_shell, ret_jail);
		warm->last = !pool->waiting_count;
		pthread_mutex_unlock(&pool->lock);
		if (!taken)
			return false;
		status = begin(warm->template, ret_jail);
		if (status == 0)
			status = handover_send(ret_jail->socket, command,
					       warm->own_directory, streams);
		if (status < 0) {
			pthread_mutex_lock(&pool->lock);
			not_given(pool, ret_jail, status);
			pthread_mutex_unlock(&pool->lock);
		}
	} while (status == -EPIPE || status == -ECONNRESET);
	warm->never = status < 0;
	return status == 0;
}

static int start_warm(struct pj_process *process,
		      const struct pj_command *command,
		      const struct pj_run_options *options,
		      const int streams[3], void *data, struct pj_error *err)
{
	struct warm *warm = data;
	const struct pj_plan *plan = warm->template->plan;
	struct waiting_jail jail;
	int status = 0;

	(void)options;
	for (int i = 0; i < 3 && status == 0; i++)
		status = launch_check_stream(plan, i, streams[i], err);
	if (status == 0)
		status = process_describe(process, command, plan, err);
	if (status < 0)
		return status;
	/* Last: from here on whatever we do is done on the program's time. */
	if (!hand_over(warm, command, streams, &jail)) {
		warm->none = true;
		return -PJ_E_LAUNCH;
	}
	process->jail = jail.jail;
	process->handover_fd = jail.socket;
	process->lasts = lasts;
	process->give_back = give_back;
	process->pool = warm->pool;
	atomic_fetch_add(&warm->pool->references, 1);
	if (warm->last)
		refill_wake(warm->pool);
	return 0;
}

/* Its options ask for what no jail of the pool has. */
static bool is_special(const struct pj_pool *pool,
		       const struct pj_run_options *options)
{
	struct pj_run_options own = { 0 };

	if (!options)
		return false;
	memcpy(&own, options,
	       options->size < sizeof(own) ? options->size : sizeof(own));
	return own.strategy || (own.host && own.host != pool->host) ||
	       (own.may_move_cgroup && !pool->may_move_cgroup);
}

/* Why there may be no jail the next time, either. */
static void note_failed(struct pj_pool *pool,
			const struct handover_answer *failure)
{
	pthread_mutex_lock(&pool->lock);
	if (failure->step == STEP_HANDOVER)
		note_lost(pool);
	else
		pool->stats.lost++;
	/* What the host has changed, it has changed for all of them. */
	if (failure->step == STEP_SOURCE_CHANGED)
		jails_give_up(pool);
	pthread_mutex_unlock(&pool->lock);
}

static void count(struct pj_pool *pool, uint64_t *number)
{
	pthread_mutex_lock(&pool->lock);
	++*number;
	pthread_mutex_unlock(&pool->lock);
}

/* Whether the program was executed; if not, nothing of it has run. */
static bool executed(struct pj_pool *pool, const struct pj_process *process,
		     bool wait)
{
	struct handover_answer told;

	if (handover_executed(process->handover_fd, wait, &told)) {
		if (told.executes == EXECUTED_ALREADY)
			count(pool, &pool->stats.by_shell);
		return true;
	}
	if (process->ended != NOT_ENDED)
		return true;
	note_failed(pool, &told);
	return false;
}

/* ---- the calls ----------------------------------------------------------- */

/* A process by a waiting jail; 0 and no process: there is none for it. */
static int spawn_warm(struct warm *warm, const struct pj_command *command,
		      const struct pj_run_options *options,
		      struct pj_process **ret_process, struct pj_error *err)
{
	int status = process_spawn(command, options, start_warm, warm,
				   ret_process, err);

	return warm->none ? 0 : status;
}

static int spawn_cold(struct pj_pool *pool, const struct pj_command *command,
		      const struct pj_run_options *options,
		      struct pj_process **ret_process, struct pj_error *err)
{
	int status = process_spawn(command, options, process_launch, NULL,
				   ret_process, err);

	gate_leave(pool);
	count(pool, &pool->stats.cold);
	return status;
}

static void count_warm(struct pj_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stats.warm++;
	pool->lost = 0;
	pthread_mutex_unlock(&pool->lock);
}

/* What is done with a process of a waiting jail. True: it has run. */
typedef bool use_fn(struct pj_pool *pool, struct pj_process **process,
		    void *result, int *ret_status, struct pj_error *err);

static int serve(struct pj_pool *pool, const struct pj_command *command,
		 const struct pj_run_options *options, use_fn *use,
		 void *result, struct pj_process **ret_cold,
		 struct pj_error *err)
{
	bool wants_jail = !is_special(pool, options);

	for (;;) {
		auto_template struct pool_template *template = NULL;
		auto_process struct pj_process *process = NULL;
		struct warm warm = { .pool = pool };
		int status = 0;

		/* Anew in each turn: the policy may have been changed. */
		if (wants_jail)
			template = fit_find(pool, command, &warm.own_directory);
		warm.template = template;
		if (template)
			status = spawn_warm(&warm, command, options, &process,
					    err);
		if (status < 0)
			return status;
		if (process && use(pool, &process, result, &status, err)) {
			count_warm(pool);
			return status;
		}
		if (process || warm.never) {
			wants_jail = false;
			continue;
		}
		refill_wake(pool);
		if (gate_enter(pool, template != NULL) == GATE_LAUNCH)
			return spawn_cold(pool, command, options, ret_cold,
					  err);
	}
}

static bool use_to_end(struct pj_pool *pool, struct pj_process **process,
		       void *result, int *ret_status, struct pj_error *err)
{
	struct pj_result *made = NULL;
	struct pj_error why = { 0 };

	*ret_status = pj_process_wait(*process, &made, &why);
	if (!executed(pool, *process, false)) {
		pj_result_free(made);
		return false;
	}
	if (*ret_status == 0)
		*(struct pj_result **)result = made;
	else if (err)
		*err = why;
	return true;
}

int pj_pool_run(struct pj_pool *pool, const struct pj_command *command,
		const struct pj_run_options *options,
		struct pj_result **ret_result, struct pj_error *err)
{
	auto_process struct pj_process *cold = NULL;
	int status;

	if (!pool || !command || !ret_result)
		return fail_missing(err, PJ_STAGE_LAUNCH,
				    "pool, command and ret_result");
	if (pool_is_forked(pool))
		return pj_run(command, options, ret_result, err);
	status = serve(pool, command, options, use_to_end, ret_result, &cold,
		       err);
	return cold ? pj_process_wait(cold, ret_result, err) : status;
}

static bool use_spawned(struct pj_pool *pool, struct pj_process **process,
			void *result, int *ret_status, struct pj_error *err)
{
	if (!executed(pool, *process, true))
		return false;
	/* Nobody may turn to it for long. */
	process_lasts(*process);
	*ret_status = process_watch(*process, err);
	if (*ret_status == 0)
		*(struct pj_process **)result = take(*process);
	return true;
}

int pj_pool_spawn(struct pj_pool *pool, const struct pj_command *command,
		  const struct pj_run_options *options,
		  struct pj_process **ret_process, struct pj_error *err)
{
	auto_process struct pj_process *cold = NULL;
	int status;

	if (!pool || !command || !ret_process)
		return fail_missing(err, PJ_STAGE_LAUNCH,
				    "pool, command and ret_process");
	if (pool_is_forked(pool))
		return pj_spawn(command, options, ret_process, err);
	status = serve(pool, command, options, use_spawned, ret_process, &cold,
		       err);
	if (cold) {
		status = process_watch(cold, err);
		if (status == 0)
			*ret_process = take(cold);
	}
	return status;
}
