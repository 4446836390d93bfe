/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of the result, as shipped in schemas/: tools/embed_text.py makes
 * the string when the library is built. */
#include <procjail.h>

extern const char embedded_result_schema[];

const char *pj_result_schema(void)
{
	return embedded_result_schema;
}
