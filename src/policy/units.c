/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and times. The bound on digits keeps every product below INT64_MAX, so
 * that a value fits off_t and rlim_t and nothing here can overflow. */
#include "policy/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

enum { MAX_FRACTION_DIGITS = 3 };

struct unit {
	const char *name;
	uint64_t factor;
	unsigned int max_digits; /* before the point */
	bool fraction;
};

static const struct unit size_units[] = {
	{ "B", 1, 12, false },
	{ "KiB", UINT64_C(1) << 10, 12, true },
	{ "MiB", UINT64_C(1) << 20, 12, true },
	{ "GiB", UINT64_C(1) << 30, 9, true },
	{ "KB", 1000, 12, true },
	{ "MB", 1000 * 1000, 12, true },
	{ "GB", 1000 * 1000 * 1000, 9, true },
};

static const struct unit time_units[] = {
	{ "ms", 1, 12, false },
	{ "s", 1000, 9, true },
	{ "m", 60 * 1000, 9, true },
	{ "h", 60 * 60 * 1000, 9, true },
};

struct kind {
	const struct unit *units;
	size_t count;
	const char *bare; /* what is said of a number without a unit */
	const char *shape;
};

static const struct kind sizes = {
	size_units,
	ARRAY_SIZE(size_units),
	"has no unit; write B, KiB, MiB, GiB, KB, MB or GB after the number",
	"is no size; write a number and B, KiB, MiB, GiB, KB, MB or GB, "
	"such as \"256MiB\"",
};

static const struct kind times = {
	time_units,
	ARRAY_SIZE(time_units),
	"has no unit; write ms, s, m or h after the number",
	"is no time; write a number and ms, s, m or h, such as \"30s\"",
};

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* The digits' value; the caller has bounded how many there are. */
static uint64_t value_of(const char *digits, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value * 10 + (uint64_t)(digits[i] - '0');
	return value;
}

static const struct unit *find_unit(const struct kind *kind, const char *name)
{
	for (size_t i = 0; i < kind->count; i++)
		if (strcmp(kind->units[i].name, name) == 0)
			return &kind->units[i];
	return NULL;
}

static const char *parse(const struct kind *kind, const char *text,
			 uint64_t *ret_value)
{
	static const uint64_t scale[] = { 1, 10, 100, 1000 };
	size_t whole = count_digits(text), fraction = 0;
	const char *rest = text + whole;
	const struct unit *unit;
	uint64_t value;

	if (!whole)
		return kind->shape;
	if (text[0] == '0' && whole > 1)
		return "starts with a zero; write the number without it";
	if (*rest == '.') {
		fraction = count_digits(rest + 1);
		if (!fraction || fraction > MAX_FRACTION_DIGITS)
			return "needs one to three digits after the point";
		rest += 1 + fraction;
	}
	if (!*rest)
		return kind->bare;
	unit = find_unit(kind, rest);
	if (!unit)
		return kind->shape;
	if (fraction && !unit->fraction)
		return "has a fraction of the smallest unit; write a whole "
		       "number";
	if (whole > unit->max_digits)
		return "is too large; leave the limit out if none is meant";
	value = value_of(text, whole) * unit->factor;
	if (fraction)
		value += value_of(text + whole + 1, fraction) * unit->factor /
			 scale[fraction];
	*ret_value = value;
	return NULL;
}

const char *units_parse_size(const char *text, uint64_t *ret_bytes)
{
	return parse(&sizes, text, ret_bytes);
}

const char *units_parse_time(const char *text, uint64_t *ret_ms)
{
	return parse(&times, text, ret_ms);
}
