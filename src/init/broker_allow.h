/* SPDX-License-Identifier: Apache-2.0 */
/* May this be done to this place? */
#ifndef PJ_INIT_BROKER_ALLOW_H
#define PJ_INIT_BROKER_ALLOW_H

#include "init/broker_place.h"

/* Ask the rules. 0, or a negative errno. */
int place_allows(const struct call_request *request, const struct place *place,
		 enum act act, bool directory);

/* GIT-DIRECTORY/config.lock, which git makes even where nothing changes. */
bool place_is_config_lock(const struct call_request *request,
			  const struct place *place);

/* Whether without this name its directory would no longer have the shape of a
 * git directory, and what git obeys in it would no longer be held. */
bool place_keeps_shape(const struct call_request *request,
		       const struct place *place);

#endif
