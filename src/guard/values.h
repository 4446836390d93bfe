/* SPDX-License-Identifier: Apache-2.0 */
/* Value types of options and positionals. */
#ifndef PJ_GUARD_VALUES_H
#define PJ_GUARD_VALUES_H

#include <stdbool.h>

#include "policy/policy.h"

enum { VALUE_WHY_SIZE = 320 };

/* Whether `value` is what `rule` asks for; any doubt is a no. `base` is the
 * canonical directory that relative paths start from; with NULL (the command's
 * directory is not to be had, and so denied) relative paths are not looked at.
 * On false, `why` completes the sentence "the value must …". */
bool value_allowed(const struct value_rule *rule, const char *value,
		   const char *base, char why[VALUE_WHY_SIZE]);

#endif
