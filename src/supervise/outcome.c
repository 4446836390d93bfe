/* SPDX-License-Identifier: Apache-2.0 */
/* From what is known of the end to one outcome, and the usage. */
#include <signal.h>
#include <sys/wait.h>

#include "policy/policy.h"
#include "supervise/process.h"

static enum pj_outcome outcome_of_report(const struct pj_process *process)
{
	const struct init_report *report = &process->report;
	int status = report->wait_status;
	bool failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;

	if (report->ended_by == ENDED_BY_TIME)
		return PJ_TIMED_OUT;
	if (report->ended_by == ENDED_BY_MEMORY)
		return PJ_MEMORY_LIMIT;
	if (report->ended_by == ENDED_BY_CPU)
		return PJ_CPU_LIMIT;
	if (WIFSIGNALED(status) && process->has_cpu_limit &&
	    WTERMSIG(status) == SIGXCPU)
		return PJ_CPU_LIMIT;
	/* Ran into the backstop between two samples. */
	if (failed && process->memory_limit != LIMIT_UNSET &&
	    report->peak_tree_bytes >= process->memory_limit)
		return PJ_MEMORY_LIMIT;
	return WIFSIGNALED(status) ? PJ_SIGNALED : PJ_EXITED;
}

/* Nobody reports where the kernel has killed the whole cgroup. */
static enum pj_outcome outcome_of_end(const struct pj_process *process)
{
	if (leaf_memory_exhausted(&process->jail.leaf))
		return PJ_MEMORY_LIMIT;
	return process->reported ? outcome_of_report(process) : PJ_SIGNALED;
}

static void conclude_outcome(struct pj_process *process)
{
	struct pj_result *result = process->result;
	int status = process->reported ? process->report.wait_status : SIGKILL;

	result->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	switch (process->ended) {
	case BECAUSE_TIME:
		result->outcome = PJ_TIMED_OUT;
		break;
	case BECAUSE_OUTPUT:
		result->outcome = PJ_OUTPUT_LIMIT;
		break;
	case BECAUSE_ASKED:
	case BECAUSE_UNWRITTEN: /* there is no result */
	case NOT_ENDED:
		result->outcome = outcome_of_end(process);
		break;
	}
	/* The last bytes of a program that has ended by itself may be the ones
	 * beyond its limit. */
	if (process->ended == NOT_ENDED &&
	    ((result->out.truncated && !process->out.cut) ||
	     (result->err.truncated && !process->err.cut)))
		result->outcome = PJ_OUTPUT_LIMIT;
}

/* The kernel's own account of the tree, where the jail has a cgroup. */
static void take_account(const struct leaf *leaf, struct pj_usage *usage)
{
	uint64_t peak_bytes = leaf_number(leaf, "memory.peak", NULL);
	uint64_t peak_count = leaf_number(leaf, "pids.peak", NULL);
	uint64_t cpu_us = leaf_number(leaf, "cpu.stat", "usage_usec");

	if (cpu_us)
		usage->cpu_ms = (double)cpu_us / 1000;
	if (peak_bytes)
		usage->peak_memory_bytes = peak_bytes;
	if (peak_count > 1) /* without the init */
		usage->processes_peak = (unsigned int)peak_count - 1;
}

static void take_report(const struct pj_process *process,
			struct pj_usage *usage)
{
	const struct init_report *report = &process->report;

	usage->cpu_ms = (double)(report->user_us + report->system_us) / 1000;
	usage->processes_peak = report->processes_peak;
	usage->peak_memory_bytes = report->peak_tree_bytes;
	/* The kernel's own figure starts from what the launching process had,
	 * whose memory the program's process shared until its exec. */
	if (report->peak_process_bytes > usage->peak_memory_bytes &&
	    (report->peak_process_bytes > process->own_peak_bytes ||
	     !usage->peak_memory_bytes))
		usage->peak_memory_bytes = report->peak_process_bytes;
}

void process_conclude(struct pj_process *process)
{
	struct pj_usage *usage = &process->result->usage;

	conclude_outcome(process);
	usage->size = sizeof(*usage);
	usage->wall_ms = (double)process_elapsed_us(process) / 1000;
	if (process->reported)
		take_report(process, usage);
	if (process->jail.leaf.fd >= 0)
		take_account(&process->jail.leaf, usage);
}
