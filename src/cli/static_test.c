/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled, linked and run when the build is configured: do the libraries that
 * the command needs work with the C library that it is to be linked with? */
#include <jansson.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#ifdef TRIAL
#include "glibc_checks.c"
#endif

/* Relocations, which a start-up code may or may not apply. */
static const char *const texts[] = {
	"{\"a\": [1, 2.5, \"\\u00e9\"], \"b\": {\"c\": null}}",
	"no JSON",
};

int main(int argc, char **argv)
{
	struct sha256_ctx context;
	json_error_t error;
	json_t *value = json_loads(texts[argc > 1], 0, &error);
	char *text =
		value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	char encoded[BASE64_ENCODE_RAW_LENGTH(3)];

	sha256_init(&context);
	base64_encode_raw(encoded, 3, (const uint8_t *)"abc");
	return argv[0] && text &&
			       strcmp(text, "{\"a\":[1,2.5,\"\xc3\xa9\"],"
					    "\"b\":{\"c\":null}}") == 0 &&
			       memcmp(encoded, "YWJj", 4) == 0
		       ? 0
		       : 1;
}
