/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a run, read back: accessors and the exit status that stands
 * for it. A result is never changed once the supervisor handed it out. */
#include "supervise/result.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "supervise/refused.h"

/* As timeout(1), env(1) and shells use them (DESIGN section 5). */
enum {
	STATUS_TIMED_OUT = 124,
	STATUS_FAILED = 125,
	STATUS_DENIED = 126,
	STATUS_SIGNAL_BASE = 128,
	STATUS_KILLED = STATUS_SIGNAL_BASE + SIGKILL,
};

static const char *const outcome_names[] = {
	[PJ_EXITED] = "exited",
	[PJ_SIGNALED] = "signaled",
	[PJ_TIMED_OUT] = "timed-out",
	[PJ_OUTPUT_LIMIT] = "output-limit",
	[PJ_MEMORY_LIMIT] = "memory-limit",
	[PJ_CPU_LIMIT] = "cpu-limit",
	[PJ_DENIED] = "denied",
	[PJ_FAILED] = "failed",
};
static_assert(ARRAY_SIZE(outcome_names) == PJ_OUTCOME_COUNT,
	      "a name for each outcome");

const char *pj_outcome_name(enum pj_outcome outcome)
{
	return (unsigned int)outcome < PJ_OUTCOME_COUNT ? outcome_names[outcome]
							: "unknown";
}

enum pj_outcome pj_result_outcome(const struct pj_result *result)
{
	return result->outcome;
}

int pj_result_exit_code(const struct pj_result *result)
{
	return result->exit_code;
}

int pj_result_signal(const struct pj_result *result)
{
	return result->signal;
}

int pj_result_status(const struct pj_result *result)
{
	switch (result->outcome) {
	case PJ_EXITED:
		return result->exit_code;
	case PJ_SIGNALED:
		return STATUS_SIGNAL_BASE + result->signal;
	case PJ_TIMED_OUT:
		return STATUS_TIMED_OUT;
	case PJ_OUTPUT_LIMIT:
	case PJ_MEMORY_LIMIT:
	case PJ_CPU_LIMIT:
		return STATUS_KILLED;
	case PJ_DENIED:
		return STATUS_DENIED;
	case PJ_FAILED:
	case PJ_OUTCOME_COUNT:
		break;
	}
	return STATUS_FAILED;
}

static const char *captured_text(const struct captured *stream, size_t *ret_len)
{
	if (ret_len)
		*ret_len = stream->len;
	return stream->data ? stream->data : "";
}

const char *pj_result_stdout(const struct pj_result *result, size_t *ret_len)
{
	return captured_text(&result->out, ret_len);
}

const char *pj_result_stderr(const struct pj_result *result, size_t *ret_len)
{
	return captured_text(&result->err, ret_len);
}

/* A caller that was built against an older, smaller struct says so in `size`.
 */
/* As much as the caller's struct, which begins with its size, has room for. */
static void copy_sized(void *ret, const void *from, size_t from_size)
{
	size_t size;

	memcpy(&size, ret, sizeof(size));
	if (size > from_size)
		size = from_size;
	if (size > sizeof(size))
		memcpy((char *)ret + sizeof(size),
		       (const char *)from + sizeof(size), size - sizeof(size));
}

void pj_result_usage(const struct pj_result *result, struct pj_usage *ret_usage)
{
	copy_sized(ret_usage, &result->usage, sizeof(result->usage));
}

size_t pj_result_refused_count(const struct pj_result *result)
{
	return result->refused_count;
}

void pj_result_refused(const struct pj_result *result, size_t index,
		       struct pj_refused *ret_refused)
{
	const struct refused *refused = &result->refused[index];
	const struct pj_refused told = {
		.host = refused->host,
		.port = refused->port,
		.protocol = refused->protocol,
		.rule = refused->rule,
		.message = refused->message,
		.count = refused->count,
	};

	copy_sized(ret_refused, &told, sizeof(told));
}

struct pj_result *pj_result_free(struct pj_result *result)
{
	if (!result)
		return NULL;
	free(result->out.data);
	free(result->err.data);
	free(result->strategy);
	strv_clear(&result->passed_over);
	for (size_t i = 0; i < ARRAY_SIZE(result->enforced); i++)
		free(result->enforced[i]);
	free(result->program);
	free(result->cwd);
	strv_clear(&result->argv);
	strv_clear(&result->env_names);
	refused_clear(result);
	free(result);
	return NULL;
}
