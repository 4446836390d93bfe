/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the result object that the audit log shows too. */
#ifndef PJ_SUPERVISE_RESULT_JSON_H
#define PJ_SUPERVISE_RESULT_JSON_H

#include <jansson.h>
#include <procjail.h>

/* Each returns a new object, or NULL when out of memory. */
json_t *result_usage_json(const struct pj_usage *usage);
json_t *result_error_json(const struct pj_error *failure);
/* `result` NULL: an empty list. */
json_t *result_refused_json(const struct pj_result *result);

/* jansson prints reals with 17 digits; with 15 of them a number rounded to
 * three decimals is printed with three at most. */
#define RESULT_JSON_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

#endif
