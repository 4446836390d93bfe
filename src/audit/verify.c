/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the log back, line by line, and checking its chain. What is read is
 * what was there when the reading began; the lock is held just to learn that,
 * so that a slow reader keeps no run waiting. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "audit/audit.h"
#include "base/cleanup.h"
#include "base/error.h"

enum { FIRST_CAPACITY = 4096 };

struct reader {
	const char *path;
	FILE *file;
	off_t left; /* bytes not yet read */
	char *line; /* the current line, NUL in place of its newline */
	size_t len, capacity;
	uint64_t number; /* of the current line, from 1 */
};

static void reader_close(struct reader *reader)
{
	free(reader->line);
	if (reader->file)
		fclose(reader->file);
}

#define auto_reader __attribute__((cleanup(reader_close)))

static int reader_open(struct reader *reader, const char *path,
		       struct pj_error *err)
{
	auto_fd int fd = audit_open_file(path, O_RDONLY, err);
	int r;

	if (fd < 0)
		return fd;
	reader->path = path;
	r = audit_lock(fd, LOCK_SH, path, err);
	if (r == 0)
		r = audit_file_size(fd, path, &reader->left, err);
	flock(fd, LOCK_UN);
	if (r < 0)
		return r;
	reader->file = fdopen(fd, "r");
	if (!reader->file)
		return fail_system(err, PJ_STAGE_AUDIT, errno, "open %s", path);
	take_fd(fd);
	return 0;
}

static int broken(const struct reader *reader, const char *why,
		  struct pj_error *err)
{
	return fail(err, PJ_STAGE_AUDIT, PJ_E_AUDIT, 0, "%s:%" PRIu64 ": %s",
		    reader->path, reader->number, why);
}

static int reader_grow(struct reader *reader, struct pj_error *err)
{
	size_t capacity =
		reader->capacity ? reader->capacity * 2 : FIRST_CAPACITY;
	char *line;

	if (reader->len > AUDIT_LINE_MAX)
		return broken(reader, "the line is too long for a record", err);
	line = realloc(reader->line, capacity);
	if (!line)
		return fail_memory(err, PJ_STAGE_AUDIT);
	reader->line = line;
	reader->capacity = capacity;
	return 0;
}

/* 1 and the next line, 0 at the end, or a failure. */
static int reader_next(struct reader *reader, struct pj_error *err)
{
	if (reader->left == 0)
		return 0;
	reader->number++;
	for (reader->len = 0; reader->left > 0; reader->len++) {
		int c = getc_unlocked(reader->file);

		if (c == EOF && ferror(reader->file))
			return fail_system(err, PJ_STAGE_AUDIT, errno,
					   "read %s", reader->path);
		if (c == EOF)
			break;
		reader->left--;
		if (reader->len == reader->capacity) {
			int r = reader_grow(reader, err);

			if (r < 0)
				return r;
		}
		if (c == '\n') {
			reader->line[reader->len] = '\0';
			return 1;
		}
		reader->line[reader->len] = (char)c;
	}
	return broken(reader, "the record is cut: its newline is missing", err);
}

static int check_record(const struct reader *reader, const char *expected,
			struct pj_error *err)
{
	json_t *record = json_loadb(reader->line, reader->len,
				    JSON_REJECT_DUPLICATES, NULL);
	const char *previous =
		json_string_value(json_object_get(record, "previous"));
	int r = 0;

	if (!json_is_object(record))
		r = broken(reader, "this is no record (no JSON object)", err);
	else if (!previous)
		r = broken(reader, "the record has no \"previous\"", err);
	else if (strcmp(previous, expected) != 0)
		r = fail(err, PJ_STAGE_AUDIT, PJ_E_AUDIT, 0,
			 "%s:%" PRIu64 ": record %" PRIu64
			 " does not follow %s: the log was cut or changed",
			 reader->path, reader->number, reader->number,
			 reader->number == 1 ? "the beginning of a log"
					     : "the record before it");
	json_decref(record);
	return r;
}

int pj_audit_verify(const char *path, uint64_t *ret_records,
		    struct pj_error *err)
{
	auto_reader struct reader reader = { 0 };
	char hash[AUDIT_HASH_SIZE];
	uint64_t records = 0;
	int r;

	if (!path)
		return fail_missing(err, PJ_STAGE_AUDIT, "path");
	r = reader_open(&reader, path, err);
	memcpy(hash, AUDIT_HASH_FIRST, sizeof(hash));
	while (r == 0 && (r = reader_next(&reader, err)) > 0) {
		r = check_record(&reader, hash, err);
		if (r < 0)
			break;
		audit_hash(reader.line, reader.len, hash);
		records++;
	}
	if (ret_records)
		*ret_records = records;
	return r;
}

int pj_audit_read(const char *path,
		  int (*show)(const char *line, size_t len, void *data),
		  void *data, struct pj_error *err)
{
	auto_reader struct reader reader = { 0 };
	int r;

	if (!path || !show)
		return fail_missing(err, PJ_STAGE_AUDIT, "path and show");
	r = reader_open(&reader, path, err);
	while (r == 0 && (r = reader_next(&reader, err)) > 0) {
		r = 0;
		if (show(reader.line, reader.len, data) != 0)
			break;
	}
	return r;
}
