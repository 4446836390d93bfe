/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the library and the jail's init say to each other. Plain memory, same
 * machine, same build: the init is embedded in the library.
 *
 * Descriptors of the init, all others are closed before it starts:
 *   0 control    library -> init: one byte a signal for the program; end of
 *                file: the library is gone, end the jail
 *   1 report     init -> library: one struct init_report, then end of file
 *   2 config     a memory file with struct init_config and what it points to
 *   3 listener   seccomp notifications (INIT_BROKER only)
 *   4 account    cpu.stat of the jail's cgroup, to read (INIT_ACCOUNT only)
 */
#ifndef PJ_INIT_PROTOCOL_H
#define PJ_INIT_PROTOCOL_H

#include <stdint.h>

enum {
	INIT_FD_CONTROL,
	INIT_FD_REPORT,
	INIT_FD_CONFIG,
	INIT_FD_LISTENER,
	INIT_FD_ACCOUNT,
	INIT_FD_COUNT,
};

enum {
	INIT_PID_NAMESPACE = 1, /* we are pid 1: kill(-1) means the jail */
	INIT_BROKER = 2,
	INIT_ACCOUNT = 4, /* CPU time by the cgroup's cpu.stat */
};

/* What a write rule opens of the names that a name rule holds: nothing, what
 * lies strictly above it, or the very place as well (a child that lifts it). */
enum rule_opens { OPENS_NOTHING, OPENS_BELOW, OPENS_SAME };

/* Same order as enum path_access. */
enum { RULE_DENY, RULE_PROTECT, RULE_WRITE, RULE_READ };

/* Offsets count from the start of struct init_config. */
struct init_path_rule {
	uint32_t path; /* canonical, inside the jail */
	uint32_t access;
	uint32_t opens; /* a write rule of the policy: enum rule_opens */
	uint32_t unused;
	uint64_t device,
		inode; /* of an existing deny or protect rule; 0: none */
};

struct init_name_rule {
	uint32_t pattern;
	uint32_t access;
	uint32_t git_directory;
	uint32_t except_first, except_count;
};

struct init_config {
	uint32_t size; /* of the whole memory file */
	uint32_t flags;
	int32_t main_pid; /* written at launch: the program, in our pid
			     namespace */
	uint32_t path_rules, path_rule_count;
	uint32_t name_rules, name_rule_count;
	uint32_t excepts;	     /* array of uint32_t offsets of patterns */
	uint64_t private_devices[2]; /* written at launch: st_dev of /tmp,
					/dev/shm; 0: none */
	uint64_t memory_limit;	     /* bytes, UINT64_MAX: none */
	uint64_t cpu_limit_us;	     /* UINT64_MAX: none */
	uint64_t process_limit;	     /* UINT64_MAX: the kernel counts */
	uint64_t wall_limit_ms; /* for a library that is not called in time */
};

enum {
	ENDED_BY_ITSELF,
	ENDED_BY_MEMORY,
	ENDED_BY_CPU,
	ENDED_BY_PROCESSES,
	ENDED_BY_TIME,
	ENDED_BY_FAILURE
};

struct init_report {
	uint32_t size;
	int32_t wait_status; /* of the program, as by waitpid */
	uint32_t ended_by;
	uint32_t processes_peak;
	int32_t errnum; /* ENDED_BY_FAILURE: of the init's own system call */
	uint64_t user_us, system_us; /* the whole tree */
	uint64_t peak_process_bytes; /* largest process */
	uint64_t peak_tree_bytes;    /* most seen at once; 0: not sampled */
};

#endif
