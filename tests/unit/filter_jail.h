/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the filters: run a function in a child that has one installed.
 */
#ifndef PJ_TESTS_FILTER_JAIL_H
#define PJ_TESTS_FILTER_JAIL_H

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "plan/filter/filter.h"
#include "tap.h"

/* What the listener of run_brokered() answers; no kernel call returns it. */
enum { BROKER_ERRNO = 1234 };

struct jail {
	enum syscall_profile profile;
	bool brokered;
	enum filter_sockets sockets;
};

static inline struct filter_program jail_program(struct jail jail)
{
	struct filter_program program;

	CHECK(filter_select(jail.profile,
			    jail.brokered ? FILTER_NAMES : FILTER_DIRECT,
			    jail.sockets, false, &program) == 0);
	return program;
}

/* The descriptor of the listener when there is one, else 0. */
static inline int install(const struct sock_filter *code, unsigned short len,
			  unsigned int flags)
{
	struct sock_fprog program = { len, (struct sock_filter *)code };
	long r;

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	CHECK(r >= 0);
	return (int)r;
}

static inline int wait_for(pid_t pid)
{
	int status = -1;

	CHECK(pid > 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

/* The wait status of a child that ran `body` in the jail (not brokered). */
static inline int run_jailed(struct jail jail, void (*body)(struct jail jail))
{
	struct filter_program program = jail_program(jail);
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		install(program.code, program.len, 0);
		body(jail);
		fflush(stdout);
		_exit(0);
	}
	return wait_for(pid);
}

/* The same in the brokered program: whatever waits gets BROKER_ERRNO. */
int run_brokered(struct jail jail, void (*body)(struct jail jail));

#endif
