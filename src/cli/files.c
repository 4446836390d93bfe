/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files that options name. Bounded: a request is no place for a disk
 * image. */
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { FIRST_CAPACITY = 4096 };

#define FILE_MAX ((size_t)256 << 20)

static bool is_standard_input(const char *path)
{
	return strcmp(path, "-") == 0;
}

int file_open(const char *path, int *ret_fd, struct pj_error *err)
{
	int fd = STDIN_FILENO;

	if (!is_standard_input(path))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail_system(err, PJ_STAGE_REQUEST, errno, "open %s",
				   path);
	*ret_fd = fd;
	return 0;
}

static int read_all(int fd, const char *path, char **ret_data, size_t *ret_len,
		    struct pj_error *err)
{
	auto_free char *data = NULL;
	size_t len = 0, capacity = 0;

	for (;;) {
		ssize_t n;

		if (len + 1 >= capacity) {
			char *grown;

			capacity = capacity ? capacity * 2 : FIRST_CAPACITY;
			grown = realloc(data, capacity);
			if (!grown)
				return fail_memory(err, PJ_STAGE_REQUEST);
			data = grown;
		}
		n = read(fd, data + len, capacity - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_system(err, PJ_STAGE_REQUEST, errno,
					   "read %s", path);
		len += (size_t)n;
		if (len > FILE_MAX)
			return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
				    "%s is larger than 256 MiB", path);
		if (n == 0)
			break;
	}
	data[len] = '\0';
	*ret_data = take(data);
	*ret_len = len;
	return 0;
}

int file_read(const char *path, char **ret_data, size_t *ret_len,
	      struct pj_error *err)
{
	auto_fd int fd = -1;
	int r;

	if (is_standard_input(path))
		return read_all(STDIN_FILENO, "standard input", ret_data,
				ret_len, err);
	r = file_open(path, &fd, err);
	if (r < 0)
		return r;
	return read_all(fd, path, ret_data, ret_len, err);
}
