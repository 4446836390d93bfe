/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. We stay in the host's network for connections, and one
 * thread of ours enters the jail's to make the sockets that bind and listen
 * there. It shares our memory and descriptors, so what it makes is ours. To
 * enter, it needs CAP_SYS_ADMIN over the jail's user namespace, which both drop
 * before the first call is served.
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
#include "init/thread.h"

enum { STACK_BYTES = 16384, TURN_OURS = 0, TURN_THREAD = 1 };

static unsigned char stack[STACK_BYTES] __attribute__((aligned(16)));
static volatile uint32_t turn;
static struct {
	int family, type;
	long result;
} request;

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
	turn = TURN_THREAD;
	if (thread_start(stack + STACK_BYTES, serve) < 0)
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
