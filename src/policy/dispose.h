/* SPDX-License-Identifier: Apache-2.0 */
/* Releasing the parts of a policy. Each leaves its argument empty. */
#ifndef PJ_POLICY_DISPOSE_H
#define PJ_POLICY_DISPOSE_H

#include "policy/policy.h"

void value_rule_clear(struct value_rule *rule);
void command_rule_clear(struct command_rule *rule);
void program_rules_clear(struct program_rules *rules);
void path_rule_clear(struct path_rule *rule);
void name_rule_clear(struct name_rule *rule);

#endif
