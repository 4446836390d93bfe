/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launching thread and its two children share. They share the memory
 * itself: the parent is stopped (vfork) until the init is executed, the init
 * until the program is. So a child may write here, and nowhere else.
 */
#ifndef PJ_LAUNCH_CONTEXT_H
#define PJ_LAUNCH_CONTEXT_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "launch/scratch.h"
#include "plan/plan.h"

/* The child side runs on a stack of its own in the parent's memory: nothing of
 * the parent's run-time checkers may look at it. */
#define CHILD_SIDE __attribute__((no_sanitize("address", "undefined")))

enum launch_step {
	STEP_START,
	STEP_MAPS,
	STEP_NAMESPACES,
	STEP_PROPAGATION,
	STEP_ROOT,
	STEP_MOUNT,
	STEP_SOURCE_CHANGED,
	STEP_PIVOT,
	STEP_NETWORK,
	STEP_HOSTNAME,
	STEP_SYSCTL,
	STEP_SCOPE,
	STEP_SESSION,
	STEP_LANDLOCK,
	STEP_SCRATCH,
	STEP_FORK,
	STEP_STREAMS,
	STEP_DIRECTORY,
	STEP_DIRECTORY_CHANGED,
	STEP_PROGRAM,
	STEP_PROGRAM_CHANGED,
	STEP_RLIMIT,
	STEP_SIGNALS,
	STEP_PRIVILEGES,
	STEP_EXECUTE,
	STEP_DESCRIPTORS,
	STEP_FILTER,
	STEP_VERIFY,
	STEP_EXEC,
	STEP_INIT,
	STEP_WRAPPER,
	STEP_WRAPPED_ROOT,
	STEP_HANDOVER,
	STEP_COUNT,
};

/* Of the plan's namespaces, those that nobody but the program needs: it makes
 * them itself. The network is one where the init connects for it; else what the
 * init makes for the program shall be of that network, too. */
static inline uint64_t program_namespaces(const struct pj_plan *plan)
{
	uint64_t own = CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

	if (plan->own_network)
		own |= CLONE_NEWNET;
	return plan->clone_flags & own;
}

struct launch_context {
	const struct pj_plan *plan;
	char *const *argv, *const *envp;
	int image; /* executed instead of the command's program; -1: none */
	int streams[3], control, report, config, init_image;
	const unsigned char *init_bytes; /* to be written to it; or NULL */
	size_t init_size;
	int account, begin;	      /* -1: none */
	bool caller_descriptors;      /* we have a copy of the caller's */
	unsigned char *program_stack; /* top of the program's stack */
	/* Where a wrapper makes the jail: */
	int null, complaints, stage_image, options, socket;
	char told[236]; /* what the stage named */

	/* Written by the children. */
	enum launch_step step;
	const char *what; /* of the plan or constant */
	int errnum;
	bool program_executed; /* "about to exec" was reached, and the exec took
				*/
	bool init_executed;
	int listener, main_pid;
	int names, names_stream,
		network; /* of the program's own network, or -1 */
	ino_t caller_network;
	int inner_ruleset;			 /* for the program's process */
	int directory, program, execute_ruleset; /* child_command.c */
	/* Futexes. Whether the root is finished, or never will be; whether the
	 * program's process still is in our memory: its pid, which the kernel
	 * sets and clears. */
	uint32_t root_made, program_here;
	int init_pid;	 /* as the program's process sees it */
	uint32_t failed; /* the first failure is told */
	int scratch;	 /* the directory, or -1 */
	struct scratch_identity scratch_identity;
	bool scratch_made, scoped; /* signals stay in a domain of our own */
	unsigned int umask;
	dev_t root_device, memory_devices[2];
	ino_t root_inode;
};

/* Note a failure; always false. */
static inline bool launch_failed(struct launch_context *context,
				 enum launch_step step, const char *what,
				 long result)
{
	if (__atomic_exchange_n(&context->failed, 1, __ATOMIC_RELAXED))
		return false;
	context->step = step;
	context->what = what;
	context->errnum = (int)-result;
	return false;
}

/* launch_context.root_made */
enum { ROOT_AWAITED, ROOT_MADE, ROOT_NEVER };

/* Children's parts. Each returns false after launch_failed(). */
bool child_enter_namespaces(struct launch_context *context);
/* The two Landlock domains of the plan, if it has any. */
bool child_enter_outer(struct launch_context *context);
bool child_enter_inner(struct launch_context *context);
/* After a failure: the directory is still empty. */
void child_remove_scratch(const struct launch_context *context);
/* The program's process: never returns. */
int child_run_program(void *context);
/* The init's process: never returns. */
int child_run_init(void *context);
/* The wrapper's process: never returns. */
int child_run_wrapper(void *context);

#endif
