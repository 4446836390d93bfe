/* SPDX-License-Identifier: Apache-2.0 */
/* The examination for people, and for programs. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "doctor/doctor.h"
#include "supervise/result.h"

static const char *mechanism(const struct trial *trial, int property)
{
	return trial->result ? trial->result->enforced[property] : NULL;
}

static json_t *trial_json(const struct trial *trial)
{
	json_t *enforced = json_object(), *missing = json_array();

	for (int i = 0; i < PROPERTY_COUNT; i++) {
		const char *name = property_name((enum property)i);

		if (mechanism(trial, i))
			json_object_set_new(enforced, name,
					    json_string(mechanism(trial, i)));
		else
			json_array_append_new(missing, json_string(name));
	}
	return json_pack("{s:b, s:o, s:o, s:s?, s:s?}", "available",
			 trial->result != NULL, "enforced", enforced, "missing",
			 missing, "why",
			 trial->result ? NULL : trial->why.message, "remedy",
			 *trial->remedy ? trial->remedy : NULL);
}

int print_examination_json(const struct examination *examination,
			   char **ret_text, struct pj_error *err)
{
	auto_free char *host = NULL;
	json_t *object, *strategies = json_object();
	int status = pj_host_report(examination->host, true, &host, err);

	object = status < 0 ? NULL : json_loads(host, 0, NULL);
	for (int i = 0; object && i < TRIAL_COUNT; i++)
		json_object_set_new(strategies, examination->trials[i].strategy,
				    trial_json(&examination->trials[i]));
	json_object_set(object, "strategies", strategies);
	json_decref(strategies);
	*ret_text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
	json_decref(object);
	if (status < 0)
		return status;
	return *ret_text ? 0 : fail_memory(err, PJ_STAGE_HOST);
}

static void print_matrix(FILE *out, const struct examination *examination)
{
	fprintf(out, "%-18s", "");
	for (int t = 0; t < TRIAL_COUNT; t++)
		fprintf(out, "%-12s", examination->trials[t].strategy);
	for (int i = 0; i < PROPERTY_COUNT; i++) {
		fprintf(out, "\n%-18s", property_name((enum property)i));
		for (int t = 0; t < TRIAL_COUNT; t++)
			fprintf(out, "%-12s",
				mechanism(&examination->trials[t], i) ? "yes"
								      : "-");
	}
	fputs("\n", out);
}

static void print_trial(FILE *out, const struct trial *trial)
{
	fprintf(out, "\n%s\n", trial->strategy);
	if (!trial->result)
		fprintf(out, "  not to be had      %s\n", trial->why.message);
	if (*trial->remedy)
		fprintf(out, "  to get it          %s\n", trial->remedy);
	for (int i = 0; i < PROPERTY_COUNT; i++)
		if (mechanism(trial, i))
			fprintf(out, "  %-18s %s\n",
				property_name((enum property)i),
				mechanism(trial, i));
}

int print_examination_table(const struct examination *examination,
			    char **ret_text, struct pj_error *err)
{
	auto_free char *host = NULL;
	char *text = NULL;
	size_t size;
	FILE *out;
	int status = pj_host_report(examination->host, false, &host, err);

	if (status < 0)
		return status;
	out = open_memstream(&text, &size);
	if (!out)
		return fail_memory(err, PJ_STAGE_HOST);
	print_matrix(out, examination);
	for (int i = 0; i < TRIAL_COUNT; i++)
		print_trial(out, &examination->trials[i]);
	fprintf(out, "\n%s", host);
	if (fclose(out) != 0) {
		free(text);
		return fail_memory(err, PJ_STAGE_HOST);
	}
	*ret_text = text;
	return 0;
}
