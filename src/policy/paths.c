/* SPDX-License-Identifier: Apache-2.0 */
/* Checks and resolves the paths of a policy. What is not understood (a
 * wildcard, another's home) is an error: a rule is never held in part. */
#include "policy/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/names.h"
#include "base/text.h"
#include "policy/resolve.h"

int bad_resolution(const struct reader *reader, const struct place *at,
		   const char *path, int negative_errno)
{
	if (negative_errno == -ENOMEM)
		return reader_no_memory(reader);
	if (negative_errno == -EINVAL)
		return bad(reader, at,
			   "%.150s goes up (..) from a directory that cannot "
			   "be looked at; write the path without ..",
			   path);
	return bad(reader, at, "%.150s cannot be resolved: %s", path,
		   errno_text(-negative_errno));
}

/* NULL when `text` is a path that can be taken. */
static const char *path_problem(const char *text)
{
	if (strlen(text) >= PATH_MAX)
		return "is longer than a path can be (4095 bytes)";
	if (text[strcspn(text, "*?[]{}")])
		return "holds a wildcard (one of * ? [ ] { }), which paths do "
		       "not have; name the directory or the file";
	if (text[0] == '~' && text[1] && text[1] != '/')
		return "names another user's home; write the path out";
	if (text[0] == '@')
		return "is a named set, which cannot stand here";
	return NULL;
}

static char *make_absolute(struct reader *reader, const struct place *at,
			   const char *text)
{
	char *path = NULL;
	int n;

	if (text[0] == '~' && !reader->draft->home) {
		bad(reader, at, "needs the home directory, but %s; set HOME",
		    reader->draft->home_problem);
		return NULL;
	}
	if (text[0] == '/')
		n = asprintf(&path, "%s", text);
	else if (text[0] == '~')
		n = asprintf(&path, "%s%s", reader->draft->home, text + 1);
	else
		n = asprintf(&path, "%s/%s", reader->draft->workspace, text);
	if (n < 0) {
		reader_no_memory(reader);
		return NULL;
	}
	return path;
}

char *read_path(struct reader *reader, const struct place *at,
		const json_t *value)
{
	const char *text = read_string(reader, at, value, "a path");
	const char *problem;

	if (!text)
		return NULL;
	problem = path_problem(text);
	if (problem) {
		bad(reader, at, "%.100s %s", text, problem);
		return NULL;
	}
	return make_absolute(reader, at, text);
}

const char *read_canonical(struct reader *reader, const struct place *at,
			   const json_t *value)
{
	auto_free char *path = read_path(reader, at, value);
	const char *canonical = NULL;
	int result;

	if (!path)
		return NULL;
	result = resolve_text(&reader->draft->known, &reader->policy->memory,
			      path, &canonical);
	if (result < 0) {
		bad_resolution(reader, at, path, result);
		return NULL;
	}
	return canonical;
}

int read_tree(struct reader *reader, const struct place *at,
	      const json_t *value, void *target)
{
	const char *path = read_canonical(reader, at, value);
	struct strv *trees = target;

	if (!path)
		return -PJ_E_POLICY;
	if (!strv_contains(trees, path) && strv_push(trees, path) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int add_item(struct reader *reader, struct draft_paths *paths,
		    enum path_access access, const struct written_path *written,
		    const struct resolved *item, const char *alias)
{
	struct path_rule rule = {
		.path = item->path,
		.access = access,
		.exists = item->exists,
		.type = item->type,
		.device = item->device,
		.inode = item->inode,
		.alias = alias,
		.origin = written->origin,
		.set = written->set,
		.reason = written->reason,
	};

	if (draft_add_path(reader->draft, paths, reader->document,
			   written->from_set, &rule) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int warn_dropped(struct reader *reader, const struct place *at,
			const struct written_path *written, int errnum)
{
	if (written->from_set || reader->document->builtin)
		return 0;
	return reader_warn(reader, at, "%.300s is not granted: %s",
			   written->absolute, errno_text(errnum));
}

static int warn_wide(struct reader *reader, const struct place *at,
		     const struct written_path *written, const char *path)
{
	const char *home = reader->policy->home;

	if (written->access != PATH_WRITE)
		return 0;
	if (strcmp(path, "/") == 0)
		return reader_warn(reader, at,
				   "the whole file system may be written");
	if (home && path_within(home, path))
		return reader_warn(reader, at,
				   "%.300s may be written, the whole home "
				   "directory with it",
				   path);
	return 0;
}

int paths_add_resolved(struct reader *reader, const struct place *at,
		       struct draft_paths *paths,
		       const struct written_path *written,
		       const struct resolution *r)
{
	bool grant = written->access >= PATH_WRITE;
	size_t last = r->count - 1;
	int result;

	if (grant && !r->items[last].exists)
		return warn_dropped(reader, at, written, r->errnum);
	result = warn_wide(reader, at, written, r->items[last].path);
	/* A link that leads to what is held must not be turned elsewhere. */
	for (size_t i = 0; !grant && result == 0 && i < last; i++)
		result = add_item(reader, paths, PATH_PROTECT, written,
				  &r->items[i], NULL);
	if (result == 0)
		result = add_item(reader, paths, written->access, written,
				  &r->items[last], r->alias);
	return result;
}

int paths_add(struct reader *reader, const struct place *at,
	      struct draft_paths *paths, const struct written_path *written)
{
	bool links_wanted = written->access <= PATH_PROTECT;
	struct resolution r;
	int result =
		resolve_path(&reader->draft->known, &reader->policy->memory,
			     written->absolute, links_wanted, &r);

	return result < 0
		       ? bad_resolution(reader, at, written->absolute, result)
		       : paths_add_resolved(reader, at, paths, written, &r);
}
