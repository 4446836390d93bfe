/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of strings, NULL-terminated at any moment. */
#include "base/strv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int strv_reserve(struct strv *list, size_t more)
{
	size_t wanted = list->count + more + 1;
	size_t capacity = list->capacity ? list->capacity : 8;
	char **items;

	if (wanted <= list->capacity)
		return 0;
	while (capacity < wanted)
		capacity *= 2;
	items = reallocarray(list->items, capacity, sizeof(*items));
	if (!items)
		return -1;
	if (!list->items)
		items[0] = NULL;
	list->items = items;
	list->capacity = capacity;
	return 0;
}

int strv_take(struct strv *list, char *text)
{
	if (!text)
		return -1;
	if (strv_reserve(list, 1) < 0) {
		free(text);
		return -1;
	}
	list->items[list->count++] = text;
	list->items[list->count] = NULL;
	return 0;
}

int strv_push(struct strv *list, const char *text)
{
	return strv_take(list, strdup(text));
}

int strv_push_n(struct strv *list, const char *text, size_t n)
{
	return strv_take(list, strndup(text, n));
}

int strv_pushf(struct strv *list, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	return n < 0 ? -1 : strv_take(list, text);
}

int strv_insert(struct strv *list, size_t at, const char *text)
{
	char *last;

	if (strv_push(list, text) < 0)
		return -1;
	last = list->items[list->count - 1];
	for (size_t i = list->count - 1; i > at; i--)
		list->items[i] = list->items[i - 1];
	list->items[at] = last;
	return 0;
}

int strv_append(struct strv *list, const struct strv *other)
{
	if (strv_reserve(list, other->count) < 0)
		return -1;
	for (size_t i = 0; i < other->count; i++)
		if (strv_push(list, other->items[i]) < 0)
			return -1;
	return 0;
}

bool strv_contains(const struct strv *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

void strv_clear(struct strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strv){ 0 };
}

char *const *strv_get(const struct strv *list)
{
	static char *const empty[] = { NULL };

	return list->items ? list->items : empty;
}
