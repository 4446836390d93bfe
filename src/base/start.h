/* SPDX-License-Identifier: Apache-2.0 */
/* Where the kernel enters a program without libc, with the stack as it pleases:
 * align it, and go on in `function`, which takes nothing, or the stack as the
 * kernel left it (argc, the arguments, NULL, …), and never returns. */
#ifndef PJ_BASE_START_H
#define PJ_BASE_START_H

#include "base/rawsys.h"

#if defined(__x86_64__)
#define START_AT(function)                                                     \
	__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, "       \
		"%rdi\n\tand $-16, %rsp\n\tcall " #function "\n")
#elif defined(__aarch64__)
#define START_AT(function)                                                     \
	__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, "            \
		"sp\n\tbl " #function "\n")
#endif

/* What has to wait for long goes on in `function`, which never returns, on a
 * stack of the program's own, and gives back the kernel's with all that lies
 * there: for these few bytes the kernel keeps several pages of tables. */
static inline _Noreturn void start_over(void *stack_top, void (*function)(void))
{
#if defined(__x86_64__)
	__asm__ volatile("mov %0, %%rsp\n\txor %%ebp, %%ebp\n\tcall *%1\n\tud2"
			 :
			 : "r"(stack_top), "r"(function)
			 : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov sp, %0\n\tmov x29, #0\n\tblr %1\n\tbrk #1"
			 :
			 : "r"(stack_top), "r"(function)
			 : "memory");
#endif
	__builtin_unreachable();
}

/* Nothing of ours lies above 4 GiB. Where memory ends differs between machines;
 * beyond the end, the call does nothing. */
static inline void start_drop_above(void)
{
	static const unsigned long ends[] = { 0x7ffffffff000, 1UL << 48,
					      1UL << 42, 1UL << 39 };
	const unsigned long from = 1UL << 32;

	for (unsigned int i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (raw(__NR_munmap, from, ends[i] - from) >= 0)
			return;
}

#endif
