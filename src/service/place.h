/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that the service was told when it began. */
#ifndef PJ_SERVICE_PLACE_H
#define PJ_SERVICE_PLACE_H

#include <limits.h>
#include <procjail.h>

/* `named`, from the current directory on; links in it stay. */
int place_absolute(const char *named, char ret_path[PATH_MAX],
		   struct pj_error *err);
/* Where an absolute path leads; what is not there yet is taken as it is. */
int place_real(const char *absolute, char ret_path[PATH_MAX],
	       struct pj_error *err);

#endif
