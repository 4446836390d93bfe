/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the caller's words to a place. Everything is resolved once, to
 * descriptors; the path that the rules see is the kernel's own spelling of
 * where the parent descriptor is. Magic links of /proc are followed only where
 * the caller plainly named one of its own descriptors.
 */
#include "init/broker_place.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init/broker_caller.h"

enum { LINKS_MAX = 40 };

struct fd_path fd_path(int fd)
{
	struct fd_path path = { "/proc/self/fd/" };
	char *at = path.text + 14;
	char digits[12];
	int n = 0;

	do {
		digits[n++] = (char)('0' + fd % 10);
		fd /= 10;
	} while (fd);
	while (n)
		*at++ = digits[--n];
	*at = '\0';
	return path;
}

void place_close(struct place *place)
{
	if (place->parent >= 0)
		raw(__NR_close, place->parent);
	if (place->node >= 0)
		raw(__NR_close, place->node);
	place->parent = place->node = -1;
}

static int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(O_PATH | O_CLOEXEC | flags),
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	return (int)raw(__NR_openat2, dir, path, &how, sizeof(how));
}

/* Behind "/proc/self/", "/proc/thread-self/" or the caller's own "/proc/N/";
 * NULL for anything else. */
static const char *own_proc(const struct call_request *request,
			    const char *text)
{
	static const char *const folders[] = { "/proc/self/",
					       "/proc/thread-self/" };
	static struct line own;

	for (int i = 0; i < 2; i++)
		if (text_starts(text, folders[i]))
			return text + text_len(folders[i]);
	caller_proc_path(&own, request, "/");
	return text_starts(text, own.text) ? text + own.len : NULL;
}

/* "/dev/stdout", "/dev/fd/N", "/proc/self/fd/N" name a descriptor of the caller
 * (of ours, if we resolved them). Its number, *ret_rest what follows; or -1. */
static int named_descriptor(const struct call_request *request,
			    const char *text, const char **ret_rest)
{
	static const char *const standard[] = { "/dev/stdin", "/dev/stdout",
						"/dev/stderr" };
	const char *number = own_proc(request, text);
	uint64_t fd;

	*ret_rest = "";
	for (int i = 0; i < 3; i++)
		if (text_equal(text, standard[i]))
			return i;
	if (number)
		number = text_starts(number, "fd/") ? number + 3 : NULL;
	else if (text_starts(text, "/dev/fd/"))
		number = text + 8;
	if (!number || *number < '0' || *number > '9')
		return -1;
	fd = number_read(&number);
	*ret_rest = number;
	return (*number && *number != '/') || fd > 1 << 20 ? -1 : (int)fd;
}

int caller_directory(const struct call_request *request, int dir)
{
	static struct line path;

	if (dir == AT_FDCWD) {
		caller_proc_path(&path, request, "/cwd");
	} else {
		if (dir < 0)
			return -EBADF;
		caller_proc_path(&path, request, "/fd/");
		line_add_number(&path, (uint64_t)dir);
	}
	dir = (int)raw(__NR_openat, AT_FDCWD, path.text,
		       O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir == -ENOENT ? -EBADF : dir;
}

static int start_directory(const struct call_request *request, int dir,
			   const char *text)
{
	if (*text == '/')
		return AT_FDCWD; /* not used for an absolute path */
	return caller_directory(request, dir);
}

/* Whether a file lies in the jail's own memory. */
static bool is_private(const struct call_request *request, uint64_t device)
{
	const uint64_t *devices = request->config->private_devices;

	return device && (device == devices[0] || device == devices[1]);
}

/* path = where `fd` is [+ "/" + name], as the kernel spells it. */
static int spell(struct place *place, int fd, const char *name)
{
	struct fd_path link = fd_path(fd);
	long n = raw(__NR_readlinkat, AT_FDCWD, link.text, place->path,
		     sizeof(place->path) - 1);
	size_t name_len = text_len(name);
	size_t len;

	if (n < 0)
		return (int)n;
	len = (size_t)n;
	if (len == 1 && place->path[0] == '/')
		len = 0;
	if (len + name_len + 2 > sizeof(place->path))
		return -ENAMETOOLONG;
	if (name_len) {
		place->path[len++] = '/';
		memcpy(place->path + len, name, name_len);
		len += name_len;
	}
	if (!len)
		place->path[len++] = '/';
	place->path[len] = '\0';
	return place->path[0] == '/' ? 0 : -EACCES;
}

static int spell_place(const struct call_request *request, struct place *place,
		       int fd, const char *name)
{
	int status = spell(place, fd, name);

	if (status == 0 && rules_in_scratch(request->config, place->path))
		place->private = true;
	return status;
}

/* Split into the parent, opened, and the last name. */
static int find_parent(struct place *place, int start, char *text)
{
	size_t len = text_len(text), at;

	/* A slash behind a link is one behind what it leads to. */
	if (len > 1 && text[len - 1] == '/')
		place->trailing_slash = true;
	while (len > 1 && text[len - 1] == '/')
		text[--len] = '\0';
	for (at = len; at > 0 && text[at - 1] != '/';)
		at--;
	if (len - at >= sizeof(place->name))
		return -ENAMETOOLONG;
	memcpy(place->name, text + at, len - at + 1);
	if (!place->name[0])
		memcpy(place->name, ".", 2);
	if (!at) {
		place->parent = open_beneath(start, ".", O_DIRECTORY);
	} else {
		text[at > 1 ? at - 1 : 1] = '\0';
		place->parent = open_beneath(start, text, O_DIRECTORY);
	}
	return place->parent < 0 ? place->parent : 0;
}

/* ---- /proc of a host that we share -----------------------------------------
 */

/* Its "self" is us, where the caller means itself: the parent directory, or the
 * name in /proc, becomes the caller's. */
static int proc_turn(const struct call_request *request, struct place *place,
		     uint64_t device)
{
	static uint64_t proc_device;
	static struct line own, turned;
	struct stat stat;
	long group;
	bool is_self, is_thread;

	if (!(request->config->flags & INIT_HOST_ROOT))
		return 0;
	if (!proc_device &&
	    raw(__NR_newfstatat, AT_FDCWD, "/proc", &stat, 0) == 0)
		proc_device = stat.st_dev;
	if (device != proc_device)
		return 0;
	if (spell(place, place->parent, "") < 0)
		return -EACCES;
	line_start(&own, "/proc/");
	line_add_number(&own, (uint64_t)raw(__NR_getpid));
	is_self = text_equal(place->path, "/proc") &&
		  text_equal(place->name, "self");
	is_thread = text_equal(place->path, "/proc") &&
		    text_equal(place->name, "thread-self");
	if (!is_self && !is_thread &&
	    (!text_starts(place->path, own.text) ||
	     (place->path[own.len] && place->path[own.len] != '/')))
		return 0;
	group = caller_status(request, "Tgid", 10);
	if (group < 0)
		return (int)group;
	line_start(&turned, "");
	line_add_number(&turned, (uint64_t)group);
	if (is_self) {
		memcpy(place->name, turned.text, turned.len + 1);
		return 0;
	}
	line_start(&turned, "/proc/");
	line_add_number(&turned, (uint64_t)group);
	if (is_thread) {
		struct line name;

		line_start(&name, "");
		line_add_number(&name, (uint64_t)request->tid);
		memcpy(place->name, name.text, name.len + 1);
		line_add(&turned, "/task");
	} else {
		const char *rest = place->path + own.len;

		line_start(&own, "/task/");
		line_add_number(&own, (uint64_t)raw(__NR_gettid));
		if (text_starts(rest, own.text) &&
		    (!rest[own.len] || rest[own.len] == '/')) {
			line_add(&turned, "/task/");
			line_add_number(&turned, (uint64_t)request->tid);
			rest += own.len;
		}
		line_add(&turned, rest);
	}
	raw(__NR_close, place->parent);
	place->parent = open_beneath(AT_FDCWD, turned.text, O_DIRECTORY);
	return place->parent < 0 ? place->parent : 0;
}

/* Look what is at parent/name. 1: a symbolic link to follow, its text is in
 * `text` now. */
static int find_node(const struct call_request *request, struct place *place,
		     enum follow follow, char *text)
{
	long n;

	place->node = (int)raw(__NR_openat, place->parent, place->name,
			       O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (place->node == -ENOENT)
		return spell_place(request, place, place->parent, place->name);
	if (place->node < 0)
		return place->node;
	if (raw(__NR_fstat, place->node, &place->stat) < 0)
		return -EACCES;
	if ((place->stat.st_mode & S_IFMT) == S_IFLNK &&
	    (follow == FOLLOW_LINK ||
	     (follow == FOLLOW_SLASH && place->trailing_slash))) {
		n = raw(__NR_readlinkat, place->node, "", text, PATH_BYTES - 1);
		if (n < 0)
			return (int)n;
		text[n] = '\0';
		return 1;
	}
	place->exists = true;
	place->private = is_private(request, place->stat.st_dev);
	/* Any other name is what it is, wherever somebody moves this now. */
	if (text_equal(place->name, ".") || text_equal(place->name, ".."))
		return spell_place(request, place, place->node, "");
	return spell_place(request, place, place->parent, place->name);
}

/* Where a symbolic link's text starts from. */
static int next_start(const struct place *place, int start, const char *text)
{
	if (start >= 0)
		raw(__NR_close, start);
	if (*text == '/')
		return AT_FDCWD;
	return (int)raw(__NR_openat, place->parent, ".",
			O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int find(const struct call_request *request, int dir, char *text,
		enum follow follow, struct place *place)
{
	int start = start_directory(request, dir, text);
	int status = 1;

	if (start < 0 && start != AT_FDCWD)
		return start;
	for (int links = 0; status == 1; links++) {
		struct stat parent;

		if (links > LINKS_MAX) {
			status = -ELOOP;
			break;
		}
		if (links)
			start = next_start(place, start, text);
		place_close(place);
		status = find_parent(place, start, text);
		if (status < 0)
			break;
		status = -EACCES;
		if (raw(__NR_fstat, place->parent, &parent) < 0)
			break;
		place->private = is_private(request, parent.st_dev);
		status = proc_turn(request, place, parent.st_dev);
		if (status < 0)
			break;
		status = find_node(request, place, follow, text);
	}
	if (start >= 0)
		raw(__NR_close, start);
	return status;
}

/* Words that lead through a link which /proc makes for the caller, as relative
 * ones: what is behind "/proc/self/cwd/" or a descriptor that is a directory.
 */
static const char *relative_words(const struct call_request *request,
				  const char *words, int *dir)
{
	const char *rest = own_proc(request, words);
	int fd;

	if (rest && text_starts(rest, "cwd/")) {
		*dir = AT_FDCWD;
		rest += 4;
	} else {
		fd = named_descriptor(request, words, &rest);
		if (fd < 0 || !*rest)
			return words;
		*dir = fd;
	}
	while (*rest == '/')
		rest++;
	return *rest ? rest : ".";
}

/* With the host's root there is no /dev/shm of the jail's own. What C libraries
 * make there (semaphores, shared memory) they open by that name alone. */
static const char *shared_memory(const struct call_request *request,
				 const char *words)
{
	static const char folder[] = "/dev/shm";
	static struct line line;

	if (!request->config->scratch || !text_starts(words, folder) ||
	    (words[sizeof(folder) - 1] && words[sizeof(folder) - 1] != '/'))
		return words;
	line_start(&line,
		   (const char *)request->config + request->config->scratch);
	line_add(&line, words + sizeof(folder) - 1);
	return line.overflow ? words : line.text;
}

int place_find_text(const struct call_request *request, int dir,
		    const char *words, enum follow follow, struct place *place)
{
	static char text[PATH_BYTES];
	const char *rest;
	size_t n;
	int fd, status;

	memset(place, 0, offsetof(struct place, path) + 1);
	place->parent = place->node = -1;
	if (!*words)
		return -ENOENT;
	fd = named_descriptor(request, words, &rest);
	if (fd >= 0 && !*rest && follow == FOLLOW_LINK) {
		status = place_find_fd(request, fd, place);
		return status == -EBADF ? -ENOENT : status;
	}
	words = relative_words(request, words, &dir);
	words = shared_memory(request, words);
	n = text_len(words);
	if (n >= sizeof(text))
		return -ENAMETOOLONG;
	memcpy(text, words, n + 1);
	return find(request, dir, text, follow, place);
}

int place_find(const struct call_request *request, int dir, int path,
	       enum follow follow, struct place *place)
{
	static char words[PATH_BYTES];
	long n = caller_string(request, request->args[path], words,
			       sizeof(words));

	place->parent = place->node = -1;
	if (n < 0)
		return (int)n;
	return place_find_text(request,
			       dir == NO_ARGUMENT ? AT_FDCWD
						  : (int)request->args[dir],
			       words, follow, place);
}

/* A standard stream may be a file of the host that has no name in here. Its
 * descriptor is what the caller was given: it may be opened for what it is open
 * for already, and nothing else may be done to it. */
static void look_for_foreign(struct place *place)
{
	struct statx here, there;

	if (raw(__NR_statx, AT_FDCWD, place->path, AT_SYMLINK_NOFOLLOW,
		STATX_INO | STATX_MNT_ID, &here) == 0 &&
	    raw(__NR_statx, place->node, "", AT_EMPTY_PATH,
		STATX_INO | STATX_MNT_ID, &there) == 0 &&
	    here.stx_ino == there.stx_ino &&
	    here.stx_mnt_id == there.stx_mnt_id)
		return;
	place->foreign = true;
}

/* The number behind "NAME:" at the start of a line; -1: there is none. */
static int64_t info_field(const char *text, const char *name, uint64_t base)
{
	size_t n = text_len(name);

	for (const char *at = text; *at;) {
		if (text_starts(at, name) && at[n] == ':') {
			uint64_t value = 0;

			for (at += n + 1; *at == ' ' || *at == '\t';)
				at++;
			for (; *at >= '0' && *at <= '9'; at++)
				value = value * base + (uint64_t)(*at - '0');
			return (int64_t)value;
		}
		while (*at && *at++ != '\n')
			;
	}
	return -1;
}

/* The descriptor may be another one by now: what /proc says counts only when it
 * is about the same file. O_PATH reads as O_RDONLY, and opens nothing. */
bool place_opened_for(const struct call_request *request,
		      const struct place *place, uint32_t flags)
{
	static struct line path;
	static char text[512];
	struct statx node;
	int64_t have;
	uint32_t mode, wanted = flags & O_ACCMODE;

	if (!place->descriptor)
		return false;
	caller_proc_path(&path, request, "/fdinfo/");
	line_add_number(&path, (uint64_t)place->caller_fd);
	if (file_read(AT_FDCWD, path.text, text, sizeof(text)) <= 0 ||
	    raw(__NR_statx, place->node, "", AT_EMPTY_PATH,
		STATX_INO | STATX_MNT_ID, &node) < 0)
		return false;
	have = info_field(text, "flags", 8);
	if (have < 0 || (have & O_PATH) ||
	    info_field(text, "ino", 10) != (int64_t)node.stx_ino ||
	    info_field(text, "mnt_id", 10) != (int64_t)node.stx_mnt_id)
		return false;
	mode = (uint32_t)have & O_ACCMODE;
	if ((wanted != O_WRONLY && mode == O_WRONLY) ||
	    ((wanted != O_RDONLY || (flags & O_TRUNC)) && mode == O_RDONLY))
		return false;
	return true;
}

/* A pipe or an unlinked file has no path: no rule is about it. But the other
 * end of a pipe may be held outside. */
static void take_unnamed(struct place *place)
{
	place->pipe = place_type(place) == S_IFIFO && !place->private;
	place->private = true;
}

/* A descriptor that opens nothing (O_PATH) is to be had of every file of the
 * host: one that was unlinked meanwhile keeps the rule of its last name. */
static void name_host_file(const struct call_request *request,
			   struct place *place)
{
	static const char deleted[] = " (deleted)";
	size_t n;

	if (spell_place(request, place, place->node, "") < 0) {
		if (place_type(place) == S_IFIFO)
			take_unnamed(place);
		else
			place->path[0] = '\0';
		return;
	}
	n = text_len(place->path);
	if (place->stat.st_nlink || n < sizeof(deleted) ||
	    !text_equal(place->path + n - (sizeof(deleted) - 1), deleted))
		return;
	place->path[n - (sizeof(deleted) - 1)] = '\0';
	/* Of the kernel's own mount: no name of the host looks like this. */
	if (text_starts(place->path, "/memfd:"))
		place->private = true;
}

int place_find_fd(const struct call_request *request, int fd,
		  struct place *place)
{
	static struct line path;

	memset(place, 0, offsetof(struct place, path) + 1);
	place->parent = place->node = -1;
	place->descriptor = true;
	place->caller_fd = fd;
	caller_proc_path(&path, request, "/fd/");
	line_add_number(&path, (uint64_t)fd);
	if (fd < 0)
		return -EBADF;
	place->node =
		(int)raw(__NR_openat, AT_FDCWD, path.text, O_PATH | O_CLOEXEC);
	if (place->node < 0)
		return place->node == -ENOENT ? -EBADF : place->node;
	if (raw(__NR_fstat, place->node, &place->stat) < 0)
		return -EACCES;
	place->exists = true;
	place->private = is_private(request, place->stat.st_dev);
	if (request->config->flags & INIT_HOST_ROOT)
		name_host_file(request, place);
	else if (spell(place, place->node, "") < 0 || !place->stat.st_nlink)
		take_unnamed(place);
	else
		look_for_foreign(place);
	return 0;
}

int caller_fd_usable(const struct call_request *request, int fd)
{
	static struct line path;
	struct stat link;

	caller_proc_path(&path, request, "/fd/");
	line_add_number(&path, (uint64_t)fd);
	/* The link's mode tells how the descriptor was opened. */
	if (fd < 0 || raw(__NR_newfstatat, AT_FDCWD, path.text, &link,
			  AT_SYMLINK_NOFOLLOW) < 0)
		return -EBADF;
	return link.st_mode & 0600 ? 0 : -EBADF;
}
