/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone() takes no cgroup, so clone3() is called for one. Without a cgroup it
 * is clone(), since there are hosts that answer ENOSYS to clone3().
 */
#include "launch/clone.h"

#include <asm/unistd.h>
#include <linux/sched.h>

#include "base/rawsys.h"
#include "launch/raw_clone.h"

/* The child comes out of the call on an empty stack, with all other registers
 * as we left them. */
static long clone3_run(const struct clone_args *args, int (*run)(void *),
		       void *argument)
{
#if defined(__x86_64__)
	register long run_in __asm__("r8") = (long)run;
	register long argument_in __asm__("r9") = (long)argument;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "a"(__NR_clone3), "D"(args), "S"(sizeof(*args)),
			   "r"(run_in), "r"(argument_in)
			 : "rcx", "r11", "memory", "cc");
	return result;
#elif defined(__aarch64__)
	register long nr __asm__("x8") = __NR_clone3;
	register long result __asm__("x0") = (long)args;
	register long size __asm__("x1") = sizeof(*args);
	register long run_in __asm__("x2") = (long)run;
	register long argument_in __asm__("x3") = (long)argument;

	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, x3\n\t"
			 "blr x2\n\t"
			 "brk 0\n"
			 "1:"
			 : "+r"(result)
			 : "r"(nr), "r"(size), "r"(run_in), "r"(argument_in)
			 : "memory", "cc");
	return result;
#endif
}

int launch_clone(uint64_t flags, int cgroup_fd, unsigned char *stack,
		 size_t stack_size, int (*run)(void *), void *argument,
		 int *ret_pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uintptr_t)ret_pidfd,
		.stack = (uintptr_t)stack,
		.stack_size = stack_size,
		.cgroup = (__u64)cgroup_fd,
	};
	long result;

	if (cgroup_fd >= 0)
		result = clone3_run(&args, run, argument);
	else
		result = raw_clone(flags | CLONE_PIDFD, stack + stack_size,
				   ret_pidfd, NULL, run, argument);
	return result < 0 ? (int)result : 0;
}
