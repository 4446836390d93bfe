/* SPDX-License-Identifier: Apache-2.0 */
/* Small text helpers. */
#ifndef PJ_BASE_TEXT_H
#define PJ_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Copy `len` bytes of `text` into `out` (capacity `size`, always terminated),
 * control characters written as \n, \t, \xNN. Truncates at a whole escape. */
void text_escape_controls(char *out, size_t size, const char *text, size_t len);

/* Whether `path` is `tree` or lies below it. Both are canonical: absolute, no
 * trailing slash (except "/" itself), no empty, "." or ".." components. */
bool path_within(const char *path, const char *tree);

/* Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(const char *text, size_t len);

#endif
