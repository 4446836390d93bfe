/* SPDX-License-Identifier: Apache-2.0 */
/* A running jail, as its supervisor sees it. */
#ifndef PJ_SUPERVISE_PROCESS_H
#define PJ_SUPERVISE_PROCESS_H

#include <procjail.h>
#include <time.h>

#include "init/protocol.h"
#include "launch/launch.h"
#include "plan/plan.h"
#include "supervise/result.h"
#include "supervise/stream.h"

/* Why the supervisor itself ended the jail. */
enum ended_because {
	NOT_ENDED,
	BECAUSE_ASKED,
	BECAUSE_TIME,
	BECAUSE_OUTPUT,
	BECAUSE_UNWRITTEN, /* its output could not be written on */
};

/* What goes to the program's standard input. */
struct input {
	int fd;	    /* the write end; -1: none, or closed */
	char *data; /* bytes `done` to `len` are still to be written */
	size_t done, len, capacity;
	bool stays_open; /* more may come: pj_process_send_line() */
	bool watched;	 /* epoll tells when it takes more */
};

struct pj_process {
	struct launched jail;
	/* A jail that was made in advance: tells whether the program was
	 * executed (launch/handover.h); else -1. */
	int handover_fd;
	/* Called once, when the program has lasted a moment: for what need not
	 * be done for one that is over sooner; NULL: there is nothing. */
	void (*lasts)(struct pj_process *process);
	/* Called in place of pj_process_free(), which it calls; or NULL. */
	void (*give_back)(struct pj_process *process);
	void *pool; /* theirs */
	struct stream out, err;
	struct input input;
	bool interactive; /* lines to and from the caller */
	struct line_buffer lines;
	int signal_fd; /* the caller's; -1: none */
	struct timespec started;
	uint64_t wall_limit_ms, memory_limit;
	bool has_cpu_limit;
	size_t own_peak_bytes; /* of the caller, when it launched */
	enum ended_because ended;
	uint64_t ended_us; /* when that was, as process_elapsed_us() */
	bool reported, gone;
	int report_errnum; /* why the report could not be read */
	struct init_report report;
	/* The init removes it; where it has failed, we do, if it is empty. */
	char *scratch;
	struct pj_result *result; /* being filled */
	size_t refusals_at;	  /* in the configuration; 0: there are none */
	struct strv host_rules;	  /* as written: allow, then deny */
	int epoll_fd, timer_fd;	  /* for the caller's own event loop */
};

/* Gives a process its jail, with `streams` as the program's. Negative: nothing
 * of the program has run. */
typedef int process_start(struct pj_process *process,
			  const struct pj_command *command,
			  const struct pj_run_options *options,
			  const int streams[3], void *data,
			  struct pj_error *err);

/* Launch the command, by the best strategy that the host allows. */
process_start process_launch;

/* Check the options, open the streams, start by `start`. */
int process_spawn(const struct pj_command *command,
		  const struct pj_run_options *options, process_start *start,
		  void *data, struct pj_process **ret_process,
		  struct pj_error *err);

/* Make it one that its caller's event loop can wait for; and that loop shall
 * hear of it no more. */
int process_watch(struct pj_process *process, struct pj_error *err);
void process_unwatch(struct pj_process *process);

/* What the result says of the plan that the jail was made by. */
int process_describe(struct pj_process *process,
		     const struct pj_command *command,
		     const struct pj_plan *plan, struct pj_error *err);

/* Wait for the end of a jail, killing it where it does not come to its end, and
 * release all that `jail` holds but report and config. */
void process_end_jail(struct launched *jail);

#define auto_process __attribute__((cleanup(process_cleanup)))
void process_cleanup(struct pj_process **process);

uint64_t process_elapsed_us(const struct pj_process *process);

/* End the jail. The first reason counts. */
void process_end(struct pj_process *process, enum ended_because why);

/* Call `lasts`, if it was not yet. */
void process_lasts(struct pj_process *process);

/* Write what the program's input takes now; close it when all is written. */
void process_feed(struct pj_process *process);
/* Queue bytes for it, and a newline if wanted. Negative: out of memory. */
int process_queue(struct pj_process *process, const char *data, size_t len,
		  bool newline);

/* One turn of the event loop: wait for something to happen, at most `most_ms`
 * (-1: as long as it takes), and see to it. */
int process_turn(struct pj_process *process, int most_ms, struct pj_error *err);

/* Take what is there of standard output, as enum stream_event. */
int process_pump_output(struct pj_process *process);

/* Run the event loop until the whole jail is gone and drained. */
int process_supervise(struct pj_process *process, struct pj_error *err);

/* An init that does not end its jail when asked is killed itself; where that
 * does not end the jail, only when nothing else is left to hope for. */
enum { PATIENCE_MS = 2000, LONG_PATIENCE_MS = 60000 };
int jail_patience_ms(const struct launched *jail);

/* Turn what is known now into the result's outcome and usage. */
void process_conclude(struct pj_process *process);

#endif
