/* SPDX-License-Identifier: Apache-2.0 */
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/names_table.h"

const char *errno_name(int errnum)
{
	return (size_t)errnum < ARRAY_SIZE(errors) ? errors[errnum].name : NULL;
}

const char *errno_text(int errnum)
{
	return errno_name(errnum) ? errors[errnum].text : "unknown error";
}

const char *signal_name(int number)
{
	bool known = (size_t)number < ARRAY_SIZE(signals) && signals[number];

	return known ? signals[number] : "?";
}
