/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. An init that was killed leaves its jail without anybody
 * who could name its processes: they are nobody's children, and lead groups and
 * sessions of their own. What all of them have from the first one is a limit
 * that no program of a jail feels (RLIMIT_RTTIME, of real-time scheduling),
 * which the filter, where there is one, keeps them from lowering and the kernel
 * from raising. Its value is the mark.
 */
#include "launch/survivors.h"

#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/pidfd.h"

/* More than one turn that finds nobody: the numbers of processes begin anew
 * some time, and who forks then is behind the turn that looks for it. */
enum { PATIENCE_S = 2, TURN_MS = 10, CLEAN_TURNS = 2 };

static bool has_mark(pid_t pid, uint64_t mark)
{
	struct rlimit limit;

	return prlimit(pid, RLIMIT_RTTIME, NULL, &limit) == 0 &&
	       limit.rlim_max == mark;
}

/* A descriptor, when the process bears the mark and has not ended; or -1. */
static int open_marked(pid_t pid, uint64_t mark)
{
	struct pollfd ended = { .events = POLLIN };

	if (!has_mark(pid, mark))
		return -1;
	ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* Asked again: now the number cannot have become another's unnoticed.
	 */
	if (ended.fd >= 0 && (!has_mark(pid, mark) || poll(&ended, 1, 0) != 0))
		close(take_fd(ended.fd));
	return ended.fd;
}

/* Whether there were any. */
static bool kill_marked(DIR *proc, uint64_t mark)
{
	bool any = false;

	rewinddir(proc);
	for (struct dirent *entry; (entry = readdir(proc));) {
		auto_fd int fd = -1;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		fd = open_marked((pid_t)strtol(entry->d_name, NULL, 10), mark);
		if (fd < 0)
			continue;
		pidfd_kill(fd);
		any = true;
	}
	return any;
}

void survivors_kill(uint64_t mark)
{
	struct timespec start, now;
	DIR *proc = mark ? opendir("/proc") : NULL;

	if (!proc)
		return;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int clean = 0;;) {
		clean = kill_marked(proc, mark) ? 0 : clean + 1;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (clean == CLEAN_TURNS ||
		    now.tv_sec - start.tv_sec > PATIENCE_S)
			break;
		poll(NULL, 0, TURN_MS);
	}
	closedir(proc);
}
