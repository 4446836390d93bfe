/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of pj_policy_show(). Each returns a new value, or NULL when out of
 * memory. */
#ifndef PJ_POLICY_SHOW_H
#define PJ_POLICY_SHOW_H

#include <jansson.h>

#include "policy/policy.h"

json_t *show_text(const char *text); /* null for NULL; any bytes */
json_t *show_strings(const struct strv *list);
/* Takes `value`; -1 when it is NULL or memory is out. */
int show_set(json_t *object, const char *key, json_t *value);

json_t *show_commands(const struct pj_policy *policy);
json_t *show_environment(const struct pj_policy *policy);
json_t *show_cwd(const struct pj_policy *policy);
json_t *show_network(const struct pj_policy *policy);
json_t *show_limits(const struct pj_policy *policy);
json_t *show_syscalls(const struct pj_policy *policy);
json_t *show_containment(const struct pj_policy *policy);

#endif
