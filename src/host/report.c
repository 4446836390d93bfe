/* SPDX-License-Identifier: Apache-2.0 */
/* What the probe found, and how to get what is missing: for people, and for
 * programs. Both are made from the same rows. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/names.h"
#include "host/host.h"
#include "host/remedy.h"

struct row {
	const char *name;
	bool available;
	char detail[160];
	const char *remedy; /* NULL: nothing to do */
};

enum { ROWS_MAX = 12 };

struct rows {
	struct row items[ROWS_MAX];
	size_t count;
	char namespaces_remedy[600];
};

static struct row *add(struct rows *rows, const char *name, bool available,
		       const char *remedy)
{
	struct row *row = &rows->items[rows->count++];

	*row = (struct row){ .name = name,
			     .available = available,
			     .remedy = available ? NULL : remedy };
	return row;
}

static void add_namespaces(struct rows *rows, const struct pj_host *host)
{
	struct row *row = add(rows, "user-namespaces", host->user_namespaces,
			      rows->namespaces_remedy);

	host_remedy_namespaces(rows->namespaces_remedy,
			       sizeof(rows->namespaces_remedy));
	if (!host->user_namespaces)
		snprintf(row->detail, sizeof(row->detail), "%s: %s",
			 host->user_namespaces_step,
			 errno_text(host->user_namespaces_errno));
	add(rows, "mount-attributes", host->mount_setattr,
	    "a kernel with mount_setattr (Linux 5.12 or newer)");
	add(rows, "new-proc", host->fresh_proc,
	    "a container whose /proc is not masked (docker: --security-opt "
	    "systempaths=unconfined)");
	add(rows, "network-namespaces", host->network_namespace,
	    "sysctl -w user.max_net_namespaces=15000");
}

static void gather(struct rows *rows, const struct pj_host *host)
{
	struct row *row;

	add_namespaces(rows, host);
	row = add(rows, "landlock", host->landlock_abi > 0,
		  "a kernel with CONFIG_SECURITY_LANDLOCK, started with "
		  "lsm=landlock,…");
	snprintf(row->detail, sizeof(row->detail), "ABI %d",
		 host->landlock_abi);
	add(rows, "seccomp-filter", host->seccomp_filter,
	    "a kernel with CONFIG_SECCOMP_FILTER");
	add(rows, "seccomp-notify", host->seccomp_notify,
	    "a kernel with user notification (Linux 5.11 or newer)");
	row = add(rows, "cgroup-v2", host->cgroup.path,
		  "systemd-run --user --scope -p Delegate=yes procjail … "
		  "(limits are held without it too, by rlimits and sampling)");
	snprintf(row->detail, sizeof(row->detail), "%s",
		 host->cgroup.path ? host->cgroup.path : host->cgroup.missing);
}

static int report_json(const struct pj_host *host, const struct rows *rows,
		       char **ret_text, struct pj_error *err)
{
	json_t *object = json_object(), *features = json_object();

	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->items[i];

		json_object_set_new(features, row->name,
				    json_pack("{s:b, s:s, s:s?}", "available",
					      row->available, "detail",
					      row->detail, "remedy",
					      row->remedy));
	}
	json_object_set_new(object, "kernel",
			    json_string(host->kernel ? host->kernel : ""));
	json_object_set_new(object, "features", features);
	*ret_text = json_dumps(object, JSON_INDENT(2));
	json_decref(object);
	return *ret_text ? 0 : fail_memory(err, PJ_STAGE_HOST);
}

static int report_table(const struct pj_host *host, const struct rows *rows,
			char **ret_text, struct pj_error *err)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return fail_memory(err, PJ_STAGE_HOST);
	fprintf(out, "kernel %s\n\nfeatures\n",
		host->kernel ? host->kernel : "?");
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->items[i];

		fprintf(out, "  %-20s %s%s%s\n", row->name,
			row->available ? "yes" : "no", *row->detail ? "  " : "",
			row->detail);
		if (row->remedy)
			fprintf(out, "  %-20s to get it: %s\n", "",
				row->remedy);
	}
	if (fclose(out) != 0) {
		free(text);
		return fail_memory(err, PJ_STAGE_HOST);
	}
	*ret_text = text;
	return 0;
}

int pj_host_report(const struct pj_host *host, bool json, char **ret_text,
		   struct pj_error *err)
{
	struct rows rows = { 0 };

	if (!host || !ret_text)
		return fail_missing(err, PJ_STAGE_HOST, "host and ret_text");
	gather(&rows, host);
	return json ? report_json(host, &rows, ret_text, err)
		    : report_table(host, &rows, ret_text, err);
}
