/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to the log. Under an exclusive lock: read the last line's hash,
 * append one record with one write. A record is there whole or not at all. */
#include "audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/cleanup.h"
#include "base/error.h"

struct pj_audit {
	char *path; /* for messages */
	int fd;
	bool sync;
};

static void cleanup_audit(struct pj_audit **audit)
{
	pj_audit_free(*audit);
}

#define auto_audit __attribute__((cleanup(cleanup_audit)))

struct pj_audit *pj_audit_free(struct pj_audit *audit)
{
	if (!audit)
		return NULL;
	if (audit->fd >= 0)
		close(audit->fd);
	free(audit->path);
	free(audit);
	return NULL;
}

/* The hash to chain on, and where the record will start. Locks. */
static int lock_tail(const struct pj_audit *audit, off_t *ret_size,
		     char ret_hash[AUDIT_HASH_SIZE], struct pj_error *err)
{
	int r = audit_lock(audit->fd, LOCK_EX, audit->path, err);

	if (r == 0)
		r = audit_file_size(audit->fd, audit->path, ret_size, err);
	if (r == 0)
		r = audit_tail_hash(audit->fd, *ret_size, audit->path, ret_hash,
				    err);
	return r;
}

int pj_audit_open(const char *path, bool sync, struct pj_audit **ret_audit,
		  struct pj_error *err)
{
	auto_audit struct pj_audit *audit = NULL;
	char hash[AUDIT_HASH_SIZE];
	off_t size = 0;
	int r;

	if (!path || !ret_audit)
		return fail_missing(err, PJ_STAGE_AUDIT, "path and ret_audit");
	audit = calloc(1, sizeof(*audit));
	if (!audit)
		return fail_memory(err, PJ_STAGE_AUDIT);
	audit->sync = sync;
	audit->fd = -1;
	audit->path = strdup(path);
	if (!audit->path)
		/* cppcheck-suppress memleak ; auto_audit */
		return fail_memory(err, PJ_STAGE_AUDIT);
	r = audit_open_file(path, O_RDWR | O_APPEND | O_CREAT, err);
	if (r < 0)
		/* cppcheck-suppress memleak ; auto_audit */
		return r;
	audit->fd = r;
	/* A log that cannot be continued is told before the run, not after. */
	r = lock_tail(audit, &size, hash, err);
	flock(audit->fd, LOCK_UN);
	if (r < 0)
		return r;
	*ret_audit = take(audit);
	return 0;
}

/* One write. What was written in part (a full disk) is taken back, so that
 * the log stays whole. */
static int append(const struct pj_audit *audit, const char *line, size_t len,
		  off_t size, struct pj_error *err)
{
	ssize_t n;
	int errnum;

	do {
		n = write(audit->fd, line, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "write %s",
				   audit->path);
	if ((size_t)n < len) {
		errnum = ftruncate(audit->fd, size) < 0 ? errno : ENOSPC;
		return fail_system(err, PJ_STAGE_AUDIT, errnum,
				   "write %s: %zd of %zu bytes", audit->path, n,
				   len);
	}
	if (audit->sync && fsync(audit->fd) < 0)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "sync %s",
				   audit->path);
	return 0;
}

static int write_locked(const struct pj_audit *audit, struct audit_facts *facts,
			struct pj_error *err)
{
	char previous[AUDIT_HASH_SIZE];
	auto_free char *line = NULL;
	off_t size = 0;
	size_t len;
	int r = lock_tail(audit, &size, previous, err);

	if (r < 0)
		return r;
	facts->previous = previous;
	r = audit_record_make(facts, &line, err);
	if (r < 0)
		return r;
	/* The newline takes the place of the terminator: one write. */
	len = strlen(line);
	line[len] = '\n';
	return append(audit, line, len + 1, size, err);
}

int pj_audit_write(struct pj_audit *audit, const struct pj_request *request,
		   const struct pj_decision *decision,
		   const struct pj_result *result,
		   const struct pj_command *command,
		   const struct pj_error *failure, struct pj_error *err)
{
	struct audit_facts facts = {
		.request = request,
		.decision = decision,
		.result = result,
		.command = command,
		.failure = failure,
	};
	int r;

	if (!audit)
		return fail_missing(err, PJ_STAGE_AUDIT, "audit");
	r = write_locked(audit, &facts, err);
	flock(audit->fd, LOCK_UN);
	return r;
}
