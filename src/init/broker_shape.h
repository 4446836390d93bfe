/* SPDX-License-Identifier: Apache-2.0 */
/* Which directories are git's by what they hold, and how none becomes one. */
#ifndef PJ_INIT_BROKER_SHAPE_H
#define PJ_INIT_BROKER_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "init/broker_place.h"

/* Length of the innermost prefix of the place's path that holds HEAD, objects
 * and refs; 0: there is none; or -EACCES, when that cannot be told. */
long shape_prefix(const struct place *place);

/* The directory that the place is a name in has the shape. */
bool shape_around(const struct place *place);

/* The place is directly in the directory of this prefix. */
bool shape_has_name(const struct place *place, size_t shaped_len);

/* HEAD, objects or refs. */
bool shape_needs_name(const struct place *place);

/* Before this name is made: -EACCES when its directory would get the shape with
 * it, or when that cannot be told. Until shape_unlock() nobody else makes
 * another part there. */
int shape_guard(const struct place *place);
void shape_unlock(void);

#endif
