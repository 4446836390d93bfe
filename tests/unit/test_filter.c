/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The finished filter programs against the rows they were made from, without a
 * kernel: an interpreter runs them over every number and, for calls that have
 * rows, over all combinations of the values that the rows mention. It also
 * holds that no other call reads an argument, because the kernel answers those
 * from a bitmap. test_filter_rows and test_filter_kernel ask the kernel.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "plan/filter/filter.h"
#include "plan/filter/program.h"
#include "policy/syscalls.h"
#include "tap.h"

#ifdef __x86_64__
#define HERE AUDIT_ARCH_X86_64
#else
#define HERE AUDIT_ARCH_AARCH64
#endif

#define ERRNO(number) (SECCOMP_RET_ERRNO | (uint32_t)(number))

enum { VARIANTS = 2 * MODE_COUNT * SOCKETS_COUNT * 2, ARGS = 5 };

static struct variant variant_of(unsigned int i)
{
	return (struct variant){
		i / 2 / SOCKETS_COUNT / MODE_COUNT,
		(enum mode)(i / 2 / SOCKETS_COUNT % MODE_COUNT),
		(enum filter_sockets)(i / 2 % SOCKETS_COUNT),
		/* Not without a broker; the other one twice. */
		i % 2 && i / 2 / SOCKETS_COUNT % MODE_COUNT != DIRECT,
	};
}

static struct filter_program program_of(unsigned int i)
{
	struct variant variant = variant_of(i);
	struct filter_program program;

	CHECK(filter_select(variant.strict ? SYSCALLS_STRICT : SYSCALLS_DEFAULT,
			    (enum filter_mode)variant.mode, variant.sockets,
			    variant.datagrams, &program) == 0);
	return program;
}

/* ---- an interpreter -------------------------------------------------------
 */

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	CHECK(offset % 4 == 0 && offset <= sizeof(*data) - sizeof(word));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static bool jumps(const struct sock_filter *at, uint32_t value)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return value == at->k;
	case BPF_JGE:
		return value >= at->k;
	case BPF_JSET:
		return (value & at->k) != 0;
	default:
		CHECK(false); /* a jump that no program needs */
		return false;
	}
}

/* The answer; `ret_reads`, when given, counts arguments loaded. */
static uint32_t answer(const struct sock_filter *code, size_t len,
		       const struct seccomp_data *data, unsigned int *ret_reads)
{
	uint32_t value = 0;

	for (size_t i = 0; i < len; i++) {
		const struct sock_filter *at = &code[i];

		switch (BPF_CLASS(at->code)) {
		case BPF_LD:
			value = load(data, at->k);
			if (ret_reads &&
			    at->k >= offsetof(struct seccomp_data, args))
				++*ret_reads;
			break;
		case BPF_ALU:
			CHECK(BPF_OP(at->code) == BPF_AND);
			value &= at->k;
			break;
		case BPF_JMP:
			if (BPF_OP(at->code) == BPF_JA)
				i += at->k;
			else
				i += jumps(at, value) ? at->jt : at->jf;
			break;
		case BPF_RET:
			return at->k;
		default:
			CHECK(false); /* an instruction that no program needs */
		}
	}
	CHECK(false); /* ran past the end */
	return 0;
}

static uint32_t answer_number(unsigned int i, uint32_t arch, uint32_t number)
{
	struct filter_program program = program_of(i);
	struct seccomp_data data = { .nr = (int)number, .arch = arch };

	return answer(program.code, program.len, &data, NULL);
}

/* ---- what the rows say ------------------------------------------------------
 */

static bool test_holds(const struct test *test, const uint64_t *args)
{
	uint32_t value = (uint32_t)(test->high ? args[test->arg] >> 32
					       : args[test->arg]) &
			 test->mask;
	bool holds =
		test->bits ? (value & test->value) != 0 : value == test->value;

	return !test->used || holds != test->negated;
}

static uint32_t expected(const struct variant *variant, const char *name,
			 const uint64_t *args)
{
	if (refusal_errno(name))
		return ERRNO(refusal_errno(name));
	if (filter_call_number(name) > LAST_REVIEWED_CALL ||
	    (variant->strict && !strict_listed(name)))
		return ERRNO(ENOSYS);
	for (size_t i = 0; i < rule_count; i++) {
		if (strcmp(rules[i].name, name) == 0 &&
		    rule_holds(&rules[i], variant) &&
		    test_holds(&rules[i].tests[0], args) &&
		    test_holds(&rules[i].tests[1], args))
			return rules[i].answer;
	}
	return SECCOMP_RET_ALLOW;
}

static bool has_rows(const char *name)
{
	for (size_t i = 0; i < rule_count; i++) {
		if (strcmp(rules[i].name, name) == 0)
			return true;
	}
	return false;
}

/* ---- cases
 * ----------------------------------------------------------------------- */

/* Values that make each test on this argument true, false and nearly true. */
static size_t interesting(const char *name, unsigned int arg, uint64_t *out,
			  size_t capacity)
{
	size_t count = 0;

	out[count++] = 0;
	out[count++] = UINT64_MAX;
	out[count++] = 1ULL << 32;
	for (size_t i = 0; i < rule_count; i++) {
		for (unsigned int j = 0; j < TEST_MAX; j++) {
			const struct test *test = &rules[i].tests[j];

			if (strcmp(rules[i].name, name) != 0 || !test->used ||
			    test->arg != arg || count + 3 > capacity)
				continue;
			out[count++] = test->value;
			out[count++] = test->value | 0xabULL << 32;
			out[count++] =
				test->value ^ (test->value & -test->value);
		}
	}
	/* What no row looks at makes no difference. */
	return count == 3 && arg == ARGS - 1 ? 1 : count;
}

static void check_call(unsigned int i, const char *name)
{
	struct filter_program program = program_of(i);
	struct variant variant = variant_of(i);
	uint64_t values[ARGS][128];
	size_t counts[ARGS], total = 1;

	for (unsigned int arg = 0; arg < ARGS; arg++) {
		counts[arg] = interesting(name, arg, values[arg], 128);
		total *= counts[arg];
	}
	for (size_t at = 0; at < total; at++) {
		struct seccomp_data data = { .nr = filter_call_number(name),
					     .arch = HERE };
		uint64_t args[6] = { 0 };
		size_t rest = at;

		for (unsigned int arg = 0; arg < ARGS; arg++) {
			args[arg] = values[arg][rest % counts[arg]];
			data.args[arg] = args[arg];
			rest /= counts[arg];
		}
		CHECK(answer(program.code, program.len, &data, NULL) ==
		      expected(&variant, name, args));
	}
}

static void test_rows(void)
{
	for (size_t i = 0; i < rule_count; i++) {
		if ((i > 0 && strcmp(rules[i].name, rules[i - 1].name) == 0) ||
		    filter_call_number(rules[i].name) < 0)
			continue;
		for (unsigned int j = 0; j < VARIANTS; j++)
			check_call(j, rules[i].name);
	}
}

/* The name of each number, through the library's own table. */
static void test_numbers(void)
{
	const char *names[CALLS_END] = { NULL };
	const uint64_t args[6] = { 0 };
	size_t known = 0;

	for (size_t i = 0; filter_name_at(i); i++) {
		int number = filter_call_number(filter_name_at(i));

		if (number < 0)
			continue;
		CHECK(number < CALLS_END && !names[number]);
		names[number] = filter_name_at(i);
		known++;
	}
	CHECK(known > 300);
	for (unsigned int i = 0; i < VARIANTS; i++) {
		struct variant variant = variant_of(i);

		for (uint32_t number = 0; number < CALLS_END + 10; number++) {
			const char *name =
				number < CALLS_END ? names[number] : NULL;

			CHECK(answer_number(i, HERE, number) ==
			      (name ? expected(&variant, name, args)
				    : ERRNO(ENOSYS)));
		}
	}
}

static void test_bitmap(void)
{
	for (unsigned int i = 0; i < VARIANTS; i++) {
		struct filter_program program = program_of(i);

		for (size_t j = 0; filter_name_at(j); j++) {
			const char *name = filter_name_at(j);
			struct seccomp_data data = {
				.nr = filter_call_number(name), .arch = HERE
			};
			unsigned int reads = 0;

			if (data.nr < 0 || has_rows(name))
				continue;
			answer(program.code, program.len, &data, &reads);
			CHECK(reads == 0);
		}
	}
}

static void test_foreign(void)
{
	for (unsigned int i = 0; i < VARIANTS; i++) {
		CHECK(answer_number(i, AUDIT_ARCH_I386, 20) ==
		      SECCOMP_RET_KILL_PROCESS);
		CHECK(answer_number(i, AUDIT_ARCH_ARM, SYS_read) ==
		      SECCOMP_RET_KILL_PROCESS);
		CHECK(answer_number(i, HERE, UINT32_MAX) == ERRNO(ENOSYS));
		CHECK(answer_number(i, HERE, 0x80000000) == ERRNO(ENOSYS));
#ifdef __x86_64__
		CHECK(answer_number(i, HERE, 0x40000000) ==
		      SECCOMP_RET_KILL_PROCESS);
		CHECK(answer_number(i, HERE, 0x40000000 | SYS_openat) ==
		      SECCOMP_RET_KILL_PROCESS);
		CHECK(answer_number(i, HERE, 0x7fffffff) ==
		      SECCOMP_RET_KILL_PROCESS);
#endif
	}
}

static void test_names(void)
{
	CHECK(filter_call_number("read") == SYS_read);
	CHECK(filter_call_number("openat") == SYS_openat);
	CHECK(filter_call_number("clone3") == SYS_clone3);
	CHECK(filter_call_number("memfd_create") == SYS_memfd_create);
	CHECK(filter_call_number("socketcall") == -1);
	CHECK(filter_name_known("socketcall") && filter_name_known("open"));
	CHECK(filter_name_known("file_setattr"));
	CHECK(!filter_name_known("") && !filter_name_known("opena") &&
	      !filter_name_known("OPEN") && !filter_name_known("read "));
	for (size_t i = 1; filter_name_at(i); i++)
		CHECK(strcmp(filter_name_at(i - 1), filter_name_at(i)) < 0);
}

/* A policy is checked against the very names that the filters know. */
static void test_policy_names(void)
{
	const char *name = known_syscalls;
	size_t i = 0;

	for (; *name && filter_name_at(i); name += strlen(name) + 1, i++)
		CHECK_STR(name, filter_name_at(i));
	CHECK(!*name && !filter_name_at(i));
}

static void test_select(void)
{
	struct filter_program program = { NULL, 1 };

	CHECK(filter_select(SYSCALLS_DEFAULT, FILTER_DIRECT, SOCKETS_NONE, true,
			    &program) == -PJ_E_ARGUMENT);
	program.len = 1;
	CHECK(filter_select(SYSCALLS_NONE, FILTER_DIRECT, SOCKETS_NONE, false,
			    &program) == -PJ_E_ARGUMENT);
	CHECK(!program.code && program.len == 1);
}

static void test_extra(void)
{
	static const struct filter_answer answers[] = {
		{ "memfd_create", ENOSYS },
		{ "openat", EACCES },
		{ "ptrace", 0 },
		{ "statx", 0 },
		{ "kill", 0 },
		{ "socketcall", EPERM },
		{ "kill", EACCES },
	};
	struct filter_program base = program_of(SOCKETS_COUNT), program;
	struct sock_filter out[FILTER_CAPACITY];
	static const struct {
		int number, errno_value;
	} wanted[] = {
		{ SYS_memfd_create, ENOSYS }, { SYS_openat, EACCES },
		{ SYS_ptrace, EPERM },	      { SYS_statx, ENOSYS },
		{ SYS_kill, EPERM },
	};

	CHECK(filter_deny_extra(&base, answers, ARRAY_SIZE(answers), out,
				ARRAY_SIZE(out), &program.len, NULL) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct seccomp_data data = { .nr = wanted[i].number,
					     .arch = HERE };

		CHECK(answer(out, program.len, &data, NULL) ==
		      ERRNO(wanted[i].errno_value));
		data.arch = AUDIT_ARCH_I386;
		CHECK(answer(out, program.len, &data, NULL) ==
		      SECCOMP_RET_KILL_PROCESS);
	}
	for (int number = 0; number < CALLS_END; number++) {
		struct seccomp_data data = { .nr = number, .arch = HERE };
		bool changed = false;

		for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
			changed = changed || wanted[i].number == number;
		CHECK(changed ||
		      answer(out, program.len, &data, NULL) ==
			      answer(base.code, base.len, &data, NULL));
	}
}

static void test_extra_all(void)
{
	struct filter_program base = program_of(VARIANTS - 1);
	struct sock_filter out[FILTER_CAPACITY];
	struct filter_answer answers[1024];
	unsigned short len = 0;
	size_t count = 0;

	while (count < ARRAY_SIZE(answers) && filter_name_at(count)) {
		answers[count] =
			(struct filter_answer){ filter_name_at(count), EIO };
		count++;
	}
	CHECK(!filter_name_at(count));
	CHECK(filter_deny_extra(&base, answers, count, out, FILTER_CAPACITY,
				&len, NULL) == 0);
	for (size_t i = 0; i < count; i++) {
		struct seccomp_data data = {
			.nr = filter_call_number(answers[i].name), .arch = HERE
		};

		CHECK(data.nr < 0 ||
		      answer(out, len, &data, NULL) == ERRNO(EIO));
		data.arch = AUDIT_ARCH_I386;
		CHECK(answer(out, len, &data, NULL) ==
		      SECCOMP_RET_KILL_PROCESS);
	}
}

static void test_extra_failures(void)
{
	static const struct filter_answer unknown[] = { { "read", 0 },
							{ "opne", 0 } };
	struct filter_program base = program_of(0);
	struct sock_filter out[FILTER_CAPACITY];
	unsigned short len = 99;
	struct pj_error err;

	CHECK(filter_deny_extra(&base, unknown, 2, out, FILTER_CAPACITY, &len,
				&err) == -PJ_E_POLICY);
	CHECK(err.code == PJ_E_POLICY && strstr(err.message, "\"opne\""));
	CHECK(filter_deny_extra(&base, unknown, 1, out, base.len + 5U, &len,
				&err) == -PJ_E_POLICY);
	CHECK(len == 99);
	CHECK(filter_deny_extra(&base, unknown, 1, out, base.len + 6U, &len,
				&err) == 0);
	CHECK(len == base.len + 6);
	CHECK(filter_deny_extra(&base, NULL, 0, out, FILTER_CAPACITY, &len,
				&err) == 0);
	CHECK(len == base.len + 4);
}

static const struct tap_case cases[] = {
	{ "every number gives its answer", test_numbers },
	{ "rows hold for all values they mention", test_rows },
	{ "calls without rows read no argument", test_bitmap },
	{ "foreign architectures are killed", test_foreign },
	{ "names", test_names },
	{ "policy names", test_policy_names },
	{ "no program for the profile none", test_select },
	{ "extra answers come first, the rest stays", test_extra },
	{ "extra answers for every call there is", test_extra_all },
	{ "extra answers that fail", test_extra_failures },
};

TAP_MAIN(cases)
