/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs while building: writes the header that filter.c includes, with one
 * finished program for each variant and the table of call names. libseccomp
 * gives the names and numbers of the target's calls; the programs are built
 * here (program.c) because rows that are tried in order need a few
 * instructions where libseccomp's order-free rules need dozens, and the size
 * is paid at each launch. Any doubt about the rows ends the build.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

static const struct {
	const char *name;
	uint32_t token, audit;
	int first_probed; /* from here on programs probe for the call: renameat2
			   */
	bool x32;
} architectures[] = {
	{ "x86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 316, true },
	{ "aarch64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 276, false },
};

/* Where names are taken from, so that a policy may be shared by machines. */
static const uint32_t name_sources[] = {
	SCMP_ARCH_X86_64,
	SCMP_ARCH_AARCH64,
	SCMP_ARCH_X86,
	SCMP_ARCH_ARM,
};

/* Names that libseccomp may not know yet; the same number everywhere. */
static const struct {
	const char *name;
	int number;
} newer_calls[] = {
	{ "cachestat", 451 },	      { "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },  { "futex_wake", 454 },
	{ "futex_wait", 455 },	      { "futex_requeue", 456 },
	{ "statmount", 457 },	      { "listmount", 458 },
	{ "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 },
	{ "lsm_list_modules", 461 },  { "mseal", 462 },
	{ "setxattrat", 463 },	      { "getxattrat", 464 },
	{ "listxattrat", 465 },	      { "removexattrat", 466 },
	{ "open_tree_attr", 467 },    { "file_getattr", 468 },
	{ "file_setattr", 469 },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { NAME_SIZE = 32, CALLS_MAX = 2048 };

struct call {
	char name[NAME_SIZE];
	int number; /* -1: not on the target */
};

static struct call calls[CALLS_MAX];
static size_t call_count;

__attribute__((noreturn)) static void die(const char *what, const char *name)
{
	fprintf(stderr, "filter/generate: %s: %s\n", name, what);
	exit(1);
}

static struct call *find_call(const char *name)
{
	for (size_t i = 0; i < call_count; i++) {
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	}
	return NULL;
}

static void add_call(const char *name, int number)
{
	if (find_call(name))
		return;
	if (strlen(name) >= NAME_SIZE)
		die("name too long: raise NAME_SIZE", name);
	if (call_count == CALLS_MAX)
		die("too many calls: raise CALLS_MAX", name);
	memcpy(calls[call_count].name, name, strlen(name) + 1);
	calls[call_count].number = number;
	call_count++;
}

/* Target first: its numbers win; -1 is left for names of other machines. */
static void collect_calls(uint32_t target)
{
	char *name;

	for (int number = 0; number < CALLS_END; number++) {
		name = seccomp_syscall_resolve_num_arch(target, number);
		if (name)
			add_call(name, number);
		free(name);
	}
	for (size_t i = 0; i < COUNT(newer_calls); i++)
		add_call(newer_calls[i].name, newer_calls[i].number);
	for (size_t i = 0; i < COUNT(name_sources); i++) {
		for (int number = 0; number < CALLS_END; number++) {
			name = seccomp_syscall_resolve_num_arch(name_sources[i],
								number);
			if (name)
				add_call(name, -1);
			free(name);
		}
	}
}

/* A misspelt row would silently refuse or grant nothing. */
static void check_rows(void)
{
	for (size_t i = 0; i < refusal_count; i++) {
		if (!find_call(refusals[i].name))
			die("no such call", refusals[i].name);
		if (strict_listed(refusals[i].name))
			die("refused and strict", refusals[i].name);
	}
	for (size_t i = 0; i < rule_count; i++) {
		if (!find_call(rules[i].name))
			die("no such call", rules[i].name);
		if (refusal_errno(rules[i].name))
			die("refused and ruled", rules[i].name);
	}
	for (size_t i = 0; i < strict_count; i++) {
		if (!find_call(strict_calls[i]))
			die("no such call", strict_calls[i]);
	}
}

static int compare_calls(const void *left, const void *right)
{
	return strcmp(((const struct call *)left)->name,
		      ((const struct call *)right)->name);
}

static void print_calls(int first_probed)
{
	qsort(calls, call_count, sizeof(*calls), compare_calls);
	printf("static const struct call {\n\tchar name[%d];\n"
	       "\tshort number; /* -1: not on this machine */\n"
	       "\tshort errno_value;\n} calls[] = {\n",
	       NAME_SIZE);
	for (size_t i = 0; i < call_count; i++) {
		int errno_value = refusal_errno(calls[i].name);

		if (!errno_value)
			errno_value = calls[i].number >= first_probed ? ENOSYS
								      : EPERM;
		printf("\t{ \"%s\", %d, %d },\n", calls[i].name,
		       calls[i].number, errno_value);
	}
	printf("};\n");
}

static void name_variant(const struct variant *variant, char *out, size_t size)
{
	static const char *const modes[] = {
		[DIRECT] = "direct",
		[NAMES] = "names",
		[OPENS] = "opens",
		[SIGNALS] = "signals",
	};
	static const char *const sockets[] = {
		[SOCKETS_NONE] = "offline",
		[SOCKETS_INET] = "inet",
		[SOCKETS_FILTERED] = "filtered",
	};

	snprintf(out, size, "%s_%s_%s%s",
		 variant->strict ? "strict" : "default", modes[variant->mode],
		 sockets[variant->sockets],
		 variant->datagrams ? "_datagrams" : "");
}

static void print_program(const struct variant *variant, size_t architecture)
{
	const char *numbered[CALLS_END] = { NULL };
	struct program program = { .len = 0 };
	char name[64];

	for (size_t i = 0; i < call_count; i++) {
		if (calls[i].number >= 0 && calls[i].number < CALLS_END)
			numbered[calls[i].number] = calls[i].name;
	}
	name_variant(variant, name, sizeof(name));
	if (!program_build(&program, variant, numbered,
			   architectures[architecture].audit,
			   architectures[architecture].x32))
		die("the program does not fit", name);
	printf("static const struct sock_filter code_%s[] = {\n", name);
	for (size_t i = 0; i < program.len; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", program.at[i].code,
		       program.at[i].jt, program.at[i].jf, program.at[i].k);
	printf("};\n");
}

enum { VARIANTS = 2 * MODE_COUNT * SOCKETS_COUNT * 2 };

/* The profile, what waits for the broker, and what sockets there are. */
static struct variant variant_at(unsigned int i)
{
	return (struct variant){
		i / 2 / SOCKETS_COUNT / MODE_COUNT,
		(enum mode)(i / 2 / SOCKETS_COUNT % MODE_COUNT),
		(enum filter_sockets)(i / 2 % SOCKETS_COUNT),
		i % 2,
	};
}

/* Datagrams take a broker. */
static bool variant_is_made(const struct variant *variant)
{
	return variant->mode != DIRECT || !variant->datagrams;
}

static void print_table(void)
{
	printf("static const struct filter_program "
	       "programs[2][%d][SOCKETS_COUNT][2] = {\n",
	       MODE_COUNT);
	for (unsigned int i = 0; i < VARIANTS; i++) {
		struct variant variant = variant_at(i);
		char name[64];

		if (!variant_is_made(&variant))
			continue;
		name_variant(&variant, name, sizeof(name));
		printf("\t[%d][%d][%d][%d] = { code_%s, ARRAY_SIZE(code_%s) "
		       "},\n",
		       variant.strict, (int)variant.mode, (int)variant.sockets,
		       variant.datagrams, name, name);
	}
	printf("};\n");
}

int main(int argc, char **argv)
{
	size_t at = 0;

	while (argc == 2 && at < COUNT(architectures) &&
	       strcmp(argv[1], architectures[at].name) != 0)
		at++;
	if (argc != 2 || at == COUNT(architectures))
		die("usage: generate x86_64|aarch64",
		    argc == 2 ? argv[1] : "?");
	collect_calls(architectures[at].token);
	check_rows();
	printf("/* Made for %s by src/plan/filter/generate.c. */\n",
	       architectures[at].name);
	printf("#define FILTER_AUDIT_ARCH 0x%08xU\n", architectures[at].audit);
	print_calls(architectures[at].first_probed);
	for (unsigned int i = 0; i < VARIANTS; i++) {
		struct variant variant = variant_at(i);

		if (variant_is_made(&variant))
			print_program(&variant, at);
	}
	print_table();
	return fflush(stdout) == 0 ? 0 : 1;
}
