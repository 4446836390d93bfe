/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pidfd.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Linux 5.4; enum idtype_t of C libraries has it from 2020 on. */
enum { BY_PIDFD = 3 };

void pidfd_kill(int pidfd)
{
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

void pidfd_kill_group(int pidfd)
{
	siginfo_t info = { 0 };

	if (waitid((idtype_t)BY_PIDFD, (id_t)pidfd, &info,
		   WEXITED | WNOWAIT | __WALL) == 0 &&
	    getpgid(info.si_pid) == info.si_pid)
		kill(-info.si_pid, SIGKILL);
}

bool pidfd_reap(int pidfd)
{
	siginfo_t info = { 0 };

	while (waitid((idtype_t)BY_PIDFD, (id_t)pidfd, &info,
		      WEXITED | __WALL) < 0 &&
	       errno == EINTR)
		;
	return info.si_code == CLD_EXITED;
}
