/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: what makes the new namespaces the jail's own, before its
 * root is made. Raw system calls, no allocation, walks the plan.
 */
#include <asm/unistd.h>
#include <fcntl.h>
#include <sched.h>

#include "base/rawsys.h"
#include "launch/child.h"

enum { RECURSIVE = 16384, PRIVATE = 1 << 18 };

static CHILD_SIDE size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

CHILD_SIDE bool child_write_file(const char *path, const char *text,
				 long *ret_result)
{
	long fd = raw(__NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);

	*ret_result = fd;
	if (fd < 0)
		return false;
	*ret_result = raw(__NR_write, fd, text, length(text));
	raw(__NR_close, fd);
	return *ret_result == (long)length(text);
}

static CHILD_SIDE bool write_maps(struct launch_context *context)
{
	const struct pj_plan *plan = context->plan;
	const struct {
		const char *path, *text;
	} files[] = {
		{ "/proc/self/setgroups", "deny" },
		{ "/proc/self/uid_map", plan->uid_map },
		{ "/proc/self/gid_map", plan->gid_map },
	};
	long result;

	for (unsigned int i = 0; i < 3; i++)
		if (!child_write_file(files[i].path, files[i].text, &result))
			return launch_failed(context, STEP_MAPS, files[i].path,
					     result);
	return true;
}

/* No user namespace below this one: the count is the own namespace's. Where
 * there is a filter, it refuses each call that would make one (clone3, clone
 * and unshare with a flag); this lookup alone costs a tenth of a millisecond,
 * as the kernel keeps an entry of the name for each namespace there ever was.
 */
static CHILD_SIDE bool forbid_nesting(struct launch_context *context)
{
	static const char path[] = "/proc/sys/user/max_user_namespaces";
	long result;

	return child_write_file(path, "0", &result) ||
	       launch_failed(context, STEP_SYSCTL, path, result);
}

CHILD_SIDE bool child_enter_namespaces(struct launch_context *context)
{
	long result;

	if (!write_maps(context))
		return false;
	result = raw(__NR_mount, 0, "/", 0, RECURSIVE | PRIVATE, 0);
	if (result < 0)
		return launch_failed(context, STEP_PROPAGATION, NULL, result);
	if (context->plan->own_network && !child_note_network(context))
		return false;
	if (context->plan->loopback_up && !context->plan->own_network &&
	    !child_loopback_up(context))
		return false;
	return context->plan->filter_len || forbid_nesting(context);
}
