/* SPDX-License-Identifier: Apache-2.0 */
/* JSON with comments becomes JSON, each byte at its old offset. */
#ifndef PJ_POLICY_COMMENTS_H
#define PJ_POLICY_COMMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* Overwrite comments, `//` to the end of the line and slash-star ones, with
 * spaces (newlines stay), outside of strings. False when a comment does not
 * end: `ret_start` is where it starts. */
bool comments_blank(char *text, size_t len, size_t *ret_start);

#endif
