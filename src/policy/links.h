/* SPDX-License-Identifier: Apache-2.0 */
/* The symbolic links on the way of a path. */
#ifndef PJ_POLICY_LINKS_H
#define PJ_POLICY_LINKS_H

#include <sys/stat.h>

#include "policy/resolve.h"

/* Append each link on the way of `path` (clean, without "..") to the items, and
 * tell where it leads, whether that exists or not. 0 or -errno. */
int links_walk(struct arena *text, const char *path, struct resolution *r,
	       const char **ret_end);

/* For this process, and so for any that it jails. */
bool means_missing(int errnum);
/* `st` NULL: it does not exist. */
struct resolved resolved_item(const char *path, const struct stat *st);

#endif
