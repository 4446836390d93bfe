/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one policy text into a JSON value. Only a regular file is read, and no
 * more than DOCUMENT_MAX_BYTES of it; the text holds no NUL byte. */
#include "policy/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "policy/comments.h"
#include "policy/profiles.h"
#include "policy/source.h"

static int fail_at(struct pj_error *err, const struct document *document,
		   struct position at, const char *what)
{
	return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0, "%s:%zu:%zu: %s",
		    document->name, at.line, at.column, what);
}

struct document *document_free(struct document *document)
{
	if (!document)
		return NULL;
	json_decref(document->json);
	free(document->text);
	free(document->directory);
	free(document->origin);
	free(document->name);
	free(document);
	return NULL;
}

bool document_extends(const struct document *child,
		      const struct document *parent)
{
	for (const struct document *d = parent->extender; d; d = d->extender)
		if (d == child)
			return true;
	return false;
}

static struct document *document_new(const char *name, const char *origin)
{
	struct document *document = calloc(1, sizeof(*document));

	if (!document)
		return NULL;
	document->name = strdup(name);
	document->origin = strdup(origin);
	if (!document->name || !document->origin)
		return document_free(document);
	return document;
}

/* jansson's own message, at its own place. */
static int fail_json(const struct document *document, const json_error_t *error,
		     struct pj_error *err)
{
	if (json_error_code(error) == json_error_out_of_memory)
		return fail_memory(err, PJ_STAGE_POLICY);
	return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
		    "%s:%d:%d: this is no JSON with comments: %s",
		    document->name, error->line > 0 ? error->line : 1,
		    error->column > 0 ? error->column : 1, error->text);
}

/* `document->text` becomes `document->json`. */
static int parse_text(struct document *document, struct pj_error *err)
{
	const char *nul = memchr(document->text, '\0', document->len);
	size_t comment;
	json_error_t error;

	if (nul)
		return fail_at(err, document,
			       locate_offset(document->text,
					     (size_t)(nul - document->text)),
			       "a NUL byte; a policy is text");
	if (!comments_blank(document->text, document->len, &comment))
		return fail_at(err, document,
			       locate_offset(document->text, comment),
			       "this comment does not end; close it with */");
	document->json = json_loadb(document->text, document->len,
				    JSON_REJECT_DUPLICATES, &error);
	if (!document->json)
		return fail_json(document, &error, err);
	if (!json_is_object(document->json))
		return fail_at(err, document, (struct position){ 1, 1 },
			       "a policy is an object; start it with {");
	return 0;
}

static int read_whole(struct document *document, int fd, size_t size,
		      struct pj_error *err)
{
	document->text = malloc(size + 1);
	if (!document->text)
		return fail_memory(err, PJ_STAGE_POLICY);
	while (document->len < size) {
		ssize_t n = read(fd, document->text + document->len,
				 size - document->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, errno,
				    "%s: cannot be read", document->name);
		if (n == 0)
			break;
		document->len += (size_t)n;
	}
	document->text[document->len] = '\0';
	return 0;
}

static int read_file(struct document *document, const char *files_from,
		     struct pj_error *err)
{
	auto_fd int fd = -1;
	struct stat st;
	int result = source_open(document->name, files_from, &fd, &st, err);

	if (result < 0)
		return result;
	if (st.st_size > DOCUMENT_MAX_BYTES)
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: is larger than 16 MiB; no policy needs that",
			    document->name);
	document->device = st.st_dev;
	document->inode = st.st_ino;
	result = read_whole(document, fd, (size_t)st.st_size, err);
	return result < 0 ? result : parse_text(document, err);
}

int document_from_file(const char *path, const char *files_from,
		       struct document **ret_document, struct pj_error *err)
{
	auto_document struct document *document = NULL;
	const char *slash = strrchr(path, '/');
	int result;

	document = document_new(path, slash ? slash + 1 : path);
	if (!document)
		return fail_memory(err, PJ_STAGE_POLICY);
	if (slash) {
		document->directory = strndup(
			path, slash == path ? 1 : (size_t)(slash - path));
		if (!document->directory)
			return fail_memory(err, PJ_STAGE_POLICY);
	}
	result = read_file(document, files_from, err);
	if (result < 0)
		return result;
	*ret_document = take(document);
	return 0;
}

static int from_bytes(struct document *document, const char *text, size_t len,
		      struct pj_error *err)
{
	if (len > DOCUMENT_MAX_BYTES)
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: is larger than 16 MiB; no policy needs that",
			    document->name);
	document->text = malloc(len + 1);
	if (!document->text)
		return fail_memory(err, PJ_STAGE_POLICY);
	if (len)
		memcpy(document->text, text, len);
	document->text[len] = '\0';
	document->len = len;
	return parse_text(document, err);
}

int document_from_text(const char *text, size_t len, const char *name,
		       struct document **ret_document, struct pj_error *err)
{
	auto_document struct document *document = document_new(name, name);
	int result;

	if (!document)
		return fail_memory(err, PJ_STAGE_POLICY);
	result = from_bytes(document, text, len, err);
	if (result < 0)
		return result;
	*ret_document = take(document);
	return 0;
}

int document_from_profile(const char *profile, struct document **ret_document,
			  struct pj_error *err)
{
	const struct embedded_profile *embedded = profile_find(profile);
	auto_document struct document *document = NULL;
	char label[64];
	int result;

	if (!embedded)
		return fail(err, PJ_STAGE_POLICY, PJ_E_ARGUMENT, 0,
			    "%s: there is no such profile", profile);
	snprintf(label, sizeof(label), "profile %s", embedded->name);
	document = document_new(label, label);
	if (!document)
		return fail_memory(err, PJ_STAGE_POLICY);
	document->builtin = true;
	result = from_bytes(document, embedded->text, strlen(embedded->text),
			    err);
	if (result < 0)
		return result;
	*ret_document = take(document);
	return 0;
}

int document_from_json(json_t *json, const char *name,
		       struct document **ret_document, struct pj_error *err)
{
	struct document *document = document_new(name, name);

	if (!document)
		return fail_memory(err, PJ_STAGE_POLICY);
	document->json = json_incref(json);
	*ret_document = document;
	return 0;
}
