/* SPDX-License-Identifier: Apache-2.0 */
/* From a policy to a plan: what is mounted where and how, and what is refused
 * by name. Needs no privileges. */
#include <jansson.h>
#include <procjail.h>
#include <stdio.h>

#include "host/host.h"
#include "init/protocol.h"
#include "plan/plan.h"
#include "tap.h"

static char work[64];

static struct pj_command *prepare(const char *text)
{
	const struct pj_policy_options options = { .size = sizeof(options),
						   .workspace = work,
						   .home = work };
	const struct pj_request request = { .size = sizeof(request),
					    .program = "/usr/bin/true" };
	struct pj_policy *policy = NULL;
	struct pj_command *command = NULL;
	struct pj_error err = { 0 };

	strcpy(work, "/tmp/procjail-plan-XXXXXX");
	CHECK(mkdtemp(work));
	if (pj_policy_parse(text, strlen(text), "test", &options, &policy,
			    &err) < 0 ||
	    pj_prepare(policy, &request, 0, &command, NULL, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(command);
	pj_policy_free(policy);
	return command;
}

static void done(struct pj_command *command)
{
	pj_command_free(command);
	CHECK(rmdir(work) == 0);
}

static json_t *plan(const struct pj_command *command)
{
	struct pj_error err = { 0 };
	struct pj_plan *made = NULL;
	char *text = NULL;
	json_t *json;

	if (pj_plan_make(command, NULL, &made, &err) < 0)
		printf("# %s\n", err.message);
	CHECK(made && pj_plan_json(made, &text, &err) == 0);
	json = json_loads(text, 0, NULL);
	CHECK(json);
	free(text);
	pj_plan_free(made);
	return json;
}

/* Refused as containment-unavailable, with a message that starts so. */
static void refused(const char *text, const char *start)
{
	struct pj_command *command = prepare(text);
	struct pj_error err = { 0 };
	struct pj_plan *made = NULL;

	CHECK(pj_plan_make(command, NULL, &made, &err) == -PJ_E_UNAVAILABLE);
	printf("# %s\n", err.message);
	CHECK(!made && strncmp(err.message, start, strlen(start)) == 0);
	done(command);
}

static const json_t *mount_at(const json_t *json, const char *target)
{
	const json_t *mounts = json_object_get(json, "mounts"), *mount;
	size_t i;

	json_array_foreach(
		mounts, i,
		mount) if (strcmp(json_string_value(json_object_get(mount,
								    "target")),
				  target) == 0) return mount;
	return NULL;
}

static bool has(const json_t *mount, const char *attribute)
{
	const json_t *list = json_object_get(mount, "attributes"), *item;
	size_t i;

	json_array_foreach(list, i,
			   item) if (strcmp(json_string_value(item),
					    attribute) == 0) return true;
	return false;
}

static const char *what(const json_t *mount)
{
	return json_string_value(json_object_get(mount, "what"));
}

#define HEAD "{ \"version\": 1, \"commands\": { \"/usr/bin/true\": {} }, "

static void grants_become_mounts(void)
{
	struct pj_command *command = prepare(
		HEAD "\"filesystem\": { \"read\": [\"/usr\", \"/etc\"], "
		     "\"write\": [\".\"], \"deny\": [\"/etc/passwd\"], "
		     "\"protect\": [\"/usr/bin\"] } }");
	json_t *json = plan(command);
	const json_t *usr = mount_at(json, "/usr");
	const json_t *own = mount_at(json, work);

	CHECK_STR(what(usr), "tree");
	CHECK(has(usr, "ro") && has(usr, "nosuid") && has(usr, "nodev"));
	CHECK(own && !has(own, "ro") && has(own, "nosuid") &&
	      has(own, "nodev"));
	CHECK_STR(what(mount_at(json, "/etc/passwd")), "mask");
	/* Read-only already: nothing to add. */
	CHECK(!mount_at(json, "/usr/bin"));
	CHECK_STR(what(mount_at(json, "/tmp")), "private");
	CHECK_STR(what(mount_at(json, "/proc")), "proc");
	json_decref(json);
	done(command);
}

static void every_mount_is_nosuid(void)
{
	struct pj_command *command =
		prepare(HEAD "\"filesystem\": { \"read\": [\"/usr\"], "
			     "\"write\": [\".\"] } }");
	json_t *json = plan(command);
	const json_t *mounts = json_object_get(json, "mounts"), *mount;
	size_t i;

	json_array_foreach(mounts, i, mount)
	{
		const char *kind = what(mount);

		if (strcmp(kind, "directory") == 0 ||
		    strcmp(kind, "symlink") == 0)
			continue;
		CHECK(has(mount, "nosuid"));
		CHECK(has(mount, "nodev") || has(mount, "noexec"));
	}
	json_decref(json);
	done(command);
}

static void execute_is_noexec_elsewhere(void)
{
	struct pj_command *command = prepare(
		HEAD "\"filesystem\": { \"read\": [\"/usr\"], \"write\": "
		     "[\".\"], \"execute\": [\"/usr/bin/true\"] } }");
	json_t *json = plan(command);

	CHECK(has(mount_at(json, "/usr"), "noexec"));
	CHECK(has(mount_at(json, "/tmp"), "noexec"));
	CHECK(has(mount_at(json, work), "noexec"));
	CHECK(!has(mount_at(json, "/usr/bin/true"), "noexec"));
	json_decref(json);
	done(command);
}

static void what_is_not_built_is_refused(void)
{
	refused(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
		     "\"network\": { \"mode\": \"filtered\" }, \"syscalls\": "
		     "{ \"profile\": \"none\" } }",
		"network: ");
	refused(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
		     "\"network\": { \"unix_sockets\": [\"/run/x\"] }, "
		     "\"syscalls\": { \"profile\": \"none\" } }",
		"ipc: ");
	refused(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
		     "\"network\": { \"unix_sockets\": [\"/etc/passwd\"] } }",
		"ipc: /etc/passwd is no socket");
	refused(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
		     "\"network\": { \"unix_sockets\": [\"/run/x\"] }, "
		     "\"syscalls\": { \"profile\": \"strict\" } }",
		"ipc: ");
}

static void what_cannot_be_seen_is_refused(void)
{
	refused(HEAD "\"filesystem\": { \"read\": [\"/usr\"] } }",
		"filesystem-read: the working directory ");
	refused(HEAD "\"filesystem\": { \"read\": [\".\"], \"execute\": [] } }",
		"execute: ");
}

static void without_a_filter_no_broker(void)
{
	refused(HEAD "\"filesystem\": { \"read\": [\"/usr\"], \"write\": "
		     "[\".\"], \"deny\": [\"./keys\"] }, "
		     "\"syscalls\": { \"profile\": \"none\" } }",
		"filesystem-write: ");
}

static bool brokered(const char *text)
{
	struct pj_command *command = prepare(text);
	json_t *json = plan(command);
	bool answer = json_is_true(
		json_object_get(json_object_get(json, "filter"), "brokered"));

	json_decref(json);
	done(command);
	return answer;
}

/* What is there can be hidden by a mount, but its parent could be renamed; path
 * sockets can be named wherever sockets can be made; and a file may be what the
 * program has as a stream. */
static void what_has_a_filter_has_the_broker(void)
{
	CHECK(brokered(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
			    "\"syscalls\": { \"profile\": \"strict\" } }"));
	CHECK(!brokered(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
			     "\"containment\": { \"may_lack\": [\"ipc\", "
			     "\"syscalls\", \"terminal\"] }, "
			     "\"syscalls\": { \"profile\": \"none\" } }"));
	CHECK(brokered(HEAD
		       "\"filesystem\": { \"read\": [\"/usr\"], \"write\": "
		       "[\".\"], \"deny\": [\"/usr/lib\"] }, "
		       "\"syscalls\": { \"profile\": \"strict\" } }"));
	CHECK(brokered(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
			    "\"network\": { \"mode\": \"loopback\" }, "
			    "\"syscalls\": { \"profile\": \"strict\" } }"));
	CHECK(brokered(HEAD
		       "\"filesystem\": { \"read\": [\"/usr\", \".\"] } }"));
}

static void none_walls_off_no_files(void)
{
	refused("{ \"version\": 1, \"commands\": { \"*\": \"any-arguments\" }, "
		"\"containment\": { \"strategy\": \"none\" } }",
		"filesystem-write: ");
}

#define LANDLOCK "\"containment\": { \"strategy\": \"landlock\" }, "

/* A list of names as one text: "read list". */
static const char *rights(const json_t *json, const char *path, const char *who)
{
	static char text[256];
	const json_t *rules = json_object_get(json, "landlock"), *rule, *name;
	size_t i, j;

	*text = '\0';
	json_array_foreach(rules, i, rule)
	{
		if (strcmp(json_string_value(json_object_get(rule, "path")),
			   path) != 0)
			continue;
		json_array_foreach(json_object_get(rule, who), j, name)
		{
			strcat(text, *text ? " " : "");
			strcat(text, json_string_value(name));
		}
	}
	return text;
}

/* The program reads and executes; to write is the broker's. */
static void landlock_grants_around(void)
{
	struct pj_command *command;
	json_t *json;

	command = prepare(
		HEAD LANDLOCK
		"\"filesystem\": { \"read\": [\"/usr\", \"/etc\"], "
		"\"write\": [\".\"], "
		"\"deny\": [\"/usr/lib\", \"/etc/passwd\", \"./absent\"] } }");
	json = plan(command);
	CHECK_STR(rights(json, "/usr/bin", "program"), "execute read list");
	CHECK_STR(rights(json, "/usr/bin", "broker"), "");
	CHECK_STR(rights(json, "/usr", "program"), "");
	CHECK_STR(rights(json, "/usr", "broker"), "execute read list");
	CHECK_STR(rights(json, "/usr/lib", "program"), "");
	CHECK_STR(rights(json, "/usr/lib", "broker"), "");
	/* Nobody can execute it, and it is opened by the broker or not at all:
	 * nothing to go around. */
	CHECK_STR(rights(json, "/etc", "program"), "execute read list");
	CHECK_STR(rights(json, work, "program"), "execute read list");
	CHECK(strstr(rights(json, work, "broker"), "read list write make"));
	CHECK_STR(rights(json, "/proc", "program"), "");
	CHECK_STR(rights(json, "/dev/null", "broker"), "read write ioctl");
	CHECK(strstr(json_string_value(json_object_get(json, "scratch")),
		     "/procjail."));
	json_decref(json);
	done(command);
}

static void landlock_executes_what_is_listed(void)
{
	struct pj_command *command =
		prepare(HEAD LANDLOCK "\"filesystem\": { \"read\": [\"/usr\"], "
				      "\"write\": [\".\"], "
				      "\"execute\": [\"/usr/bin\"], "
				      "\"tmp\": \"none\" } }");
	json_t *json = plan(command);

	CHECK_STR(rights(json, "/usr", "program"), "read list");
	CHECK_STR(rights(json, "/usr/bin", "program"), "execute");
	CHECK_STR(rights(json, work, "program"), "read list");
	CHECK(json_is_null(json_object_get(json, "scratch")));
	json_decref(json);
	done(command);
}

/* Of each ABI what there is, and the rest by the broker: nothing is lacking. */
static void landlock_of_each_abi(void)
{
	struct pj_command *command =
		prepare(HEAD LANDLOCK "\"filesystem\": { \"read\": [\"/usr\"], "
				      "\"write\": [\".\"] } }");

	for (int abi = 1; abi <= 8; abi++) {
		struct pj_host host = { .landlock_abi = abi };
		struct pj_error err = { 0 };
		struct pj_plan *made = NULL;

		CHECK(pj_plan_make(command, &host, &made, &err) == 0);
		CHECK(made->unscoped == (abi < 6));
		CHECK((made->landlock.scoped == 0) == (abi < 6));
		CHECK((made->landlock.inner_net == 0) == (abi < 4));
		CHECK(!(made->landlock.handled_fs >> (abi < 2	? 13
						      : abi < 3 ? 14
						      : abi < 5 ? 15
								: 16)));
		for (int i = 0; i < PROPERTY_COUNT; i++)
			CHECK(!made->properties[i].asked ||
			      made->properties[i].mechanism);
		pj_plan_free(made);
	}
	done(command);
}

/* The init connects, the program does not; the init hands out the resolver's
 * file, which elsewhere is a mount. */
static void landlock_filters_the_network(void)
{
	struct pj_command *command =
		prepare(HEAD LANDLOCK "\"filesystem\": { \"read\": [\"/usr\"], "
				      "\"write\": [\".\"] }, \"network\": { "
				      "\"mode\": \"filtered\", \"allow\": "
				      "[\"a.test\"] } }");

	for (int abi = 1; abi <= 8; abi++) {
		struct pj_host host = { .landlock_abi = abi };
		struct pj_error err = { 0 };
		struct pj_plan *made = NULL;
		const struct init_config *config;

		CHECK(pj_plan_make(command, &host, &made, &err) == 0);
		CHECK(made->filtered_network && !made->own_network);
		CHECK(!made->clone_flags && !made->landlock.outer_net);
		CHECK((made->landlock.inner_net == 0) == (abi < 4));
		CHECK(made->properties[PROPERTY_NETWORK].mechanism != NULL);
		config = made->init_config;
		CHECK((config->flags & INIT_NETWORK) &&
		      !(config->flags & INIT_OWN_NETWORK));
		CHECK_STR((const char *)config + config->resolver_text,
			  "nameserver 127.0.0.1\noptions use-vc\n");
		pj_plan_free(made);
	}
	done(command);
}

static void landlock_refuses_by_name(void)
{
	refused(HEAD LANDLOCK "\"filesystem\": { \"read\": [\"/usr\", \".\"] "
			      "}, \"network\": { \"mode\": \"loopback\" } }",
		"network: strategy landlock");
	refused(HEAD LANDLOCK "\"filesystem\": { \"read\": [\"/usr\", \".\"] "
			      "}, \"syscalls\": { \"profile\": \"none\" } }",
		"filesystem-write: strategy landlock");
	refused(HEAD "\"filesystem\": { \"read\": [\"/usr\", \".\"] }, "
		     "\"containment\": { \"strategy\": \"rlimits\" } }",
		"filesystem-read: strategy rlimits");
}

static const struct tap_case cases[] = {
	{ "grants become mounts", grants_become_mounts },
	{ "every mount is nosuid, nodev", every_mount_is_nosuid },
	{ "execute: noexec elsewhere", execute_is_noexec_elsewhere },
	{ "what is not built is refused", what_is_not_built_is_refused },
	{ "what cannot be seen is refused", what_cannot_be_seen_is_refused },
	{ "without a filter there is no broker", without_a_filter_no_broker },
	{ "what has a filter has the broker",
	  what_has_a_filter_has_the_broker },
	{ "none walls off no files", none_walls_off_no_files },
	{ "landlock: rules around what is denied", landlock_grants_around },
	{ "landlock: execution", landlock_executes_what_is_listed },
	{ "landlock: each ABI", landlock_of_each_abi },
	{ "landlock: the filtered network", landlock_filters_the_network },
	{ "landlock, rlimits: refused by name", landlock_refuses_by_name },
};

TAP_MAIN(cases)
