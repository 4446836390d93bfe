/* SPDX-License-Identifier: Apache-2.0 */
/* Facts that only a rule with `sha256` or `immutable` asks for. A file that
 * cannot be read has no hash, and a directory that cannot be looked at counts
 * as writable by others: what is not known holds no pin. */
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "guard/facts.h"

enum { READ_SIZE = 64 * 1024 };

/* The hash in lower-case hexadecimal; returns 0 or errno. */
static int hash_file(int fd, char hex[65])
{
	auto_free unsigned char *buffer = malloc(READ_SIZE);
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx state;
	ssize_t n;

	if (!buffer)
		return ENOMEM;
	sha256_init(&state);
	while ((n = read(fd, buffer, READ_SIZE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		sha256_update(&state, (size_t)n, buffer);
	}
	sha256_digest(&state, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

int facts_gather_hash(struct facts *facts, struct pj_error *err)
{
	auto_fd int fd = facts_reopen(&facts->program);

	facts->sha256[0] = '\0';
	facts->hash_errno = fd < 0 ? errno : hash_file(fd, facts->sha256);
	if (facts_our_trouble(facts->hash_errno))
		return fail_system(err, PJ_STAGE_GUARD, facts->hash_errno,
				   "cannot read the program %.200s",
				   facts->program.path);
	return 0;
}

/* Whether others than root and the file's owner may replace what is in `path`:
 * whoever may write to a directory without the sticky bit, and its owner. */
static bool directory_is_open(const char *path, uid_t file_owner)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return true;
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return true;
	return st.st_uid != 0 && st.st_uid != file_owner;
}

/* The file, its directory, and each directory above: who may rename one of
 * them may put another file in its place. */
int facts_gather_writable(struct facts *facts, struct pj_error *err)
{
	const struct stat *file = &facts->program.stat;
	auto_free char *path = strdup(facts->program.canonical);
	bool open_to_others = file->st_mode & 022;

	if (!path)
		return fail_memory(err, PJ_STAGE_GUARD);
	while (!open_to_others && path[1]) {
		char *slash = strrchr(path, '/');

		slash[slash == path] = '\0';
		open_to_others = directory_is_open(path, file->st_uid);
	}
	facts->writable = open_to_others ? take(path) : NULL;
	return 0;
}
