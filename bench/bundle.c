/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI bundle whose root is the host's: an OCI runtime cannot take "/" itself
 * for it, so each directory of the host's root is bound, recursively read-only,
 * below an empty one. The jail is the one of all, with /bin/true in it.
 */
#include "bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char head[] =
	"{ \"ociVersion\": \"1.0.0\",\n"
	"  \"process\": { \"user\": { \"uid\": %u, \"gid\": %u },\n"
	"    \"args\": [\"/bin/true\"], \"env\": [\"PATH=/usr/bin:/bin\"],\n"
	"    \"cwd\": \"/\", \"noNewPrivileges\": true,\n"
	"    \"capabilities\": {} },\n"
	"  \"root\": { \"path\": \"rootfs\", \"readonly\": true },\n"
	"  \"linux\": {\n"
	"    \"uidMappings\": [{ \"containerID\": %u, \"hostID\": %u,\n"
	"      \"size\": 1 }],\n"
	"    \"gidMappings\": [{ \"containerID\": %u, \"hostID\": %u,\n"
	"      \"size\": 1 }],\n"
	"    \"namespaces\": [{ \"type\": \"user\" }, { \"type\": \"mount\" "
	"},\n"
	"      { \"type\": \"pid\" }, { \"type\": \"ipc\" },\n"
	"      { \"type\": \"uts\" }, { \"type\": \"network\" }] },\n"
	"  \"mounts\": [\n";
static const char bind[] =
	"    { \"destination\": \"/%s\", \"source\": \"/%s\",\n"
	"      \"type\": \"bind\", \"options\": [\"rbind\", \"rro\"] },\n";
static const char tail[] =
	"    { \"destination\": \"/proc\", \"source\": \"proc\",\n"
	"      \"type\": \"proc\" },\n"
	"    { \"destination\": \"/dev\", \"source\": \"tmpfs\",\n"
	"      \"type\": \"tmpfs\", \"options\": [\"mode=755\"] },\n"
	"    { \"destination\": \"/tmp\", \"source\": \"tmpfs\",\n"
	"      \"type\": \"tmpfs\", \"options\": [\"mode=1777\"] }] }\n";
static const char srt[] =
	"{ \"network\": { \"allowedDomains\": [], \"deniedDomains\": [] },\n"
	"  \"filesystem\": { \"denyRead\": [], \"allowWrite\": [],\n"
	"    \"denyWrite\": [] } }\n";

static int complain(const char *path)
{
	fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return -1;
}

static int make_directory(const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? complain(path) : 0;
}

/* What the jail gets by itself, and what this user may not look into. */
static bool is_bound(const char *name, const char *path)
{
	static const char *const own[] = { ".", "..", "proc", "dev", "tmp" };

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(name, own[i]) == 0)
			return false;
	return !strpbrk(name, "\"\\") && access(path, R_OK | X_OK) == 0;
}

/* Links stay links; plain files in the root are nothing that a program needs.
 */
static void show(int root, const char *name, FILE *config)
{
	char path[NAME_MAX + 2], link[PATH_MAX] = "";
	struct stat status;

	snprintf(path, sizeof(path), "/%s", name);
	if (!is_bound(name, path) || lstat(path, &status) < 0)
		return;
	if (S_ISLNK(status.st_mode) &&
	    readlink(path, link, sizeof(link) - 1) > 0 &&
	    symlinkat(link, root, name) < 0 && errno != EEXIST)
		complain(path);
	if (!S_ISDIR(status.st_mode))
		return;
	if (mkdirat(root, name, 0755) < 0 && errno != EEXIST)
		complain(path);
	else
		fprintf(config, bind, name, name);
}

static int write_config(const char *path, int root)
{
	unsigned int uid = getuid(), gid = getgid();
	FILE *config = fopen(path, "we");
	struct dirent *entry;
	DIR *directory = NULL;

	if (!config)
		return complain(path);
	fprintf(config, head, uid, gid, uid, uid, gid, gid);
	directory = opendir("/");
	while (directory && (entry = readdir(directory)))
		show(root, entry->d_name, config);
	if (directory)
		closedir(directory);
	fputs(tail, config);
	return fclose(config) != 0 ? complain(path) : 0;
}

static int write_settings(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return complain(path);
	fputs(srt, file);
	return fclose(file) != 0 ? complain(path) : 0;
}

int bundle_prepare(const char *directory)
{
	char path[PATH_MAX];
	int root, r;

	snprintf(path, sizeof(path), "%s/bundle", directory);
	if (make_directory(path) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/bundle/srt.json", directory);
	if (write_settings(path) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/bundle/rootfs", directory);
	if (make_directory(path) < 0)
		return -1;
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return complain(path);
	snprintf(path, sizeof(path), "%s/bundle/config.json", directory);
	r = write_config(path, root);
	close(root);
	return r;
}
