/* SPDX-License-Identifier: Apache-2.0 */
/* procjail pool: the per-user service that keeps jails waiting. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/cli.h"
#include "service/listen.h"
#include "service/place.h"
#include "service/policies.h"
#include "service/server.h"

enum { JAILS_USUAL = 2, JAILS_MAX = 1024, IDLE_MS_USUAL = 5 * 60 * 1000 };

struct pool_options {
	const char *socket, *policies, *audit;
	unsigned int jails, idle_ms;
};

static int set_socket(void *target, const char *value)
{
	((struct pool_options *)target)->socket = value;
	return 0;
}

static int set_policies(void *target, const char *value)
{
	((struct pool_options *)target)->policies = value;
	return 0;
}

static int set_audit(void *target, const char *value)
{
	((struct pool_options *)target)->audit = value;
	return 0;
}

static int set_jails(void *target, const char *value)
{
	char *end = NULL;
	unsigned long jails = strtoul(value, &end, 10);

	if (value[0] < '0' || value[0] > '9' || *end || jails < 1 ||
	    jails > JAILS_MAX) {
		message("option '--jails' needs a number from 1 to %d",
			JAILS_MAX);
		return CLI_FAILED;
	}
	((struct pool_options *)target)->jails = (unsigned int)jails;
	return 0;
}

/* As in a policy: a number with ms, s, m or h. */
static int set_idle(void *target, const char *value)
{
	static const struct {
		const char *unit;
		unsigned long ms;
	} units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }
	};
	char *end = NULL;
	unsigned long number = strtoul(value, &end, 10);

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (value[0] < '0' || value[0] > '9' || number < 1 ||
		    number > (unsigned long)INT_MAX / units[i].ms ||
		    strcmp(end, units[i].unit) != 0)
			continue;
		((struct pool_options *)target)->idle_ms =
			(unsigned int)(number * units[i].ms);
		return 0;
	}
	message("option '--idle' needs a time, such as 500ms, 30s or 5m");
	return CLI_FAILED;
}

static const struct option pool_own_options[] = {
	{ 0, "socket", "PATH",
	  "listen there ($XDG_RUNTIME_DIR/procjail/pool.sock)", set_socket },
	{ 0, "policies", "DIR", "NAME.json there (~/.config/procjail/policies)",
	  set_policies },
	{ 0, "jails", "N", "keep N waiting, per policy and workspace (2)",
	  set_jails },
	{ 0, "idle", "TIME", "give them up after TIME without a request (5m)",
	  set_idle },
	{ 0, "audit", "FILE", "append a record of each run to the log FILE",
	  set_audit },
	{ 0 },
};

/* $XDG_CONFIG_HOME/procjail/policies, else the same below ~/.config. It need
 * not be there yet. */
static int policies_directory(const struct pool_options *options,
			      char path[PATH_MAX], struct pj_error *err)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char named[PATH_MAX];
	int len;

	if (options->policies)
		len = snprintf(named, sizeof(named), "%s", options->policies);
	else if (config && config[0] == '/')
		len = snprintf(named, sizeof(named), "%s/procjail/policies",
			       config);
	else if (home && home[0] == '/')
		len = snprintf(named, sizeof(named),
			       "%s/.config/procjail/policies", home);
	else
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, 0,
			    "HOME is not set; give --policies DIR");
	if (len >= PATH_MAX)
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, ENAMETOOLONG,
			    "%.100s", named);
	return place_absolute(named, path, err);
}

/* The log is opened first, so that it is there to be denied by its path. */
static int audit_path(const char *file, char path[PATH_MAX],
		      struct pj_error *err)
{
	struct pj_audit *audit = NULL;
	int r = pj_audit_open(file, false, &audit, err);

	pj_audit_free(audit);
	if (r == 0 && !realpath(file, path))
		r = fail_system(err, PJ_STAGE_AUDIT, errno, "resolve %s", file);
	return r;
}

/* All absolute. The directory of the policies is there twice: as it was named,
 * and without links. */
struct places {
	char named[PATH_MAX], directory[PATH_MAX], audit[PATH_MAX],
		socket[PATH_MAX];
};

static int find_places(const struct pool_options *options,
		       struct places *places, struct pj_error *err)
{
	int r = policies_directory(options, places->named, err);

	if (r == 0)
		r = place_real(places->named, places->directory, err);
	if (r == 0 && options->audit)
		r = audit_path(options->audit, places->audit, err);
	return r;
}

static int serve_at(struct listener *listener,
		    const struct pool_options *options, struct places *places,
		    struct pj_error *err)
{
	const struct policies_options policy_options = {
		.directory = places->directory,
		.named_directory = places->named,
		.socket = places->socket,
		.audit_file = options->audit ? places->audit : NULL,
		.jails = options->jails,
		.idle_ms = options->idle_ms,
	};
	struct policies *policies = NULL;
	int r = place_absolute(listener->address.sun_path, places->socket, err);

	if (r == 0)
		r = policies_new(&policy_options, &policies, err);
	if (r < 0) {
		listener_close(listener);
		return r;
	}
	message("listening at %s", listener->lock_fd < 0
					   ? "the socket that was passed"
					   : listener->address.sun_path);
	r = server_run(listener, policies, policy_options.audit_file, err);
	listener_close(listener);
	policies_free(policies);
	return r;
}

static int serve(const struct pool_options *options, struct pj_error *err)
{
	struct places places;
	struct listener listener;
	int r = find_places(options, &places, err);

	if (r == 0)
		r = listener_open(options->socket, &listener, err);
	return r < 0 ? r : serve_at(&listener, options, &places, err);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct pool_options options = { .jails = JAILS_USUAL,
					.idle_ms = IDLE_MS_USUAL };
	struct pj_error err = { 0 };
	int status = CLI_OK;

	if (!options_parse_operand(self, &options, argc, argv, NULL, &status))
		return status;
	/* What is told is lost when nobody reads it; no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	if (serve(&options, &err) < 0) {
		message("pool: %s", err.message);
		return CLI_FAILED;
	}
	return CLI_OK;
}

const struct command cmd_pool = {
	.name = "pool",
	.full_name = "procjail pool",
	.usage = "[OPTION...]",
	.summary = "Serve 'procjail run --pool' with jails that wait already",
	.own = pool_own_options,
	.run = run,
};
