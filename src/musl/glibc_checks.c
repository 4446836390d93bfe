/* SPDX-License-Identifier: Apache-2.0 */
/* What archives that were compiled for glibc with _FORTIFY_SOURCE (Debian's
 * jansson and nettle) call instead of the functions of ISO C: the same with the
 * size of the destination, as glibc's debug/ directory has them. A size that is
 * too small ends the process, as there. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int __snprintf_chk(char *text, size_t limit, int flag, size_t size,
		   const char *format, ...);
int __vsnprintf_chk(char *text, size_t limit, int flag, size_t size,
		    const char *format, va_list args);
int __fprintf_chk(FILE *file, int flag, const char *format, ...);
char *__strncpy_chk(char *to, const char *from, size_t limit, size_t size);

__attribute__((format(printf, 5, 0))) int
__vsnprintf_chk(char *text, size_t limit, int flag, size_t size,
		const char *format, va_list args)
{
	(void)flag;
	if (limit > size)
		abort();
	return vsnprintf(text, limit, format, args);
}

__attribute__((format(printf, 5, 6))) int
__snprintf_chk(char *text, size_t limit, int flag, size_t size,
	       const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = __vsnprintf_chk(text, limit, flag, size, format, args);
	va_end(args);
	return n;
}

__attribute__((format(printf, 3, 4))) int __fprintf_chk(FILE *file, int flag,
							const char *format, ...)
{
	va_list args;
	int n;

	(void)flag;
	va_start(args, format);
	n = vfprintf(file, format, args);
	va_end(args);
	return n;
}

char *__strncpy_chk(char *to, const char *from, size_t limit, size_t size)
{
	if (limit > size)
		abort();
	return strncpy(to, from, limit);
}
