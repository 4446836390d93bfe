/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as JSON: the same data that launch/ walks. */
#include <jansson.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/kernel.h"
#include "plan/plan.h"

static const char *const kind_names[] = {
	[MOUNT_DIRECTORY] = "directory", [MOUNT_SYMLINK] = "symlink",
	[MOUNT_TREE] = "tree",		 [MOUNT_MASK] = "mask",
	[MOUNT_HOLLOW] = "empty",	 [MOUNT_PRIVATE] = "private",
	[MOUNT_DEVICE] = "device",	 [MOUNT_PROC] = "proc",
	[MOUNT_TEXT] = "text",		 [MOUNT_DEVPTS] = "devpts",
};
_Static_assert(ARRAY_SIZE(kind_names) == MOUNT_KIND_COUNT,
	       "a name for each kind");

struct bit {
	uint64_t bit;
	const char *name;
};

static const struct bit attribute_bits[] = {
	{ MOUNT_ATTR_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, "noexec" },
};

static const struct bit namespace_bits[] = {
	{ CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mount" },
	{ CLONE_NEWPID, "pid" },       { CLONE_NEWNET, "network" },
	{ CLONE_NEWIPC, "ipc" },       { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWCGROUP, "cgroup" },
};

static json_t *bits_json(uint64_t value, const struct bit *bits, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		if (value & bits[i].bit)
			json_array_append_new(array, json_string(bits[i].name));
	return array;
}

static json_t *text_json(const char *text)
{
	return text ? json_bytes(text, strlen(text)) : json_null();
}

static json_t *strings_json(char *const *items)
{
	json_t *array = json_array();

	for (; *items; items++)
		json_array_append_new(array, text_json(*items));
	return array;
}

static json_t *mounts_json(const struct pj_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct mount_op *op = &plan->mounts[i];
		json_t *object = json_object();
		auto_free char *target = NULL;

		if (asprintf(&target, "/%s", op->target) < 0)
			target = NULL;
		json_object_set_new(object, "what",
				    json_string(kind_names[op->kind]));
		json_object_set_new(object, "target", text_json(target));
		if (op->source)
			json_object_set_new(object, "source",
					    text_json(op->source));
		if (op->attributes)
			json_object_set_new(
				object, "attributes",
				bits_json(op->attributes, attribute_bits,
					  ARRAY_SIZE(attribute_bits)));
		json_array_append_new(array, object);
	}
	return array;
}

static const struct bit landlock_bits[] = {
	{ KERNEL_LANDLOCK_FS_EXECUTE, "execute" },
	{ KERNEL_LANDLOCK_FS_READ_FILE, "read" },
	{ KERNEL_LANDLOCK_FS_READ_DIR, "list" },
	{ KERNEL_LANDLOCK_FS_WRITE_FILE, "write" },
	{ KERNEL_LANDLOCK_FS_MAKE_REG, "make" },
	{ KERNEL_LANDLOCK_FS_REMOVE_FILE, "remove" },
	{ KERNEL_LANDLOCK_FS_REMOVE_DIR, "remove-directory" },
	{ KERNEL_LANDLOCK_FS_REFER, "move" },
	{ KERNEL_LANDLOCK_FS_TRUNCATE, "truncate" },
	{ KERNEL_LANDLOCK_FS_IOCTL_DEV, "ioctl" },
};

static json_t *landlock_json(const struct landlock_plan *landlock)
{
	json_t *array = json_array();

	if (!landlock->used)
		return array;
	for (size_t i = 0; i < landlock->rule_count; i++) {
		const struct landlock_op *op = &landlock->rules[i];
		json_t *object = json_object();

		json_object_set_new(object, "path", text_json(op->path));
		json_object_set_new(object, "broker",
				    bits_json(op->outer, landlock_bits,
					      ARRAY_SIZE(landlock_bits)));
		json_object_set_new(object, "program",
				    bits_json(op->inner, landlock_bits,
					      ARRAY_SIZE(landlock_bits)));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *properties_json(const struct pj_plan *plan)
{
	json_t *object = json_object();

	for (int i = 0; i < PROPERTY_COUNT; i++)
		if (plan->properties[i].asked || plan->properties[i].mechanism)
			json_object_set_new(
				object, property_name((enum property)i),
				text_json(plan->properties[i].mechanism));
	return object;
}

static json_t *rlimits_json(const struct pj_plan *plan)
{
	json_t *object = json_object();

	for (size_t i = 0; i < plan->rlimit_count; i++) {
		const struct rlimit_op *op = &plan->rlimits[i];

		json_object_set_new(
			object, op->name,
			op->half
				? json_string("half of the caller's")
				: json_integer((json_int_t)op->value.rlim_cur));
	}
	return object;
}

/* Names only: values of variables may be secrets. */
static json_t *env_names_json(const struct pj_command *command)
{
	json_t *array = json_array();

	for (size_t i = 0; i < command->envp.count; i++) {
		const char *pair = command->envp.items[i];

		json_array_append_new(array,
				      json_bytes(pair, strcspn(pair, "=")));
	}
	return array;
}

static json_t *plan_object(const struct pj_plan *plan)
{
	const struct pj_command *command = plan->command;
	json_t *object = json_object();
	json_t *filter = json_object();

	json_object_set_new(object, "strategy", json_string(plan->name));
	json_object_set_new(object, "program", text_json(command->program));
	json_object_set_new(object, "argv",
			    strings_json(strv_get(&command->argv)));
	json_object_set_new(object, "env", env_names_json(command));
	json_object_set_new(object, "cwd", text_json(command->cwd));
	json_object_set_new(object, "properties", properties_json(plan));
	json_object_set_new(object, "namespaces",
			    bits_json(plan->clone_flags, namespace_bits,
				      ARRAY_SIZE(namespace_bits)));
	json_object_set_new(object, "mounts", mounts_json(plan));
	json_object_set_new(object, "landlock", landlock_json(&plan->landlock));
	json_object_set_new(object, "scratch",
			    plan->scratch ? text_json(plan->scratch)
					  : json_null());
	json_object_set_new(object, "rlimits", rlimits_json(plan));
	json_object_set_new(filter, "instructions",
			    json_integer(plan->filter_len));
	json_object_set_new(filter, "brokered", json_boolean(plan->brokered));
	json_object_set_new(object, "filter", filter);
	json_object_set_new(
		object, "executable",
		plan->execute_listed
			? strings_json(strv_get(&plan->execute_paths))
			: json_null());
	return object;
}

int pj_plan_json(const struct pj_plan *plan, char **ret_json,
		 struct pj_error *err)
{
	json_t *object;
	char *text;

	if (!plan || !ret_json)
		return fail_missing(err, PJ_STAGE_PLAN, "plan and ret_json");
	object = plan_object(plan);
	text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
	json_decref(object);
	if (!text)
		return fail_memory(err, PJ_STAGE_PLAN);
	*ret_json = text;
	return 0;
}
