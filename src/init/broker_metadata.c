/* SPDX-License-Identifier: Apache-2.0 */
/* The mediated calls on what exists: size, mode, owner, times, attributes. They
 * act on the descriptor of what was judged. */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <linux/time_types.h>

#include "init/broker_allow.h"
#include "init/broker_call.h"
#include "init/broker_caller.h"
#include "init/broker_git.h"
#include "init/broker_place.h"

enum { XATTR_VALUE_MAX = 65536, UTIME_OMIT = 0x3ffffffe };

/* The place that AT_EMPTY_PATH with an empty path means. */
static int find_empty(struct call_request *request, struct place *place)
{
	int dir = (int)request->args[request->call->dir];
	char first;
	long n = caller_bytes(request, request->args[request->call->path],
			      &first, 1);

	if (n < 0 || first)
		return n < 0 ? (int)n : -ENOENT;
	return dir == AT_FDCWD ? place_find_text(request, AT_FDCWD, ".",
						 FOLLOW_LINK, place)
			       : place_find_fd(request, dir, place);
}

static int find_existing(struct call_request *request, uint32_t flags,
			 struct place *place)
{
	const struct call *call = request->call;
	int status;

	place->parent = place->node = -1;
	if (flags & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (call->path == NO_ARGUMENT) {
		status = caller_fd_usable(request,
					  (int)request->args[call->dir]);
		if (status == 0)
			status = place_find_fd(
				request, (int)request->args[call->dir], place);
	} else {
		status = place_find(request, call->dir, call->path,
				    flags & AT_SYMLINK_NOFOLLOW ? FOLLOW_SLASH
								: FOLLOW_LINK,
				    place);
		if (status == -ENOENT && (flags & AT_EMPTY_PATH))
			status = find_empty(request, place);
	}
	if (status == 0)
		status = place_is_there(place);
	if (status < 0)
		return status;
	/* A device is granted to be opened, no more. */
	if ((request->config->flags & INIT_HOST_ROOT) &&
	    (place_type(place) == S_IFCHR || place_type(place) == S_IFBLK))
		return -EROFS;
	return place_allows(request, place, ACT_WRITE, false);
}

long call_truncate(struct call_request *request)
{
	AUTO_PLACE struct place place = { .parent = -1, .node = -1 };
	int status = (int64_t)request->args[1] < 0
			     ? -EINVAL
			     : find_existing(request, 0, &place);

	if (status < 0)
		return status;
	if (place_type(&place) == S_IFDIR)
		return -EISDIR;
	if (place_type(&place) != S_IFREG)
		return -EINVAL;
	return raw(__NR_truncate, fd_path(place.node).text, request->args[1]);
}

long call_chmod(struct call_request *request)
{
	const struct call *call = request->call;
	uint64_t mode = call_argument(request, call->mode);
	AUTO_PLACE struct place place;
	int status = find_existing(request, 0, &place);

	if (status == 0 && (mode & 06000))
		status = -EPERM;
	if (status < 0)
		return status;
	return raw(__NR_fchmodat, AT_FDCWD, fd_path(place.node).text, mode);
}

long call_chown(struct call_request *request)
{
	const struct call *call = request->call;
	uint32_t flags = call_flags(request);
	AUTO_PLACE struct place place;
	int status = find_existing(request, flags, &place);

	if (status < 0)
		return status;
	return raw(__NR_fchownat, place.node, "",
		   call_argument(request, call->mode),
		   call_argument(request, call->mode + 1), AT_EMPTY_PATH);
}

long call_setxattr(struct call_request *request)
{
	static unsigned char value[XATTR_VALUE_MAX];
	char name[256];
	uint64_t size = request->args[3];
	AUTO_PLACE struct place place = { .parent = -1, .node = -1 };
	long status;

	if (size > sizeof(value))
		return -E2BIG;
	status = caller_string(request, request->args[1], name, sizeof(name));
	if (status < 0)
		return status == -ENAMETOOLONG ? -ERANGE : status;
	status = caller_bytes(request, request->args[2], value, size);
	if (status >= 0)
		status = find_existing(request, request->call->fixed_flags,
				       &place);
	if (status < 0)
		return status;
	return raw(__NR_setxattr, fd_path(place.node).text, name, value, size,
		   request->args[4]);
}

long call_removexattr(struct call_request *request)
{
	char name[256];
	AUTO_PLACE struct place place = { .parent = -1, .node = -1 };
	long status =
		caller_string(request, request->args[1], name, sizeof(name));

	if (status < 0)
		return status == -ENAMETOOLONG ? -ERANGE : status;
	status = find_existing(request, request->call->fixed_flags, &place);
	if (status < 0)
		return status;
	return raw(__NR_removexattr, fd_path(place.node).text, name);
}

static long set_times(struct call_request *request, uint32_t flags,
		      const struct __kernel_timespec *times)
{
	AUTO_PLACE struct place place;
	int status = find_existing(request, flags, &place);

	if (status < 0)
		return status;
	return raw(__NR_utimensat, place.node, "", times, AT_EMPTY_PATH);
}

/* Without a path these calls are about the descriptor. */
static int without_path(struct call_request *request, uint32_t flags)
{
	static const struct call by_fd = { .dir = 0,
					   .path = NO_ARGUMENT,
					   .flags = NO_ARGUMENT };

	if (request->call->path != 1 || request->args[1] ||
	    (int)request->args[0] == AT_FDCWD)
		return 0;
	request->call = &by_fd;
	return flags ? -EINVAL : 0;
}

long call_utimensat(struct call_request *request)
{
	struct __kernel_timespec times[2];
	uint32_t flags = call_flags(request);
	long status = 0;

	if (request->args[2])
		status = caller_bytes(request, request->args[2], times,
				      sizeof(times));
	if (status < 0)
		return status;
	if (request->args[2] && times[0].tv_nsec == UTIME_OMIT &&
	    times[1].tv_nsec == UTIME_OMIT)
		return 0;
	status = without_path(request, flags);
	if (status < 0)
		return status;
	return set_times(request, flags, request->args[2] ? times : NULL);
}

/* utime(2): whole seconds. */
long call_utime(struct call_request *request)
{
	int64_t seconds[2];
	struct __kernel_timespec times[2] = { 0 };
	long status = 0;

	if (request->args[1])
		status = caller_bytes(request, request->args[1], seconds,
				      sizeof(seconds));
	if (status < 0)
		return status;
	if (request->args[1]) {
		times[0].tv_sec = seconds[0];
		times[1].tv_sec = seconds[1];
	}
	return set_times(request, 0, request->args[1] ? times : NULL);
}

/* utimes(2), futimesat(2): seconds and microseconds. */
long call_utimes(struct call_request *request)
{
	uint64_t address = call_argument(request, request->call->mode);
	int64_t given[4];
	struct __kernel_timespec times[2];
	long status = 0;

	if (address)
		status = caller_bytes(request, address, given, sizeof(given));
	if (status < 0)
		return status;
	for (int i = 0; address && i < 2; i++) {
		if (given[2 * i + 1] < 0 || given[2 * i + 1] > 999999)
			return -EINVAL;
		times[i].tv_sec = given[2 * i];
		times[i].tv_nsec = given[2 * i + 1] * 1000;
	}
	without_path(request, 0);
	return set_times(request, 0, address ? times : NULL);
}
