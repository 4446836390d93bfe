/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to the program's standard input: written as it takes it, never
 * waited for here. A program that has closed its input loses the rest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervise/process.h"

static void close_input(struct input *input)
{
	close(take_fd(input->fd)); /* epoll forgets it by itself */
	free(input->data);
	input->data = NULL;
	input->done = input->len = input->capacity = 0;
}

/* The caller's event loop shall turn to us when the pipe takes more, and not
 * while there is nothing to write. */
static void watch(struct pj_process *process)
{
	struct input *input = &process->input;
	bool wanted = input->done < input->len;
	struct epoll_event event = { .events = EPOLLOUT };

	if (process->epoll_fd < 0 || input->fd < 0 || wanted == input->watched)
		return;
	epoll_ctl(process->epoll_fd, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
		  input->fd, &event);
	input->watched = wanted;
}

void process_feed(struct pj_process *process)
{
	struct input *input = &process->input;
	ssize_t n;

	if (input->fd < 0)
		return;
	if (input->done < input->len) {
		n = stream_write_quietly(input->fd, input->data + input->done,
					 input->len - input->done);
		if (n >= 0)
			input->done += (size_t)n;
		else if (errno != EINTR && errno != EAGAIN)
			close_input(input);
	}
	if (input->done == input->len && input->fd >= 0 && !input->stays_open)
		close_input(input);
	watch(process);
}

int process_queue(struct pj_process *process, const char *data, size_t len,
		  bool newline)
{
	struct input *input = &process->input;
	size_t waiting = input->len - input->done;
	size_t wanted = waiting + len + newline;
	char *grown;

	if (wanted > input->capacity) {
		grown = malloc(wanted);
		if (!grown)
			return -1;
		if (waiting)
			memcpy(grown, input->data + input->done, waiting);
		free(input->data);
		input->data = grown;
		input->capacity = wanted;
	} else if (input->done) {
		memmove(input->data, input->data + input->done, waiting);
	}
	if (len)
		memcpy(input->data + waiting, data, len);
	if (newline)
		input->data[wanted - 1] = '\n';
	input->done = 0;
	input->len = wanted;
	return 0;
}
