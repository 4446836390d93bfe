/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's limits, and what tells of each which mechanism holds it, and
 * whether that is hard, per process, or sampled. A cgroup where one is to be
 * had, else rlimits. Where the init samples (memory, CPU time of the whole
 * tree), the rlimit of each process is the backstop between two samples.
 */
#include "plan/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/error.h"
#include "plan/cgroup.h"

enum { MEBIBYTE = 1 << 20 };

static void add(struct pj_plan *plan, int resource, const char *name,
		uint64_t soft, uint64_t hard)
{
	plan->rlimits[plan->rlimit_count++] = (struct rlimit_op){
		.resource = resource,
		.name = name,
		.value = { .rlim_cur = soft, .rlim_max = hard },
	};
}

static void hold(struct pj_plan *plan, enum property property,
		 const char *mechanism)
{
	plan->properties[property].asked = true;
	plan->properties[property].mechanism = mechanism;
}

unsigned int limits_init_tasks(const struct pj_plan *plan)
{
	bool filtered = plan->command->policy->syscalls != SYSCALLS_NONE;

	return 1U + (filtered && plan->brokered) +
	       (filtered && plan->filtered_network) +
	       (filtered && plan->own_network);
}

static void plan_memory(struct pj_plan *plan, uint64_t memory, bool sampled)
{
	uint64_t slack =
		memory / 4 > 16 * MEBIBYTE ? memory / 4 : 16 * MEBIBYTE;
	uint64_t bound = memory > UINT64_MAX - slack ? memory : memory + slack;

	if (plan->cgroup.memory) {
		hold(plan, PROPERTY_MEMORY, "cgroup memory.max (hard)");
		return;
	}
	add(plan, RLIMIT_DATA, "RLIMIT_DATA", bound, bound);
	hold(plan, PROPERTY_MEMORY,
	     sampled ? "RLIMIT_DATA (per process), sampled over the tree every "
		       "10 ms"
		     : "RLIMIT_DATA (per process)");
}

static void plan_cpu_time(struct pj_plan *plan, uint64_t ms, bool sampled)
{
	uint64_t seconds = ms / 1000 + (ms % 1000 != 0);

	add(plan, RLIMIT_CPU, "RLIMIT_CPU", seconds, seconds + 1);
	hold(plan, PROPERTY_CPU_TIME,
	     plan->cgroup.cpu_time ? "RLIMIT_CPU (per process), cgroup "
				     "cpu.stat (read every 10 ms)"
	     : sampled ? "RLIMIT_CPU (per process), sampled over the "
			 "tree every 10 ms"
		       : "RLIMIT_CPU (per process)");
}

/* Without an own user namespace the kernel would count all processes of the
 * user; root it never counts (kernel/fork.c, INIT_USER). */
static void plan_processes(struct pj_plan *plan, uint64_t processes,
			   bool own_namespace, bool sampled)
{
	if (plan->cgroup.processes) {
		hold(plan, PROPERTY_PROCESS_COUNT, "cgroup pids.max (hard)");
		return;
	}
	processes += limits_init_tasks(plan);
	if (own_namespace)
		add(plan, RLIMIT_NPROC, "RLIMIT_NPROC", processes, processes);
	plan->count_processes = sampled && (!own_namespace || geteuid() == 0);
	hold(plan, PROPERTY_PROCESS_COUNT,
	     plan->count_processes && own_namespace
		     ? "sampled every 10 ms, killed above it (the kernel "
		       "exempts root from RLIMIT_NPROC)"
	     : plan->count_processes ? "sampled every 10 ms, killed above it"
	     : own_namespace	     ? "RLIMIT_NPROC in an own user namespace "
				       "(hard)"
				     : NULL);
}

/* Counted for the user, the caller's own processes included: half is theirs. */
static void leave_half(struct pj_plan *plan, int resource, const char *name)
{
	plan->rlimits[plan->rlimit_count++] = (struct rlimit_op){
		.resource = resource,
		.name = name,
		.half = true,
	};
}

/* The init finds the tree as all of its pid namespace, else by the lists of
 * children (CONFIG_PROC_CHILDREN). */
static bool tree_is_known(const struct pj_plan *plan)
{
	return plan->clone_flags ||
	       access("/proc/thread-self/children", F_OK) == 0;
}

void limits_plan(struct pj_plan *plan, const struct site_list *sites,
		 const struct pj_host *host)
{
	const struct limits *limits = &plan->command->policy->limits;
	bool own_namespace = plan->clone_flags != 0;
	bool sampled = tree_is_known(plan);

	cgroup_plan(plan, sites, host);
	/* 1, not 0: that alone keeps the kernel from feeding a dump to a
	 * program of the host (core_pattern with a pipe; core(5)). */
	add(plan, RLIMIT_CORE, "RLIMIT_CORE", 1, 1);
	leave_half(plan, RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING");
	leave_half(plan, RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE");
	if (limits->memory != LIMIT_UNSET)
		plan_memory(plan, limits->memory, sampled);
	if (limits->cpu_time_ms != LIMIT_UNSET)
		plan_cpu_time(plan, limits->cpu_time_ms, sampled);
	if (limits->processes != LIMIT_UNSET)
		plan_processes(plan, limits->processes, own_namespace, sampled);
	if (limits->open_files != LIMIT_UNSET) {
		add(plan, RLIMIT_NOFILE, "RLIMIT_NOFILE", limits->open_files,
		    limits->open_files);
		hold(plan, PROPERTY_OPEN_FILES, "RLIMIT_NOFILE (per process)");
	}
	if (limits->file_size != LIMIT_UNSET) {
		add(plan, RLIMIT_FSIZE, "RLIMIT_FSIZE", limits->file_size,
		    limits->file_size);
		hold(plan, PROPERTY_FILE_SIZE, "RLIMIT_FSIZE (per file)");
	}
	if (limits->wall_time_ms != LIMIT_UNSET)
		hold(plan, PROPERTY_WALL_TIME, "the supervisor's clock");
	if (limits->stdout_bytes != LIMIT_UNSET ||
	    limits->stderr_bytes != LIMIT_UNSET)
		hold(plan, PROPERTY_OUTPUT, "counted by the supervisor");
	if (!own_namespace)
		return;
	if (limits->tmp_size != LIMIT_UNSET) {
		/* Files in memory are memory, though no process's. */
		uint64_t size = limits->tmp_size < limits->memory
					? limits->tmp_size
					: limits->memory;

		snprintf(plan->root_options[0], sizeof(plan->root_options[0]),
			 "%llu", (unsigned long long)size);
		/* Empty files cost memory too. */
		snprintf(plan->root_options[1], sizeof(plan->root_options[1]),
			 "%llu",
			 (unsigned long long)(limits->tmp_size / 4096 + 1024));
	} else if (limits->memory != LIMIT_UNSET) {
		snprintf(plan->root_options[0], sizeof(plan->root_options[0]),
			 "%llu", (unsigned long long)limits->memory);
	}
}

int limits_mark(struct pj_plan *plan, struct pj_error *err)
{
	struct rlimit own;
	uint64_t random;

	if (getrlimit(RLIMIT_RTTIME, &own) < 0 ||
	    getrandom(&random, sizeof(random), 0) != sizeof(random))
		return fail(err, PJ_STAGE_PLAN, PJ_E_SYSTEM, errno,
			    "mark of the jail's processes");
	if (own.rlim_max == RLIM_INFINITY)
		plan->mark = random >> 2 | 1;
	return 0;
}
