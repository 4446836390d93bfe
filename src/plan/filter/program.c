/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds one program: the architecture, then a balanced tree of comparisons
 * over ranges of numbers with the same answer, then at a leaf the rows of that
 * call in order. Calls without a row never load an argument, which lets the
 * kernel answer them from its bitmap (Linux 5.11) without running the program.
 */
#include "program.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define ERRNO(number) (SECCOMP_RET_ERRNO | (uint32_t)(number))
#define ALLOW	      SECCOMP_RET_ALLOW
#define NOTIFY	      SECCOMP_RET_USER_NOTIF

#define REFUSE(name, errno_value) { #name, errno_value },
#define RULE(name, where, when, answer)
const struct refusal refusals[] = {
#include "rules.def"
};
#undef REFUSE
#undef RULE

/* clang-format off */
#define ALWAYS			   { { .used = false } }
#define WHEN(...)		   { __VA_ARGS__ }
#define IS(arg, value)		   { true, arg, false, false, false, ~0U, value }
#define NOT(arg, value)		   { true, arg, false, false, true, ~0U, value }
#define FIELD(arg, mask, value)	   { true, arg, false, false, false, mask, value }
#define NOT_FIELD(arg, mask, value) { true, arg, false, false, true, mask, value }
#define ANY(arg, bits)		   { true, arg, false, true, false, ~0U, bits }
#define ANY_HIGH(arg, bits)	   { true, arg, true, true, false, ~0U, bits }
/* clang-format on */

#define REFUSE(name, errno_value)
#define RULE(name, where, when, answer) { #name, where, when, answer },
const struct rule rules[] = {
#include "rules.def"
};

#define STRICT(name) #name,
const char *const strict_calls[] = {
#include "strict.def"
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
const size_t refusal_count = COUNT(refusals);
const size_t rule_count = COUNT(rules);
const size_t strict_count = COUNT(strict_calls);

/* A range of numbers and the code that answers them. */
struct range {
	uint32_t first;
	struct code *code;
};

int refusal_errno(const char *name)
{
	for (size_t i = 0; i < refusal_count; i++) {
		if (strcmp(refusals[i].name, name) == 0)
			return refusals[i].errno_value;
	}
	return 0;
}

bool strict_listed(const char *name)
{
	for (size_t i = 0; i < strict_count; i++) {
		if (strcmp(strict_calls[i], name) == 0)
			return true;
	}
	return false;
}

bool rule_holds(const struct rule *rule, const struct variant *variant)
{
	const bool holds[WHERE_COUNT] = {
		[EVERYWHERE] = true,
		[BROKERED] = variant->brokered,
		[ONLINE] = variant->inet,
		[OFFLINE] = !variant->inet,
		[STRICT_OFFLINE] = variant->strict && !variant->inet,
	};

	return holds[rule->where];
}

static void emit(struct code *code, unsigned int operation, unsigned int jt,
		 unsigned int jf, uint32_t k)
{
	if (code->len == COUNT(code->at) || jt > UINT8_MAX || jf > UINT8_MAX) {
		code->overflow = true;
		return;
	}
	code->at[code->len++] =
		(struct sock_filter){ (uint16_t)operation, (uint8_t)jt,
				      (uint8_t)jf, k };
}

static void append(struct code *code, const struct code *more)
{
	for (size_t i = 0; i < more->len; i++)
		emit(code, more->at[i].code, more->at[i].jt, more->at[i].jf,
		     more->at[i].k);
	code->overflow = code->overflow || more->overflow;
}

static uint32_t argument_offset(const struct test *test)
{
	return (uint32_t)offsetof(struct seccomp_data, args) + 8 * test->arg +
	       (test->high ? 4 : 0); /* both targets are little-endian */
}

/* How many instructions a test is: load, mask, jump. */
static unsigned int test_length(const struct test *test, bool loaded)
{
	if (!test->used)
		return 0;
	return (loaded ? 0U : 1U) + (test->mask != ~0U ? 1U : 0U) + 1U;
}

/* `skip`: how far to jump from the end of this test when it does not hold. */
static void emit_test(struct code *code, const struct test *test, bool loaded,
		      unsigned int skip)
{
	unsigned int jump = test->bits ? BPF_JSET : BPF_JEQ;

	if (!test->used)
		return;
	if (!loaded)
		emit(code, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		     argument_offset(test));
	if (test->mask != ~0U)
		emit(code, BPF_ALU | BPF_AND | BPF_K, 0, 0, test->mask);
	emit(code, BPF_JMP | jump | BPF_K, test->negated ? skip : 0,
	     test->negated ? 0 : skip, test->value);
}

static bool same_load(const struct test *left, const struct test *right)
{
	return left && left->used && left->mask == ~0U && right->used &&
	       left->arg == right->arg && left->high == right->high;
}

static void emit_return(struct code *code, uint32_t answer)
{
	emit(code, BPF_RET | BPF_K, 0, 0, answer);
}

/* The rows of one call. `loaded` is the test whose argument is surely still in
 * the accumulator: the only test of the row before, or the test before. */
static void emit_rules(struct code *code, const struct variant *variant,
		       const char *name)
{
	const struct test *loaded = NULL;

	for (size_t i = 0; i < rule_count; i++) {
		const struct test *one = &rules[i].tests[0];
		const struct test *two = &rules[i].tests[1];
		unsigned int rest;

		if (strcmp(rules[i].name, name) != 0 ||
		    !rule_holds(&rules[i], variant))
			continue;
		rest = test_length(two, same_load(one, two));
		emit_test(code, one, same_load(loaded, one), rest + 1);
		emit_test(code, two, same_load(one, two), 1);
		emit_return(code, rules[i].answer);
		if (!one->used)
			return; /* it always answers */
		loaded = !two->used || same_load(one, two) ? one : NULL;
	}
	emit_return(code, ALLOW);
}

static void emit_call(struct code *code, const struct variant *variant,
		      const char *name, uint32_t number)
{
	int errno_value = name ? refusal_errno(name) : ENOSYS;

	if (number > LAST_REVIEWED_CALL)
		errno_value = ENOSYS;
	if (!errno_value && variant->strict && !strict_listed(name))
		errno_value = ENOSYS;
	if (errno_value)
		emit_return(code, ERRNO(errno_value));
	else
		emit_rules(code, variant, name);
}

static bool same_return(const struct code *left, const struct code *right)
{
	return left->len == 1 && right->len == 1 &&
	       left->at[0].k == right->at[0].k;
}

/* Adds a range, or widens the last one. Takes the code. */
static size_t add_range(struct range *ranges, size_t count, uint32_t first,
			struct code *code)
{
	if (count > 0 && same_return(ranges[count - 1].code, code)) {
		free(code);
		return count;
	}
	ranges[count] = (struct range){ first, code };
	return count + 1;
}

static struct code *new_code(void)
{
	struct code *code = calloc(1, sizeof(*code));

	if (!code)
		abort(); /* a build tool */
	return code;
}

static size_t add_fixed(struct range *ranges, size_t count, uint32_t first,
			uint32_t answer)
{
	struct code *code = new_code();

	emit_return(code, answer);
	return add_range(ranges, count, first, code);
}

static void emit_tree(struct code *code, const struct range *ranges,
		      size_t count)
{
	size_t half = count / 2;
	struct code *left;

	if (count == 1) {
		append(code, ranges[0].code);
		return;
	}
	left = new_code();
	emit_tree(left, ranges, half);
	if (left->len <= UINT8_MAX) {
		emit(code, BPF_JMP | BPF_JGE | BPF_K, (unsigned int)left->len,
		     0, ranges[half].first);
	} else {
		emit(code, BPF_JMP | BPF_JGE | BPF_K, 0, 1, ranges[half].first);
		emit(code, BPF_JMP | BPF_JA, 0, 0, (uint32_t)left->len);
	}
	append(code, left);
	free(left);
	emit_tree(code, ranges + half, count - half);
}

bool program_build(struct code *code, const struct variant *variant,
		   const char *const *names, uint32_t audit_arch, bool x32)
{
	struct range ranges[CALLS_END + 3];
	size_t count = 0;

	for (uint32_t number = 0; number < CALLS_END; number++) {
		struct code *call = new_code();

		emit_call(call, variant, names[number], number);
		count = add_range(ranges, count, number, call);
	}
	count = add_fixed(ranges, count, CALLS_END, ERRNO(ENOSYS));
	if (x32) { /* the foreign ABI within ours: numbers with bit 30 */
		count = add_fixed(ranges, count, 0x40000000,
				  SECCOMP_RET_KILL_PROCESS);
		count = add_fixed(ranges, count, 0x80000000, ERRNO(ENOSYS));
	}
	emit(code, BPF_LD | BPF_W | BPF_ABS, 0, 0,
	     (uint32_t)offsetof(struct seccomp_data, arch));
	emit(code, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, audit_arch);
	emit_return(code, SECCOMP_RET_KILL_PROCESS);
	emit(code, BPF_LD | BPF_W | BPF_ABS, 0, 0,
	     (uint32_t)offsetof(struct seccomp_data, nr));
	emit_tree(code, ranges, count);
	for (size_t i = 0; i < count; i++)
		free(ranges[i].code);
	return !code->overflow;
}
