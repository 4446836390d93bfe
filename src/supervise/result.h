/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a run. Filled by supervise.c, read by result_json.c and
 * audit/. */
#ifndef PJ_SUPERVISE_RESULT_H
#define PJ_SUPERVISE_RESULT_H

#include <procjail.h>

#include "base/property.h"
#include "base/strv.h"

struct captured {
	char *data; /* NUL-terminated */
	size_t len; /* bytes kept */
	size_t capacity;
	uint64_t seen; /* bytes that the program wrote and we read */
	bool truncated;
};

/* Something that the network refused. */
struct refused {
	char *host;	   /* a name or an address */
	unsigned int port; /* 0: a lookup */
	const char *protocol;
	char *rule; /* the deny rule, or NULL */
	char *message;
	uint64_t count;
};

struct pj_result {
	enum pj_outcome outcome;
	int exit_code; /* -1 when a signal ended it */
	int signal;    /* 0 when it exited */
	struct captured out, err;
	struct pj_usage usage;
	char *strategy;
	struct strv passed_over;	/* "STRATEGY: why it was not used" */
	char *enforced[PROPERTY_COUNT]; /* mechanism, or NULL: not enforced */
	bool asked[PROPERTY_COUNT];	/* the policy asked for it */
	char *program, *cwd;
	struct strv argv;
	struct strv env_names;
	struct refused *refused;
	size_t refused_count;
	uint64_t refused_more; /* that were too many to tell apart */
};

#endif
