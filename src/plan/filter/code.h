/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a seccomp program backwards, nothing twice. Used while building. */
#ifndef PJ_PLAN_FILTER_CODE_H
#define PJ_PLAN_FILTER_CODE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"

/* A place in the program is how many instructions there are from it to the end,
 * its own included. `yes` and `no` are where a jump goes. */
struct instruction {
	unsigned int operation;
	uint32_t k;
	size_t yes, no;
};

struct code {
	struct instruction at[BPF_MAXINSNS]; /* the last one first */
	size_t len;
	bool overflow;
};

/* Each gives the place to go to for what it says. */
size_t code_answer(struct code *code, uint32_t value);

/* `kind`: BPF_JEQ, BPF_JGE or BPF_JSET, of the accumulator and `k`. */
size_t code_jump(struct code *code, unsigned int kind, uint32_t k, size_t yes,
		 size_t no);

/* Any other instruction, which goes on at `next`. */
size_t code_step(struct code *code, unsigned int operation, uint32_t k,
		 size_t next);

/* False: too long. */
bool code_finish(const struct code *code, struct program *program);

#endif
