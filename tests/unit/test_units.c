/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and times: what is read, what is refused, and that nothing overflows.
 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "policy/units.h"
#include "tap.h"

struct row {
	const char *text;
	uint64_t value;
};

static void good_sizes(void)
{
	static const struct row rows[] = {
		{ "0B", 0 },
		{ "1B", 1 },
		{ "999999999999B", UINT64_C(999999999999) },
		{ "1KiB", 1024 },
		{ "1KB", 1000 },
		{ "1.5KiB", 1536 },
		{ "0.001KiB", 1 },
		{ "256MiB", UINT64_C(256) << 20 },
		{ "1.25GiB", (UINT64_C(5) << 30) / 4 },
		{ "2GB", UINT64_C(2000000000) },
		{ "999999999.999GiB", UINT64_C(1073741823998926258) },
		{ "999999999999.999MiB", UINT64_C(1048575999999998951) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 77;

		CHECK(units_parse_size(rows[i].text, &value) == NULL);
		if (value != rows[i].value)
			printf("# %s is %" PRIu64 "\n", rows[i].text, value);
		CHECK(value == rows[i].value);
		CHECK(value <= INT64_MAX);
	}
}

static void good_times(void)
{
	static const struct row rows[] = {
		{ "0s", 0 },
		{ "1ms", 1 },
		{ "30s", 30000 },
		{ "1.5s", 1500 },
		{ "0.001s", 1 },
		{ "2m", 120000 },
		{ "1.25h", 4500000 },
		{ "999999999h", UINT64_C(3599999996400000) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 77;

		CHECK(units_parse_time(rows[i].text, &value) == NULL);
		CHECK(value == rows[i].value);
	}
}

static void bad_texts(void)
{
	static const char *const sizes[] = {
		"",
		"1",
		"B",
		"MiB",
		" 1B",
		"1 B",
		"1B ",
		"1b",
		"1kb",
		"1mib",
		"1TiB",
		"1K",
		"+1B",
		"-1B",
		"01B",
		"00MiB",
		"1.B",
		"1.5B",
		".5MiB",
		"1.MiB",
		"1.2345MiB",
		"0x1B",
		"1e3B",
		"1,5MiB",
		"1.5.5MiB",
		"1B\n",
		"1\xc2\xa0MiB",
		"1000000000GiB",
		"1000000000000B",
		"99999999999999999999MiB",
		"18446744073709551616B",
		"30s",
	};
	static const char *const times[] = {
		"",	"30",  "s",    "30 s", "30sec",	      "1.5ms",
		"1d",	"1S",  "1e1s", "-1s",  "1000000000s", "1000000000000ms",
		"018s", "1.s", "10B",
	};
	uint64_t value = 77;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (!units_parse_size(sizes[i], &value))
			printf("# accepted %s\n", sizes[i]);
		CHECK(units_parse_size(sizes[i], &value) != NULL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		if (!units_parse_time(times[i], &value))
			printf("# accepted %s\n", times[i]);
		CHECK(units_parse_time(times[i], &value) != NULL);
	}
	CHECK(value == 77);
}

static const struct tap_case cases[] = {
	{ "sizes", good_sizes },
	{ "times", good_times },
	{ "what is no size and no time", bad_texts },
};

TAP_MAIN(cases)
