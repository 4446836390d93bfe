/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of hashes: the hash of a line, and that of the log's last line,
 * found by reading backwards. A cut last line is never chained on. */
#include "audit/audit.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum { BLOCK_SIZE = 16384 };

const char AUDIT_HASH_FIRST[AUDIT_HASH_SIZE] =
	"0000000000000000000000000000000000000000000000000000000000000000";

static void hash_text(struct sha256_ctx *context,
		      char ret_hash[AUDIT_HASH_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(context, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		ret_hash[2 * i] = digits[digest[i] >> 4];
		ret_hash[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_hash[2 * sizeof(digest)] = '\0';
}

void audit_hash(const char *line, size_t len, char ret_hash[AUDIT_HASH_SIZE])
{
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_update(&context, len, (const uint8_t *)line);
	hash_text(&context, ret_hash);
}

/* All `len` bytes at `at`, or a failure: under the lock no one cuts the file.
 */
static int read_at(int fd, char *data, size_t len, off_t at, const char *path,
		   struct pj_error *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n =
			pread(fd, data + done, len - done, at + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_system(err, PJ_STAGE_AUDIT, errno,
					   "read %s", path);
		if (n == 0)
			return fail(err, PJ_STAGE_AUDIT, PJ_E_AUDIT, 0,
				    "%s became shorter while it was read",
				    path);
		done += (size_t)n;
	}
	return 0;
}

/* Where the line that ends before `end` starts. */
static int find_line_start(int fd, off_t end, const char *path,
			   off_t *ret_start, struct pj_error *err)
{
	char block[BLOCK_SIZE];

	for (off_t at = end; at > 0;) {
		size_t len = at < BLOCK_SIZE ? (size_t)at : BLOCK_SIZE;
		const char *newline;
		int r;

		at -= (off_t)len;
		r = read_at(fd, block, len, at, path, err);
		if (r < 0)
			return r;
		newline = memrchr(block, '\n', len);
		if (newline) {
			*ret_start = at + (newline - block) + 1;
			return 0;
		}
		if (end - at > (off_t)AUDIT_LINE_MAX)
			return fail(err, PJ_STAGE_AUDIT, PJ_E_AUDIT, 0,
				    "%s: the last line is too long for a "
				    "record; name another file",
				    path);
	}
	*ret_start = 0;
	return 0;
}

static int hash_range(int fd, off_t start, off_t end, const char *path,
		      char ret_hash[AUDIT_HASH_SIZE], struct pj_error *err)
{
	struct sha256_ctx context;
	char block[BLOCK_SIZE];

	sha256_init(&context);
	while (start < end) {
		size_t len = end - start < BLOCK_SIZE ? (size_t)(end - start)
						      : BLOCK_SIZE;
		int r = read_at(fd, block, len, start, path, err);

		if (r < 0)
			return r;
		sha256_update(&context, len, (const uint8_t *)block);
		start += (off_t)len;
	}
	hash_text(&context, ret_hash);
	return 0;
}

int audit_tail_hash(int fd, off_t size, const char *path,
		    char ret_hash[AUDIT_HASH_SIZE], struct pj_error *err)
{
	off_t start = 0;
	char last;
	int r;

	if (size == 0) {
		memcpy(ret_hash, AUDIT_HASH_FIRST, AUDIT_HASH_SIZE);
		return 0;
	}
	r = read_at(fd, &last, 1, size - 1, path, err);
	if (r < 0)
		return r;
	if (last != '\n')
		return fail(err, PJ_STAGE_AUDIT, PJ_E_AUDIT, 0,
			    "%s: the last record is cut; keep the file for "
			    "inquiry and name another one",
			    path);
	r = find_line_start(fd, size - 1, path, &start, err);
	if (r < 0)
		return r;
	return hash_range(fd, start, size - 1, path, ret_hash, err);
}
