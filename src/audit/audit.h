/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log (DESIGN section 7): JSON lines, each with the hash of the line
 * before it. What is written and what is checked agree on this header. */
#ifndef PJ_AUDIT_AUDIT_H
#define PJ_AUDIT_AUDIT_H

#include <procjail.h>
#include <sys/types.h>

/* Lower-case hexadecimal SHA-256 with its NUL. */
enum { AUDIT_HASH_SIZE = 65 };

/* The longest line that is read. record.c keeps what it writes well below. */
#define AUDIT_LINE_MAX ((size_t)64 << 20)

/* What one record is about; each may be NULL but `previous`. */
struct audit_facts {
	const char *previous; /* hash of the line before, or AUDIT_HASH_FIRST */
	const struct pj_request *request;
	const struct pj_decision *decision;
	const struct pj_result *result;
	const struct pj_command *command;
	const struct pj_error *failure;
};

/* In the first record, where there is no line before. */
extern const char AUDIT_HASH_FIRST[AUDIT_HASH_SIZE];

void audit_hash(const char *line, size_t len, char ret_hash[AUDIT_HASH_SIZE]);

/* One line without its newline; the caller frees it. */
int audit_record_make(const struct audit_facts *facts, char **ret_line,
		      struct pj_error *err);

/* The hash of the last line of the open log of `size` bytes; AUDIT_HASH_FIRST
 * when it is empty. A last line without its newline is a failure. */
int audit_tail_hash(int fd, off_t size, const char *path,
		    char ret_hash[AUDIT_HASH_SIZE], struct pj_error *err);

/* Open a log, a regular file that is no symbolic link; never waits. Returns
 * the descriptor. */
int audit_open_file(const char *path, int flags, struct pj_error *err);

/* Wait for the lock of the log; `operation` as flock(2) takes it. */
int audit_lock(int fd, int operation, const char *path, struct pj_error *err);

int audit_file_size(int fd, const char *path, off_t *ret_size,
		    struct pj_error *err);

#endif
