/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shells that are executed in advance. When commands in a row are the same
 * shell, jails are made from then on in which the waiter is within that shell,
 * before its main() (launch/waiter_shell.c): the request is no exec any more. A
 * jail with a shell takes other commands as well, with an exec as ever, so this
 * decides what is made and never what may run.
 *
 * Only a shell that needs the C library and nothing else: what other libraries
 * do when they are loaded, they might do otherwise with the request's
 * environment. And only root's, which no jail of the policy can write: another
 * one could be made to run before it is asked for, and to take what is for
 * others.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "launch/handover.h"
#include "plan/elf.h"
#include "pool/pool.h"

enum { PATIENCE_SHELL_MS = 2000 };

static struct pool_program program_of(const struct stat *stat)
{
	return (struct pool_program){ .device = stat->st_dev,
				      .inode = stat->st_ino };
}

static bool is_same(const struct pool_program *a, const struct pool_program *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static bool is_shell(const struct pj_command *command)
{
	static const char *const names[] = { "sh", "dash" };
	const char *slash = strrchr(command->program, '/');

	for (size_t i = 0; slash && i < ARRAY_SIZE(names); i++)
		if (strcmp(slash + 1, names[i]) == 0)
			return !command->interpreter;
	return false;
}

static void forget(struct pool_shells *shells)
{
	free(take(shells->wanted));
	shells->program = (struct pool_program){ 0 };
	shells->others = 0;
}

static void adopt(struct pool_shells *shells, const struct pj_command *command)
{
	forget(shells);
	shells->wanted = strdup(command->program);
	if (shells->wanted)
		shells->program = shells->last;
}

void shells_forget(struct pj_pool *pool)
{
	forget(&pool->shells);
	pool->shells = (struct pool_shells){ 0 };
}

bool shells_note(struct pj_pool *pool, const struct pj_command *command)
{
	struct pool_shells *shells = &pool->shells;
	struct pool_program program = program_of(&command->program_stat);

	if (shells->wanted && is_same(&program, &shells->program)) {
		shells->others = 0;
		return true;
	}
	if (shells->wanted && ++shells->others >= POOL_ADOPTS)
		forget(shells);
	shells->same = is_same(&program, &shells->last) ? shells->same + 1 : 1;
	shells->last = program;
	if (shells->same >= POOL_ADOPTS && is_shell(command) &&
	    !is_same(&program, &shells->refused))
		adopt(shells, command);
	return false;
}

static int find_without(const struct pj_pool *pool)
{
	for (unsigned int i = 0; pool->shells.wanted && i < pool->waiting_count;
	     i++)
		if (!pool->waiting[i].has_shell)
			return (int)i;
	return -1;
}

unsigned int shells_waiting(const struct pj_pool *pool)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < pool->waiting_count; i++)
		count += pool->waiting[i].has_shell;
	return count;
}

bool shells_lacking(const struct pj_pool *pool)
{
	return find_without(pool) >= 0;
}

bool shells_take_without(struct pj_pool *pool, struct waiting_jail *ret_jail)
{
	int found = find_without(pool);

	if (found < 0)
		return false;
	*ret_jail = pool->waiting[found];
	pool->waiting[found] = pool->waiting[--pool->waiting_count];
	return true;
}

/* ---- by the pool's thread ------------------------------------------------ */

/* It shall not keep the thread. */
static bool await_shell(int socket)
{
	struct pollfd answered = { .fd = socket, .events = POLLIN };

	return poll(&answered, 1, PATIENCE_SHELL_MS) > 0 &&
	       handover_await(socket) == 0;
}

/* Whether a tree of the plan holds the path. */
static bool holds(const struct mount_op *op, const char *path)
{
	size_t len = strlen(op->target);

	return !len || (strncmp(path + 1, op->target, len) == 0 &&
			(path[1 + len] == '/' || !path[1 + len]));
}

/* The jail sees it through a mount on which nothing can be written. */
static bool is_read_only(const struct pj_plan *plan, const char *path)
{
	const struct mount_op *found = NULL;

	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].kind != MOUNT_DIRECTORY &&
		    holds(&plan->mounts[i], path))
			found = &plan->mounts[i];
	return found && found->kind == MOUNT_TREE &&
	       found->attributes & MOUNT_ATTR_RDONLY;
}

/* Root's alone to write; a jail of root's under no other name either. */
static bool is_trusted(const struct stat *file, uid_t user)
{
	return S_ISREG(file->st_mode) && file->st_uid == 0 &&
	       !(file->st_mode & 06022) && (user != 0 || file->st_nlink == 1);
}

static bool may_wait(const struct pool_template *template, const char *path,
		     const struct pool_program *program, struct stat *ret_stat)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct pool_program found;

	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return false;
	found = program_of(ret_stat);
	return is_same(&found, program) &&
	       is_trusted(ret_stat, template->as.user) &&
	       is_read_only(template->plan, path) &&
	       elf_needs_only(fd, "libc.so.6");
}

/* Do not try it again. */
static void refuse(struct pj_pool *pool, const struct pool_program *program)
{
	pthread_mutex_lock(&pool->lock);
	pool->shells.refused = *program;
	if (is_same(program, &pool->shells.program))
		forget(&pool->shells);
	pthread_mutex_unlock(&pool->lock);
}

bool shells_enter(struct pj_pool *pool, const struct pool_template *template,
		  struct waiting_jail *jail)
{
	auto_free char *path = NULL;
	struct pool_program program;
	struct stat stat;

	pthread_mutex_lock(&pool->lock);
	if (pool->shells.wanted)
		path = strdup(pool->shells.wanted);
	program = pool->shells.program;
	pthread_mutex_unlock(&pool->lock);
	if (!path)
		return true;
	if (!may_wait(template, path, &program, &stat)) {
		refuse(pool, &program);
		return true;
	}
	jail->has_shell =
		handover_send_shell(jail->socket, path, &stat,
				    template->places + 1, pool->shell_file,
				    pool->null_fd) == 0 &&
		await_shell(jail->socket);
	if (!jail->has_shell)
		refuse(pool, &program);
	return jail->has_shell;
}
