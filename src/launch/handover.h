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
 * could change meanwhile (waiter.c).
 *
 * With HANDOVER_SHELL the message is no request: the waiter executes a shell,
 * with an object of ours that waits in its stead before the shell's main()
 * (waiter_shell.c). So all of the above is said once more. Socket and object
 * have fixed numbers then, and the shell's arguments are SHELL_ARGUMENTS.
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
	HANDOVER_SHELL = 8,	    /* the fourth descriptor is the object */
};

enum { HANDOVER_SHELL_SOCKET = 3, HANDOVER_SHELL_OBJECT = 4 };
/* Its environment until then: the object, and all symbols looked up at once,
 * those of the C library too, not when the script runs. */
#define HANDOVER_SHELL_PRELOAD "LD_PRELOAD=/proc/self/fd/4"
#define HANDOVER_SHELL_BIND    "LD_BIND_NOW=1"

/* Of a shell that waits: NAME -c : MOUNTS PLACE…. Without our object it would
 * do nothing, and be gone. MOUNTS has SHELL_DIGITS for each place, filled in by
 * the waiter: what is mounted there is told from what was there first. It is
 * made longer, as the shell's arguments are put over its own in the end. */
enum {
	SHELL_MOUNTS = 3,
	SHELL_PLACES,
	SHELL_DIGITS = 16,
	SHELL_MOUNTS_LEAST = 2048,
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

enum handover_executes {
	EXECUTES_NOTHING,
	EXECUTES_PROGRAM,
	EXECUTED_ALREADY, /* it is the shell that waited */
};

struct handover_answer {
	uint32_t executes; /* enum handover_executes */
	uint32_t step;	   /* enum launch_step */
	int32_t errnum;
};

/* ---- the pool's side (handover.c) ---------------------------------------- */

#include <procjail.h>

#include "plan/plan.h"

/* Make the socket: the pool's end, the waiter's. 0 or a negative errno. */
int handover_pair(int pair[2]);

/* Until the waiter waits: 0; negative errno: it has ended, or will not. */
int handover_await(int socket);

/* Have the waiter become a shell that waits. `places`: the waiter's arguments.
 * Then handover_await() again. */
int handover_send_shell(int socket, const char *program,
			const struct stat *program_stat, char *const *places,
			int object, int null);

/* Tell the waiter. Negative errno: it was not told; -EPIPE or -ECONNRESET: it
 * has ended. */
int handover_send(int socket, const struct pj_command *command,
		  bool own_directory, const int streams[HANDOVER_STREAMS]);

/* Whether the program was executed: with `wait`, when that is known; without,
 * once the jail has ended. If not, nothing of it has run, or will. *ret_told:
 * how, or what failed. */
bool handover_executed(int socket, bool wait, struct handover_answer *ret_told);

#endif
