/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of calls share: where an argument is, what a place is. */
#include "init/broker_call.h"

#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/stat.h>

#include "init/broker_place.h"
#include "init/lib.h"

uint64_t call_argument(const struct call_request *request, int index)
{
	return index == NO_ARGUMENT ? 0 : request->args[index];
}

uint32_t call_flags(const struct call_request *request)
{
	return request->call->fixed_flags |
	       (uint32_t)call_argument(request, request->call->flags);
}

unsigned int place_type(const struct place *place)
{
	return place->exists ? place->stat.st_mode & S_IFMT : 0;
}

int place_is_there(const struct place *place)
{
	if (!place->exists)
		return -ENOENT;
	return place->trailing_slash && place_type(place) != S_IFDIR ? -ENOTDIR
								     : 0;
}

long socket_option(int fd, int option)
{
	int value = 0;
	uint32_t size = sizeof(value);
	long status = raw(__NR_getsockopt, fd, 1 /* SOL_SOCKET */, option,
			  &value, &size);

	return status < 0 ? status : value;
}
