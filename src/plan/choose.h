/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which strategy: the plans that hold all that a policy asks for, best first.
 * Making a plan tries little; whether the host lets it be launched is found out
 * by launching it. So a caller takes the first plan, and tells when the launch
 * was refused; nothing of the program has run then, and the next may be tried.
 */
#ifndef PJ_PLAN_CHOOSE_H
#define PJ_PLAN_CHOOSE_H

#include "plan/plan.h"

struct plan_search {
	const struct pj_command *command;
	const struct pj_host *host;    /* NULL: just what is needed is tried */
	const struct pj_strategy *own; /* an application's; NULL: ours */
	size_t next;		       /* place in the order of strategies */
	struct strv passed_over;       /* "STRATEGY: why not" of those before */
	bool ended;		       /* no other strategy could do better */
};

/* The next plan. When there is none: the error of the only strategy that was
 * tried, or all the reasons in one line. */
int plan_search_next(struct plan_search *search, struct pj_plan **ret_plan,
		     struct pj_error *err);

/* The launch of `plan` failed with `why`. True: another may be tried. */
bool plan_search_refused(struct plan_search *search, const struct pj_plan *plan,
			 const struct pj_error *why);

void plan_search_clear(struct plan_search *search);

#define auto_search __attribute__((cleanup(plan_search_clear)))

#endif
