/* SPDX-License-Identifier: Apache-2.0 */
/* The mediated calls that make, move and remove names. */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "init/broker_allow.h"
#include "init/broker_call.h"
#include "init/broker_caller.h"
#include "init/broker_git.h"
#include "init/broker_place.h"

/* For a call that makes a new name; just a directory's may end in a slash. */
static int find_new(struct call_request *request, int dir, int path,
		    enum act act, struct place *place)
{
	int status = place_find(request, dir, path, FOLLOW_NEVER, place);

	if (status < 0)
		return status;
	if (place->exists)
		return -EEXIST;
	if (place->trailing_slash && request->call->run != call_mkdir)
		return -ENOENT;
	return place_allows(request, place, act, false);
}

long call_mkdir(struct call_request *request)
{
	const struct call *call = request->call;
	AUTO_PLACE struct place place;
	int status =
		find_new(request, call->dir, call->path, ACT_CREATE, &place);

	if (status == 0)
		status = caller_umask_take(request);
	if (status < 0)
		return status;
	return raw(__NR_mkdirat, place.parent, place.name,
		   call_argument(request, call->mode) & 01777);
}

long call_mknod(struct call_request *request)
{
	const struct call *call = request->call;
	uint64_t mode = call_argument(request, call->mode);
	AUTO_PLACE struct place place;
	int status =
		find_new(request, call->dir, call->path, ACT_CREATE, &place);

	if (status == 0 && ((mode & 06000) || (mode & S_IFMT) == S_IFCHR ||
			    (mode & S_IFMT) == S_IFBLK))
		status = -EPERM;
	if (status == 0)
		status = caller_umask_take(request);
	if (status < 0)
		return status;
	return raw(__NR_mknodat, place.parent, place.name, mode, 0);
}

long call_unlink(struct call_request *request)
{
	const struct call *call = request->call;
	AUTO_PLACE struct place place;
	uint32_t flags = call_flags(request);
	int status = flags & ~(uint32_t)AT_REMOVEDIR
			     ? -EINVAL
			     : place_find(request, call->dir, call->path,
					  FOLLOW_NEVER, &place);

	if (status < 0)
		return status;
	if (!place.exists)
		return -ENOENT;
	if (place.trailing_slash && !(flags & AT_REMOVEDIR))
		return place_type(&place) == S_IFDIR ? -EISDIR : -ENOTDIR;
	if (place.trailing_slash && place_type(&place) != S_IFDIR)
		return -ENOTDIR;
	status = place_allows(request, &place, ACT_REMOVE, false);
	if (status < 0 && !git_is_own_pointer(request, &place))
		return status;
	if (place_keeps_shape(request, &place))
		return -EACCES;
	return raw(__NR_unlinkat, place.parent, place.name, flags);
}

/* "." and "..", or the root: no name of its own. */
static bool is_dots(const struct place *place)
{
	return text_equal(place->name, ".") || text_equal(place->name, "..");
}

/* What the kernel would say of these two names, in its order. */
static int rename_refused(const struct place *from, const struct place *to,
			  uint32_t flags)
{
	bool exchange = (flags & RENAME_EXCHANGE) != 0;

	if (is_dots(from))
		return -EBUSY;
	if (is_dots(to))
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	if (!from->exists)
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && to->exists)
		return -EEXIST;
	if (exchange)
		return place_is_there(to) < 0 ? place_is_there(to)
					      : place_is_there(from);
	if (place_type(from) != S_IFDIR &&
	    (from->trailing_slash || to->trailing_slash))
		return -ENOTDIR;
	return 0;
}

/* The scratch directory, in which no name is held, may lie on the same file
 * system: it is one of its own all the same, so that nothing that was prepared
 * there arrives as a whole where names are held. */
static bool crosses(const struct call_request *request,
		    const struct place *from, const struct place *to)
{
	return (request->config->flags & INIT_HOST_ROOT) &&
	       from->private != to->private;
}

long call_rename(struct call_request *request)
{
	const struct call *call = request->call;
	uint32_t flags = call_flags(request);
	AUTO_PLACE struct place from, to = { .parent = -1, .node = -1 };
	bool directory;
	int status;

	from.parent = from.node = -1;
	if ((flags & ~(uint32_t)(RENAME_NOREPLACE | RENAME_EXCHANGE |
				 RENAME_WHITEOUT)) ||
	    ((flags & RENAME_EXCHANGE) &&
	     (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))))
		return -EINVAL;
	status =
		place_find(request, call->dir, call->path, FOLLOW_NEVER, &from);
	if (status == 0)
		status = place_find(request, call->dir2, call->path2,
				    FOLLOW_NEVER, &to);
	if (status == 0)
		status = rename_refused(&from, &to, flags);
	if (status < 0)
		return status;
	if (flags == 0 && git_config_unchanged(request, &from, &to) &&
	    place_allows(request, &from, ACT_REMOVE, false) == 0)
		return raw(__NR_unlinkat, from.parent, from.name, 0);
	if (crosses(request, &from, &to))
		return -EXDEV;
	directory = place_type(&from) == S_IFDIR || place_type(&to) == S_IFDIR;
	if (!(flags & RENAME_EXCHANGE) && place_keeps_shape(request, &from))
		return -EACCES;
	status = place_allows(request, &from, ACT_MOVE, directory);
	if (status == 0)
		status = place_allows(request, &to, ACT_MOVE, directory);
	/* A link that arrives is as good as one that is made. */
	if (status == 0 && place_type(&from) == S_IFLNK)
		status = place_allows(request, &to, ACT_LINK, false);
	if (status == 0 && (flags & RENAME_EXCHANGE) &&
	    place_type(&to) == S_IFLNK)
		status = place_allows(request, &from, ACT_LINK, false);
	if (status < 0)
		return status;
	return raw(__NR_renameat2, from.parent, from.name, to.parent, to.name,
		   flags);
}

/* A second name for a held file would be a way around its rule. */
long call_link(struct call_request *request)
{
	const struct call *call = request->call;
	uint32_t flags = call_flags(request);
	AUTO_PLACE struct place from, to = { .parent = -1, .node = -1 };
	int status;

	if (flags & ~(uint32_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	/* AT_EMPTY_PATH wants CAP_DAC_READ_SEARCH: it finds no empty path. */
	status = place_find(
		request, call->dir, call->path,
		flags & AT_SYMLINK_FOLLOW ? FOLLOW_LINK : FOLLOW_SLASH, &from);
	if (status == 0)
		status = place_is_there(&from);
	if (status == 0)
		status = find_new(request, call->dir2, call->path2,
				  place_type(&from) == S_IFLNK ? ACT_LINK
							       : ACT_CREATE,
				  &to);
	if (status == 0)
		status = place_allows(request, &from, ACT_WRITE, false);
	/* A tree that is read would be another mount. */
	if (status == -EROFS || (status == 0 && crosses(request, &from, &to)))
		return -EXDEV;
	if (status < 0)
		return status;
	if (place_type(&from) == S_IFLNK)
		return raw(__NR_linkat, from.parent, from.name, to.parent,
			   to.name, 0);
	return raw(__NR_linkat, AT_FDCWD, fd_path(from.node).text, to.parent,
		   to.name, AT_SYMLINK_FOLLOW);
}

long call_symlink(struct call_request *request)
{
	const struct call *call = request->call;
	static char text[PATH_BYTES];
	AUTO_PLACE struct place place = { .parent = -1, .node = -1 };
	long status =
		caller_string(request, request->args[0], text, sizeof(text));

	if (status >= 0)
		status = find_new(request, call->dir, call->path, ACT_LINK,
				  &place);
	if (status < 0)
		return status;
	return raw(__NR_symlinkat, text, place.parent, place.name);
}
