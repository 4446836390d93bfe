/* SPDX-License-Identifier: Apache-2.0 */
/* Who belongs to the tree below us, where no pid namespace says so. */
#ifndef PJ_INIT_MEMBERS_H
#define PJ_INIT_MEMBERS_H

#include <stdbool.h>

struct member {
	int dir; /* of /proc: stands for this process, whatever becomes of its
		    number */
	long pid, parent, group;
	bool ended; /* waits to be reaped */
};

/* 0 with an open directory; -ESRCH: there is no such process; -EPERM: it is
 * not one of ours, or it is ourselves. */
long member_open(long pid, struct member *ret_member);
void member_close(struct member *member);

/* A signal to this very process; info: NULL, or a siginfo_t of 128 bytes. */
long member_signal(const struct member *member, int number, const void *info);

/* The group of a process that is our child, and not reaped by us; 0: it cannot
 * be told. */
long child_group(long pid);
/* Visit each process whose parent we are. Its number is its own until we reap
 * it. */
void children_each(void (*visit)(long pid));
/* Visit each member (of a group, unless it is 0) that is there from the
 * beginning to the end. */
void members_each(long group,
		  void (*visit)(const struct member *member, void *data),
		  void *data);

#endif
