/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Abstract socket names (unix(7)): one space for all that share a network. Each
 * jail's begin with a number that it alone knows, so that no name of the host's
 * is taken, met, or found to be there. What getsockname and the like tell is
 * the name with that beginning, and means the same when it is given back.
 */
#ifndef PJ_INIT_ABSTRACT_NAMES_H
#define PJ_INIT_ABSTRACT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that an address of sockaddr_un has less for a name. */
enum { ABSTRACT_PREFIX_BYTES = 26 };

/* Make the abstract name in `address`, a sockaddr_un with room for all of it,
 * one of this jail; any other address stays as it is. 0 or a negative errno:
 * ENAMETOOLONG. */
long abstract_name_settle(unsigned char *address, uint32_t *address_len);

/* Whether it is one of this jail. */
bool abstract_name_is_own(const unsigned char *address, uint32_t address_len);

/* For an address that is a family alone, by which bind(2) asks for a name: the
 * next one of this jail. Else as above. */
long abstract_name_choose(unsigned char *address, uint32_t *address_len);

#endif
