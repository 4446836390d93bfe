/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test program is a table of cases and TAP_MAIN. Each case runs in a process
 * of its own, so that rlimits, Landlock and seccomp of one case touch no other.
 * CHECK ends the case on failure; SKIP ends it with a printed reason.
 */
#ifndef PJ_TESTS_TAP_H
#define PJ_TESTS_TAP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct tap_case {
	const char *name;
	void (*run)(void);
};

enum { TAP_EXIT_FAILED = 101, TAP_EXIT_SKIPPED = 102 };

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition)) {                                            \
			printf("# %s:%d: failed: %s\n", __FILE__, __LINE__,    \
			       #condition);                                    \
			fflush(stdout);                                        \
			_exit(TAP_EXIT_FAILED);                                \
		}                                                              \
	} while (0)

#define CHECK_STR(got, want)                                                   \
	do {                                                                   \
		const char *got_ = (got), *want_ = (want);                     \
		if (!got_ || strcmp(got_, want_) != 0) {                       \
			printf("# %s:%d: got \"%s\", wanted \"%s\"\n",         \
			       __FILE__, __LINE__, got_ ? got_ : "(null)",     \
			       want_);                                         \
			fflush(stdout);                                        \
			_exit(TAP_EXIT_FAILED);                                \
		}                                                              \
	} while (0)

#define SKIP(...)                                                              \
	do {                                                                   \
		printf("# skip: ");                                            \
		printf(__VA_ARGS__);                                           \
		printf("\n");                                                  \
		fflush(stdout);                                                \
		_exit(TAP_EXIT_SKIPPED);                                       \
	} while (0)

static inline int tap_run(const struct tap_case *cases, size_t count)
{
	int failed = 0;

	printf("TAP version 13\n1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		int status = 0;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			cases[i].run();
			fflush(stdout);
			exit(0); /* not _exit: lets the leak checker look */
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			status = -1;
		if (WIFEXITED(status) &&
		    WEXITSTATUS(status) == TAP_EXIT_SKIPPED) {
			printf("ok %zu - %s # SKIP see above\n", i + 1,
			       cases[i].name);
		} else if (status == 0) {
			printf("ok %zu - %s\n", i + 1, cases[i].name);
		} else {
			printf("not ok %zu - %s (status %#x)\n", i + 1,
			       cases[i].name, (unsigned int)status);
			failed = 1;
		}
	}
	return failed;
}

#define TAP_MAIN(cases)                                                        \
	int main(void)                                                         \
	{                                                                      \
		return tap_run(cases, sizeof(cases) / sizeof(*(cases)));       \
	}

#endif
