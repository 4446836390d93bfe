/* SPDX-License-Identifier: Apache-2.0 */
/* The mediated ways to open: for writing, to make, unnamed. What is opened is
 * the very file that was judged. */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/stat.h>

#include "init/broker_allow.h"
#include "init/broker_call.h"
#include "init/broker_caller.h"
#include "init/broker_git.h"
#include "init/broker_place.h"
#include "init/broker_resolver.h"

enum { RETRIES = 8 };

/* A scratch file: where a file has been written for the caller already. Not a
 * memory file, which no mount could keep from being executed. */
static long scratch_file(const struct call_request *request,
			 const struct place *place)
{
	int dir = AT_FDCWD;
	const char *path = "/dev/shm";

	/* No memory of the jail's own: beside the file, where it is written,
	 * or in the scratch directory. */
	if (request->config->scratch) {
		path = (const char *)request->config + request->config->scratch;
	} else if (request->config->flags & INIT_HOST_ROOT) {
		dir = place->parent;
		path = ".";
	}
	return raw(__NR_openat, dir, path, O_TMPFILE | O_RDWR | O_CLOEXEC,
		   0600);
}

/* We may read what our caller may not: our own /proc files. All of /proc is
 * read-only, and the files behind descriptors are not on it. */
static bool on_proc(const struct place *place)
{
	struct statfs about;

	return raw(__NR_fstatfs, place->node, &about) < 0 ||
	       about.f_type == PROC_SUPER_MAGIC;
}

static long open_new(struct call_request *request, struct place *place,
		     uint32_t flags, unsigned int mode)
{
	int status;

	status = caller_umask_take(request);
	if (status < 0)
		return status;
	status = git_write_pointer(request, place, mode);
	if (status > 0)
		return scratch_file(request, place);
	if (status == 0)
		status = place_allows(request, place, ACT_CREATE, false);
	if (status < 0)
		return status;
	git_notice(request, place);
	return raw(__NR_openat, place->parent, place->name,
		   flags | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, mode);
}

/* Truncate last: only when this is the file that was checked. */
static long open_and_truncate(int node, uint32_t flags)
{
	struct fd_path path = fd_path(node);
	uint32_t kept =
		flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW);
	long fd = raw(__NR_openat, AT_FDCWD, path.text,
		      kept | O_NOCTTY | O_CLOEXEC);
	long status = 0;

	if (fd < 0 || !(flags & O_TRUNC))
		return fd;
	if (flags & O_ACCMODE)
		status = raw(__NR_ftruncate, fd, 0);
	else
		status = raw(__NR_truncate, path.text, 0);
	if (status < 0) {
		raw(__NR_close, fd);
		return status;
	}
	return fd;
}

long call_open_finish(struct call_request *request)
{
	return open_and_truncate(request->fd, request->open_flags);
}

/* What lies below a process's directory, but for the network that it stands in:
 * "/net", and the same of each thread, "/task/N/net". */
static bool tells_of_itself(const char *rest)
{
	static const char threads[] = "/task/";

	if (*rest && *rest != '/')
		return false;
	if (text_starts(rest, threads))
		for (rest += sizeof(threads) - 1; *rest >= '0' && *rest <= '9';)
			rest++;
	return !text_starts(rest, "/net");
}

/* What tells of the machine, but not of its network. The one of that tree that
 * programs read before they listen (Go's do) tells nothing. */
static bool is_setting(const char *path)
{
	static const char settings[] = "/proc/sys", network[] = "/proc/sys/net";
	const char *rest = path + sizeof(settings) - 1;

	if (!text_starts(path, settings) || (*rest && *rest != '/'))
		return false;
	return !text_starts(path, network) ||
	       text_equal(path, "/proc/sys/net/core/somaxconn");
}

/* With the host's root, whose processes and settings these are: a caller reads
 * of itself, and what tells of the machine. */
static bool proc_is_readable(const struct call_request *request,
			     const struct place *place)
{
	static const char *const files[] = {
		"/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg",
		"/proc/meminfo", "/proc/stat",	      "/proc/uptime",
		"/proc/version", "/proc/cgroups",     "/proc/devices",
		"/proc/vmstat",
	};
	static struct line own;
	long group;

	for (unsigned int i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (text_equal(place->path, files[i]))
			return true;
	if (is_setting(place->path))
		return true;
	group = caller_status(request, "Tgid", 10);
	line_start(&own, "/proc/");
	line_add_number(&own, (uint64_t)(group < 0 ? 0 : group));
	return group >= 0 && text_starts(place->path, own.text) &&
	       tells_of_itself(place->path + own.len);
}

static int proc_allows(const struct call_request *request,
		       const struct place *place, uint32_t flags)
{
	if (!(request->config->flags & INIT_HOST_ROOT) ||
	    (flags & (O_ACCMODE | O_TRUNC)))
		return -EROFS;
	return proc_is_readable(request, place) ? 0 : -EACCES;
}

/* One that lies in a granted tree: elsewhere no mount has devices but those
 * that the policy names. */
static bool is_other_device(const struct init_config *config,
			    const struct place *place)
{
	unsigned int type = place_type(place);

	return (type == S_IFCHR || type == S_IFBLK) &&
	       (config->flags & INIT_HOST_ROOT) &&
	       !rules_name_device(config, place->path);
}

/* A mount that is read-only keeps files from being written, but not FIFOs: what
 * goes through one changes nothing on the file system. Where all opens are
 * ours, the rules have said so already. */
static bool on_read_only_mount(const struct place *place)
{
	enum { READ_ONLY = 1 }; /* ST_RDONLY */
	struct statfs about;

	return raw(__NR_fstatfs, place->node, &about) < 0 ||
	       (about.f_flags & READ_ONLY);
}

static int open_allows(const struct call_request *request,
		       const struct place *place, uint32_t flags)
{
	bool reads = (request->config->flags & INIT_HOST_ROOT) &&
		     !(flags & (O_ACCMODE | O_TRUNC));
	int status;

	if (on_proc(place))
		return proc_allows(request, place, flags);
	status = place_allows(request, place, reads ? ACT_READ : ACT_WRITE,
			      false);
	if (status == 0 && is_other_device(request->config, place))
		status = -EACCES;
	if (status == 0 && place->pipe)
		status = -EACCES;
	if (status == 0 && place_type(place) == S_IFIFO &&
	    (flags & O_ACCMODE) && on_read_only_mount(place))
		status = -EROFS;
	return status < 0 && place_opened_for(request, place, flags) ? 0
								     : status;
}

/* What no open waits for: files, directories, and the memory devices. */
static bool opens_at_once(const struct place *place)
{
	unsigned int type = place_type(place);

	return type == S_IFREG || type == S_IFDIR ||
	       (type == S_IFCHR && (place->stat.st_rdev >> 8 & 0xfff) == 1);
}

static long open_existing(struct call_request *request, struct place *place,
			  uint32_t flags)
{
	unsigned int type = place_type(place);
	int status;

	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (type == S_IFLNK)
		return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	if (type == S_IFDIR && (flags & (O_ACCMODE | O_CREAT | O_TRUNC)))
		return -EISDIR;
	if ((flags & O_DIRECTORY) && type != S_IFDIR)
		return -ENOTDIR;
	if (place->trailing_slash && type != S_IFDIR)
		return -ENOTDIR;
	status = open_allows(request, place, flags);
	if (status < 0)
		return status;
	if (flags & O_ACCMODE)
		git_notice(request, place);
	if (opens_at_once(place))
		return open_and_truncate(
			place->node,
			type == S_IFREG ? flags : flags & ~(uint32_t)O_TRUNC);
	/* A FIFO waits for its other end, a terminal for a carrier. */
	request->later = call_open_finish;
	request->later_gives_fd = true;
	request->open_flags = flags & ~(uint32_t)O_TRUNC;
	request->fd = place->node;
	place->node = -1;
	return 0;
}

static long open_unnamed(struct call_request *request, struct place *place,
			 uint32_t flags, unsigned int mode)
{
	int status;

	if (!place->exists)
		return -ENOENT;
	if (place_type(place) != S_IFDIR)
		return -ENOTDIR;
	status = place_allows(request, place, ACT_WRITE, false);
	if (status == 0)
		status = caller_umask_take(request);
	if (status < 0)
		return status;
	return raw(__NR_openat, AT_FDCWD, fd_path(place->node).text,
		   flags | O_CLOEXEC, mode);
}

/* inotify_add_watch(2): to be told of changes is to read. */
long call_watch(struct call_request *request)
{
	enum { DONT_FOLLOW = 0x02000000 };
	uint32_t mask = (uint32_t)request->args[2];
	AUTO_PLACE struct place place = { .parent = -1, .node = -1 };
	long status = caller_fd_take(request, (int)request->args[0]);

	if (status < 0)
		return status;
	request->fd = (int)status;
	status = place_find(request, request->call->dir, request->call->path,
			    mask & DONT_FOLLOW ? FOLLOW_SLASH : FOLLOW_LINK,
			    &place);
	if (status == 0)
		status = place_is_there(&place);
	if (status == 0)
		status = on_proc(&place) ? -EACCES
					 : place_allows(request, &place,
							ACT_READ, false);
	if (status < 0)
		return status;
	if (place_type(&place) == S_IFLNK)
		return -EACCES; /* by its descriptor it cannot be watched */
	return raw(__NR_inotify_add_watch, request->fd,
		   fd_path(place.node).text, mask & ~(uint32_t)DONT_FOLLOW);
}

static enum follow open_follows(uint32_t flags)
{
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return FOLLOW_NEVER;
	return flags & O_NOFOLLOW ? FOLLOW_SLASH : FOLLOW_LINK;
}

long call_open(struct call_request *request)
{
	const struct call *call = request->call;
	uint32_t flags = call_flags(request);
	unsigned int mode =
		(unsigned int)call_argument(request, call->mode) & 07777;
	long result = -EEXIST;

	if (flags & O_PATH) /* the filter lets these pass */
		return -EINVAL;
	if ((flags & O_CREAT) && (mode & 06000))
		return -EPERM;
	if ((flags & O_CREAT) && (flags & O_DIRECTORY))
		return -EINVAL;
	if ((flags & O_TMPFILE) == O_TMPFILE && !(flags & O_ACCMODE))
		return -EINVAL;
	request->gives_fd = true;
	request->fd_flags = (int)flags;
	/* Somebody outside may make the file between our look and our open. */
	for (int i = 0; i < RETRIES && result == -EEXIST; i++) {
		AUTO_PLACE struct place place;

		result = place_find(request, call->dir, call->path,
				    open_follows(flags), &place);
		if (result < 0)
			return result;
		if (resolver_is_meant(request, &place, flags))
			return resolver_open(request);
		if ((flags & O_CREAT) && place.trailing_slash)
			return -EISDIR;
		if ((flags & O_TMPFILE) == O_TMPFILE)
			return open_unnamed(request, &place, flags, mode);
		if (place.exists)
			return open_existing(request, &place, flags);
		if (!(flags & O_CREAT))
			return -ENOENT;
		result = open_new(request, &place, flags, mode);
		if (flags & O_EXCL)
			return result;
	}
	return result;
}
