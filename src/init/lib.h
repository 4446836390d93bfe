/* SPDX-License-Identifier: Apache-2.0 */
/* The little that the init needs of a C library. */
#ifndef PJ_INIT_LIB_H
#define PJ_INIT_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rawsys.h"

enum { PATH_BYTES = 4096 };

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t text_len(const char *text);
bool text_equal(const char *a, const char *b);
bool text_starts(const char *text, const char *start);

/* Appends to a buffer of PATH_BYTES; never past its end. */
struct line {
	char text[PATH_BYTES];
	size_t len;
	bool overflow;
};
void line_start(struct line *line, const char *text);
void line_add(struct line *line, const char *text);
void line_add_number(struct line *line, uint64_t number);

/* Decimal number at *cursor, moves past it. */
uint64_t number_read(const char **cursor);

/* Read a small file whole; the length, or a negative errno. Terminated. */
long file_read(int dir, const char *path, char *buffer, size_t size);

#endif
