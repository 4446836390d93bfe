/* SPDX-License-Identifier: Apache-2.0 */
/* Follows `extends`, left to right and parents first. A chain that comes back
 * to a document that it started from is an error that tells the chain. */
#include "policy/extends.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "policy/nearest.h"
#include "policy/profiles.h"
#include "policy/reader.h"

enum { MAX_DEPTH = 16 };

static int collect(struct draft *draft, struct document *document,
		   struct pj_error *err);

static bool same_document(const struct document *a, const struct document *b)
{
	if (a->builtin || b->builtin)
		return a->builtin && b->builtin &&
		       strcmp(a->name, b->name) == 0;
	return a->inode && a->device == b->device && a->inode == b->inode;
}

/* "a.json extends b.json extends a.json" */
static int fail_cycle(const struct reader *reader, const struct place *at,
		      const struct document *again)
{
	const struct document *chain[MAX_DEPTH + 1];
	size_t count = 0, used = 0;
	char text[260] = "";

	for (const struct document *d = reader->document;
	     d && count <= MAX_DEPTH; d = d->extender)
		chain[count++] = d;
	while (count--) {
		int n = snprintf(text + used, sizeof(text) - used,
				 "%.60s extends ", chain[count]->origin);

		if (n > 0 && used + (size_t)n < sizeof(text))
			used += (size_t)n;
	}
	return bad(reader, at, "comes back to where it started: %s%.60s", text,
		   again->origin);
}

static int check_chain(const struct reader *reader, const struct place *at,
		       const struct document *parent)
{
	size_t depth = 0;

	for (const struct document *d = reader->document; d; d = d->extender) {
		if (same_document(d, parent))
			return fail_cycle(reader, at, parent);
		depth++;
	}
	if (depth >= MAX_DEPTH)
		return bad(reader, at, "is more than %d policies deep",
			   MAX_DEPTH);
	return 0;
}

static bool names_file(const char *text)
{
	size_t len = strlen(text);

	return strchr(text, '/') ||
	       (len >= 5 && strcmp(text + len - 5, ".json") == 0) ||
	       (len >= 6 && strcmp(text + len - 6, ".jsonc") == 0);
}

static int unknown_profile(const struct reader *reader, const struct place *at,
			   const char *name)
{
	struct nearest nearest = nearest_start(name);
	char known[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < embedded_profile_count; i++) {
		int n = snprintf(known + used, sizeof(known) - used, "%s%s",
				 i ? ", " : "", embedded_profiles[i].name);

		nearest_offer(&nearest, embedded_profiles[i].name);
		if (n > 0 && used + (size_t)n < sizeof(known))
			used += (size_t)n;
	}
	if (nearest.best)
		return bad(reader, at,
			   "there is no profile \"%.60s\"; did you mean "
			   "\"%s\"?",
			   name, nearest.best);
	return bad(reader, at,
		   "there is no profile \"%.60s\"; known are %s, and a file is "
		   "named with a / or .json",
		   name, known);
}

/* Where a file that is named in `extends` lies. */
static char *file_path(const struct reader *reader, const struct place *at,
		       const char *text)
{
	const char *home = reader->draft->home;
	const char *directory = reader->document->directory;
	char *path = NULL;
	int n;

	if (strncmp(text, "~/", 2) == 0 && !home) {
		bad(reader, at, "needs the home directory, but %s; set HOME",
		    reader->draft->home_problem);
		return NULL;
	}
	if (strncmp(text, "~/", 2) == 0)
		n = asprintf(&path, "%s%s", home, text + 1);
	else if (text[0] == '/' || !directory)
		n = asprintf(&path, "%s", text);
	else
		n = asprintf(&path, "%s/%s", directory, text);
	if (n < 0) {
		reader_no_memory(reader);
		return NULL;
	}
	return path;
}

static int open_parent(struct reader *reader, const struct place *at,
		       const char *text, struct document **ret_parent)
{
	auto_free char *path = NULL;
	struct pj_error error = { 0 };
	int result;

	if (!names_file(text)) {
		if (!profile_find(text))
			return unknown_profile(reader, at, text);
		return document_from_profile(text, ret_parent, reader->err);
	}
	path = file_path(reader, at, text);
	if (!path)
		return -PJ_E_POLICY;
	result = document_from_file(path, reader->draft->files_from, ret_parent,
				    &error);
	/* What is wrong in the file has a line; what is wrong with the file is
	 * told where the file is named. */
	if (result == -PJ_E_POLICY && strlen(error.message) > strlen(path) &&
	    strncmp(error.message + strlen(path), ": ", 2) == 0)
		return bad(reader, at, "%s", error.message);
	if (result < 0 && reader->err)
		*reader->err = error;
	return result;
}

static int read_parent(struct reader *reader, const struct place *at,
		       const json_t *value, void *target)
{
	const char *text =
		read_string(reader, at, value, "a profile or a file");
	struct document *extender = target;
	struct document *parent = NULL;
	int result;

	if (!text)
		return -PJ_E_POLICY;
	result = open_parent(reader, at, text, &parent);
	if (result < 0)
		return result;
	result = check_chain(reader, at, parent);
	if (result < 0) {
		document_free(parent);
		return result;
	}
	parent->extender = extender;
	return collect(reader->draft, parent, reader->err);
}

static int check_version(struct reader *reader)
{
	const struct place at = { .key = "version" };
	const json_t *version =
		json_object_get(reader->document->json, "version");
	int64_t number;

	if (!version)
		return bad(reader, NULL, "has no version; add \"version\": 1");
	if (!json_whole(version, &number) || number != 1)
		return bad(reader, &at, "must be 1, the only version there is");
	return 0;
}

/* The parents, then the document itself. */
static int collect_parents(struct draft *draft, struct document *document,
			   struct pj_error *err)
{
	const struct place at = { .key = "extends" };
	const json_t *extends = json_object_get(document->json, "extends");
	struct reader reader = {
		.draft = draft,
		.policy = draft->policy,
		.document = document,
		.err = err,
	};
	int result = check_version(&reader);

	if (result < 0 || !extends)
		return result;
	if (json_is_array(extends))
		return read_list(&reader, &at, extends, read_parent, document);
	return read_parent(&reader, &at, extends, document);
}

static int collect(struct draft *draft, struct document *document,
		   struct pj_error *err)
{
	auto_document struct document *owned = document;
	int result = collect_parents(draft, document, err);

	if (result < 0)
		return result;
	if (draft->document_count == MAX_DOCUMENTS)
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    "%s: extends more than %d policies in all",
			    document->name, MAX_DOCUMENTS - 1);
	document->index = draft->document_count;
	draft->documents[draft->document_count++] = take(owned);
	return 0;
}

int extends_collect(struct draft *draft, struct document *document,
		    struct pj_error *err)
{
	return collect(draft, document, err);
}
