/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether jails of the template may serve a command: its own plan is made, and
 * must be the template's. That takes some 30 us, so the answer is kept for a
 * while, under all of the command that a plan depends on. What a jail could
 * have lost since it was made is looked at each time: here the sources of its
 * mounts, in the waiter the mounts themselves.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "plan/pooled.h"
#include "plan/strategy.h"
#include "pool/pool.h"

void fit_forget(struct pj_pool *pool)
{
	for (size_t i = 0; i < POOL_FITS; i++) {
		free(pool->fits[i].key);
		pool->fits[i] = (struct pool_fit){ 0 };
	}
}

static char *make_key(const struct pj_command *command, size_t *ret_size)
{
	const char *const parts[] = {
		command->program,
		command->argv.items[0],
		command->cwd,
		command->interpreter ? command->interpreter : "",
	};
	size_t size = 0;
	char *key, *at;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		size += strlen(parts[i]) + 1;
	at = key = malloc(size);
	for (size_t i = 0; key && i < ARRAY_SIZE(parts); i++)
		at = stpcpy(at, parts[i]) + 1;
	*ret_size = size;
	return key;
}

static const struct pool_fit *find_kept(const struct pj_pool *pool,
					const char *key, size_t size)
{
	uint64_t now_us = pool_now_us();

	for (size_t i = 0; i < POOL_FITS; i++) {
		const struct pool_fit *fit = &pool->fits[i];

		if (fit->key && fit->key_size == size &&
		    fit->until_us > now_us && memcmp(fit->key, key, size) == 0)
			return fit;
	}
	return NULL;
}

/* Takes the key. */
static void keep(struct pj_pool *pool, char *key, size_t size,
		 const struct pool_fit *answer)
{
	struct pool_fit *fit = &pool->fits[pool->next_fit++ % POOL_FITS];

	free(fit->key);
	*fit = *answer;
	fit->key = key;
	fit->key_size = size;
}

/* Commands that all need another jail shall have it. */
static void consider(struct pj_pool *pool, const struct pj_command *command,
		     const struct pool_template *template,
		     const struct pj_plan *plan)
{
	struct pool_template *made = NULL;
	bool known;

	pthread_mutex_lock(&pool->lock);
	known = pool->candidate && pooled_same(pool->candidate->plan, plan);
	pool->candidate_count = known ? pool->candidate_count + 1 : 1;
	pthread_mutex_unlock(&pool->lock);
	if (!known &&
	    template_make(pool, command->policy, command, &made, NULL) < 0)
		return;
	pthread_mutex_lock(&pool->lock);
	if (pool->template != template) {
		template_unref(made);
	} else if (!known) {
		template_unref(pool->candidate);
		pool->candidate = made;
	} else if (pool->candidate_count >= POOL_ADOPTS && pool->candidate) {
		template_replace(pool, take(pool->candidate));
	}
	pthread_mutex_unlock(&pool->lock);
}

static struct pool_fit compare(struct pj_pool *pool,
			       const struct pj_command *command,
			       const struct pool_template *template)
{
	struct pool_fit fit = { .until_us =
					pool_now_us() + POOL_PLAN_MS * 1000 };
	auto_plan struct pj_plan *plan = NULL;

	if (pj_plan_make(command, pool->host, &plan, NULL) < 0)
		return fit;
	fit.fits = pooled_same(plan, template->plan);
	fit.own_directory = plan->cwd_in_memory;
	if (!fit.fits)
		consider(pool, command, template, plan);
	return fit;
}

/* As a launch does, which would refuse. */
static bool sources_are_there(const struct pj_plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct mount_op *op = &plan->mounts[i];
		struct stat now;

		if (op->kind != MOUNT_TREE || !*op->target)
			continue;
		if (lstat(op->source, &now) < 0 || now.st_dev != op->device ||
		    now.st_ino != op->inode)
			return false;
	}
	return true;
}

/* The template as it is now, if it is of the command's policy; and what is
 * known of the command. */
static struct pool_template *look_up(struct pj_pool *pool,
				     const struct pj_command *command,
				     const char *key, size_t size,
				     struct pool_fit *ret_fit)
{
	const struct pool_fit *kept = NULL;
	struct pool_template *template = NULL;
	struct identity now;

	identity_take(&now);
	pthread_mutex_lock(&pool->lock);
	pool->used_us = pool_now_us();
	/* The caller is somebody else since then. */
	if (pool->template && !identity_same(&now, &pool->template->as))
		template_replace(pool, NULL);
	if (pool->template && pool->policy == command->policy) {
		template = template_ref(pool->template);
		kept = find_kept(pool, key, size);
	}
	*ret_fit = kept ? *kept : (struct pool_fit){ 0 };
	pthread_mutex_unlock(&pool->lock);
	return template;
}

struct pool_template *fit_find(struct pj_pool *pool,
			       const struct pj_command *command,
			       bool *ret_own_directory)
{
	struct pool_fit fit = { 0 };
	size_t size = 0;
	auto_free char *key = make_key(command, &size);
	struct pool_template *template =
		key ? look_up(pool, command, key, size, &fit) : NULL;

	if (!template)
		return NULL;
	if (!fit.until_us) {
		fit = compare(pool, command, template);
		pthread_mutex_lock(&pool->lock);
		if (pool->template == template && fit.fits)
			keep(pool, take(key), size, &fit);
		/* The host may have changed: the thread looks. */
		if (!fit.fits)
			template->planned_us = 0;
		pthread_mutex_unlock(&pool->lock);
	}
	if (!fit.fits || !sources_are_there(template->plan)) {
		template_unref(template);
		return NULL;
	}
	*ret_own_directory = fit.own_directory;
	return template;
}
