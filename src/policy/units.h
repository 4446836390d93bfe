/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and times of a policy: a number with a unit, never a bare number. */
#ifndef PJ_POLICY_UNITS_H
#define PJ_POLICY_UNITS_H

#include <stdint.h>

/*
 * "256MiB" to bytes, "1.5h" to milliseconds. The grammar (the schema's too):
 *
 *   number  = ( "0" | a digit from 1 to 9, then digits ) [ "." 1 to 3 digits ]
 *   size    = number ( "B" | "KiB" | "MiB" | "GiB" | "KB" | "MB" | "GB" )
 *   time    = number ( "ms" | "s" | "m" | "h" )
 *
 * with at most 12 digits before the point (9 for GiB, GB, s, m and h), so that
 * no value overflows, and no point in "B" and "ms". Return NULL and the value
 * (rounded down), or what is wrong, as the rest of a sentence.
 */
const char *units_parse_size(const char *text, uint64_t *ret_bytes);
const char *units_parse_time(const char *text, uint64_t *ret_ms);

#endif
