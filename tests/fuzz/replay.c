/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target once over each file of its kept corpus, in the order of
 * their names, and over a few tiny inputs. Prints each name before it runs it:
 * the last one printed is the one that crashed.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const tiny_inputs[] = { "", "{", "{}", "[]", "\"", "\n" };

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The buffer is exactly as large as the file, so that the address sanitizer
 * sees a read past its end. */
static bool replay_file(const char *directory, const char *name)
{
	char path[4096];
	struct stat status;
	uint8_t *data = NULL;
	FILE *file = NULL;
	bool read_whole = false;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	printf("%s\n", path);
	fflush(stdout);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode)) {
		size_t size = (size_t)status.st_size;

		data = malloc(size ? size : 1);
		read_whole = data && fread(data, 1, size, file) == size;
		if (read_whole)
			LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	fclose(file);
	return read_whole;
}

static int replay_directory(const char *directory)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, not_hidden, alphasort);
	int unread = 0;

	if (count <= 0) {
		printf("%s: no corpus\n", directory);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		if (!replay_file(directory, entries[i]->d_name)) {
			printf("%s: cannot be read\n", entries[i]->d_name);
			unread++;
		}
		free(entries[i]);
	}
	free(entries);
	printf("%s: %d inputs\n", directory, count);
	return unread;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(tiny_inputs) / sizeof(*tiny_inputs); i++)
		LLVMFuzzerTestOneInput((const uint8_t *)tiny_inputs[i],
				       strlen(tiny_inputs[i]));
	for (int i = 1; i < argc; i++)
		failed += replay_directory(argv[i]);
	return failed > 0;
}
