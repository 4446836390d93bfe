/* SPDX-License-Identifier: Apache-2.0 */
/* One policy text of a chain: a file, a built-in profile, a caller's text. */
#ifndef PJ_POLICY_DOCUMENT_H
#define PJ_POLICY_DOCUMENT_H

#include <jansson.h>
#include <procjail.h>
#include <stdbool.h>
#include <sys/types.h>

#include "policy/locate.h"

enum { DOCUMENT_MAX_BYTES = 16 * 1024 * 1024 };

struct document {
	char *name;	 /* in errors: the file as it was named */
	char *origin;	 /* for people: "policy.json", "profile strict" */
	char *directory; /* what its `extends` is relative to; NULL: the
			  * current directory */
	char *text;	 /* comments blanked; NULL: made by a builder */
	size_t len;
	json_t *json;
	bool builtin;
	dev_t device; /* of the file, to see a cycle; 0 without one */
	ino_t inode;
	size_t index; /* in the order of merging: a parent before its child */
	const struct document
		*extender; /* the child that extends it, or NULL */
};

/* Each makes a document of its own; `err` names file, line and column.
 * `files_from`: as in struct pj_policy_options. */
int document_from_file(const char *path, const char *files_from,
		       struct document **ret_document, struct pj_error *err);
int document_from_text(const char *text, size_t len, const char *name,
		       struct document **ret_document, struct pj_error *err);
/* `profile` is a name that pj_profile_name() knows; -PJ_E_ARGUMENT if not. */
int document_from_profile(const char *profile, struct document **ret_document,
			  struct pj_error *err);
/* From a value, of which a reference is taken. */
int document_from_json(json_t *json, const char *name,
		       struct document **ret_document, struct pj_error *err);
struct document *document_free(struct document *document);

/* Whether `child` extends `parent`, over however many steps. */
bool document_extends(const struct document *child,
		      const struct document *parent);

static inline void document_cleanup(struct document **document)
{
	document_free(*document);
}
#define auto_document __attribute__((cleanup(document_cleanup)))

#endif
