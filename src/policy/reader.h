/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading one document into a draft of the policy: tables of keys, each with
 * the function that reads its value. Every error tells file, line, column, key
 * and what would be right. Documents are read parent first into one draft, and
 * that is the merge: a scalar replaces, a list appends, an object merges.
 */
#ifndef PJ_POLICY_READER_H
#define PJ_POLICY_READER_H

#include <jansson.h>
#include <procjail.h>

#include "policy/document.h"
#include "policy/draft.h"
#include "policy/locate.h"
#include "policy/policy.h"

struct reader {
	struct draft *draft;
	struct pj_policy *policy; /* the draft's */
	const struct document *document;
	struct pj_error *err;
	unsigned int
		sets_seen[MAX_SETS]; /* bits: where the document named it */
};

struct key {
	const char *name;
	int (*read)(struct reader *reader, const struct place *at,
		    const json_t *value, const struct key *key, void *target);
	size_t offset;	    /* of the field, in the target of the table */
	const void *detail; /* as `read` wants it */
};

#define FIELD(target, key) ((void *)((char *)(target) + (key)->offset))

/* Tell an error in the value at `at`, or in its key. */
__attribute__((format(printf, 3, 4))) int bad(const struct reader *reader,
					      const struct place *at,
					      const char *format, ...);
__attribute__((format(printf, 3, 4))) int bad_key(const struct reader *reader,
						  const struct place *at,
						  const char *format, ...);
int reader_no_memory(const struct reader *reader);
/* A warning: "filesystem.read[2]: …", behind the name of a parent document. */
__attribute__((format(printf, 3, 4))) int reader_warn(struct reader *reader,
						      const struct place *at,
						      const char *format, ...);

/* An object, by a table. An unknown key is an error that names the nearest. */
int read_object(struct reader *reader, const struct place *at,
		const json_t *value, const struct key *keys, size_t count,
		void *target);
/* Each item of a list, by `read`. */
int read_list(struct reader *reader, const struct place *at,
	      const json_t *value,
	      int (*read)(struct reader *reader, const struct place *at,
			  const json_t *item, void *target),
	      void *target);

/* Readers for tables. The field is what is said behind it. */
int read_flag(struct reader *, const struct place *, const json_t *,
	      const struct key *, void *); /* bool */
/* An enum; detail: the NULL-terminated names in the order of its values. */
int read_choice(struct reader *, const struct place *, const json_t *,
		const struct key *, void *);
/* uint64_t; detail: struct whole_range. */
int read_count(struct reader *, const struct place *, const json_t *,
	       const struct key *, void *);
int read_int64(struct reader *, const struct place *, const json_t *,
	       const struct key *, void *);
/* char *, replaced. */
int read_text(struct reader *, const struct place *, const json_t *,
	      const struct key *, void *);
/* Accepts and forgets: what another reader has dealt with. */
int read_nothing(struct reader *, const struct place *, const json_t *,
		 const struct key *, void *);

/* 2^53: what every reader of JSON can tell apart. */
#define MAX_JSON_INTEGER INT64_C(9007199254740992)

struct whole_range {
	int64_t min, max;
};

/* A non-empty string without control characters, or NULL with an error told.
 * `what` says what it should be, e.g. "a path". */
const char *read_string(struct reader *reader, const struct place *at,
			const json_t *value, const char *what);
/* A whole number; 1.0 is one, as JSON Schema has it. */
bool json_whole(const json_t *value, int64_t *ret_number);
bool has_control(const char *text);

/* The sections, one file each. */
int read_commands(struct reader *, const struct place *, const json_t *,
		  const struct key *, void *);
int read_environment(struct reader *, const struct place *, const json_t *,
		     const struct key *, void *);
int read_working_directory(struct reader *, const struct place *,
			   const json_t *, const struct key *, void *);
int read_filesystem(struct reader *, const struct place *, const json_t *,
		    const struct key *, void *);
int read_network(struct reader *, const struct place *, const json_t *,
		 const struct key *, void *);
int read_limits(struct reader *, const struct place *, const json_t *,
		const struct key *, void *);
int read_syscalls(struct reader *, const struct place *, const json_t *,
		  const struct key *, void *);
int read_containment(struct reader *, const struct place *, const json_t *,
		     const struct key *, void *);

/* A value rule: of an option or of a positional (target: struct value_rule,
 * which is initialised here). */
int read_value_rule(struct reader *reader, const struct place *at,
		    const json_t *value, struct value_rule *rule);

/* One document into the draft. */
int read_document(struct draft *draft, const struct document *document,
		  struct pj_error *err);

#endif
