/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: one flat struct, written once. The message never holds a control
 * character, so that one failure is one line whatever a file was called. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "base/text.h"

static const char *const code_names[] = {
	[PJ_OK] = "ok",
	[PJ_E_MEMORY] = "out-of-memory",
	[PJ_E_ARGUMENT] = "invalid-argument",
	[PJ_E_POLICY] = "policy-invalid",
	[PJ_E_REQUEST] = "request-invalid",
	[PJ_E_DENIED] = "denied",
	[PJ_E_UNAVAILABLE] = "containment-unavailable",
	[PJ_E_LAUNCH] = "launch-failed",
	[PJ_E_SYSTEM] = "system-error",
	[PJ_E_AUDIT] = "audit-broken",
	[PJ_E_TIMEOUT] = "timed-out",
	[PJ_E_CLOSED] = "closed",
	[PJ_E_LINE_TOO_LONG] = "line-too-long",
};
_Static_assert(sizeof(code_names) / sizeof(*code_names) == PJ_CODE_COUNT,
	       "a name for each code");

static const char *const stage_names[] = {
	[PJ_STAGE_NONE] = "none",	[PJ_STAGE_POLICY] = "policy",
	[PJ_STAGE_REQUEST] = "request", [PJ_STAGE_GUARD] = "guard",
	[PJ_STAGE_HOST] = "host",	[PJ_STAGE_PLAN] = "plan",
	[PJ_STAGE_LAUNCH] = "launch",	[PJ_STAGE_SUPERVISE] = "supervise",
	[PJ_STAGE_AUDIT] = "audit",
};
_Static_assert(sizeof(stage_names) / sizeof(*stage_names) == PJ_STAGE_COUNT,
	       "a name for each stage");

const char *pj_code_name(int code)
{
	if (code < 0)
		code = -code;
	return code < PJ_CODE_COUNT ? code_names[code] : "unknown";
}

const char *pj_stage_name(enum pj_stage stage)
{
	return (unsigned int)stage < PJ_STAGE_COUNT ? stage_names[stage]
						    : "unknown";
}

const char *pj_errno_name(int errnum)
{
	return errnum ? errno_name(errnum) : NULL;
}

int fail(struct pj_error *err, enum pj_stage stage, enum pj_code code,
	 int errnum, const char *format, ...)
{
	char raw[sizeof(err->message)];
	va_list args;
	size_t len;
	int n;

	if (!err)
		return -(int)code;
	va_start(args, format);
	n = vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	if (n < 0)
		raw[0] = '\0';
	len = strlen(raw);
	if (errnum)
		snprintf(raw + len, sizeof(raw) - len, ": %s",
			 errno_text(errnum));
	err->code = code;
	err->stage = stage;
	err->errnum = errnum;
	text_escape_controls(err->message, sizeof(err->message), raw,
			     strlen(raw));
	return -(int)code;
}
