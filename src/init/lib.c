/* SPDX-License-Identifier: Apache-2.0 */
/* The little that the init needs of a C library: no allocation, no globals. */
#include "init/lib.h"

#include <asm/fcntl.h>
#include <asm/unistd.h>

void *memcpy(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	char *t = to;

	while (n--)
		*t++ = (char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n--; x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

size_t text_len(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool text_starts(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return false;
	return true;
}

void line_start(struct line *line, const char *text)
{
	line->len = 0;
	line->overflow = false;
	line->text[0] = '\0';
	line_add(line, text);
}

void line_add(struct line *line, const char *text)
{
	size_t n = text_len(text);

	if (line->overflow || n >= sizeof(line->text) - line->len) {
		line->overflow = true;
		return;
	}
	memcpy(line->text + line->len, text, n + 1);
	line->len += n;
}

void line_add_number(struct line *line, uint64_t number)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	line_add(line, digits + at);
}

uint64_t number_read(const char **cursor)
{
	uint64_t number = 0;

	while (**cursor >= '0' && **cursor <= '9')
		number = number * 10 + (uint64_t)(*(*cursor)++ - '0');
	return number;
}

long file_read(int dir, const char *path, char *buffer, size_t size)
{
	/* Whatever has that name: a FIFO must not stop us, nor a terminal
	 * become ours. */
	long fd = raw(__NR_openat, dir, path,
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	long n;

	if (fd < 0)
		return fd;
	n = raw(__NR_read, fd, buffer, size - 1);
	raw(__NR_close, fd);
	buffer[n > 0 ? n : 0] = '\0';
	return n;
}
