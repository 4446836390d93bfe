/* SPDX-License-Identifier: Apache-2.0 */
/* writer BYTES: writes so many bytes to standard output in pieces of 64 KiB. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char piece[65536];

int main(int argc, char **argv)
{
	unsigned long left = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	memset(piece, 'x', sizeof(piece));
	while (left > 0) {
		size_t wanted = left < sizeof(piece) ? left : sizeof(piece);
		ssize_t written = write(STDOUT_FILENO, piece, wanted);

		if (written <= 0)
			return 1;
		left -= (unsigned long)written;
	}
	return 0;
}
