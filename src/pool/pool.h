/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 *   callers' threads                        the pool's thread (refill.c)
 *     pj_pool_run                             makes jails, plans them anew,
 *       does the command fit?  (fit.c)        takes back those that have ended,
 *       take a jail, hand over (serve.c)      gives up those that nobody wants
 *       or launch, as the gate lets (gate.c)
 *           └──────────── one lock, two wake-ups ──────────────┘
 *
 * A waiting jail is a whole jail: init and waiter (launch/handover.h) are
 * executed, every wall is up. It is used for one command and never again. All
 * waiting jails are of one template, which is the plan of one policy without a
 * command; when it changes they are given up. Whatever speaks against using a
 * jail leads to a launch as by pj_run(), which also words the failure, if any:
 * a hand-over that fails has run nothing of the program.
 */
#ifndef PJ_POOL_POOL_H
#define PJ_POOL_POOL_H

#include <procjail.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "launch/launch.h"
#include "plan/plan.h"
#include "supervise/process.h"

enum {
	POOL_JAILS_MAX = 1024,
	POOL_FITS = 16,
	/* How long what the host told for a plan is taken for true. */
	POOL_PLAN_MS = 1000,
	/* So many commands in a row that no jail fits, and that would all have
	 * the same jail, and it is that which is made from then on. So many in
	 * a row that are the same shell, and jails are made with that shell
	 * executed already; so many that are not, and they are not. */
	POOL_ADOPTS = 3,
};

/* As whom jails are made: what their programs have of the caller. */
struct identity {
	uid_t user;
	gid_t group, more[64];
	int more_count; /* -1: too many to tell */
};

/* What all waiting jails are made by. */
struct pool_template {
	atomic_uint references;
	struct pj_policy *policy;
	struct pj_command *like;   /* what it was planned for; or NULL */
	struct pj_command command; /* without a program */
	struct pj_plan *plan;
	struct identity as;
	char **places;	     /* the waiter's arguments; borrowed of the plan */
	uint64_t planned_us; /* under the lock; 0: in doubt */
};

struct waiting_jail {
	struct launched jail;
	int socket;
	unsigned int generation; /* the pool's, while it waits */
	bool has_shell;		 /* the waiter is in a shell */
};

/* A program file; inode 0: none. */
struct pool_program {
	dev_t device;
	ino_t inode;
};

/* Which shell jails are made with, as the commands have it (shells.c). */
struct pool_shells {
	char *wanted; /* its path; NULL: none */
	struct pool_program program;
	struct pool_program last;    /* of the command before */
	struct pool_program refused; /* cannot be made to wait */
	unsigned int same, others;   /* in a row */
};

/* One that is coming to its end; its init is ours to reap. */
struct ended_jail {
	struct launched jail;
	struct pj_process *process; /* whose the jail is; or NULL */
	uint64_t since_us;
	bool killed;
};

/* A command that was planned, and whether the plan is the template's. */
struct pool_fit {
	char *key; /* what the plan depends on; NULL: unused */
	size_t key_size;
	uint64_t until_us;
	bool fits, own_directory;
};

struct pj_pool {
	atomic_uint references; /* the owner's, and each process's */
	pid_t owner; /* a child that it forks has no part in the jails */
	pthread_mutex_t lock;
	pthread_cond_t jail_ready, slot_free;
	pthread_t thread;
	bool has_thread;
	/* Wake the thread: when something is to do, when a jail is gone. */
	int wake_fd, gone_fd;
	int mounts_fd; /* readable with priority when a mount has changed */
	int null_fd, init_file, waiter_file, shell_file;
	const struct pj_host *host; /* borrowed */
	unsigned int jails, starts_per_second;
	uint64_t idle_us;
	bool may_move_cgroup;

	/* Under the lock: */
	bool stopping;
	struct pj_policy *policy;
	struct pool_template *template; /* NULL: not planned, or not possible */
	struct pool_template *candidate; /* of the last commands that did not
					    fit; or NULL */
	unsigned int candidate_count;
	/* Counted up when waiting jails are given up. */
	unsigned int generation;
	struct waiting_jail waiting[POOL_JAILS_MAX];
	unsigned int waiting_count;
	struct ended_jail *ended;
	size_t ended_count, ended_room;
	struct pool_fit fits[POOL_FITS];
	unsigned int next_fit;
	struct pool_shells shells;
	uint64_t used_us;      /* the last request */
	uint64_t taken_us;     /* the last jail that was taken */
	uint64_t retry_us;     /* no jail is made before; 0: at once */
	unsigned int failures; /* in a row */
	unsigned int lost;     /* in a row */
	struct pj_pool_stats stats;

	/* gate.c, under the lock: */
	unsigned int launching, launching_max;
	unsigned int want_any, want_slot;
	bool slot_turn;
	uint64_t next_start_us;
};

uint64_t pool_now_us(void);
void pool_unref(struct pj_pool *pool);

/* In a child that the owner has forked neither the thread nor the jails are
 * ours, and the lock may be somebody's who is not there. */
static inline bool pool_is_forked(const struct pj_pool *pool)
{
	return pool->owner != getpid();
}

/* ---- jails.c ------------------------------------------------------------- */

static inline struct pool_template *template_ref(struct pool_template *template)
{
	if (template)
		atomic_fetch_add(&template->references, 1);
	return template;
}
void template_unref(struct pool_template *template);
static inline void cleanup_template(struct pool_template **template)
{
	template_unref(*template);
}
#define auto_template __attribute__((cleanup(cleanup_template)))

void identity_take(struct identity *ret_identity);
bool identity_same(const struct identity *a, const struct identity *b);

/* `like`: see pooled_plan(); or NULL. */
int template_make(const struct pj_pool *pool, const struct pj_policy *policy,
		  const struct pj_command *like,
		  struct pool_template **ret_template, struct pj_error *err);

/* Under the lock: jails are made by this one now; a reference is taken over.
 * Those that were made by the one before are given up. */
void template_replace(struct pj_pool *pool, struct pool_template *template);

/* Make one jail of the template. */
int jail_make(const struct pj_pool *pool, const struct pool_template *template,
	      struct waiting_jail *ret_jail, struct pj_error *err);

/* Nobody is left in it, not even its init. */
bool jail_is_gone(const struct ended_jail *jail);

/* Wait for its end and release all of it. */
void jail_release(struct ended_jail *jail);

/* Under the lock: the same, off this thread's way. */
void jail_end(struct pj_pool *pool, const struct ended_jail *jail);

/* Under the lock: let one wait that was made, or taken, in this generation of
 * the pool; of an earlier one, it is ended. */
bool jails_add(struct pj_pool *pool, struct waiting_jail *jail,
	       unsigned int generation);

/* Under the lock: end one that waited and is not used. */
void waiting_end(struct pj_pool *pool, const struct waiting_jail *waiting);

/* Under the lock: no waiting jail is as it should be any more. */
void jails_give_up(struct pj_pool *pool);

/* Under the lock: a jail for somebody, if one waits; one with a shell, or
 * without, if there is. */
bool jails_take(struct pj_pool *pool, const struct pool_template *template,
		bool with_shell, struct waiting_jail *ret_jail);

/* Under the lock: none is made for a while, and why. */
void jails_back_off(struct pj_pool *pool, const char *why);

/* ---- shells.c ------------------------------------------------------------ */

/* Under the lock: learn from a command; whether it is the shell that jails are
 * made with. */
bool shells_note(struct pj_pool *pool, const struct pj_command *command);

/* Under the lock: in how many jails one waits. */
unsigned int shells_waiting(const struct pj_pool *pool);

/* Under the lock: forget all that was learned. */
void shells_forget(struct pj_pool *pool);

/* Under the lock: whether a jail waits without the shell that is wanted. */
bool shells_lacking(const struct pj_pool *pool);
bool shells_take_without(struct pj_pool *pool, struct waiting_jail *ret_jail);

/* A jail that is nobody's else: have the shell wait in it, if one is wanted.
 * False: the jail is not to be used. */
bool shells_enter(struct pj_pool *pool, const struct pool_template *template,
		  struct waiting_jail *jail);

/* ---- fit.c --------------------------------------------------------------- */

/* A reference to the template whose jails may serve this command; NULL: none.
 */
struct pool_template *fit_find(struct pj_pool *pool,
			       const struct pj_command *command,
			       bool *ret_own_directory);

/* Under the lock. */
void fit_forget(struct pj_pool *pool);

/* ---- gate.c -------------------------------------------------------------- */

/* Under the lock: microseconds until one more jail may be made; 0: now. */
uint64_t gate_rate_us(const struct pj_pool *pool, uint64_t now_us);
void gate_count_start(struct pj_pool *pool, uint64_t now_us);

enum gate_answer { GATE_LAUNCH, GATE_JAIL };
/* Wait until the caller may launch by itself, or, if it can use one, until a
 * jail waits. */
enum gate_answer gate_enter(struct pj_pool *pool, bool can_use_jails);
void gate_leave(struct pj_pool *pool);

/* ---- refill.c ------------------------------------------------------------ */

void *refill_run(void *pool);
/* There is something to do. */
void refill_wake(struct pj_pool *pool);

#endif
