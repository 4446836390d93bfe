/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in profiles, sets and schema, as they were shipped. */
#include "policy/profiles.h"

#include <procjail.h>
#include <string.h>

const struct embedded_profile *profile_find(const char *name)
{
	for (size_t i = 0; i < embedded_profile_count; i++)
		if (strcmp(embedded_profiles[i].name, name) == 0)
			return &embedded_profiles[i];
	return NULL;
}

const struct named_set *set_find(const char *name)
{
	for (size_t i = 0; i < embedded_set_count; i++)
		if (strcmp(embedded_sets[i].name, name) == 0)
			return &embedded_sets[i];
	return NULL;
}

static const struct embedded_profile *profile_at(size_t index)
{
	return index < embedded_profile_count ? &embedded_profiles[index]
					      : NULL;
}

const char *pj_profile_name(size_t index)
{
	const struct embedded_profile *profile = profile_at(index);

	return profile ? profile->name : NULL;
}

const char *pj_profile_description(size_t index)
{
	const struct embedded_profile *profile = profile_at(index);

	return profile ? profile->description : NULL;
}

const char *pj_profile_text(size_t index)
{
	const struct embedded_profile *profile = profile_at(index);

	return profile ? profile->text : NULL;
}

const char *pj_policy_schema(void)
{
	return embedded_policy_schema;
}
