/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan: all that launch/ needs, computed beforehand. Launching walks it
 * without allocating, formatting or deciding; `check --plan` prints it.
 */
#ifndef PJ_PLAN_PLAN_H
#define PJ_PLAN_PLAN_H

#include <linux/filter.h>
#include <procjail.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/property.h"
#include "base/strv.h"
#include "guard/command.h"
#include "policy/policy.h"

enum mount_kind {
	MOUNT_DIRECTORY, /* make a directory in the root (not a mount) */
	MOUNT_SYMLINK,	 /* make a symbolic link: source is its text */
	MOUNT_TREE,	 /* what the host has at source, with all below it */
	MOUNT_MASK,	 /* something empty that nobody can read */
	MOUNT_HOLLOW,	 /* an empty directory in which later mounts find their
			    place */
	MOUNT_PRIVATE,	 /* a writable directory of the jail's own memory */
	MOUNT_DEVICE,	 /* a device node of the host */
	MOUNT_TEXT, /* a file of the jail's own memory: source is its text */
	MOUNT_PROC,
	MOUNT_DEVPTS,
	MOUNT_KIND_COUNT,
};

/* In order; a parent comes before what lies in it. */
struct mount_op {
	enum mount_kind kind;
	char *source; /* canonical host path; MOUNT_SYMLINK, MOUNT_TEXT: text */
	char *target; /* path in the jail, without the leading slash; "" is the
			 root */
	mode_t type;  /* S_IFDIR, or anything else: a file */
	dev_t device; /* MOUNT_TREE, MOUNT_DEVICE: what source must still be */
	ino_t inode;
	unsigned int attributes; /* MOUNT_ATTR_* */
	bool make;		 /* nothing is at target yet: make the place */
	bool optional; /* the target may be missing: then there is nothing to
			  mask */
};

/* A kept root has all its sources opened at once, while nothing lies over them;
 * a plan with more of them gets a copy. */
enum { KEPT_ROOT_SOURCES = 32 };

/* A rule of the two Landlock domains that lie in one another: the init's, which
 * bounds what the broker does, and the program's within it. */
struct landlock_op {
	char *path; /* canonical */
	dev_t device;
	ino_t inode;
	/* It may be gone or be another one: then nothing is granted there. */
	bool optional;
	uint64_t outer, inner; /* KERNEL_LANDLOCK_FS_* */
};

struct landlock_plan {
	bool used;
	uint64_t handled_fs, scoped;
	uint64_t outer_net, inner_net; /* of each domain: handled, so refused */
	/* What the streams' files and the scratch directory get. */
	uint64_t scratch_outer, scratch_inner, streams;
	struct landlock_op *rules;
	size_t rule_count;
};

struct rlimit_op {
	int resource;
	const char *name;
	struct rlimit value;
	bool half; /* of what the caller has, whatever that is */
};

/* Written to a file of the jail's cgroup before anything runs in it. */
struct cgroup_op {
	const char *file;
	char value[24];
	bool may_be_absent;
};

struct cgroup_plan {
	char *parent; /* where the jail's own is made; NULL: it has none */
	struct cgroup_op ops[4];
	size_t op_count;
	bool memory, processes; /* limited by it */
	bool cpu_time;		/* accounted by it */
};

/* What enforces a property; NULL: nothing does. */
struct enforcement {
	bool asked;
	const char *mechanism;
};

/* The name of a plan's scratch directory: this, and so many hexadecimal digits.
 */
#define SCRATCH_PREFIX "procjail."
enum { SCRATCH_DIGITS = 32 };

struct pj_plan {
	const struct pj_command *command; /* borrowed: outlives the plan */
	enum strategy_name strategy;
	const char *name;	       /* the strategy's, for people */
	const struct pj_strategy *own; /* an application's, borrowed; or NULL */
	struct enforcement properties[PROPERTY_COUNT];
	bool policy_refuses; /* the policy rules this command out, under any
				strategy */

	uint64_t clone_flags; /* CLONE_NEW* */
	char uid_map[48], gid_map[48];
	bool loopback_up;
	/* The program's process needs nothing of the root to get ready. */
	bool concurrent;
	/* The init stays in our network, and connects and resolves for the
	 * program; which makes, with own_network, a namespace for itself. */
	bool filtered_network, own_network;
	bool cwd_in_memory;   /* the directory is the jail's own, not the host's
			       */
	bool count_processes; /* the init kills above limits.processes */

	/* NULL: we make the jail ourselves. Else this does, and the mounts are
	 * what its jail must then have. */
	struct wrapper *wrapper;

	struct mount_op *mounts;
	size_t mount_count;
	bool grants_root;	  /* the first operation is "/" itself */
	bool keeps_root;	  /* and it need not be copied to be the root */
	char root_options[2][32]; /* tmpfs: size, nr_inodes; "" when not set */

	struct rlimit_op rlimits[10];
	size_t rlimit_count;
	struct cgroup_plan cgroup;
	/* The processes' RLIMIT_RTTIME, by which they are found where the death
	 * of the init is not theirs (launch/survivors.c); or 0. */
	uint64_t mark;

	struct landlock_plan landlock;
	/* A directory that the launch makes and the init removes
	 * (launch/scratch.c); or NULL. */
	char *scratch;
	struct strv envp; /* instead of the command's, where there is one */

	bool scope_abstract_sockets; /* Landlock */
	bool scope_signals;	     /* Landlock: the init is not pid 1 */
	struct strv execute_paths;   /* Landlock: only these may be executed */
	bool execute_listed;

	struct sock_filter *filter;
	unsigned short filter_len;
	bool brokered;
	bool host_root; /* without an own root: paths are the host's */
	/* No scope keeps signals in: the broker does. */
	bool unscoped;

	/* struct init_config and its tables */
	void *init_config;
	size_t init_config_size;
	size_t refusals_at; /* in it, where filtered_network */

	struct strv warnings;
	struct strv texts; /* mechanisms that a strategy made up */
};

/* Free the mounts: the jail is not made of them. */
void plan_forget_mounts(struct pj_plan *plan);

#endif
