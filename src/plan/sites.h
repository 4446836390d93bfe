/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site is a place in the jail's tree where something begins to hold: a path
 * rule of the policy, or what every jail has (/dev, /proc, /tmp, links, the
 * program). Sorted so that a parent comes before all that lies in it.
 */
#ifndef PJ_PLAN_SITES_H
#define PJ_PLAN_SITES_H

#include <stdbool.h>
#include <sys/types.h>

#include "plan/plan.h"

enum site_kind {
	/* In order of strength where two name the same path. */
	SITE_PROC,
	SITE_DEV,
	SITE_DEVPTS,
	SITE_DEVICE,
	SITE_DENY,
	SITE_TEXT, /* a file of the jail's own */
	SITE_PROTECT,
	SITE_WRITE,
	SITE_READ,
	SITE_PRIVATE, /* the jail's own memory */
	SITE_LINK,    /* a symbolic link that leads to something granted */
	SITE_EXECUTE, /* changes nothing but whether files can be mapped
			 executable */
};

enum effective { NOT_VISIBLE, READ_ONLY, WRITABLE, OWN_MEMORY };

struct site {
	enum site_kind kind;
	char *path; /* canonical */
	char *text; /* SITE_LINK: where it leads; SITE_TEXT: what it holds */
	bool exists;
	mode_t type;
	dev_t device;
	ino_t inode;
	bool executable; /* not mounted noexec */
	bool opens;	 /* a write rule of the policy's author */
	enum effective effective;
	bool obstacle; /* Landlock rules have to go around it */
};

struct site_list {
	struct site *items;
	size_t count, capacity;
	/* Told once, by sites_gather(): */
	bool full;  /* memory ran out */
	int errnum; /* what is at a path could not be told */
};

int sites_gather(const struct pj_command *command, struct pj_plan *plan,
		 struct site_list *ret_sites, struct pj_error *err);
void sites_clear(struct site_list *sites);

/* The site that holds for a path: the longest that is the path or a parent;
 * NULL when none is. */
const struct site *sites_find(const struct site_list *sites, const char *path);

/* Missing, or closed to this user; any other failure tells nothing. */
bool site_is_refused(const char *path, int mode);

/* What another user owns and the caller may not read stays so in the jail,
 * which has the caller's rights and fewer. Spares the walls around /etc/shadow
 * and its kind. Root may read everything, so for root this is never so. */
bool site_closed_anyway(const char *path);

#define auto_sites __attribute__((cleanup(sites_clear)))

#endif
