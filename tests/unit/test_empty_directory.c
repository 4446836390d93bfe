/* SPDX-License-Identifier: Apache-2.0 */
/* A directory is emptied, and nothing beside it: not when
 * somebody moves a part of it away at the worst moment, either. That moment is
 * found by tracing who empties it. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/empty_directory.h"
#include "tap.h"

static char base[64];

/* In a directory of our own: "scratch", and "beside" with a file in it. */
static void set_up(void)
{
	const char *memory = getenv("TMPDIR");

	snprintf(base, sizeof(base), "%s/procjail-test.XXXXXX",
		 memory && strlen(memory) < 32 ? memory : "/tmp");
	CHECK(mkdtemp(base) && chdir(base) == 0);
	CHECK(mkdir("scratch", 0700) == 0 && mkdir("beside", 0700) == 0);
	CHECK(mknod("beside/kept", S_IFREG | 0600, 0) == 0);
}

static void tear_down(void)
{
	CHECK(unlink("beside/kept") == 0 && rmdir("beside") == 0);
	CHECK(chdir("/") == 0 && rmdir(base) == 0);
}

static void remove_within(uint64_t steps)
{
	static struct empty_directory_space space;
	int fd = open("scratch", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0);
	space.steps = steps;
	empty_directory(fd, &space);
	rmdir("scratch");
}

static void remove_it(void)
{
	remove_within(UINT64_MAX);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Deeper than is remembered, with files and a link on the way. */
static void deep_trees(void)
{
	int here;

	set_up();
	CHECK(chdir("scratch") == 0);
	for (int i = 0; i < 700; i++) {
		CHECK(mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0);
		CHECK(mknod("file", S_IFREG, 0) == 0);
		CHECK(symlink(base, "link") == 0);
		CHECK(chdir("a") == 0);
	}
	CHECK(mkdir("full", 0700) == 0);
	CHECK(mknod("full/file", S_IFREG, 0) == 0 && chmod("full", 0) == 0);
	here = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(here >= 0 && fchdir(here) == 0 && close(here) == 0);
	/* Who has not the time for it comes back. */
	remove_within(100);
	CHECK(is_there("scratch"));
	remove_it();
	CHECK(!is_there("scratch"));
	tear_down();
}

enum { SYSCALL_STOP = SIGTRAP | 0x80 };

/* Whether it is about to open "..". */
static bool goes_up(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };
	long text;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != SYS_openat)
		return false;
	text = ptrace(PTRACE_PEEKDATA, pid, info.entry.args[1], NULL);
	return memcmp(&text, "..", 3) == 0;
}

/* Before its first "..": scratch/a/b becomes beside/b. */
static void move_away_meanwhile(pid_t pid)
{
	bool moved = false;
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	if (!WIFSTOPPED(status))
		SKIP("no tracing here");
	CHECK(ptrace(PTRACE_SETOPTIONS, pid, NULL,
		     PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
	for (;;) {
		CHECK(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
		CHECK(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) == SYSCALL_STOP && !moved &&
		    goes_up(pid)) {
			CHECK(rename("scratch/a/b", "beside/b") == 0);
			moved = true;
		}
	}
	CHECK(moved && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_part_that_is_moved_away(void)
{
	pid_t pid;

	set_up();
	CHECK(mkdir("scratch/a", 0700) == 0 && mkdir("scratch/a/b", 0700) == 0);
	CHECK(mknod("scratch/a/b/file", S_IFREG, 0) == 0);
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(1);
		raise(SIGSTOP);
		remove_it();
		_exit(0);
	}
	CHECK(pid > 0);
	move_away_meanwhile(pid);
	CHECK(is_there("beside/kept") && is_there("scratch/a"));
	CHECK(!is_there("beside/b/file"));
	CHECK(rmdir("beside/b") == 0);
	CHECK(rmdir("scratch/a") == 0 && rmdir("scratch") == 0);
	tear_down();
}

static const struct tap_case cases[] = {
	{ "deep trees", deep_trees },
	{ "a part that is moved away", a_part_that_is_moved_away },
};
TAP_MAIN(cases)
