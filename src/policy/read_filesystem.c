/* SPDX-License-Identifier: Apache-2.0 */
/* The section "filesystem": what may be read, written and executed. */
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/paths.h"
#include "policy/reader.h"
#include "policy/sets.h"

static const char *const tmp_names[] = {
	[TMP_PRIVATE] = "private",
	[TMP_HOST] = "host",
	[TMP_NONE] = "none",
	NULL,
};

/* Which list of the draft a key fills, and with which access. */
struct path_list {
	struct draft_paths *paths;
	enum path_access access;
};

static int read_entry(struct reader *reader, const struct place *at,
		      const json_t *value, void *target)
{
	const struct path_list *list = target;
	const char *text = json_string_value(value), *origin;
	auto_free char *path = NULL;

	if (text && text[0] == '@')
		return set_expand(reader, at, text, list->access, list->paths);
	path = read_path(reader, at, value);
	if (!path)
		return -PJ_E_POLICY;
	origin = arena_text(&reader->policy->memory, reader->document->origin,
			    strlen(reader->document->origin));
	if (!origin)
		return reader_no_memory(reader);
	return paths_add(reader, at, list->paths,
			 &(struct written_path){ .absolute = path,
						 .origin = origin,
						 .access = list->access });
}

static int read_paths(struct reader *reader, const struct place *at,
		      const json_t *value, const struct key *key, void *target)
{
	struct path_list list = { &reader->draft->paths,
				  *(const enum path_access *)key->detail };

	(void)target;
	return read_list(reader, at, value, read_entry, &list);
}

static int read_execute(struct reader *reader, const struct place *at,
			const json_t *value, const struct key *key,
			void *target)
{
	struct path_list list = { &reader->draft->executes, PATH_READ };

	(void)key, (void)target;
	reader->policy->execute_listed = true;
	return read_list(reader, at, value, read_entry, &list);
}

static int read_device(struct reader *reader, const struct place *at,
		       const json_t *value, void *target)
{
	const char *text = json_string_value(value);
	const char *path;
	struct stat st;

	if (text && strncmp(text, "/dev/", 5) != 0)
		return bad(reader, at, "must be a device node below /dev");
	path = read_canonical(reader, at, value);
	if (!path)
		return -PJ_E_POLICY;
	if (!path_within(path, "/dev"))
		return bad(reader, at, "leads to %.100s, out of /dev", path);
	if (lstat(path, &st) < 0)
		return reader_warn(reader, at,
				   "%.300s is not granted: "
				   "there is no such device",
				   path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return bad(reader, at,
			   "%.100s is no device node; name each node", path);
	if (!strv_contains(target, path) && strv_push(target, path) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_devices(struct reader *reader, const struct place *at,
			const json_t *value, const struct key *key,
			void *target)
{
	return read_list(reader, at, value, read_device, FIELD(target, key));
}

static const enum path_access access_of[] = { PATH_DENY, PATH_PROTECT,
					      PATH_WRITE, PATH_READ };

static const struct key keys[] = {
	{ "read", read_paths, 0, &access_of[PATH_READ] },
	{ "write", read_paths, 0, &access_of[PATH_WRITE] },
	{ "execute", read_execute, 0, NULL },
	{ "deny", read_paths, 0, &access_of[PATH_DENY] },
	{ "protect", read_paths, 0, &access_of[PATH_PROTECT] },
	{ "tmp", read_choice, offsetof(struct pj_policy, tmp), tmp_names },
	{ "devices", read_devices, offsetof(struct pj_policy, devices), NULL },
};

int read_filesystem(struct reader *reader, const struct place *at,
		    const json_t *value, const struct key *key, void *target)
{
	(void)key;
	return read_object(reader, at, value, keys, ARRAY_SIZE(keys), target);
}
