/* SPDX-License-Identifier: Apache-2.0 */
/* Reads PT_INTERP and PT_DYNAMIC of an untrusted file: every offset is checked
 * against what was read, nothing is mapped. */
#include "plan/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { HEADERS_MAX = 64, ENTRIES_MAX = 128, NAME_MAX_BYTES = 64 };

struct headers {
	Elf64_Phdr at[HEADERS_MAX];
	int count;
};

static bool read_all(int fd, void *to, size_t bytes, uint64_t offset)
{
	return pread(fd, to, bytes, (off_t)offset) == (ssize_t)bytes;
}

static bool read_headers(int fd, struct headers *headers)
{
	Elf64_Ehdr head;

	if (!read_all(fd, &head, sizeof(head), 0) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_phentsize != sizeof(*headers->at) ||
	    head.e_phnum > HEADERS_MAX)
		return false;
	headers->count = head.e_phnum;
	return read_all(fd, headers->at, head.e_phnum * sizeof(*headers->at),
			head.e_phoff);
}

static const Elf64_Phdr *find_header(const struct headers *headers,
				     Elf64_Word type)
{
	for (int i = 0; i < headers->count; i++)
		if (headers->at[i].p_type == type)
			return &headers->at[i];
	return NULL;
}

bool elf_loader(const char *path, char *loader, size_t size)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const Elf64_Phdr *interpreter;
	struct headers headers;
	char text[PATH_MAX];
	auto_free char *real = NULL;

	if (fd < 0 || !read_headers(fd, &headers))
		return false;
	interpreter = find_header(&headers, PT_INTERP);
	if (!interpreter || interpreter->p_filesz >= sizeof(text) ||
	    !read_all(fd, text, interpreter->p_filesz, interpreter->p_offset))
		return false;
	text[interpreter->p_filesz] = '\0';
	real = realpath(text, NULL);
	if (!real || strlen(real) >= size)
		return false;
	strcpy(loader, real);
	return true;
}

/* Where in the file an address of the program lies. */
static bool find_offset(const struct headers *headers, uint64_t address,
			uint64_t *ret_offset)
{
	for (int i = 0; i < headers->count; i++) {
		const Elf64_Phdr *part = &headers->at[i];

		if (part->p_type != PT_LOAD || address < part->p_vaddr ||
		    address - part->p_vaddr >= part->p_filesz)
			continue;
		*ret_offset = part->p_offset + (address - part->p_vaddr);
		return true;
	}
	return false;
}

static bool is_named(int fd, uint64_t offset, const char *library)
{
	char name[NAME_MAX_BYTES];
	size_t size = strlen(library) + 1;

	return size <= sizeof(name) && read_all(fd, name, size, offset) &&
	       memcmp(name, library, size) == 0;
}

bool elf_needs_only(int fd, const char *library)
{
	struct headers headers;
	const Elf64_Phdr *dynamic;
	Elf64_Dyn entries[ENTRIES_MAX];
	uint64_t name = 0, texts = 0, offset;
	size_t needed = 0, count;

	if (!read_headers(fd, &headers))
		return false;
	dynamic = find_header(&headers, PT_DYNAMIC);
	if (!find_header(&headers, PT_INTERP) || !dynamic ||
	    dynamic->p_filesz > sizeof(entries) ||
	    !read_all(fd, entries, dynamic->p_filesz, dynamic->p_offset))
		return false;
	count = dynamic->p_filesz / sizeof(*entries);
	for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
		if (entries[i].d_tag == DT_PREINIT_ARRAY ||
		    entries[i].d_tag == DT_AUDIT ||
		    entries[i].d_tag == DT_DEPAUDIT)
			return false;
		if (entries[i].d_tag == DT_STRTAB)
			texts = entries[i].d_un.d_ptr;
		if (entries[i].d_tag != DT_NEEDED)
			continue;
		name = entries[i].d_un.d_val;
		needed++;
	}
	return needed == 1 && find_offset(&headers, texts, &offset) &&
	       is_named(fd, offset + name, library);
}
