/* SPDX-License-Identifier: Apache-2.0 */
/* The short way goes by directory and name, as tools/embed.py has cut them; the
 * long way is that of a path that somebody wrote. */
#include "policy/set_paths.h"

#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/path_text.h"

/* "~/x" and "/x" behind the home, if it is one below that: the length. */
static size_t make_absolute(const struct draft *draft, const char *text,
			    char out[PATH_MAX + SET_PATH_MAX])
{
	bool homely = text[0] == '~';
	const char *home = homely ? draft->home : "";
	size_t len = strnlen(home, PATH_MAX), rest = strlen(text + homely);

	memcpy(out, home, len);
	memcpy(out + len, text + homely, rest + 1);
	return len + rest;
}

/* 0 and the entry's directory, or NULL where the whole path has to be looked
 * at; or -errno. */
static int find_directory(struct draft *draft, const struct set_entry *entry,
			  struct known_directory **ret_directory)
{
	struct set_directories *cache = &draft->set_directories;
	char written[PATH_MAX + SET_PATH_MAX];
	size_t len;
	int result;

	if (cache->forgotten != draft->known.forgotten)
		*cache = (struct set_directories){ draft->known.forgotten, {} };
	*ret_directory = cache->items[entry->directory];
	if (*ret_directory)
		return 0;
	len = make_absolute(draft, set_entry_directory(entry), written);
	/* A home that is "/", or written in another way than cleanly, makes
	 * paths that are not clean. */
	if (len + SET_PATH_MAX >= PATH_MAX || !path_is_clean(written) ||
	    (len == 1 && set_entry_path(entry)[0] == '~'))
		return 0;
	result = resolve_directory(&draft->known, written, len, ret_directory);
	if (result == 0 && cache->forgotten == draft->known.forgotten)
		cache->items[entry->directory] = *ret_directory;
	return result;
}

/* 0 or -errno. */
static int resolve_entry(struct set_paths *to, const struct set_entry *entry,
			 struct resolution *r)
{
	struct directories *known = &to->reader->draft->known;
	struct arena *text = &to->reader->policy->memory;
	const char *path = set_entry_path(entry);
	bool links_wanted = to->access <= PATH_PROTECT;
	char absolute[PATH_MAX + SET_PATH_MAX];
	struct known_directory *directory;
	int result = find_directory(to->reader->draft, entry, &directory);

	if (result == 0 && directory)
		result = resolve_name(directory, text, path + entry->name_at,
				      links_wanted, r);
	if (result)
		return result < 0 ? result : 0;
	make_absolute(to->reader->draft, path, absolute);
	return directory ? resolve_whole(text, absolute, links_wanted, r)
			 : resolve_path(known, text, absolute, links_wanted, r);
}

int set_paths_add(struct set_paths *to, const struct set_entry *entry)
{
	const struct written_path written = {
		.set = to->set->name,
		.reason = set_entry_reason(entry),
		.access = to->access,
		.from_set = true,
	};
	char absolute[PATH_MAX + SET_PATH_MAX];
	struct resolution r;
	int result = resolve_entry(to, entry, &r);

	if (result == 0)
		return paths_add_resolved(to->reader, to->at, to->paths,
					  &written, &r);
	make_absolute(to->reader->draft, set_entry_path(entry), absolute);
	return bad_resolution(to->reader, to->at, absolute, result);
}
