/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses among the finished programs and puts a policy's own refusals before
 * one. Jumps are relative, so a program stays right behind a prologue. */
#include "plan/filter/filter.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Generated: FILTER_AUDIT_ARCH, calls (sorted by name), programs. */
#include "plan/filter/filter_programs.h"

/* Load and test the architecture, jump to the base on a mismatch (which kills),
 * load the number; then a comparison and an answer for each call. */
enum { PROLOGUE_HEAD = 4, PROLOGUE_STEP = 2 };

int filter_select(enum syscall_profile profile, enum filter_mode mode,
		  enum filter_sockets sockets, bool datagrams,
		  struct filter_program *ret)
{
	if (profile != SYSCALLS_DEFAULT && profile != SYSCALLS_STRICT)
		return -PJ_E_ARGUMENT;
	*ret = programs[profile == SYSCALLS_STRICT][mode][sockets][datagrams];
	return ret->code ? 0 : -PJ_E_ARGUMENT;
}

static int compare_name(const void *name, const void *call)
{
	return strcmp(name, ((const struct call *)call)->name);
}

static const struct call *find_call(const char *name)
{
	return bsearch(name, calls, ARRAY_SIZE(calls), sizeof(*calls),
		       compare_name);
}

bool filter_name_known(const char *name)
{
	return find_call(name) != NULL;
}

const char *filter_name_at(size_t index)
{
	return index < ARRAY_SIZE(calls) ? calls[index].name : NULL;
}

int filter_call_number(const char *name)
{
	const struct call *call = find_call(name);

	return call ? call->number : -1;
}

static struct sock_filter load(size_t offset)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					    (uint32_t)offset);
}

static struct sock_filter answer_code(const struct filter_answer *answer,
				      const struct call *call)
{
	int errno_value =
		answer->errno_value ? answer->errno_value : call->errno_value;

	return (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K,
		SECCOMP_RET_ERRNO | ((uint32_t)errno_value & SECCOMP_RET_DATA));
}

size_t filter_room(const struct filter_program *base, size_t count)
{
	return PROLOGUE_HEAD + PROLOGUE_STEP * count + base->len;
}

static int check_answers(const struct filter_program *base,
			 const struct filter_answer *answers, size_t count,
			 size_t capacity, struct pj_error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (!find_call(answers[i].name))
			return fail(err, PJ_STAGE_PLAN, PJ_E_POLICY, 0,
				    "syscalls.deny: \"%s\" is no system call; "
				    "use a name of syscalls(2)",
				    answers[i].name);
	}
	if (capacity > BPF_MAXINSNS)
		capacity = BPF_MAXINSNS;
	if (count > BPF_MAXINSNS || filter_room(base, count) > capacity)
		return fail(err, PJ_STAGE_PLAN, PJ_E_POLICY, 0,
			    "syscalls.deny: %zu system calls are more than a "
			    "filter holds; name fewer",
			    count);
	return 0;
}

int filter_deny_extra(const struct filter_program *base,
		      const struct filter_answer *answers, size_t count,
		      struct sock_filter *out, size_t capacity,
		      unsigned short *ret_len, struct pj_error *err)
{
	unsigned int steps = 0;
	unsigned short len = 0;
	int r;

	r = check_answers(base, answers, count, capacity, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		steps += find_call(answers[i].name)->number >= 0;
	out[len++] = load(offsetof(struct seccomp_data, arch));
	out[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						  FILTER_AUDIT_ARCH, 1, 0);
	out[len++] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
						  1 + PROLOGUE_STEP * steps);
	out[len++] = load(offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < count; i++) {
		const struct call *call = find_call(answers[i].name);

		if (call->number < 0)
			continue;
		out[len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call->number, 0,
			1);
		out[len++] = answer_code(&answers[i], call);
	}
	memcpy(out + len, base->code, base->len * sizeof(*out));
	*ret_len = (unsigned short)(len + base->len);
	return 0;
}
