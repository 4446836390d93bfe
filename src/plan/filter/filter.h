/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call filters: finished seccomp programs, made while building from
 * rules.def and strict.def. Nothing is compiled at run time; a plan copies or
 * points to one of them, with a short prologue for what its policy adds.
 *
 * What every program answers:
 *   - another architecture, x32 numbers: the process is killed (SIGSYS)
 *   - a number nobody looked at (newer than Linux 6.7): ENOSYS
 *   - what rules.def refuses: its errno
 *   - FILTER_NAMES: calls that change the names or the contents of files by
 *     path, and bind and connect, wait for the broker's answer (USER_NOTIF)
 *   - FILTER_OPENS: whatever opens as well, for a jail that has the host's own
 *     root and processes around it; what would act on those is refused
 *   - FILTER_SIGNALS: signals as well, where nothing else keeps those of the
 *     jail in, and new sessions and groups, by which it is ended
 *   - the rest: allowed by the default profile; by the strict profile only
 *     what strict.def lists
 * Offline programs make sockets of AF_UNIX only (strict: none); EAFNOSUPPORT
 * for the others is what programs take for a kernel without that family.
 */
#ifndef PJ_PLAN_FILTER_FILTER_H
#define PJ_PLAN_FILTER_FILTER_H

#include <linux/filter.h>
#include <procjail.h>
#include <stdbool.h>
#include <stddef.h>

#include "plan/filter/sockets.h"
#include "policy/policy.h"

struct filter_program {
	const struct sock_filter *code; /* static, never freed */
	unsigned short len;
};

/* A call answered with an errno, whatever the program says of it. */
struct filter_answer {
	const char *name;
	int errno_value; /* 0: the one that its callers cope with best */
};

/* Room for any program with any list of answers of distinct calls. */
enum { FILTER_CAPACITY = BPF_MAXINSNS };

/* What waits for the broker. */
enum filter_mode { FILTER_DIRECT, FILTER_NAMES, FILTER_OPENS, FILTER_SIGNALS };

/* `datagrams`: path sockets of datagrams too, for which every sendmsg waits for
 * the broker. Returns 0, or -PJ_E_ARGUMENT for what has no program: a profile
 * (SYSCALLS_NONE), or datagrams without a broker. */
int filter_select(enum syscall_profile profile, enum filter_mode mode,
		  enum filter_sockets sockets, bool datagrams,
		  struct filter_program *ret);

/* The most instructions that `base` has with so many answers before it. */
size_t filter_room(const struct filter_program *base, size_t count);

/* `out`: first the answers, then `base`. Of two answers for one call the first
 * holds. A name that no machine has is -PJ_E_POLICY; one that only other
 * machines have adds nothing. */
int filter_deny_extra(const struct filter_program *base,
		      const struct filter_answer *answers, size_t count,
		      struct sock_filter *out, size_t capacity,
		      unsigned short *ret_len, struct pj_error *err);

bool filter_name_known(const char *name);

/* All names, sorted; NULL past the end. */
const char *filter_name_at(size_t index);

/* The call's number on this machine; -1: it has none, or nobody knows it. */
int filter_call_number(const char *name);

#endif
