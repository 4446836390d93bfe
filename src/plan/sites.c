/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the sites of a jail: what the policy names and what every jail has.
 * Reads the host's links and programs; decides nothing about mounts. */
#include "plan/sites.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "plan/elf.h"
#include "plan/worktree.h"

enum { LINKS_MAX = 40 };

static struct site *site_add(struct site_list *sites, enum site_kind kind,
			     const char *path)
{
	struct site *site;

	if (sites->count == sites->capacity) {
		size_t capacity = sites->capacity ? sites->capacity * 2 : 64;
		struct site *items =
			reallocarray(sites->items, capacity, sizeof(*items));

		if (!items) {
			sites->full = true;
			return NULL;
		}
		sites->items = items;
		sites->capacity = capacity;
	}
	site = &sites->items[sites->count];
	*site = (struct site){ .kind = kind, .path = strdup(path) };
	if (!site->path) {
		sites->full = true;
		return NULL;
	}
	sites->count++;
	return site;
}

/* After a look at a path that failed: it is missing, or closed to this user and
 * so to any that it jails; or who knows. */
static void note_failure(struct site_list *sites)
{
	if (errno != ENOENT && errno != ENOTDIR && errno != EACCES &&
	    errno != ELOOP)
		sites->errnum = errno;
}

/* A site for what is at a canonical path on the host; none when it is missing.
 */
static struct site *site_add_existing(struct site_list *sites,
				      enum site_kind kind, const char *path)
{
	struct stat stat;
	struct site *site;

	if (lstat(path, &stat) < 0) {
		note_failure(sites);
		return NULL;
	}
	site = site_add(sites, kind, path);
	if (site) {
		site->exists = true;
		site->type = stat.st_mode & S_IFMT;
		site->device = stat.st_dev;
		site->inode = stat.st_ino;
	}
	return site;
}

/* Each symbolic link on the way to `path` becomes a link site, so that the
 * spelling works in the jail as well. */
static void links_add(struct site_list *sites, const char *path)
{
	char at[PATH_MAX], text[PATH_MAX], rest[PATH_MAX];
	int links = 0;

	if (strlen(path) >= sizeof(at))
		return;
	strcpy(at, path);
	for (char *end = at; *end && links < LINKS_MAX;) {
		struct site *site;
		ssize_t n;

		end = strchrnul(end + 1, '/');
		strcpy(rest, end);
		*end = '\0';
		n = readlink(at, text, sizeof(text) - 1);
		if (n < 0) {
			if (errno != EINVAL)
				note_failure(sites);
			strcpy(end, rest);
			continue;
		}
		text[n] = '\0';
		site = site_add(sites, SITE_LINK, at);
		if (site && !(site->text = strdup(text)))
			sites->full = true;
		/* Go on where it leads. */
		*strrchr(at, '/') = '\0';
		if (text[0] == '/')
			at[0] = '\0';
		if (strlen(at) + strlen(text) + strlen(rest) + 2 > sizeof(at))
			return;
		if (text[0] != '/')
			strcat(at, "/");
		strcat(at, text);
		strcat(at, rest);
		end = at;
		links++;
	}
}

static const enum site_kind kind_of[] = {
	[PATH_DENY] = SITE_DENY,
	[PATH_PROTECT] = SITE_PROTECT,
	[PATH_WRITE] = SITE_WRITE,
	[PATH_READ] = SITE_READ,
};

/* A held place that is reached through a link: the link is held as well, or it
 * could be turned elsewhere. A granted one keeps its other names. */
static void add_alias(struct site_list *sites, const struct path_rule *rule,
		      const char *alias)
{
	if (rule->access <= PATH_PROTECT)
		site_add(sites, kind_of[rule->access], alias);
	else
		links_add(sites, alias);
}

static void add_rules(struct site_list *sites, const struct pj_policy *policy)
{
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct path_rule *rule = &policy->paths[i];
		struct site *site =
			site_add(sites, kind_of[rule->access], rule->path);

		if (!site)
			return;
		site->exists = rule->exists;
		site->type = rule->type;
		site->device = rule->device;
		site->inode = rule->inode;
		site->opens = rule->access == PATH_WRITE;
		if (rule->alias)
			add_alias(sites, rule, rule->alias);
		for (size_t a = 0; a < rule->more_aliases.count; a++)
			add_alias(sites, rule, rule->more_aliases.items[a]);
	}
}

/* The links of a merged /usr (/bin -> usr/bin), where they lead to something
 * that is granted: each program names its loader through one. */
static void add_root_links(struct site_list *sites,
			   const struct pj_policy *policy)
{
	static const char *const names[] = { "/bin",   "/sbin",	 "/lib",
					     "/lib32", "/lib64", "/libx32" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct path_rule *rule =
			policy_path_rule(policy, names[i]);
		auto_free char *real = NULL;

		if (rule && rule->access >= PATH_WRITE)
			continue; /* a granted tree has it */
		real = realpath(names[i], NULL);
		if (!real)
			note_failure(sites);
		if (real && strcmp(real, names[i]) != 0 &&
		    (policy_path_rule(policy, real) ||
		     strcmp(names[i], "/lib64") == 0))
			links_add(sites, names[i]);
	}
}

static void add_own(struct site_list *sites, const struct pj_policy *policy)
{
	static const char *const devices[] = { "/dev/full",    "/dev/null",
					       "/dev/random",  "/dev/tty",
					       "/dev/urandom", "/dev/zero" };
	static const struct {
		const char *path, *text;
	} links[] = {
		{ "/dev/fd", "/proc/self/fd" },
		{ "/dev/ptmx", "pts/ptmx" },
		{ "/dev/stderr", "/proc/self/fd/2" },
		{ "/dev/stdin", "/proc/self/fd/0" },
		{ "/dev/stdout", "/proc/self/fd/1" },
	};

	site_add(sites, SITE_PROC, "/proc");
	site_add(sites, SITE_DEV, "/dev");
	site_add(sites, SITE_DEVPTS, "/dev/pts");
	site_add(sites, SITE_PRIVATE, "/dev/shm");
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		site_add_existing(sites, SITE_DEVICE, devices[i]);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct site *site = site_add(sites, SITE_LINK, links[i].path);

		if (site && !(site->text = strdup(links[i].text)))
			sites->full = true;
	}
	switch (policy->tmp) {
	case TMP_PRIVATE:
		site_add(sites, SITE_PRIVATE, "/tmp");
		break;
	case TMP_HOST:
		site_add_existing(sites, SITE_WRITE, "/tmp");
		break;
	case TMP_NONE:
		break;
	}
}

/* Those that are there; one that is made later is another. */
static int add_sockets(struct site_list *sites, const struct pj_policy *policy,
		       struct pj_error *err)
{
	for (size_t i = 0; i < policy->unix_sockets.count; i++) {
		const char *path = policy->unix_sockets.items[i];
		struct site *site = site_add_existing(sites, SITE_READ, path);

		if (site && !S_ISSOCK(site->type))
			return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
				    "ipc: %s is no socket; remove it from "
				    "network.unix_sockets",
				    path);
	}
	for (size_t i = 0; i < policy->unix_socket_aliases.count; i++)
		links_add(sites, policy->unix_socket_aliases.items[i]);
	return 0;
}

/* The jail asks the init for names, on its own loopback: what a resolver takes
 * for granted where the file is missing, so where it cannot be put in place
 * nothing is lost. Without a loopback of its own it asks on connections alone
 * (resolv.conf(5), use-vc), and the broker hands the file out. */
static void add_resolver(struct site_list *sites, bool own_network)
{
	static const char path[] = "/etc/resolv.conf";
	auto_free char *real = realpath(path, NULL);
	struct site *site = site_add(sites, SITE_TEXT, real ? real : path);

	if (!site)
		return;
	site->exists = real != NULL;
	site->type = S_IFREG;
	site->text = strdup(own_network ? "nameserver 127.0.0.1\n"
					: "nameserver 127.0.0.1\n"
					  "options use-vc\n");
	if (!site->text)
		sites->full = true;
	if (real)
		links_add(sites, path);
}

static int add_devices(struct site_list *sites, const struct pj_policy *policy,
		       struct pj_error *err)
{
	for (size_t i = 0; i < policy->devices.count; i++) {
		const char *path = policy->devices.items[i];
		struct site *site = site_add_existing(sites, SITE_DEVICE, path);

		if (site && (S_ISCHR(site->type) || S_ISBLK(site->type)) &&
		    path_within(path, "/dev"))
			continue;
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "devices: %s is no device node of this host below "
			    "/dev; remove it from filesystem.devices",
			    path);
	}
	return 0;
}

/* The command itself: the file that was checked, unless a rule hides it. */
static void add_program(struct site_list *sites,
			const struct pj_command *command)
{
	const struct path_rule *rule =
		command->program
			? policy_path_rule(command->policy, command->program)
			: NULL;
	struct site *site;

	if (!command->program)
		return; /* a jail that is made in advance */
	if (!rule) {
		site = site_add(sites, SITE_READ, command->program);
		if (site) {
			site->exists = true;
			site->type = S_IFREG;
			site->device = command->program_stat.st_dev;
			site->inode = command->program_stat.st_ino;
		}
	}
	links_add(sites, command->argv.items[0][0] == '/'
				 ? command->argv.items[0]
				 : command->program);
}

/* Where execution is listed, everything else is mounted noexec. A program's
 * loader maps libraries from its own directory. */
static int add_execute(struct site_list *sites,
		       const struct pj_command *command, struct pj_plan *plan)
{
	const struct pj_policy *policy = command->policy;

	for (size_t i = 0; i < policy->execute_count; i++) {
		const struct path_rule *rule = &policy->executes[i];
		char loader[PATH_MAX];

		site_add_existing(sites, SITE_EXECUTE, rule->path);
		if (strv_push(&plan->execute_paths, rule->path) < 0)
			return -1;
		if (!S_ISREG(rule->type) ||
		    !elf_loader(rule->path, loader, sizeof(loader)))
			continue;
		if (strv_push(&plan->execute_paths, loader) < 0)
			return -1;
		*strrchr(loader, '/') = '\0';
		site_add_existing(sites, SITE_EXECUTE, loader);
	}
	return 0;
}

/* '/' sorts before every other byte: what lies in a directory follows it. */
static int compare(const void *a, const void *b)
{
	const struct site *x = a, *y = b;
	const char *p = x->path, *q = y->path;

	while (*p && *p == *q) {
		p++;
		q++;
	}
	if (*p == *q)
		return (int)x->kind - (int)y->kind;
	if (!*p || !*q)
		return *p ? 1 : -1;
	if (*p == '/' || *q == '/')
		return *p == '/' ? -1 : 1;
	return (unsigned char)*p < (unsigned char)*q ? -1 : 1;
}

static void site_clear(struct site *site)
{
	free(site->path);
	free(site->text);
}

/* One site a path: the strongest, which may inherit being executable. */
static void merge(struct site_list *sites)
{
	size_t kept = 0;

	for (size_t i = 0; i < sites->count; i++) {
		struct site *site = &sites->items[i];
		struct site *last = kept ? &sites->items[kept - 1] : NULL;

		if (last && strcmp(last->path, site->path) == 0) {
			if (site->kind == SITE_EXECUTE)
				last->executable = true;
			site_clear(site);
			continue;
		}
		if (site->kind == SITE_EXECUTE)
			site->executable = true;
		sites->items[kept++] = *site;
	}
	sites->count = kept;
}

int sites_gather(const struct pj_command *command, struct pj_plan *plan,
		 struct site_list *ret_sites, struct pj_error *err)
{
	const struct pj_policy *policy = command->policy;
	auto_sites struct site_list sites = { 0 };
	int status;

	add_rules(&sites, policy);
	add_own(&sites, policy);
	add_root_links(&sites, policy);
	add_program(&sites, command);
	worktree_add(&sites, policy);
	if (plan->filtered_network)
		add_resolver(&sites, plan->own_network);
	status = add_devices(&sites, policy, err);
	if (status == 0)
		status = add_sockets(&sites, policy, err);
	if (status < 0)
		return status;
	if (policy->execute_listed && add_execute(&sites, command, plan) < 0)
		sites.full = true;
	if (sites.full)
		return fail_memory(err, PJ_STAGE_PLAN);
	if (sites.errnum)
		return fail_system(err, PJ_STAGE_PLAN, sites.errnum,
				   "what is on this host");
	qsort(sites.items, sites.count, sizeof(*sites.items), compare);
	merge(&sites);
	*ret_sites = sites;
	sites = (struct site_list){ 0 };
	return 0;
}

void sites_clear(struct site_list *sites)
{
	for (size_t i = 0; i < sites->count; i++)
		site_clear(&sites->items[i]);
	free(sites->items);
	*sites = (struct site_list){ 0 };
}

const struct site *sites_find(const struct site_list *sites, const char *path)
{
	const struct site *found = NULL;

	/* Sorted: each later match lies deeper. */
	for (size_t i = 0; i < sites->count; i++)
		if (path_within(path, sites->items[i].path))
			found = &sites->items[i];
	return found;
}

struct site *sites_add_write(struct site_list *sites, const char *path)
{
	return site_add_existing(sites, SITE_WRITE, path);
}

bool site_is_refused(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) < 0 &&
	       (errno == ENOENT || errno == EACCES);
}

bool site_closed_anyway(const char *path)
{
	struct stat stat;

	return lstat(path, &stat) == 0 && stat.st_uid != geteuid() &&
	       !(stat.st_mode & S_IROTH) && !(stat.st_mode & S_IXOTH) &&
	       site_is_refused(path, R_OK) && site_is_refused(path, W_OK) &&
	       site_is_refused(path, X_OK);
}
