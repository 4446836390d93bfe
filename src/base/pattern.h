/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns (POSIX extended regular expressions) for a C library whose bounds in
 * braces cannot be relied on. */
#ifndef PJ_BASE_PATTERN_H
#define PJ_BASE_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* regcomp() of REG_EXTENDED that means the same under each C library. */
int pattern_compile(regex_t *ret_compiled, const char *pattern);

/* The pattern with each {m,n} written out. NULL: no memory, or too long. What
 * is not well-formed is left for regcomp() to refuse. free(3) it. */
char *pattern_expand(const char *pattern);

/* The length of the bracket expression that begins here; of the rest where it
 * does not end. */
size_t pattern_bracket_length(const char *text);

/* A pattern that many values are held to, by any number of threads. It is
 * compiled when the first one is. */
struct pattern;

/* NULL: no memory. The text is not looked at: see pattern_compile(). */
struct pattern *pattern_new(const char *text);
const char *pattern_text(const struct pattern *pattern);
/* The whole value matches; false also when there is no memory to tell. */
bool pattern_matches(struct pattern *pattern, const char *value);
void pattern_free(struct pattern *pattern); /* or NULL */

#endif
