/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/raw_clone.h"

/* The child comes out of the call on an empty stack, with all registers but the
 * answer's as we left them. */
#if defined(__x86_64__)
__asm__(".text\n.globl raw_clone\n.hidden raw_clone\n"
	".type raw_clone, @function\nraw_clone:\n"
	"\tmov %rcx, %r10\n\tmov $56, %eax\n\tsyscall\n"
	"\ttest %rax, %rax\n\tjnz 1f\n"
	"\txor %ebp, %ebp\n\tmov %r9, %rdi\n\tcall *%r8\n\tud2\n"
	"1:\tret\n.size raw_clone, . - raw_clone\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl raw_clone\n.hidden raw_clone\n"
	".type raw_clone, %function\nraw_clone:\n"
	"\tmov x9, x4\n\tmov x10, x5\n\tmov x4, x3\n\tmov x3, xzr\n"
	"\tmov x8, #220\n\tsvc #0\n\tcbnz x0, 1f\n"
	"\tmov x29, xzr\n\tmov x30, xzr\n\tmov x0, x10\n\tblr x9\n\tbrk #1\n"
	"1:\tret\n.size raw_clone, . - raw_clone\n");
#endif
