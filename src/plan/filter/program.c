/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds one program: the architecture, then a balanced tree of comparisons
 * over ranges of numbers with the same answer, then at a leaf the rows of that
 * call in order. Calls without a row never load an argument, which lets the
 * kernel answer them from its bitmap (Linux 5.11) without running the program.
 *
 * A program is loaded at each launch, and each instruction costs 0.2 us then:
 * code.c writes none twice, and the tree is cut where it needs the fewest.
 */
#include "program.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"

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

/* Numbers from `first` on, up to the next range: one answer, or the rows. */
struct range {
	uint32_t first;
	const char *rows; /* the call whose rows answer; NULL: `answer` does */
	uint32_t answer;
};

/* Numbers that are told from the answer around them one by one. */
enum { EXCEPTIONS_MAX = 3, SEGMENT_MAX = 2 * EXCEPTIONS_MAX + 1 };

enum { RANGES_MAX = CALLS_END + 3 };

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
		[BROKERED] = variant->mode != DIRECT,
		[SHARED] = variant->mode >= OPENS,
		[UNSCOPED] = variant->mode == SIGNALS,
		[ONLINE] = variant->sockets != SOCKETS_NONE,
		[FILTERED] = variant->sockets == SOCKETS_FILTERED,
		[HOSTED] = variant->sockets == SOCKETS_FILTERED &&
			   variant->mode >= OPENS,
		[DATAGRAMS] = variant->datagrams,
		[OFFLINE] = variant->sockets == SOCKETS_NONE,
		[STRICT_OFFLINE] =
			variant->strict && variant->sockets == SOCKETS_NONE,
	};

	return holds[rule->where];
}

/* ---- the rows of one call --------------------------------------------------
 */

static uint32_t argument_offset(const struct test *test)
{
	return (uint32_t)offsetof(struct seccomp_data, args) + 8 * test->arg +
	       (test->high ? 4 : 0); /* both targets are little-endian */
}

static size_t emit_test(struct code *code, const struct test *test, bool loaded,
			size_t holds, size_t fails)
{
	size_t place;

	if (!test->used)
		return holds;
	place = code_jump(code, test->bits ? BPF_JSET : BPF_JEQ, test->value,
			  test->negated ? fails : holds,
			  test->negated ? holds : fails);
	if (test->mask != ~0U)
		place = code_step(code, BPF_ALU | BPF_AND | BPF_K, test->mask,
				  place);
	if (!loaded)
		place = code_step(code, BPF_LD | BPF_W | BPF_ABS,
				  argument_offset(test), place);
	return place;
}

static bool same_load(const struct test *left, const struct test *right)
{
	return left && left->used && left->mask == ~0U && right->used &&
	       left->arg == right->arg && left->high == right->high;
}

/* The test whose argument is surely still in the accumulator when a row did not
 * hold: its only test, or both of them. */
static const struct test *left_loaded(const struct rule *rule)
{
	if (!rule->tests[1].used || same_load(&rule->tests[0], &rule->tests[1]))
		return &rule->tests[0];
	return NULL;
}

/* The first row of the call from `from` on that holds in this variant. */
static const struct rule *next_row(const struct variant *variant,
				   const char *name, const struct rule *from)
{
	for (; from < rules + rule_count; from++) {
		if (strcmp(from->name, name) == 0 && rule_holds(from, variant))
			return from;
	}
	return NULL;
}

static size_t emit_rows(struct code *code, const struct variant *variant,
			const char *name, const struct rule *from,
			const struct test *loaded)
{
	const struct rule *row = next_row(variant, name, from);
	const struct test *one, *two;
	size_t holds, fails;

	if (!row)
		return code_answer(code, ALLOW);
	one = &row->tests[0];
	two = &row->tests[1];
	if (!one->used)
		return code_answer(code, row->answer); /* it always answers */
	fails = emit_rows(code, variant, name, row + 1, left_loaded(row));
	holds = code_answer(code, row->answer);
	holds = emit_test(code, two, same_load(one, two), holds, fails);
	return emit_test(code, one, same_load(loaded, one), holds, fails);
}

/* ---- the tree
 * ---------------------------------------------------------------- */

static struct range range_of(const struct variant *variant, const char *name,
			     uint32_t number)
{
	int errno_value = name ? refusal_errno(name) : ENOSYS;
	struct range range = { .first = number };
	const struct rule *row;

	if (number > LAST_REVIEWED_CALL)
		errno_value = ENOSYS;
	if (!errno_value && variant->strict && !strict_listed(name))
		errno_value = ENOSYS;
	if (errno_value) {
		range.answer = ERRNO(errno_value);
		return range;
	}
	row = next_row(variant, name, rules);
	range.answer = row ? row->answer : ALLOW;
	if (row && row->tests[0].used)
		range.rows = name;
	return range;
}

static bool same_answer(const struct range *left, const struct range *right)
{
	return left == right ||
	       (!left->rows && !right->rows && left->answer == right->answer);
}

/* Adds a range, or widens the last one. */
static size_t add_range(struct range *ranges, size_t count, struct range range)
{
	if (count > 0 && same_answer(&ranges[count - 1], &range))
		return count;
	ranges[count] = range;
	return count + 1;
}

/* Whether ranges [from, end) are one answer but for single numbers. */
static bool is_segment(const struct range *ranges, size_t from, size_t end,
		       const struct range *base, size_t *ret_exceptions)
{
	*ret_exceptions = 0;
	for (size_t i = from; i < end; i++) {
		if (same_answer(&ranges[i], base))
			continue;
		/* Behind the last range there is an end: see gather(). */
		if (ranges[i + 1].first - ranges[i].first != 1)
			return false;
		++*ret_exceptions;
	}
	return *ret_exceptions <= EXCEPTIONS_MAX;
}

/* The base that leaves the fewest exceptions, if any does. */
static const struct range *choose_base(const struct range *ranges, size_t from,
				       size_t end, size_t *ret_exceptions)
{
	const struct range *best = NULL;
	size_t exceptions;

	for (size_t i = from; i < end; i++) {
		if (!is_segment(ranges, from, end, &ranges[i], &exceptions) ||
		    (best && exceptions >= *ret_exceptions))
			continue;
		best = &ranges[i];
		*ret_exceptions = exceptions;
	}
	return best;
}

/* Cuts the ranges into the segments that need the fewest comparisons in all;
 * `starts` gets the index of the first range of each. */
static size_t cut(const struct range *ranges, size_t count, size_t *starts)
{
	size_t cost[RANGES_MAX + 1] = { 0 }, from[RANGES_MAX + 1] = { 0 };
	size_t segments = 0;

	for (size_t end = 1; end <= count; end++) {
		cost[end] = SIZE_MAX;
		for (size_t i = end; i > 0 && end - i < SEGMENT_MAX; i--) {
			size_t exceptions = 0;

			if (!choose_base(ranges, i - 1, end, &exceptions) ||
			    cost[i - 1] + 1 + exceptions >= cost[end])
				continue;
			cost[end] = cost[i - 1] + 1 + exceptions;
			from[end] = i - 1;
		}
	}
	for (size_t end = count; end > 0; end = from[end])
		segments++;
	for (size_t end = count, i = segments; end > 0; end = from[end])
		starts[--i] = from[end];
	starts[segments] = count;
	return segments;
}

static size_t emit_range(struct code *code, const struct variant *variant,
			 const struct range *range)
{
	if (range->rows)
		return emit_rows(code, variant, range->rows, rules, NULL);
	return code_answer(code, range->answer);
}

static size_t emit_segment(struct code *code, const struct variant *variant,
			   const struct range *ranges, size_t count)
{
	size_t exceptions;
	const struct range *base = choose_base(ranges, 0, count, &exceptions);
	size_t place = emit_range(code, variant, base);

	for (size_t i = count; i > 0; i--) {
		const struct range *range = &ranges[i - 1];
		size_t exception;

		if (same_answer(range, base))
			continue;
		exception = emit_range(code, variant, range);
		place = code_jump(code, BPF_JEQ, range->first, exception,
				  place);
	}
	return place;
}

static size_t emit_tree(struct code *code, const struct variant *variant,
			const struct range *ranges, const size_t *starts,
			size_t segments)
{
	size_t half = segments / 2;
	size_t above, below;

	if (segments == 1)
		return emit_segment(code, variant, ranges + starts[0],
				    starts[1] - starts[0]);
	above = emit_tree(code, variant, ranges, starts + half,
			  segments - half);
	below = emit_tree(code, variant, ranges, starts, half);
	return code_jump(code, BPF_JGE, ranges[starts[half]].first, above,
			 below);
}

/* All numbers there are; behind the last range an end that is none. */
static size_t gather(const struct variant *variant, const char *const *names,
		     bool x32, struct range ranges[RANGES_MAX + 1])
{
	size_t count = 0;

	for (uint32_t number = 0; number < CALLS_END; number++)
		count = add_range(ranges, count,
				  range_of(variant, names[number], number));
	count = add_range(ranges, count,
			  (struct range){ CALLS_END, NULL, ERRNO(ENOSYS) });
	if (x32) { /* the foreign ABI within ours: numbers with bit 30 */
		count = add_range(ranges, count,
				  (struct range){ 0x40000000, NULL,
						  SECCOMP_RET_KILL_PROCESS });
		count = add_range(
			ranges, count,
			(struct range){ 0x80000000, NULL, ERRNO(ENOSYS) });
	}
	ranges[count] = (struct range){ .first = 0 };
	return count;
}

bool program_build(struct program *program, const struct variant *variant,
		   const char *const *names, uint32_t audit_arch, bool x32)
{
	struct range ranges[RANGES_MAX + 1];
	size_t starts[RANGES_MAX + 1];
	size_t count = gather(variant, names, x32, ranges);
	size_t segments = cut(ranges, count, starts);
	struct code code = { .len = 0 };
	size_t ours, foreign;

	ours = emit_tree(&code, variant, ranges, starts, segments);
	ours = code_step(&code, BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)offsetof(struct seccomp_data, nr), ours);
	foreign = code_answer(&code, SECCOMP_RET_KILL_PROCESS);
	ours = code_jump(&code, BPF_JEQ, audit_arch, ours, foreign);
	code_step(&code, BPF_LD | BPF_W | BPF_ABS,
		  (uint32_t)offsetof(struct seccomp_data, arch), ours);
	return code_finish(&code, program);
}
