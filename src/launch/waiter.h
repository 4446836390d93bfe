/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a waiter is made of, wherever it waits: in a program of its own
 * (waiter_main.c), or in a shell that is executed already (waiter_shell.c).
 * Raw system calls only, each one that the filter allows without asking
 * anybody.
 */
#ifndef PJ_LAUNCH_WAITER_H
#define PJ_LAUNCH_WAITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launch/context.h"
#include "launch/handover.h"

/* In the shell, nothing of ours but one name is to be seen. */
#pragma GCC visibility push(hidden)

enum { PAGE = 4096, PLACES_USUAL = 32, STRINGS_USUAL = 96, NAMES_USUAL = 1024 };
enum { CLOSE_RANGE_CLOEXEC_FLAG = 4 };

struct message {
	struct handover head;
	char text[HANDOVER_TEXT_MAX];
};

/* What a usual request needs lies in one page, which is there before it comes:
 * a page that is touched for the first time takes longer than a system call. */
struct waiter {
	int socket, answer_fd;
	const char *const *places;
	size_t place_count;
	/* A place's mount by number, or the error that looking gave. */
	long long *mounts, usual_mounts[PLACES_USUAL];
	int received[HANDOVER_STREAMS + 1];
	size_t received_count;
	const char *program, *directory;
	const char **arguments, **variables;
	const char *usual_texts[STRINGS_USUAL];
	/* The places, when they are few. */
	const char *usual_places[PLACES_USUAL];
	char names[NAMES_USUAL];
	struct message message;
} __attribute__((aligned(PAGE)));

extern struct waiter waiter;

/* `executes`: see struct handover_answer. */
void waiter_answer(enum handover_executes executes, enum launch_step step,
		   long result);
/* Always false. */
bool waiter_refuse(enum launch_step step, long result);

/* Room for the mounts of waiter.places; false: this jail cannot be waited in.
 */
bool waiter_set_places(const char *const *places, size_t count);
/* False: one of the mounts at the places cannot be told from others. */
bool waiter_note_places(void);
bool waiter_check_places(void);

/* Wait for the message; its length; 0: nobody is there any more. */
long waiter_receive(void);
bool waiter_understand(long n);

bool waiter_enter_directory(void);
bool waiter_open_program(int *ret_fd);
bool waiter_place_streams(void);
/* The same, and all other descriptors are closed by the next exec. */
bool waiter_take_streams(void);
/* Once more, what was found before the waiter itself was executed. */
bool waiter_verify(void);
void waiter_mask_signals(uint64_t signals);
/* Returns only when that failed, which is told. */
void waiter_execute(int fd);

#pragma GCC visibility pop
#endif
