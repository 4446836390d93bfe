/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard found: violations in the order of DESIGN section 3, and
 * warnings. A denial is data; running out of memory is remembered and told
 * once by pj_prepare(). */
#ifndef PJ_GUARD_DECISION_H
#define PJ_GUARD_DECISION_H

#include <procjail.h>

#include "base/strv.h"
#include "policy/policy.h"

/* In the order of the table; the names are API. */
enum violation_code {
	VIOLATION_REQUEST_INVALID,
	VIOLATION_PROGRAM_NOT_ABSOLUTE,
	VIOLATION_PROGRAM_NOT_FOUND,
	VIOLATION_PROGRAM_IS_DIRECTORY,
	VIOLATION_PROGRAM_NOT_REGULAR_FILE,
	VIOLATION_PROGRAM_NOT_EXECUTABLE,
	VIOLATION_PROGRAM_NOT_ALLOWED,
	VIOLATION_PROGRAM_RISKY,
	VIOLATION_PROGRAM_CHANGED,
	VIOLATION_PROGRAM_WRITABLE,
	VIOLATION_CONTROL_CHARACTER,
	VIOLATION_SHELL_METACHARACTER,
	VIOLATION_SUBCOMMAND_NOT_ALLOWED,
	VIOLATION_FLAG_NOT_ALLOWED,
	VIOLATION_TOO_MANY_FLAGS,
	VIOLATION_OPTION_VALUE_MISSING,
	VIOLATION_OPTION_VALUE_INVALID,
	VIOLATION_TOO_FEW_POSITIONALS,
	VIOLATION_TOO_MANY_POSITIONALS,
	VIOLATION_POSITIONAL_INVALID,
	VIOLATION_ENV_NOT_ALLOWED,
	VIOLATION_ENV_FORBIDDEN,
	VIOLATION_ENV_INVALID,
	VIOLATION_CWD_NOT_ABSOLUTE,
	VIOLATION_CWD_NOT_FOUND,
	VIOLATION_CWD_NOT_ALLOWED,
	VIOLATION_COUNT,
};

const char *violation_name(enum violation_code code);

struct pj_decision {
	bool all; /* keep all violations, not just the first */
	bool out_of_memory;
	struct pj_violation *violations;
	size_t count, capacity;
	struct strv warnings;	  /* the guard's */
	struct pj_policy *policy; /* a reference: it has warnings as well */
};

/* `item` may be NULL and is copied in a printable, bounded form; `index` is its
 * index in args, or -1. The message is bounded and made printable too. */
__attribute__((format(printf, 5, 6))) void
decision_add(struct pj_decision *decision, enum violation_code code,
	     const char *item, int index, const char *format, ...);
__attribute__((format(printf, 2, 3))) void
decision_warn(struct pj_decision *decision, const char *format, ...);

/* Whether nothing more needs to be looked at. */
bool decision_settled(const struct pj_decision *decision);

/* Copy at most `len` bytes of `bytes` into `out` as valid, printable UTF-8:
 * control characters and stray bytes become \n, \t, \xNN. What does not fit is
 * replaced by "...". Returns `out`. */
char *printable(char *out, size_t size, const char *bytes, size_t len);

/* Up to `count` words with a space between them; "and N more" when they do not
 * fit, `none` when there are none. Returns `out`. */
char *words_text(char *out, size_t size, const char *const *words, size_t count,
		 const char *none);

#endif
