/* SPDX-License-Identifier: Apache-2.0 */
/* What the file system says about a request. Gathered once, before anything is
 * decided; the descriptors are what will run, whatever becomes of the names. */
#ifndef PJ_GUARD_FACTS_H
#define PJ_GUARD_FACTS_H

#include <procjail.h>
#include <sys/stat.h>

enum script_state {
	SCRIPT_NONE, /* a binary, or not to be read */
	SCRIPT_GOOD, /* `interpreter` is its interpreter */
	SCRIPT_RELATIVE_INTERPRETER,
	SCRIPT_MISSING_INTERPRETER,
};

struct file_facts {
	const char *path; /* as asked for; NULL: not looked at */
	int errnum;	  /* why it could not be resolved; 0: it was */
	int fd;		  /* O_PATH; -1 when not resolved */
	struct stat stat;
	char *canonical;
};

struct facts {
	struct file_facts program, cwd;
	int execute_errno; /* why the caller may not execute it; 0: may */
	enum script_state script;
	char *interpreter;   /* canonical, or as named when that is no good */
	int hash_errno;	     /* why `sha256` is not known */
	char sha256[65];     /* "" when not asked for or not known */
	char *writable;	     /* what others than owner and root may write; NULL:
			      * nothing, or not asked for */
	int cwd_enter_errno; /* why the caller may not enter it; 0: may */
};

#define FACTS_NONE                                                             \
	{                                                                      \
		.program = { .fd = -1 }, .cwd = {.fd = -1 }                    \
	}

/* 0, also when the thing is not to be had (that is a fact); negative when the
 * question could not be asked (memory, descriptors). */
int facts_gather_program(struct facts *facts, const char *path,
			 struct pj_error *err);
int facts_gather_cwd(struct facts *facts, const char *path,
		     struct pj_error *err);
/* After facts_gather_program(), on a regular file; for rules that pin. */
int facts_gather_hash(struct facts *facts, struct pj_error *err);
int facts_gather_writable(struct facts *facts, struct pj_error *err);

/* For the gatherers. Open the file for reading, the very same inode; -1 and
 * errno when the caller may not. */
int facts_reopen(const struct file_facts *file);
/* Whether a failure says nothing about the file (memory, descriptors). */
bool facts_our_trouble(int errnum);

void facts_clear(struct facts *facts);
#define auto_facts __attribute__((cleanup(facts_clear)))

#endif
