/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said to the waiter: the little program that a jail made in advance
 * runs, under every wall of its plan, until it is told what to become.
 *
 *   pool ◀── waiter   struct handover_answer: it waits
 *   pool ──▶ waiter   one message: struct handover, its texts, and descriptors
 *   pool ◀── waiter   struct handover_answer: the program is executed next; a
 *                     second one if that failed; then end of file, by exec
 *
 * The socket is the waiter's standard input, a SEQPACKET pair that nobody else
 * has. Its arguments, but the first, are the places of the jail that the host
 * could change meanwhile (waiter_main.c).
 */
#ifndef PJ_LAUNCH_HANDOVER_H
#define PJ_LAUNCH_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HANDOVER_TEXT_MAX = 16 * 1024,	     /* that lie in the message */
	HANDOVER_FILE_MAX = 8 * 1024 * 1024, /* in a memory file */
	HANDOVER_STRINGS_MAX = 8192,
	HANDOVER_PLACES_MAX = 512,
	HANDOVER_STREAMS = 3,
};

enum {
	HANDOVER_IN_FILE = 1, /* the texts: a memory file, the fourth
				 descriptor */
	HANDOVER_SCRIPT = 2,  /* executed by its name, which the interpreter
				 opens */
	HANDOVER_OWN_DIRECTORY = 4, /* the jail's own memory: not compared */
};

/* Then the texts, each with its NUL: program, directory, arguments, variables.
 */
struct handover {
	uint32_t size; /* of this */
	uint32_t flags;
	uint32_t argument_count, variable_count;
	uint64_t text_size;
	uint64_t program_device, program_inode;
	uint64_t directory_device, directory_inode;
};

struct handover_answer {
	uint32_t executes, step; /* enum launch_step */
	int32_t errnum;
};

/* ---- the pool's side (handover.c) ---------------------------------------- */

#include <procjail.h>

#include "plan/plan.h"

/* Make the socket: the pool's end, the waiter's. 0 or a negative errno. */
int handover_pair(int pair[2]);

/* Until the waiter waits: its process as we number it; negative errno: it has
 * ended. */
int handover_await(int socket);

/* Tell the waiter. Negative errno: it was not told; -EPIPE or -ECONNRESET: it
 * has ended. */
int handover_send(int socket, const struct pj_command *command,
		  bool own_directory, const int streams[HANDOVER_STREAMS]);

/* Whether the program was executed: with `wait`, when that is known; without,
 * once the jail has ended. If not, nothing of it has run, or will. */
bool handover_executed(int socket, bool wait,
		       struct handover_answer *ret_failure);

#endif
