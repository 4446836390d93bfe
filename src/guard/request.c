/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request from JSON. What is no request (syntax, unknown or repeated keys,
 * wrong types) fails here. What is one, but cannot be run, is kept in a form
 * that pj_prepare() denies: a NUL byte becomes the request's `defect`, and a
 * variable whose name is empty or holds "=" becomes an entry with an empty
 * name, so that its name is never read as another.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strv.h"
#include "policy/locate.h"
#include "policy/nearest.h"

struct pj_request_text {
	struct pj_request request;
	char *program, *cwd, *defect;
	struct strv args, env;
	char *input;
	size_t input_len;
	bool has_input;
};

struct reader {
	const char *name; /* of the text, for errors */
	const char *text;
	size_t len;
	struct pj_request_text *request;
	struct pj_error *err;
};

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}
#define auto_json __attribute__((cleanup(cleanup_json)))

static void cleanup_request(struct pj_request_text **request)
{
	pj_request_free(*request);
}
#define auto_request __attribute__((cleanup(cleanup_request)))

static int out_of_memory(const struct reader *reader)
{
	return fail_memory(reader->err, PJ_STAGE_REQUEST);
}

enum part { KEY, VALUE };

/* Tell an error with its place in the text. */
__attribute__((format(printf, 4, 5))) static int
bad(const struct reader *reader, const struct place *at, enum part part,
    const char *format, ...)
{
	struct position position =
		locate(reader->text, reader->len, at, part == KEY);
	char where[120], what[160];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	place_text(at, where, sizeof(where));
	return fail(reader->err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
		    "%.150s:%zu:%zu: %s%s%s", reader->name, position.line,
		    position.column, where, *where ? ": " : "", what);
}

/* A string for execve(2): up to the first NUL, which makes the request one
 * that is denied. The first defect is kept. */
__attribute__((format(printf, 3, 4))) static int
note_nul(const struct reader *reader, const json_t *value, const char *format,
	 ...)
{
	struct pj_request_text *request = reader->request;
	va_list args;
	int n;

	if (request->defect ||
	    strlen(json_string_value(value)) == json_string_length(value))
		return 0;
	va_start(args, format);
	n = vasprintf(&request->defect, format, args);
	va_end(args);
	if (n >= 0)
		return 0;
	request->defect = NULL;
	return out_of_memory(reader);
}

/* ---- the keys ------------------------------------------------------------ */

static int read_string(const struct reader *reader, const struct place *at,
		       const json_t *value, char **ret)
{
	int r;

	if (!json_is_string(value))
		return bad(reader, at, VALUE, "must be a string");
	r = note_nul(reader, value, "%s holds a NUL byte; no path can hold one",
		     at->key);
	if (r < 0)
		return r;
	*ret = strdup(json_string_value(value));
	return *ret ? 0 : out_of_memory(reader);
}

static int read_program(const struct reader *reader, const struct place *at,
			const json_t *value)
{
	return read_string(reader, at, value, &reader->request->program);
}

static int read_cwd(const struct reader *reader, const struct place *at,
		    const json_t *value)
{
	return read_string(reader, at, value, &reader->request->cwd);
}

static int read_args(const struct reader *reader, const struct place *at,
		     const json_t *value)
{
	struct strv *args = &reader->request->args;

	if (!json_is_array(value))
		return bad(reader, at, VALUE, "must be an array of strings");
	for (size_t i = 0; i < json_array_size(value); i++) {
		const struct place here = { .up = at, .index = i };
		const json_t *arg = json_array_get(value, i);
		int r;

		if (!json_is_string(arg))
			return bad(reader, &here, VALUE, "must be a string");
		r = note_nul(reader, arg,
			     "argument %zu holds a NUL byte; no argument can "
			     "hold one",
			     i + 1);
		if (r < 0)
			return r;
		if (strv_push(args, json_string_value(arg)) < 0)
			return out_of_memory(reader);
	}
	return 0;
}

static int read_variable(const struct reader *reader, const struct place *at,
			 const json_t *value)
{
	const char *name = at->key;
	struct strv *env = &reader->request->env;
	bool name_is_bad = !name[0] || strchr(name, '=');
	int r;

	if (!json_is_string(value))
		return bad(reader, at, VALUE, "must be a string");
	r = note_nul(reader, value,
		     "the value of a variable holds a NUL byte; no variable "
		     "can hold one");
	if (r < 0)
		return r;
	if (strv_pushf(env, "%s%s=%s", name_is_bad ? "=" : "", name,
		       json_string_value(value)) < 0)
		return out_of_memory(reader);
	return 0;
}

static int read_env(const struct reader *reader, const struct place *at,
		    const json_t *value)
{
	const char *name;
	json_t *text;

	if (!json_is_object(value))
		return bad(reader, at, VALUE,
			   "must be an object whose values are strings");
	json_object_foreach((json_t *)value, name, text)
	{
		const struct place here = { .up = at, .key = name };
		int r = read_variable(reader, &here, text);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Any bytes that JSON can hold; NUL is an ordinary one here. */
static int read_stdin(const struct reader *reader, const struct place *at,
		      const json_t *value)
{
	struct pj_request_text *request = reader->request;

	if (!json_is_string(value))
		return bad(reader, at, VALUE, "must be a string");
	request->input_len = json_string_length(value);
	request->input = malloc(request->input_len + 1);
	if (!request->input)
		return out_of_memory(reader);
	memcpy(request->input, json_string_value(value),
	       request->input_len + 1);
	request->has_input = true;
	return 0;
}

static const struct {
	const char *name;
	int (*read)(const struct reader *reader, const struct place *at,
		    const json_t *value);
} keys[] = {
	{ "program", read_program }, { "args", read_args },
	{ "env", read_env },	     { "cwd", read_cwd },
	{ "stdin", read_stdin },
};

static int unknown_key(const struct reader *reader, const struct place *at)
{
	struct nearest nearest = nearest_start(at->key);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		nearest_offer(&nearest, keys[i].name);
	if (nearest.best)
		return bad(reader, at, KEY,
			   "there is no such key; did you mean \"%s\"?",
			   nearest.best);
	return bad(reader, at, KEY,
		   "there is no such key; a request has \"program\", "
		   "\"args\", \"env\", \"cwd\" and \"stdin\"");
}

static int read_key(const struct reader *reader, const struct place *at,
		    const json_t *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].name, at->key) == 0)
			return keys[i].read(reader, at, value);
	return unknown_key(reader, at);
}

static int read_object(const struct reader *reader, json_t *object)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return bad(reader, NULL, VALUE,
			   "a request must be a JSON object");
	json_object_foreach(object, key, value)
	{
		const struct place at = { .key = key };
		int r = read_key(reader, &at, value);

		if (r < 0)
			return r;
	}
	if (!reader->request->program)
		return bad(reader, NULL, VALUE,
			   "\"program\" is missing; it must be the absolute "
			   "path of a program");
	return 0;
}

/* -------------------------------------------------------------------------- */

static void fill_view(struct pj_request_text *request)
{
	request->request = (struct pj_request){
		.size = sizeof(request->request),
		.program = request->program,
		.args = (const char *const *)strv_get(&request->args),
		.env = (const char *const *)strv_get(&request->env),
		.cwd = request->cwd,
		.defect = request->defect,
	};
}

int pj_request_parse(const char *text, size_t len, const char *name,
		     struct pj_request_text **ret_request, struct pj_error *err)
{
	auto_request struct pj_request_text *request = NULL;
	auto_json json_t *object = NULL;
	struct reader reader = {
		.name = name ? name : "request",
		.text = text ? text : "",
		.len = len,
		.err = err,
	};
	json_error_t where;
	int r;

	if ((!text && len) || !ret_request)
		return fail_missing(err, PJ_STAGE_REQUEST,
				    "text and ret_request");
	request = calloc(1, sizeof(*request));
	if (!request)
		return fail_memory(err, PJ_STAGE_REQUEST);
	reader.request = request;
	object = json_loadb(reader.text, len,
			    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
	if (!object && json_error_code(&where) == json_error_out_of_memory)
		return fail_memory(err, PJ_STAGE_REQUEST);
	if (!object)
		return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
			    "%.150s:%d:%d: %.200s", reader.name, where.line,
			    where.column > 0 ? where.column : 1, where.text);
	r = read_object(&reader, object);
	if (r < 0)
		return r;
	fill_view(request);
	*ret_request = take(request);
	return 0;
}

struct pj_request_text *pj_request_free(struct pj_request_text *request)
{
	if (!request)
		return NULL;
	free(request->program);
	free(request->cwd);
	free(request->defect);
	strv_clear(&request->args);
	strv_clear(&request->env);
	free(request->input);
	free(request);
	return NULL;
}

const struct pj_request *pj_request_get(const struct pj_request_text *request)
{
	return request ? &request->request : NULL;
}

const char *pj_request_stdin(const struct pj_request_text *request,
			     size_t *ret_len)
{
	if (ret_len)
		*ret_len = request ? request->input_len : 0;
	return request && request->has_input ? request->input : NULL;
}
