/* SPDX-License-Identifier: Apache-2.0 */
/* JSON out of arbitrary bytes: what goes into a JSON document is valid UTF-8,
 * whatever a file, an argument or a variable held. */
#ifndef PJ_BASE_JSON_H
#define PJ_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

/* The length (1 to 4) of the well-formed UTF-8 sequence that `bytes` begins
 * with; 0 when there is none within `len` bytes. */
size_t utf8_sequence(const char *bytes, size_t len);

/* A JSON string of these bytes. Bytes that are not UTF-8 appear as the text
 * \xNN (four characters); everything else is unchanged. NULL when out of
 * memory. */
json_t *json_bytes(const char *bytes, size_t len);

/* The same for a NULL-terminated list of strings; NULL stands for none. */
json_t *json_bytes_list(const char *const *items);

#endif
