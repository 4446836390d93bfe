/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the cgroup v2 directory that was delegated to us: the parent of our
 * own, since children of a directory have limits only while it has no processes
 * itself, so that a supervisor sits in a child. Nobody's cgroup is taken
 * because it happens to be writable: root may write all of them, and a systemd
 * user instance manages what its user owns. What counts as delegated: the mark
 * that systemd sets, an owner who does not own what is above, the root of a
 * container, or the root of a host without a cgroup manager. Processes of
 * others are never moved.
 */
#include "host/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

/* As cgroup.controllers and cgroup.subtree_control call them. */
#define CONTROLLER_MEMORY "memory"
#define CONTROLLER_PIDS	  "pids"

/* Where we are: our directory, and what we see as the root of all. */
struct place {
	char *own;
	char *root; /* NULL: the mount does not show it */
};

static void place_clear(struct place *place)
{
	free(place->own);
	free(place->root);
}
#define auto_place __attribute__((cleanup(place_clear)))

/* ---- small files --------------------------------------------------------- */

static char *join(const char *dir, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static int open_in(const char *dir, const char *name, int flags)
{
	auto_free char *path = join(dir, name);

	return path ? open(path, flags | O_CLOEXEC) : -1;
}

/* The beginning of a file, terminated; "" when it cannot be read. */
static bool read_in(const char *dir, const char *name, char *text, size_t size)
{
	auto_fd int fd = open_in(dir, name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

static bool write_in(const char *dir, const char *name, const char *text)
{
	auto_fd int fd = open_in(dir, name, O_WRONLY);

	return fd >= 0 &&
	       write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool allows(const char *dir, const char *name, int mode)
{
	auto_free char *path = join(dir, name);

	return path && faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; *text; text += strcspn(text, " \n")) {
		text += strspn(text, " \n");
		if (strncmp(text, word, n) == 0 && strchr(" \n", text[n]))
			return true;
	}
	return false;
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash != path ? strndup(path, (size_t)(slash - path))
				      : NULL;
}

/* ---- where we are -------------------------------------------------------- */

/* Our path in the unified hierarchy, as /proc tells; NULL: none. */
static char *own_path(void)
{
	char *line = NULL, *path = NULL;
	size_t size = 0;
	FILE *file = fopen("/proc/self/cgroup", "re");

	while (file && !path && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			path = strdup(line + 3);
	}
	if (file)
		fclose(file);
	free(line);
	return path;
}

/* A line of mountinfo (proc(5)): whether it mounts cgroup2, its root and place,
 * both with octal escapes still. */
static bool parse_mount(char *line, char **ret_root, char **ret_place)
{
	char *type = strstr(line, " - "), *rest = NULL;

	if (!type || strncmp(type, " - cgroup2 ", 11) != 0)
		return false;
	strtok_r(line, " ", &rest);
	strtok_r(NULL, " ", &rest);
	strtok_r(NULL, " ", &rest);
	*ret_root = strtok_r(NULL, " ", &rest);
	*ret_place = strtok_r(NULL, " ", &rest);
	return *ret_root && *ret_place;
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to = (char)((text[1] - '0') * 64 +
				     (text[2] - '0') * 8 + text[3] - '0');
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = '\0';
}

static void take_place(struct place *place, const char *path, const char *root,
		       const char *mount)
{
	const char *below = strcmp(root, "/") == 0 ? path : path + strlen(root);

	if (place->own || !path_within(path, root))
		return;
	place->own = strcmp(below, "/") == 0 || !*below
			     ? strdup(mount)
			     : join(mount, below + 1);
	if (strcmp(root, "/") == 0)
		place->root = strdup(mount);
}

static bool find_place(struct place *place, struct strv *mounts)
{
	auto_free char *path = own_path();
	char *line = NULL, *root = NULL, *mount = NULL;
	size_t size = 0;
	FILE *file = path ? fopen("/proc/self/mountinfo", "re") : NULL;
	bool complete = true;

	while (file && getline(&line, &size, file) > 0) {
		if (!parse_mount(line, &root, &mount))
			continue;
		unescape(root);
		unescape(mount);
		complete &= strv_push(mounts, mount) == 0;
		take_place(place, path, root, mount);
	}
	if (file)
		fclose(file);
	free(line);
	return complete && place->own;
}

/* ---- whose it is --------------------------------------------------------- */

/* The root of the whole hierarchy has no type. */
static bool is_true_root(const char *dir)
{
	return !allows(dir, "cgroup.type", F_OK);
}

static bool is_marked(const char *dir)
{
	static const char *const marks[] = { "user.delegate",
					     "trusted.delegate" };
	char value[4];

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (getxattr(dir, marks[i], value, sizeof(value)) == 1 &&
		    value[0] == '1')
			return true;
	return false;
}

/* Somebody else's directory has one of ours in it. */
static bool is_given(const char *dir)
{
	auto_free char *parent = parent_of(dir);
	struct stat own, above;

	return geteuid() != 0 && parent && stat(dir, &own) == 0 &&
	       stat(parent, &above) == 0 && own.st_uid == geteuid() &&
	       above.st_uid != geteuid();
}

static bool is_container_root(const struct place *place, const char *dir)
{
	return place->root && strcmp(place->root, dir) == 0 &&
	       !is_true_root(dir);
}

static bool is_writable(const char *dir)
{
	return allows(dir, ".", W_OK) && allows(dir, "cgroup.procs", W_OK);
}

static bool is_delegated(const struct place *place, const char *dir)
{
	return is_marked(dir) || is_given(dir) || is_container_root(place, dir);
}

/* ---- what its children can have ------------------------------------------ */

/* Switch on what is there; the kernel refuses it to a directory with processes
 * in it. Returns whether `controller` is on. */
static bool enable(const char *dir, const char *controller)
{
	char text[512], request[32];

	if (read_in(dir, "cgroup.subtree_control", text, sizeof(text)) &&
	    has_word(text, controller))
		return true;
	if (!read_in(dir, "cgroup.controllers", text, sizeof(text)) ||
	    !has_word(text, controller))
		return false;
	snprintf(request, sizeof(request), "+%s", controller);
	return write_in(dir, "cgroup.subtree_control", request);
}

/* Processes in it would have to leave first: "no internal processes". (The
 * kernel does enable pids beside them, and then lets nobody into the children.)
 */
static bool is_inner(const char *dir)
{
	char text[64];

	return read_in(dir, "cgroup.type", text, sizeof(text)) &&
	       strcmp(text, "domain\n") == 0 &&
	       read_in(dir, "cgroup.procs", text, sizeof(text)) && !*text;
}

static bool take_directory(struct host_cgroup *cgroup,
			   const struct place *place)
{
	auto_free char *parent = parent_of(place->own);
	const char *dir = parent;

	/* The root of all may have processes; where we are in it, there is no
	 * manager of cgroups. */
	if (is_true_root(place->own))
		dir = place->own;
	else if (!parent || !is_inner(parent) || !is_delegated(place, parent))
		return false;
	if (!is_writable(dir))
		return false;
	cgroup->memory = enable(dir, CONTROLLER_MEMORY);
	cgroup->pids = enable(dir, CONTROLLER_PIDS);
	if (!cgroup->memory && !cgroup->pids)
		return false;
	cgroup->path = strdup(dir);
	return cgroup->path;
}

/* A process can be started inside a cgroup by clone3() only; without arguments
 * it answers EINVAL where it is to be had. */
static bool can_start_inside(void)
{
	return syscall(SYS_clone3, NULL, 0) < 0 && errno == EINVAL;
}

void host_cgroup_find(struct host_cgroup *ret_cgroup)
{
	struct host_cgroup cgroup = { 0 };
	auto_place struct place place = { 0 };

	if (!find_place(&place, &cgroup.mounts))
		cgroup.missing = "no cgroup v2 is mounted";
	else if (!can_start_inside())
		cgroup.missing = "clone3() is not to be had";
	else if (!take_directory(&cgroup, &place))
		cgroup.missing = "none is delegated to this process";
	*ret_cgroup = cgroup;
}

void host_cgroup_clear(struct host_cgroup *cgroup)
{
	free(cgroup->path);
	strv_clear(&cgroup->mounts);
	*cgroup = (struct host_cgroup){ 0 };
}

/* ---- making room --------------------------------------------------------- */

static bool is_alone(const char *dir)
{
	char pids[64], own[32];

	snprintf(own, sizeof(own), "%d\n", getpid());
	return read_in(dir, "cgroup.procs", pids, sizeof(pids)) &&
	       strcmp(pids, own) == 0;
}

/* Only a cgroup that its manager takes away after us is given another shape. */
static bool may_reshape(const struct place *place)
{
	return is_writable(place->own) && !is_true_root(place->own) &&
	       (is_marked(place->own) ||
		is_container_root(place, place->own)) &&
	       is_alone(place->own);
}

void host_cgroup_settle(void)
{
	auto_strv struct strv mounts = { 0 };
	auto_place struct place place = { 0 };
	auto_free char *child = NULL;
	bool memory, pids;

	if (!find_place(&place, &mounts) || !may_reshape(&place))
		return;
	child = join(place.own, "supervisor");
	if (!child || (mkdir(child, 0755) < 0 && errno != EEXIST) ||
	    !write_in(child, "cgroup.procs", "0"))
		return;
	memory = enable(place.own, CONTROLLER_MEMORY);
	pids = enable(place.own, CONTROLLER_PIDS);
	if (!memory && !pids && write_in(place.own, "cgroup.procs", "0"))
		rmdir(child);
}
