/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a row of rules.def is made of. Used while building, by the generator
 * and by the test that holds the programs against the rows.
 */
#ifndef PJ_PLAN_FILTER_RULES_H
#define PJ_PLAN_FILTER_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "sockets.h"

/* Which calls wait for the broker's answer; plan/filter/filter.h has the same.
 */
enum mode { DIRECT, NAMES, OPENS, SIGNALS, MODE_COUNT };

/* One of the finished programs. */
struct variant {
	bool strict; /* the profile */
	enum mode mode;
	enum filter_sockets sockets;
	bool datagrams; /* path sockets of them; not with DIRECT */
};

/* In which programs a row holds. */
enum where {
	EVERYWHERE,
	BROKERED, /* calls that change names are answered by the broker */
	SHARED,	  /* the host's processes and files are there: opens too */
	UNSCOPED, /* and no Landlock scope keeps signals in: signals, groups */
	ONLINE,	  /* SOCKETS_INET and SOCKETS_FILTERED */
	FILTERED, /* SOCKETS_FILTERED */
	HOSTED,	  /* the same where the host's processes are: the program stands
		     in the host's network */
	DATAGRAMS,
	OFFLINE,
	STRICT_OFFLINE,
	WHERE_COUNT,
};

/* A test on the low 32 bits of one argument (the high bits of an int are the
 * caller's garbage), or, with `high`, on the upper 32. */
struct test {
	bool used;
	unsigned int arg;
	bool high;
	bool bits; /* true when a bit of `value` is set; else: equal to `value`
		    */
	bool negated;
	uint32_t mask; /* taken first */
	uint32_t value;
};

enum { TEST_MAX = 2 };

/* Of the rows of one call the first whose tests all hold answers. */
struct rule {
	const char *name;
	enum where where;
	struct test tests[TEST_MAX];
	uint32_t answer; /* SECCOMP_RET_… */
};

struct refusal {
	const char *name;
	int errno_value;
};

/* Calls up to this number were looked at (Linux 6.7); what is newer answers
 * ENOSYS, whatever the libseccomp of the build host has heard of. */
enum { LAST_REVIEWED_CALL = 456 };

#endif
