/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. We stay in the host's network for connections, and one
 * thread of ours enters the jail's to make the sockets that bind and listen
 * there. It shares our memory and descriptors, so what it makes is ours. Being
 * a thread of pid 1, no signal of the jail reaches it. To enter, it needs
 * CAP_SYS_ADMIN over the jail's user namespace, which both drop before the
 * first call is served.
 *
 * `turn` says whose the request is: ours (idle) or the thread's.
 */
#include "init/jail_sockets.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdint.h>

#include "init/lib.h"
#include "init/protocol.h"

enum { STACK_BYTES = 16384, TURN_OURS = 0, TURN_THREAD = 1 };

static unsigned char stack[STACK_BYTES] __attribute__((aligned(16)));
static volatile uint32_t turn;
static struct {
	int family, type;
	long result;
} request;

/* Calls run() on another stack, in a new thread; it must not return. */
long thread_start(unsigned long flags, void *stack_top, void (*run)(void));

#if defined(__x86_64__)
__asm__(".globl thread_start\nthread_start:\n"
	"\tmov %rdx, %r9\n\txor %edx, %edx\n\txor %r10d, %r10d\n"
	"\txor %r8d, %r8d\n\tmov $56, %eax\n\tsyscall\n"
	"\ttest %rax, %rax\n\tjnz 1f\n\txor %ebp, %ebp\n\tcall *%r9\n\tud2\n"
	"1:\tret\n");
#elif defined(__aarch64__)
__asm__(".globl thread_start\nthread_start:\n"
	"\tmov x9, x2\n\tmov x2, #0\n\tmov x3, #0\n\tmov x4, #0\n"
	"\tmov x8, #220\n\tsvc #0\n\tcbnz x0, 1f\n\tmov x29, #0\n"
	"\tmov x30, #0\n\tblr x9\n\tbrk #1\n1:\tret\n");
#endif

static void turn_wait(uint32_t wanted)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != wanted)
		raw(__NR_futex, &turn, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, !wanted,
		    0, 0, 0);
}

static void turn_give(uint32_t to)
{
	__atomic_store_n(&turn, to, __ATOMIC_RELEASE);
	raw(__NR_futex, &turn, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, 0, 0);
}

/* Of the calling thread. Just what reads the memory of callers is left. */
static long drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof(data));
	data[0].effective = data[0].permitted = data[0].inheritable =
		1U << CAP_SYS_PTRACE;
	return raw(__NR_capset, &head, data);
}

static void serve(void)
{
	long result = raw(__NR_setns, INIT_FD_NETWORK, CLONE_NEWNET);

	if (result == 0)
		result = drop_capabilities();
	request.result = result;
	for (;;) {
		turn_give(TURN_OURS);
		turn_wait(TURN_THREAD);
		request.result = result < 0 ? result
					    : raw(__NR_socket, request.family,
						  request.type | O_CLOEXEC, 0);
	}
}

bool jail_sockets_start(void)
{
	unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES |
			      CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	turn = TURN_THREAD;
	if (thread_start(flags, stack + STACK_BYTES, serve) < 0)
		return false;
	turn_wait(TURN_OURS);
	raw(__NR_close, INIT_FD_NETWORK);
	return request.result == 0 && drop_capabilities() == 0;
}

long jail_socket(int family, int type)
{
	request.family = family;
	request.type = type;
	turn_give(TURN_THREAD);
	turn_wait(TURN_OURS);
	return request.result;
}
