/* SPDX-License-Identifier: Apache-2.0 */
/* A thread without libc: clone() with a stack of its own and a call behind. */
#include "init/thread.h"

#include <asm/unistd.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <stdbool.h>

#include "init/lib.h"

/* clone() is one that returns in the caller only. */
long thread_clone(unsigned long flags, void *stack_top, void (*run)(void));

#if defined(__x86_64__)
__asm__(".globl thread_clone\nthread_clone:\n"
	"\tmov %rdx, %r9\n\txor %edx, %edx\n\txor %r10d, %r10d\n"
	"\txor %r8d, %r8d\n\tmov $56, %eax\n\tsyscall\n"
	"\ttest %rax, %rax\n\tjnz 1f\n\txor %ebp, %ebp\n\tcall *%r9\n\tud2\n"
	"1:\tret\n");
#elif defined(__aarch64__)
__asm__(".globl thread_clone\nthread_clone:\n"
	"\tmov x9, x2\n\tmov x2, #0\n\tmov x3, #0\n\tmov x4, #0\n"
	"\tmov x8, #220\n\tsvc #0\n\tcbnz x0, 1f\n\tmov x29, #0\n"
	"\tmov x30, #0\n\tblr x9\n\tbrk #1\n1:\tret\n");
#endif

long thread_start(void *stack_top, void (*run)(void))
{
	long tid =
		thread_clone(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				     CLONE_THREAD | CLONE_SYSVSEM,
			     stack_top, run);

	return tid < 0 ? tid : 0;
}

enum { FREE = 0, TAKEN = 1, AWAITED = 2, WAIT_MS = 50 };

/* A wait has an end, so that a wake-up that failed stops nobody for ever. */
void lock_take(uint32_t *lock)
{
	const struct __kernel_timespec most = { .tv_nsec = WAIT_MS * 1000000 };
	uint32_t was = FREE;

	if (__atomic_compare_exchange_n(lock, &was, TAKEN, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(lock, AWAITED, __ATOMIC_ACQUIRE) != FREE)
		raw(__NR_futex, lock, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, AWAITED,
		    &most, 0, 0);
}

void lock_give(uint32_t *lock)
{
	if (__atomic_exchange_n(lock, FREE, __ATOMIC_RELEASE) == AWAITED)
		raw(__NR_futex, lock, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, 0,
		    0);
}
