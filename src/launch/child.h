/* SPDX-License-Identifier: Apache-2.0 */
/* What the child's files share. */
#ifndef PJ_LAUNCH_CHILD_H
#define PJ_LAUNCH_CHILD_H

#include "launch/context.h"

/* The jail around the caller, its namespaces and then its root: made by
 * child_root.c, or, in the stage, looked over. False after launch_failed(). */
bool child_enter_jail(struct launch_context *context);
bool child_make_jail(struct launch_context *context);

/* child_command.c: what the program's process is handed. */
bool child_open_command(struct launch_context *context);

/* There is a ruleset for what may be executed; else it is not asked for, or
 * among the rules of the two domains. */
static inline bool child_limits_execution(const struct launch_context *context)
{
	return context->plan->execute_listed && !context->plan->landlock.used;
}

/* Wait while *word is `value`; wake who waits. Both processes share memory. */
void child_wait(const uint32_t *word, uint32_t value);
void child_wake(const uint32_t *word);
/* Until the program's process has left this memory. */
void child_await_program(const struct launch_context *context);

/* Told to a launcher that does not share our memory: before the init is
 * executed, and when something failed. */
void child_tell(const struct launch_context *context);

/* What the caller ignores would stay ignored. False after launch_failed(). */
bool child_reset_signals(struct launch_context *context);

/* Set one of the plan's limits for this process; the kernel's answer. */
long child_set_limit(const struct rlimit_op *op);

/* Write a whole text to a file; the kernel's answer in *ret_result. */
bool child_write_file(const char *path, const char *text, long *ret_result);

/* The loopback interface of the network that we are in. */
bool child_loopback_up(struct launch_context *context);

/* child_network.c: which network is the caller's; in one of the program's own,
 * what the init answers by; and that the program is not in the caller's. */
bool child_note_network(struct launch_context *context);
bool child_serve_network(struct launch_context *context);
bool child_verify_network(struct launch_context *context);

#endif
