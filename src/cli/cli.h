/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: argv in, calls of the public API, lines out. One file per
 * subcommand behind a const table; a command is described by its struct, which
 * drives dispatch, option parsing, --help and the messages.
 */
#ifndef PJ_CLI_CLI_H
#define PJ_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include <procjail.h>

/* Exit statuses of procjail itself (DESIGN section 5). */
enum {
	CLI_OK = 0,
	CLI_FAILED = 125, /* wrong usage too */
	CLI_DENIED = 126,
	CLI_NOT_FOUND = 127,
};

struct option {
	char letter;	      /* 'p', or 0 */
	const char *name;     /* "policy"; NULL ends a table */
	const char *argument; /* "FILE"; NULL: takes none */
	const char *help;     /* NULL: told with the one before it */
	/* `value` is NULL where the option takes none. Returns 0, or the exit
	 * status after having said why. */
	int (*set)(void *target, const char *value);
};

struct command {
	const char *name;      /* "lint" */
	const char *full_name; /* "procjail policy lint" */
	const char *usage;     /* what follows the full name */
	const char *summary;   /* one sentence without its full stop */
	/* A group has members, ended by NULL; others have options and run(). */
	const struct command *const *members;
	const struct option *shared, *own; /* each may be NULL */
	int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command cmd_run, cmd_check, cmd_doctor, cmd_policy,
	cmd_audit, cmd_pool;

/* ---- command.c ----------------------------------------------------------- */

/* argv[0] is the command's own name. Returns the exit status. */
int command_start(const struct command *command, int argc, char **argv);
/* Prints the help of a screen. Returns the exit status. */
int command_help(const struct command *command);

/* ---- option_parser.c ----------------------------------------------------- */

/* Reads options up to the first operand. True: go on at argv[*ret_first].
 * False: end with *ret_status (it was --help, or wrong). */
bool options_parse(const struct command *command, void *target, int argc,
		   char **argv, int *ret_first, int *ret_status);

/* The same for a command that takes one operand, before or behind options; or
 * none, when `ret_operand` is NULL. */
bool options_parse_operand(const struct command *command, void *target,
			   int argc, char **argv, const char **ret_operand,
			   int *ret_status);

/* ---- message.c ----------------------------------------------------------- */

/* One line on standard error that starts with "procjail: ". */
__attribute__((format(printf, 1, 2))) void message(const char *format, ...);
/* The same, and where to look: wrong usage. Returns CLI_FAILED. */
__attribute__((format(printf, 2, 3))) int
usage_error(const struct command *command, const char *format, ...);
/* Tell a failure of the library. Returns CLI_FAILED. */
int failure(const struct pj_error *err);

/* The name among `names` (NULL-terminated) that `word` was probably meant to
 * be, or NULL. */
const char *nearest(const char *word, const char *const *names);

/* Write the text, and a newline unless it ends with one, to standard output;
 * CLI_OK, or CLI_FAILED after having said why. */
int print_text(const char *text);
/* What this thread tells and prints, kept for somebody else instead. */
struct told {
	json_t *messages; /* an array of lines, without their prefix */
	char *output;	  /* the last print_text(), or NULL */
};
/* NULL: told and printed again. `told` is the caller's to clear. */
void message_keep(struct told *told);

/* Flush standard output; the same. */
int print_finish(void);

#endif
