/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side: what the program's process is handed, opened by the init's
 * process in the finished root: the directory, the file to execute, and the
 * Landlock rules for what it may execute. The program's process resolves no
 * path, so its filter can be in force before the root is made.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "base/kernel.h"
#include "base/rawsys.h"
#include "launch/child.h"

static CHILD_SIDE long open_path(const char *path, long flags)
{
	struct open_how how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags),
		.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};

	return raw(__NR_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static CHILD_SIDE bool open_directory(struct launch_context *context)
{
	const struct pj_command *command = context->plan->command;
	struct stat now;
	long result = open_path(command->cwd, O_DIRECTORY);

	context->directory = (int)result;
	if (result >= 0)
		result = raw(__NR_fstat, context->directory, &now);
	if (result < 0)
		return launch_failed(context, STEP_DIRECTORY, command->cwd,
				     result);
	return context->plan->cwd_in_memory ||
	       (now.st_dev == command->cwd_stat.st_dev &&
		now.st_ino == command->cwd_stat.st_ino) ||
	       launch_failed(context, STEP_DIRECTORY_CHANGED, command->cwd,
			     -ESTALE);
}

/* The program as the jail sees it: through its own mounts, the same file. */
static CHILD_SIDE bool open_program(struct launch_context *context)
{
	const struct pj_command *command = context->plan->command;
	struct stat now;
	long result;

	if (context->image >= 0) {
		context->program = context->image;
		return true;
	}
	result = open_path(command->program, 0);
	context->program = (int)result;
	if (result >= 0)
		result = raw(__NR_fstat, context->program, &now);
	if (result < 0)
		return launch_failed(context, STEP_PROGRAM, command->program,
				     result);
	return (now.st_dev == command->program_stat.st_dev &&
		now.st_ino == command->program_stat.st_ino) ||
	       launch_failed(context, STEP_PROGRAM_CHANGED, command->program,
			     -ESTALE);
}

static CHILD_SIDE long allow(long ruleset, const char *path, uint64_t access)
{
	struct kernel_landlock_path rule = { .allowed_access = access };
	long fd = raw(__NR_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
	long result;

	if (fd < 0)
		return fd;
	rule.parent_fd = (int)fd;
	result = raw(__NR_landlock_add_rule, ruleset, KERNEL_LANDLOCK_RULE_PATH,
		     &rule, 0);
	raw(__NR_close, fd);
	return result;
}

static CHILD_SIDE bool make_ruleset(struct launch_context *context)
{
	const struct strv *paths = &context->plan->execute_paths;
	/* Without REFER no file could be moved to another directory. It came
	 * with ABI 2; before, nothing to handle. */
	struct kernel_landlock_ruleset ruleset = {
		.handled_access_fs =
			KERNEL_LANDLOCK_FS_EXECUTE | KERNEL_LANDLOCK_FS_REFER,
	};
	const char *what = "ruleset";
	long fd, result;

	if (!child_limits_execution(context))
		return true;
	fd = raw(__NR_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	if (fd < 0)
		return launch_failed(context, STEP_EXECUTE, what, fd);
	context->execute_ruleset = (int)fd;
	result = allow(fd, "/", KERNEL_LANDLOCK_FS_REFER);
	for (size_t i = 0; result >= 0 && i < paths->count; i++) {
		what = paths->items[i];
		result = allow(fd, what, KERNEL_LANDLOCK_FS_EXECUTE);
		if (result == -ENOENT)
			result = 0; /* not visible here: nothing to allow */
	}
	return result >= 0 ||
	       launch_failed(context, STEP_EXECUTE, what, result);
}

CHILD_SIDE bool child_open_command(struct launch_context *context)
{
	return open_directory(context) && open_program(context) &&
	       make_ruleset(context);
}
