/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of strings that is NULL-terminated at any moment, so `items`
 * can be handed to exec. Zero-initialise; strv_clear() releases. */
#ifndef PJ_BASE_STRV_H
#define PJ_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct strv {
	char **items; /* NULL while empty */
	size_t count;
	size_t capacity;
};

/* Return 0, or -1 when out of memory (the list is unchanged). */
int strv_push(struct strv *list, const char *text); /* copies */
int strv_push_n(struct strv *list, const char *text,
		size_t n); /* copies n bytes */
int strv_take(struct strv *list,
	      char *text); /* takes ownership, also on failure; NULL fails */
__attribute__((format(printf, 2, 3))) int strv_pushf(struct strv *list,
						     const char *format, ...);
int strv_insert(struct strv *list, size_t at, const char *text);
int strv_append(struct strv *list, const struct strv *other);
bool strv_contains(const struct strv *list, const char *text);
void strv_clear(struct strv *list);
/* items, or an empty NULL-terminated list. */
char *const *strv_get(const struct strv *list);

#define auto_strv __attribute__((cleanup(strv_clear)))

#endif
