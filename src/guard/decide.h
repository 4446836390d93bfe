/* SPDX-License-Identifier: Apache-2.0 */
/* The decision: facts in, violations out, in the order of DESIGN section 3. */
#ifndef PJ_GUARD_DECIDE_H
#define PJ_GUARD_DECIDE_H

#include <procjail.h>

#include "guard/arguments.h"
#include "guard/decision.h"
#include "guard/environment.h"
#include "guard/facts.h"
#include "policy/policy.h"

/* All that a decision rests on. */
struct inquiry {
	const struct pj_policy *policy;
	const struct pj_request *request;
	const char *const *args; /* the request's; never NULL */
	const struct facts *facts;
	const struct environment *environment;
	/* The program's rules; none: it is not allowed. */
	const struct command_rule *const *rules;
	size_t rule_count;
	/* Which of them counts: decide_choose_rule(). */
	enum rule_choice choice;
	const struct command_rule *rule; /* NULL: none */
	long subcommand_index;
};

/* Is this a request at all? Looks at sizes only; when it finds anything,
 * nothing else of the request is to be looked at. */
void decide_request(const struct pj_request *request,
		    struct pj_decision *decision);

/* The rest of the table. */
void decide(const struct inquiry *inquiry, struct pj_decision *decision);

/* The rules of the program that the facts found, for all its names in the
 * policy. `rules` has room for all the policy's rules. */
size_t decide_find_rules(const struct pj_policy *policy,
			 const struct pj_request *request,
			 const char *canonical,
			 const struct command_rule **rules);
/* Fills choice, rule and subcommand_index. `room` is scratch space for as many
 * rules. Of several rules that fit, the first that accepts the arguments. */
void decide_choose_rule(struct inquiry *inquiry,
			const struct command_rule **room);

/* ---- parts, in files of their own ---------------------------------------- */

/* Flags, options and positionals by `rule`. `base`: see value_allowed(). */
void decide_arguments(const struct command_rule *rule, const char *const *args,
		      const char *base, struct pj_decision *decision);
void decide_characters(const struct inquiry *inquiry,
		       struct pj_decision *decision);
void decide_environment(const struct inquiry *inquiry,
			struct pj_decision *decision);

#endif
