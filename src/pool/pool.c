/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a pool: pool.h has the theory of operation. */
#include "pool/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "launch/memory_file.h"

extern const unsigned char init_image[], init_image_end[];
extern const unsigned char waiter_image[], waiter_image_end[];
extern const unsigned char waiter_shell_image[], waiter_shell_image_end[];

enum { JAILS_USUAL = 2, STACK_BYTES = 256 * 1024 };

/* ---- life ---------------------------------------------------------------- */

void pool_unref(struct pj_pool *pool)
{
	const int fds[] = {
		pool->wake_fd,	 pool->mounts_fd,   pool->null_fd,
		pool->init_file, pool->waiter_file, pool->shell_file,
		pool->gone_fd,
	};

	if (atomic_fetch_sub(&pool->references, 1) > 1)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	template_unref(pool->template);
	template_unref(pool->candidate);
	pj_policy_free(pool->policy);
	fit_forget(pool);
	free(pool->ended);
	shells_forget(pool);
	pthread_cond_destroy(&pool->jail_ready);
	pthread_cond_destroy(&pool->slot_free);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* In a child that the owner has forked. */
static void forget_forked(struct pj_pool *pool)
{
	for (unsigned int i = 0; i < pool->waiting_count; i++) {
		const struct waiting_jail *waiting = &pool->waiting[i];

		close(waiting->socket);
		close(waiting->jail.pidfd);
		close(waiting->jail.control_fd);
		close(waiting->jail.report_fd);
		close(waiting->jail.config_fd);
		close(waiting->jail.begin_fd);
	}
	pool_unref(pool);
}

struct pj_pool *pj_pool_free(struct pj_pool *pool)
{
	if (!pool)
		return NULL;
	if (pool_is_forked(pool)) {
		forget_forked(pool);
		return NULL;
	}
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_mutex_unlock(&pool->lock);
	if (pool->has_thread) {
		refill_wake(pool);
		pthread_join(pool->thread, NULL);
	}
	pool_unref(pool);
	return NULL;
}

static void cleanup_pool(struct pj_pool **pool)
{
	pj_pool_free(*pool);
}

static struct pj_pool *pool_alloc(void)
{
	struct pj_pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t monotonic;

	if (!pool)
		return NULL;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->jail_ready, &monotonic);
	pthread_cond_init(&pool->slot_free, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pool->references = 1;
	pool->owner = getpid();
	pool->wake_fd = pool->mounts_fd = pool->null_fd = -1;
	pool->gone_fd = -1;
	pool->init_file = pool->waiter_file = pool->shell_file = -1;
	return pool;
}

static int take_options(struct pj_pool *pool,
			const struct pj_pool_options *given,
			struct pj_error *err)
{
	struct pj_pool_options options = { 0 };
	const char *bytes = (const char *)given;
	size_t size = given ? given->size : 0;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (given && size < sizeof(size))
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_ARGUMENT, 0,
			    "pj_pool_options.size is %zu; set it to sizeof",
			    size);
	for (size_t i = sizeof(options); i < size; i++)
		if (bytes[i])
			return fail(err, PJ_STAGE_LAUNCH, PJ_E_ARGUMENT, 0,
				    "pj_pool_options holds an option that this "
				    "library does not know");
	if (given)
		memcpy(&options, given,
		       size < sizeof(options) ? size : sizeof(options));
	if (options.jails > POOL_JAILS_MAX ||
	    options.starts_per_second > 1000000)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_ARGUMENT, 0,
			    "pj_pool_options: no more than %d jails, and "
			    "1000000 starts per second",
			    POOL_JAILS_MAX);
	pool->host = options.host;
	pool->jails = options.jails ? options.jails : JAILS_USUAL;
	pool->starts_per_second = options.starts_per_second;
	pool->idle_us = (uint64_t)options.idle_ms * 1000;
	pool->may_move_cgroup = options.may_move_cgroup;
	pool->launching_max = processors > 1 ? (unsigned int)processors : 1;
	return 0;
}

/* Shared by all jails, which execute them and can do no more: sealed. */
static int image_file(const char *name, const unsigned char *image,
		      const unsigned char *end)
{
	return memory_file_sealed(name, image, (size_t)(end - image));
}

static int open_files(struct pj_pool *pool, struct pj_error *err)
{
	pool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pool->gone_fd = epoll_create1(EPOLL_CLOEXEC);
	pool->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	pool->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	pool->init_file =
		image_file("procjail-init", init_image, init_image_end);
	pool->waiter_file =
		image_file("procjail-wait", waiter_image, waiter_image_end);
	pool->shell_file = image_file("procjail-wait", waiter_shell_image,
				      waiter_shell_image_end);
	if (pool->wake_fd < 0 || pool->mounts_fd < 0 || pool->null_fd < 0 ||
	    pool->init_file < 0 || pool->waiter_file < 0 ||
	    pool->shell_file < 0 || pool->gone_fd < 0)
		return fail_system(err, PJ_STAGE_LAUNCH, errno,
				   "descriptors of the pool");
	return 0;
}

/* No signal of the host program is for it. */
static int start_thread(struct pj_pool *pool, struct pj_error *err)
{
	sigset_t all, before;
	pthread_attr_t small;
	int status;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = pthread_create(&pool->thread, &small, refill_run, pool);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&small);
	if (status)
		return fail_system(err, PJ_STAGE_LAUNCH, status,
				   "thread of the pool");
	pool->has_thread = true;
	return 0;
}

int pj_pool_new(const struct pj_policy *policy,
		const struct pj_pool_options *options,
		struct pj_pool **ret_pool, struct pj_error *err)
{
	__attribute__((cleanup(cleanup_pool))) struct pj_pool *pool = NULL;
	int status;

	if (!policy || !ret_pool)
		return fail_missing(err, PJ_STAGE_LAUNCH,
				    "policy and ret_pool");
	pool = pool_alloc();
	if (!pool)
		return fail_memory(err, PJ_STAGE_LAUNCH);
	pool->policy = policy_ref(policy);
	pool->stats.size = sizeof(pool->stats);
	pool->used_us = pool_now_us();
	status = take_options(pool, options, err);
	if (status == 0)
		status = open_files(pool, err);
	if (status == 0)
		status = start_thread(pool, err);
	if (status < 0)
		return status;
	*ret_pool = take(pool);
	return 0;
}

int pj_pool_set_policy(struct pj_pool *pool, const struct pj_policy *policy,
		       struct pj_error *err)
{
	struct pj_policy *before;

	if (!pool || !policy)
		return fail_missing(err, PJ_STAGE_LAUNCH, "pool and policy");
	pthread_mutex_lock(&pool->lock);
	before = pool->policy;
	pool->policy = policy_ref(policy);
	template_replace(pool, NULL);
	template_unref(take(pool->candidate));
	shells_forget(pool);
	pool->retry_us = 0;
	pool->failures = 0;
	pthread_mutex_unlock(&pool->lock);
	refill_wake(pool);
	pj_policy_free(before);
	return 0;
}

void pj_pool_stats(struct pj_pool *pool, struct pj_pool_stats *ret_stats)
{
	size_t size = ret_stats->size;

	pthread_mutex_lock(&pool->lock);
	pool->stats.waiting = pool->waiting_count;
	pool->stats.shells = shells_waiting(pool);
	if (size > sizeof(pool->stats))
		size = sizeof(pool->stats);
	memcpy(ret_stats, &pool->stats, size);
	pthread_mutex_unlock(&pool->lock);
	ret_stats->size = size;
}
