/* SPDX-License-Identifier: Apache-2.0 */
/* How a failure is told: once, where it happens, with the name of the thing. */
#ifndef PJ_BASE_ERROR_H
#define PJ_BASE_ERROR_H

#include <procjail.h>

/* Fill `err` (NULL allowed) and return -code. The message is formatted as by
 * printf; when errnum is not 0, ": strerror" is appended. Newlines and other
 * control characters in the message are escaped: a message is one line. */
__attribute__((format(printf, 5, 6))) int fail(struct pj_error *err,
					       enum pj_stage stage,
					       enum pj_code code, int errnum,
					       const char *format, ...);

/* The common cases. */
#define fail_memory(err, stage)                                                \
	fail(err, stage, PJ_E_MEMORY, 0, "out of memory")
#define fail_system(err, stage, errnum, ...)                                   \
	fail(err, stage, PJ_E_SYSTEM, errnum, __VA_ARGS__)

/* At the top of a public function: what must not be NULL is. */
#define fail_missing(err, stage, what)                                         \
	fail(err, stage, PJ_E_ARGUMENT, 0, "%s: %s must be given", __func__,   \
	     what)

#endif
