/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a program from its last instruction to its first, so that the ends of
 * a jump are known when it is written. What is there already, an answer or the
 * same test with the same ends, is used again instead of being written twice.
 */
#include "code.h"

/* A jump reaches 255 instructions. Only what is near is used again: whoever
 * jumps to it a little later shall reach it, too. */
enum { REACH = 250, NEAR = 200 };

static size_t emit(struct code *code, struct instruction instruction)
{
	if (code->len == BPF_MAXINSNS) {
		code->overflow = true;
		return code->len;
	}
	code->at[code->len++] = instruction;
	return code->len;
}

/* A place from which `place` can be jumped to. */
static size_t within_reach(struct code *code, size_t place)
{
	if (code->len - place <= REACH)
		return place;
	return emit(code,
		    (struct instruction){ BPF_JMP | BPF_JA, 0, place, place });
}

static bool same(const struct instruction *left,
		 const struct instruction *right)
{
	return left->operation == right->operation && left->k == right->k &&
	       left->yes == right->yes && left->no == right->no;
}

/* The place of such an instruction, if there is a near one; else 0. */
static size_t find(const struct code *code, const struct instruction *wanted)
{
	size_t nearest = code->len > NEAR ? code->len - NEAR : 0;

	for (size_t i = code->len; i > nearest; i--) {
		if (same(&code->at[i - 1], wanted))
			return i;
	}
	return 0;
}

static size_t place_of(struct code *code, struct instruction wanted)
{
	size_t place = find(code, &wanted);

	return place ? place : emit(code, wanted);
}

size_t code_answer(struct code *code, uint32_t value)
{
	return place_of(code,
			(struct instruction){ BPF_RET | BPF_K, value, 0, 0 });
}

size_t code_jump(struct code *code, unsigned int kind, uint32_t k, size_t yes,
		 size_t no)
{
	yes = within_reach(code, yes);
	no = within_reach(code, no);
	return place_of(code, (struct instruction){ BPF_JMP | kind | BPF_K, k,
						    yes, no });
}

size_t code_step(struct code *code, unsigned int operation, uint32_t k,
		 size_t next)
{
	struct instruction wanted = { operation, k, next, next };
	size_t place = find(code, &wanted);

	if (place)
		return place;
	if (next != code->len)
		next = emit(code, (struct instruction){ BPF_JMP | BPF_JA, 0,
							next, next });
	wanted.yes = wanted.no = next;
	return emit(code, wanted);
}

bool code_finish(const struct code *code, struct program *program)
{
	program->len = code->len;
	for (size_t place = code->len; place > 0; place--) {
		const struct instruction *from = &code->at[place - 1];
		struct sock_filter *to = &program->at[code->len - place];
		size_t next = place - 1;

		to->code = (uint16_t)from->operation;
		to->k = from->k;
		if (from->operation == (BPF_JMP | BPF_JA)) {
			to->k = (uint32_t)(next - from->yes);
		} else if (BPF_CLASS(from->operation) == BPF_JMP) {
			to->jt = (uint8_t)(next - from->yes);
			to->jf = (uint8_t)(next - from->no);
		}
	}
	return !code->overflow;
}
