/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls without libc: no errno, no cancellation, no locks. Used between
 * clone and exec, where memory is shared with a threaded parent, and by the
 * freestanding init. Each returns the kernel's answer: negative errno on
 * failure.
 */
#ifndef PJ_BASE_RAWSYS_H
#define PJ_BASE_RAWSYS_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
static inline long raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static inline long raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "procjail knows x86_64 and aarch64"
#endif

#define RAW_LONG(value) ((long)(value))
#define raw_syscall_7(nr, a, b, c, d, e, f, ...)                               \
	raw6(RAW_LONG(nr), RAW_LONG(a), RAW_LONG(b), RAW_LONG(c), RAW_LONG(d), \
	     RAW_LONG(e), RAW_LONG(f))
/* raw(__NR_name, up to six arguments) */
#define raw(...) raw_syscall_7(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#endif
