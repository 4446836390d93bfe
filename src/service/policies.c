/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lock for the table, one for each entry. An entry is found by the name of
 * its policy and the very directory of its workspace (device and inode too).
 * Its file is looked at for each request. What a file does not tell (another
 * one that it extends, a path that has come to exist) is looked at by loading
 * the policy again, at most once in FRESH_MS; the pool is emptied when what
 * comes out is another policy than before.
 */
#include "service/policies.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "service/clock.h"

enum {
	ENTRIES_MAX = 128, /* more than there are workers that hold one */
	FRESH_MS = 1000,
	NAME_LEN_MAX = 100,
};

struct file_identity {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

struct entry {
	struct service_policy held; /* first: what users have of it */
	char *name, *workspace;
	bool is_profile;
	dev_t device; /* of the workspace */
	ino_t inode;
	struct file_identity file; /* zeros of a profile */
	char *shown;		   /* the policy, to compare with */
	uint64_t loaded_ms;

	/* Under the table's lock: */
	unsigned int users;
	uint64_t used_ms;
};

struct policies {
	struct policies_options options;
	pthread_mutex_t lock;
	struct entry *entries[ENTRIES_MAX];
	size_t count;
};

/* ---- entries ------------------------------------------------------------- */

/* Waits for its jails to end: not under the table's lock. */
static void entry_free(struct entry *entry)
{
	if (!entry)
		return;
	pj_pool_free(entry->held.pool);
	pj_policy_free(entry->held.policy);
	pthread_rwlock_destroy(&entry->held.lock);
	free(entry->name);
	free(entry->workspace);
	free(entry->shown);
	free(entry);
}

static void cleanup_entry(struct entry **entry)
{
	entry_free(*entry);
}

static struct entry *entry_new(const char *name, bool is_profile,
			       const char *workspace, const struct stat *st)
{
	__attribute__((cleanup(cleanup_entry))) struct entry *entry =
		calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	pthread_rwlock_init(&entry->held.lock, NULL);
	entry->name = strdup(name);
	entry->workspace = strdup(workspace);
	entry->is_profile = is_profile;
	entry->device = st->st_dev;
	entry->inode = st->st_ino;
	return entry->name && entry->workspace ? take(entry) : NULL;
}

static bool entry_is(const struct entry *entry, const char *name,
		     bool is_profile, const char *workspace,
		     const struct stat *st)
{
	return entry->is_profile == is_profile && entry->device == st->st_dev &&
	       entry->inode == st->st_ino && strcmp(entry->name, name) == 0 &&
	       strcmp(entry->workspace, workspace) == 0;
}

/* Under the lock: take one that nobody uses out of the table, the one that was
 * used longest ago, if that was before `before_ms`. */
static struct entry *remove_oldest(struct policies *policies,
				   uint64_t before_ms)
{
	struct entry *oldest = NULL;
	size_t at = 0;

	for (size_t i = 0; i < policies->count; i++) {
		struct entry *entry = policies->entries[i];

		if (entry->users || entry->used_ms > before_ms ||
		    (oldest && entry->used_ms >= oldest->used_ms))
			continue;
		oldest = entry;
		at = i;
	}
	if (oldest)
		policies->entries[at] = policies->entries[--policies->count];
	return oldest;
}

/* ---- loading ------------------------------------------------------------- */

static bool name_is_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len <= NAME_LEN_MAX && name[0] != '.' &&
	       strspn(name, letters) == len;
}

/* Of the name itself, not of what a link leads to: loading refuses that. */
static int identify(const char *path, const char *name,
		    struct file_identity *ret_file, struct pj_error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, errno,
			    "the pool has no policy '%s': %s", name, path);
	*ret_file = (struct file_identity){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = st.st_size,
		.modified = st.st_mtim,
		.changed = st.st_ctim,
	};
	return 0;
}

static bool time_equals(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_file(const struct file_identity *a,
		      const struct file_identity *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && time_equals(a->modified, b->modified) &&
	       time_equals(a->changed, b->changed);
}

static void cleanup_builder(struct pj_builder **builder)
{
	pj_builder_free(*builder);
}

/* What runs can neither write policies for what runs next, nor listen in the
 * service's place, nor see the log. All files of a policy are of the directory,
 * which is protected by the name that it was given, too: links on the way are
 * what the next service would follow. */
static void add_walls(struct pj_builder *builder,
		      const struct policies_options *options)
{
	char lock[PATH_MAX + sizeof(".lock")];

	snprintf(lock, sizeof(lock), "%s.lock", options->socket);
	pj_builder_protect(builder, options->directory);
	pj_builder_protect(builder, options->named_directory);
	pj_builder_protect(builder, options->socket);
	pj_builder_protect(builder, lock);
	if (options->audit_file)
		pj_builder_deny(builder, options->audit_file);
}

static int load(const struct policies *policies, const struct entry *entry,
		const char *path, struct pj_policy **ret_policy,
		struct pj_error *err)
{
	__attribute__((cleanup(cleanup_builder))) struct pj_builder *builder =
		NULL;
	const struct pj_policy_options options = {
		.size = sizeof(options),
		.workspace = entry->workspace,
		.caller_chose_command = entry->is_profile,
		.files_from = policies->options.directory,
	};
	int r = pj_builder_new(&builder, err);

	if (r < 0)
		return r;
	pj_builder_extends(builder, path);
	add_walls(builder, &policies->options);
	return pj_builder_build(builder, &options, ret_policy, err);
}

/* Under the entry's lock for writing. Takes the policy. */
static int put_policy(const struct policies *policies, struct entry *entry,
		      struct pj_policy *policy, struct pj_error *err)
{
	const struct pj_pool_options options = {
		.size = sizeof(options),
		.jails = policies->options.jails,
		.idle_ms = policies->options.idle_ms,
		.may_move_cgroup = true,
	};
	auto_free char *shown = NULL;
	int r = pj_policy_show(policy, &shown, err);

	if (r == 0 && entry->held.pool && strcmp(shown, entry->shown) == 0) {
		pj_policy_free(policy);
		return 0;
	}
	if (r == 0)
		r = entry->held.pool
			    ? pj_pool_set_policy(entry->held.pool, policy, err)
			    : pj_pool_new(policy, &options, &entry->held.pool,
					  err);
	if (r < 0) {
		pj_policy_free(policy);
		return r;
	}
	free(entry->shown);
	entry->shown = take(shown);
	pj_policy_free(entry->held.policy);
	entry->held.policy = policy;
	return 0;
}

static bool is_fresh(struct entry *entry, const struct file_identity *file)
{
	bool fresh;

	pthread_rwlock_rdlock(&entry->held.lock);
	fresh = entry->loaded_ms && now_ms() - entry->loaded_ms < FRESH_MS &&
		same_file(&entry->file, file);
	pthread_rwlock_unlock(&entry->held.lock);
	return fresh;
}

static int refresh(const struct policies *policies, struct entry *entry,
		   struct pj_error *err)
{
	struct file_identity file = { 0 };
	struct pj_policy *policy = NULL;
	char path[PATH_MAX];
	int r = 0;

	if (entry->is_profile) {
		snprintf(path, sizeof(path), "%s", entry->name);
	} else {
		snprintf(path, sizeof(path), "%s/%s.json",
			 policies->options.directory, entry->name);
		r = identify(path, entry->name, &file, err);
	}
	if (r < 0 || is_fresh(entry, &file))
		return r;
	pthread_rwlock_wrlock(&entry->held.lock);
	entry->loaded_ms = 0; /* until it has been loaded */
	r = load(policies, entry, path, &policy, err);
	if (r == 0)
		r = put_policy(policies, entry, policy, err);
	if (r == 0) {
		entry->file = file;
		entry->loaded_ms = now_ms();
	}
	pthread_rwlock_unlock(&entry->held.lock);
	return r;
}

/* ---- the table ----------------------------------------------------------- */

int policies_new(const struct policies_options *options,
		 struct policies **ret_policies, struct pj_error *err)
{
	struct policies *policies = calloc(1, sizeof(*policies));

	if (!policies)
		return fail_memory(err, PJ_STAGE_POLICY);
	policies->options = *options;
	pthread_mutex_init(&policies->lock, NULL);
	*ret_policies = policies;
	return 0;
}

struct policies *policies_free(struct policies *policies)
{
	if (!policies)
		return NULL;
	while (policies->count)
		entry_free(policies->entries[--policies->count]);
	pthread_mutex_destroy(&policies->lock);
	free(policies);
	return NULL;
}

/* Under the lock. */
static struct entry *find(struct policies *policies, const char *name,
			  bool is_profile, const char *workspace,
			  const struct stat *st, struct entry **ret_removed)
{
	struct entry *entry = NULL;

	for (size_t i = 0; i < policies->count && !entry; i++)
		if (entry_is(policies->entries[i], name, is_profile, workspace,
			     st))
			entry = policies->entries[i];
	if (!entry) {
		entry = entry_new(name, is_profile, workspace, st);
		if (!entry)
			return NULL;
		if (policies->count == ENTRIES_MAX)
			*ret_removed = remove_oldest(policies, UINT64_MAX);
		policies->entries[policies->count++] = entry;
	}
	entry->users++;
	return entry;
}

static bool is_profile_name(const char *name)
{
	for (size_t i = 0; pj_profile_name(i); i++)
		if (strcmp(pj_profile_name(i), name) == 0)
			return true;
	return false;
}

int policies_acquire(struct policies *policies, const char *name,
		     bool is_profile, const char *workspace,
		     struct service_policy **ret_policy, struct pj_error *err)
{
	__attribute__((cleanup(cleanup_entry))) struct entry *removed = NULL;
	char canonical[PATH_MAX];
	struct entry *entry;
	struct stat st;
	int r;

	if (is_profile ? !is_profile_name(name) : !name_is_valid(name))
		return fail(err, PJ_STAGE_POLICY, PJ_E_POLICY, 0,
			    is_profile ? "no profile '%.100s'"
				       : "'%.100s' is no name of a policy: "
					 "letters, digits, '.', '_' and '-'",
			    name);
	if (!realpath(workspace, canonical) || stat(canonical, &st) < 0)
		return fail_system(err, PJ_STAGE_POLICY, errno,
				   "the workspace %s", workspace);
	if (!S_ISDIR(st.st_mode))
		return fail_system(err, PJ_STAGE_POLICY, ENOTDIR,
				   "the workspace %s", workspace);
	pthread_mutex_lock(&policies->lock);
	entry = find(policies, name, is_profile, canonical, &st, &removed);
	pthread_mutex_unlock(&policies->lock);
	if (!entry)
		return fail_memory(err, PJ_STAGE_POLICY);
	r = refresh(policies, entry, err);
	if (r < 0) {
		policies_release(policies, &entry->held);
		return r;
	}
	*ret_policy = &entry->held;
	return 0;
}

void policies_release(struct policies *policies, struct service_policy *policy)
{
	struct entry *entry = (struct entry *)policy;

	if (!entry)
		return;
	pthread_mutex_lock(&policies->lock);
	entry->users--;
	entry->used_ms = now_ms();
	pthread_mutex_unlock(&policies->lock);
}

int policies_expire(struct policies *policies)
{
	/* What the pool keeps beside its jails, as long again. */
	uint64_t keep_ms = policies->options.idle_ms;
	uint64_t now = now_ms();

	if (!keep_ms)
		return -1;
	for (;;) {
		struct entry *entry = NULL;
		size_t count;

		pthread_mutex_lock(&policies->lock);
		if (now > keep_ms)
			entry = remove_oldest(policies, now - keep_ms);
		count = policies->count;
		pthread_mutex_unlock(&policies->lock);
		if (!entry)
			return count ? (int)keep_ms : -1;
		entry_free(entry);
	}
}
