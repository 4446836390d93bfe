/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the trials, one for each strategy, in the order of `auto`. */
#ifndef PJ_DOCTOR_DOCTOR_H
#define PJ_DOCTOR_DOCTOR_H

#include <procjail.h>

#include "policy/policy.h"

enum { TRIAL_COUNT = STRATEGY_RLIMITS - STRATEGY_NAMESPACES + 1 };

struct trial {
	const char *strategy;
	struct pj_result *result; /* NULL: it is not to be had */
	struct pj_error why;
	char remedy[700]; /* "": nothing to do */
};

struct examination {
	struct pj_host *host;
	struct trial trials[TRIAL_COUNT];
};

int print_examination_json(const struct examination *examination,
			   char **ret_text, struct pj_error *err);
int print_examination_table(const struct examination *examination,
			    char **ret_text, struct pj_error *err);

#endif
