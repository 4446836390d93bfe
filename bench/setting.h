/* SPDX-License-Identifier: Apache-2.0 */
/* What all samples share: the programs to run, the policies, this host. */
#ifndef PJ_BENCH_SETTING_H
#define PJ_BENCH_SETTING_H

#include <limits.h>
#include <procjail.h>

enum { OUTPUT_BYTES = 64 * 1024 * 1024, GUARD_PROGRAMS = 50 };

struct setting {
	char directory[PATH_MAX]; /* the bench's own, with all that follows */
	char procjail[PATH_MAX];  /* the command */
	char nothing[PATH_MAX];	  /* the static target */
	char writer[PATH_MAX];
	char client[PATH_MAX];	    /* counts the time of its own calls */
	char workspace[PATH_MAX];   /* a small one */
	char policy_file[PATH_MAX]; /* the jail, for the command */
	char socket[PATH_MAX];	    /* of the service, where there is one */
	int service;		    /* its process; 0: none */
	struct pj_policy *jail;	    /* the same jail, loaded */
	struct pj_policy *loopback; /* with a loopback of its own */
	struct pj_policy *guard;    /* rules for GUARD_PROGRAMS programs */
	struct pj_host *host;
};

/* `directory` holds the programs of this build. 0, or -1 with a message
 * printed. */
int setting_prepare(struct setting *setting, const char *directory);
/* `procjail pool` with the jail's policy, by the name "jail"; setting_release()
 * ends it. 0, or -1 with a message printed. */
int setting_serve(struct setting *setting, const char *directory);
void setting_release(struct setting *setting);

#endif
