/* SPDX-License-Identifier: Apache-2.0 */
/* From the rows of rules.def and strict.def to one seccomp program. */
#ifndef PJ_PLAN_FILTER_PROGRAM_H
#define PJ_PLAN_FILTER_PROGRAM_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules.h"

enum { CALLS_END = 1024 }; /* above every number in use */

struct program {
	struct sock_filter at[BPF_MAXINSNS];
	size_t len;
};

extern const struct refusal refusals[];
extern const size_t refusal_count;
extern const struct rule rules[];
extern const size_t rule_count;
extern const char *const strict_calls[];
extern const size_t strict_count;

/* 0: not refused. */
int refusal_errno(const char *name);
bool strict_listed(const char *name);
bool rule_holds(const struct rule *rule, const struct variant *variant);

/* `names`: of each number below CALLS_END, or NULL. False: too long. */
bool program_build(struct program *program, const struct variant *variant,
		   const char *const *names, uint32_t audit_arch, bool x32);

#endif
