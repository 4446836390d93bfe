/* SPDX-License-Identifier: Apache-2.0 */
/* Where the kernel enters a program without libc, with the stack as it pleases:
 * align it, and go on in `function`, which takes nothing and never returns. */
#ifndef PJ_BASE_START_H
#define PJ_BASE_START_H

#if defined(__x86_64__)
#define START_AT(function)                                                     \
	__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, "       \
		"%rsp\n\tcall " #function "\n")
#elif defined(__aarch64__)
#define START_AT(function)                                                     \
	__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tbl " #function "\n")
#endif

#endif
