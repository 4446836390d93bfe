/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The waiter: what a jail made in advance runs until a request comes. It is
 * executed like any program of its plan: its session, limits, filter and
 * Landlock domain are in force, it has no capability, and stays what it is when
 * it executes the program that it is told. Each call here is one that the
 * filter allows without asking anybody.
 */
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/prctl.h>

#include "base/rawsys.h"
#include "base/start.h"
#include "init/lib.h"
#include "launch/waiter.h"

enum { SOCKET = 0, ABOVE = 16 };

static unsigned char stack[2 * PAGE] __attribute__((aligned(PAGE)));

static bool prepare(const long *arguments)
{
	waiter.socket = SOCKET;
	waiter_mask_signals(~0ULL);
	raw(__NR_prctl, PR_SET_NAME, "procjail-wait", 0, 0, 0);
	waiter.answer_fd = (int)raw(__NR_fcntl, SOCKET, F_DUPFD_CLOEXEC, ABOVE);
	if (waiter.answer_fd < 0 ||
	    !waiter_set_places((const char *const *)(arguments + 2),
			       (size_t)arguments[0] - 1) ||
	    !waiter_note_places())
		return false;
	waiter_answer(EXECUTES_NOTHING, STEP_START, 0);
	return true;
}

static void wait_and_become(void)
{
	int fd = -1;
	long n = waiter_receive();

	if (n < 0)
		waiter_refuse(STEP_HANDOVER, n);
	else if (n > 0 && waiter_understand(n) && waiter_check_places() &&
		 waiter_enter_directory() && waiter_open_program(&fd) &&
		 waiter_take_streams() && waiter_verify())
		waiter_execute(fd);
	raw(__NR_exit_group, 127);
}

/* The arguments away from the kernel's stack; false: they are too many. */
static bool move_places(void)
{
	size_t used = 0;

	if (waiter.place_count > PLACES_USUAL)
		return false;
	for (size_t i = 0; i < waiter.place_count; i++) {
		size_t size = text_len(waiter.places[i]) + 1;

		if (size > sizeof(waiter.names) - used)
			return false;
		memcpy(waiter.names + used, waiter.places[i], size);
		waiter.usual_places[i] = waiter.names + used;
		used += size;
	}
	waiter.places = waiter.usual_places;
	return true;
}

static void wait_small(void)
{
	start_drop_above();
	wait_and_become();
}

__attribute__((used)) void waiter_entry(const long *arguments);
void waiter_entry(const long *arguments)
{
	if (!prepare(arguments))
		raw(__NR_exit_group, 127);
	if (move_places())
		start_over(stack + sizeof(stack), wait_small);
	wait_and_become();
	__builtin_unreachable();
}

START_AT(waiter_entry);
