/* SPDX-License-Identifier: Apache-2.0 */
/* From the caller's words to a place: a directory held by descriptor, and a
 * name. */
#ifndef PJ_INIT_BROKER_PLACE_H
#define PJ_INIT_BROKER_PLACE_H

#include <asm/stat.h>
#include <stdbool.h>
#include <stdint.h>

#include "init/broker_call.h"
#include "init/lib.h"
#include "init/rules.h"

struct place {
	int parent;	  /* O_PATH; -1 when the call named a descriptor */
	char name[256];	  /* in parent */
	int node;	  /* O_PATH of what is there, or -1 */
	struct stat stat; /* of node */
	bool exists;
	bool trailing_slash;
	bool private; /* in the jail's own memory or its scratch directory: no
			 rule reaches there */
	bool foreign; /* a caller's descriptor of something outside the jail */
	bool pipe;    /* without a name: opened again for the same, no more */
	bool descriptor; /* named by the caller's descriptor caller_fd */
	int caller_fd;
	char path[PATH_BYTES]; /* canonical */
};

/* Whether a last component that is a symbolic link is followed. */
enum follow {
	FOLLOW_NEVER, /* the name is what the call is about */
	FOLLOW_SLASH, /* only where a slash comes after it */
	FOLLOW_LINK,
};

/* Resolve arguments `dir` and `path` (indices) of the call. 0, or a negative
 * errno. A missing last component is no error: exists is false. */
int place_find(const struct call_request *request, int dir, int path,
	       enum follow follow, struct place *ret_place);
/* The same from a string that we hold. */
int place_find_text(const struct call_request *request, int dir,
		    const char *text, enum follow follow,
		    struct place *ret_place);
/* What a descriptor of the caller is. */
int place_find_fd(const struct call_request *request, int fd,
		  struct place *ret_place);
/* Whether the caller's descriptor by which a place was named reads and writes
 * what opening it with these flags would. */
bool place_opened_for(const struct call_request *request,
		      const struct place *place, uint32_t flags);
/* 0, or -EBADF when it is none that reads or writes (O_PATH). */
int caller_fd_usable(const struct call_request *request, int fd);
/* Directory descriptor `dir` of the caller (AT_FDCWD too) as an O_PATH of
 * ours; -EBADF, -ENOTDIR. */
int caller_directory(const struct call_request *request, int dir);
void place_close(struct place *place);

/* S_IFMT bits, 0 when nothing is there. */
unsigned int place_type(const struct place *place);
/* 0, -ENOENT, or -ENOTDIR for a slash behind what is no directory. */
int place_is_there(const struct place *place);

/* "/proc/self/fd/N": the file behind a descriptor of ours, reopened. */
struct fd_path {
	char text[32];
};
struct fd_path fd_path(int fd);

#define AUTO_PLACE __attribute__((cleanup(place_close)))

#endif
