/* SPDX-License-Identifier: Apache-2.0 */
/* Reads PT_INTERP of an untrusted file: every offset is checked against what
 * was read, nothing is mapped. */
#include "plan/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { HEADERS_MAX = 64 };

bool elf_loader(const char *path, char *loader, size_t size)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf64_Phdr headers[HEADERS_MAX];
	char text[PATH_MAX];
	Elf64_Ehdr head;
	size_t bytes;

	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_phentsize != sizeof(*headers) || head.e_phnum > HEADERS_MAX)
		return false;
	bytes = head.e_phnum * sizeof(*headers);
	if (pread(fd, headers, bytes, (off_t)head.e_phoff) != (ssize_t)bytes)
		return false;
	for (int i = 0; i < head.e_phnum; i++) {
		auto_free char *real = NULL;

		if (headers[i].p_type != PT_INTERP ||
		    headers[i].p_filesz >= sizeof(text))
			continue;
		bytes = (size_t)headers[i].p_filesz;
		if (pread(fd, text, bytes, (off_t)headers[i].p_offset) !=
		    (ssize_t)bytes)
			return false;
		text[bytes] = '\0';
		real = realpath(text, NULL);
		if (!real || strlen(real) >= size)
			return false;
		strcpy(loader, real);
		return true;
	}
	return false;
}
