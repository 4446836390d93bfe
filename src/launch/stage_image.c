/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as the stage maps it: copies, with each pointer moved. A pointer
 * that is forgotten here leads nowhere in the stage, which then dies before it
 * starts the program. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "launch/memory_file.h"
#include "launch/stage.h"

struct image {
	char *data;
	size_t len, capacity;
	bool full; /* memory ran out */
};

static void image_clear(struct image *image)
{
	free(image->data);
}

/* Where `n` bytes are in the stage. */
static void *put(struct image *image, const void *data, size_t n)
{
	size_t at = (image->len + 15) / 16 * 16;

	if (at + n > image->capacity) {
		size_t capacity = 2 * (at + n) + 4096;
		char *grown = realloc(image->data, capacity);

		if (!grown) {
			image->full = true;
			return NULL;
		}
		image->data = grown;
		image->capacity = capacity;
	}
	memset(image->data + image->len, 0, at - image->len);
	memcpy(image->data + at, data, n);
	image->len = at + n;
	return (void *)(STAGE_BASE + at);
}

static char *put_text(struct image *image, const char *text)
{
	return text ? put(image, text, strlen(text) + 1) : NULL;
}

static char **put_strings(struct image *image, const struct strv *list)
{
	auto_free char **items = calloc(list->count + 1, sizeof(*items));

	if (!items) {
		image->full = true;
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++)
		items[i] = put_text(image, list->items[i]);
	return put(image, items, (list->count + 1) * sizeof(*items));
}

static struct mount_op *put_mounts(struct image *image,
				   const struct pj_plan *plan)
{
	auto_free struct mount_op *mounts =
		calloc(plan->mount_count + 1, sizeof(*mounts));

	if (!mounts) {
		image->full = true;
		return NULL;
	}
	for (size_t i = 0; i < plan->mount_count; i++) {
		mounts[i] = plan->mounts[i];
		mounts[i].source = put_text(image, mounts[i].source);
		mounts[i].target = put_text(image, mounts[i].target);
	}
	return put(image, mounts, plan->mount_count * sizeof(*mounts));
}

static void move_plan(struct image *image, struct pj_plan *plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(plan->properties); i++)
		plan->properties[i].mechanism = NULL;
	for (size_t i = 0; i < plan->rlimit_count; i++)
		plan->rlimits[i].name = put_text(image, plan->rlimits[i].name);
	plan->mounts = put_mounts(image, plan);
	plan->execute_paths.items = put_strings(image, &plan->execute_paths);
	if (plan->filter)
		plan->filter = put(image, plan->filter,
				   plan->filter_len * sizeof(*plan->filter));
	plan->cgroup.parent = NULL;
	plan->wrapper = NULL;
	plan->clone_flags &= ~program_namespaces(plan); /* the wrapper's work */
	plan->init_config = NULL;
	plan->landlock = (struct landlock_plan){ 0 }; /* no wrapper's */
	plan->scratch = NULL;
	plan->envp = (struct strv){ 0 };
	plan->name = NULL;
	plan->own = NULL;
	plan->warnings = (struct strv){ 0 };
	plan->texts = (struct strv){ 0 };
}

static void move_command(struct image *image, struct pj_command *command)
{
	command->policy = NULL;
	command->program = put_text(image, command->program);
	command->interpreter = put_text(image, command->interpreter);
	command->cwd = put_text(image, command->cwd);
	command->argv.items = put_strings(image, &command->argv);
	command->envp.items = put_strings(image, &command->envp);
}

int stage_image_file(const struct pj_plan *plan)
{
	__attribute__((cleanup(image_clear))) struct image image = { 0 };
	struct stage_image head = { .plan = *plan, .command = *plan->command };
	struct stage_image *at = put(&image, &head, sizeof(head));

	move_plan(&image, &head.plan);
	move_command(&image, &head.command);
	if (image.full) {
		errno = ENOMEM;
		return -1;
	}
	head.plan.command = &at->command;
	head.context = (struct launch_context){
		.plan = &at->plan,
		.argv = head.command.argv.items,
		.envp = head.command.envp.items,
		.image = -1,
		.listener = -1,
		.begin = -1,
		.names = -1,
		.names_stream = -1,
		.network = -1,
		.scratch = -1,
	};
	head.size = image.len;
	memcpy(image.data, &head, sizeof(head));
	return memory_file("procjail-plan", image.data, image.len);
}
