/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side where a wrapper makes the jail: becomes the wrapper, which
 * gets an empty environment of ours, no stream of the program, and the
 * descriptors of plan/wrapper.h. */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>

#include "base/rawsys.h"
#include "launch/child.h"
#include "plan/wrapper.h"

enum { ABOVE = 16, CLOSE_RANGE_CLOEXEC_FLAG = 4 };

static CHILD_SIDE long arrange(const struct launch_context *context)
{
	const struct wrapper *wrapper = context->plan->wrapper;
	const int wanted[WRAPPER_FD_COUNT] = {
		context->null,
		context->null,
		context->complaints,
		[WRAPPER_FD_STAGE] = context->stage_image,
		[WRAPPER_FD_SOCKET] = context->socket,
		[WRAPPER_FD_OPTIONS] = context->options >= 0 ? context->options
							     : context->null,
		[WRAPPER_FD_SELF] = wrapper->fd,
	};
	long moved[WRAPPER_FD_COUNT];

	for (int i = 0; i < WRAPPER_FD_COUNT; i++) {
		moved[i] = raw(__NR_fcntl, wanted[i], F_DUPFD_CLOEXEC, ABOVE);
		if (moved[i] < 0)
			return moved[i];
	}
	for (int i = 0; i < WRAPPER_FD_COUNT; i++) {
		long result = raw(__NR_dup3, moved[i], i, 0);

		if (result < 0)
			return result;
	}
	return raw(__NR_close_range, WRAPPER_FD_COUNT, ~0U,
		   CLOSE_RANGE_CLOEXEC_FLAG);
}

CHILD_SIDE int child_run_wrapper(void *data)
{
	static const char *const envp[] = { "PATH=/usr/bin:/bin", "LC_ALL=C",
					    NULL };
	struct launch_context *context = data;
	const struct wrapper *wrapper = context->plan->wrapper;
	long result = raw(__NR_setsid);

	raw(__NR_umask, 022);
	if (result < 0) {
		launch_failed(context, STEP_SESSION, NULL, result);
	} else if (child_reset_signals(context)) {
		if (!wrapper->gains_privileges)
			result = raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0,
				     0);
		if (result >= 0)
			result = arrange(context);
		if (result >= 0)
			result = raw(__NR_chdir, "/");
		if (result >= 0) {
			context->init_executed = true;
			result = raw(__NR_execveat, WRAPPER_FD_SELF, "",
				     wrapper->argv.items, envp, AT_EMPTY_PATH);
			context->init_executed = false;
		}
		launch_failed(context, STEP_WRAPPER, wrapper->path, result);
	}
	raw(__NR_exit_group, 1);
	__builtin_unreachable();
}
