/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a client to a request. Anything unknown is an error: a key
 * that is not understood could have been a restriction. */
#include "service/request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "service/wire.h"

enum kind { TEXT, PATH, FLAG, LIST, REQUEST, VERSION };

static const char *const kind_words[] = {
	[TEXT] = "a string",
	[PATH] = "an absolute path",
	[FLAG] = "true or false",
	[LIST] = "a list of strings",
	[REQUEST] = "a request, or its text",
	[VERSION] = "1",
};

static const struct key {
	const char *name;
	enum kind kind;
	size_t offset; /* in struct service_request, where it is kept */
} keys[] = {
#define KEEP(field) offsetof(struct service_request, field)
	{ "version", VERSION, 0 },
	{ WIRE_POLICY, TEXT, KEEP(policy) },
	{ WIRE_PROFILE, TEXT, KEEP(profile) },
	{ WIRE_WORKSPACE, PATH, KEEP(workspace) },
	{ WIRE_CALLER_CWD, PATH, KEEP(caller_cwd) },
	{ WIRE_CALLER_ENV, LIST, KEEP(caller_env) },
	{ WIRE_REQUEST, REQUEST, 0 },
	{ WIRE_LOOK_UP, FLAG, KEEP(look_up) },
	{ WIRE_CHDIR, PATH, KEEP(chdir) },
	{ WIRE_INPUT, FLAG, KEEP(input) },
	{ WIRE_JSON, FLAG, KEEP(json) },
	{ WIRE_VERBOSE, FLAG, KEEP(verbose) },
#undef KEEP
};

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* Borrowed strings of a list; NULL when one is none, or out of memory. */
static const char **list_of(json_t *value)
{
	size_t count = json_array_size(value);
	const char **list = calloc(count + 1, sizeof(*list));

	for (size_t i = 0; list && i < count; i++) {
		list[i] = json_string_value(json_array_get(value, i));
		if (!list[i]) {
			free(list);
			return NULL;
		}
	}
	return list;
}

static bool keep(struct service_request *request, const struct key *key,
		 json_t *value)
{
	char *field = (char *)request + key->offset;
	const char *string = json_string_value(value);

	switch (key->kind) {
	case PATH:
		if (!string || string[0] != '/')
			return false;
		/* fall through */
	case TEXT:
		memcpy(field, &string, sizeof(string));
		return string != NULL;
	case FLAG:
		*(bool *)field = json_is_true(value);
		return json_is_boolean(value);
	case LIST:
		request->caller_env =
			json_is_array(value) ? list_of(value) : NULL;
		return request->caller_env != NULL;
	case REQUEST:
		return json_is_object(value) || string;
	case VERSION:
		return json_is_integer(value) &&
		       json_integer_value(value) == WIRE_VERSION;
	}
	return false;
}

/* What the program asked for goes through the parser that every request goes
 * through. */
static int parse_inner(struct service_request *request, struct pj_error *err)
{
	json_t *inner = json_object_get(request->document, WIRE_REQUEST);
	auto_free char *dumped = NULL;
	const char *text = json_string_value(inner);
	size_t len = json_string_length(inner);

	if (!text) {
		dumped = json_dumps(inner, JSON_COMPACT);
		if (!dumped)
			return fail_memory(err, PJ_STAGE_REQUEST);
		text = dumped;
		len = strlen(dumped);
	}
	return pj_request_parse(text, len, "request", &request->text, err);
}

static int check_complete(const struct service_request *request,
			  struct pj_error *err)
{
	static const char *const required[] = { "version", WIRE_CALLER_CWD,
						WIRE_REQUEST };

	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		if (!json_object_get(request->document, required[i]))
			return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
				    "malformed request: no \"%s\"",
				    required[i]);
	if (request->policy && request->profile)
		return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
			    "malformed request: \"policy\" and \"profile\" "
			    "exclude each other");
	return 0;
}

int service_request_parse(const char *data, size_t len,
			  struct service_request *request, struct pj_error *err)
{
	json_error_t why;
	const char *name;
	json_t *value;
	int r;

	request->document = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);
	if (!request->document)
		return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
			    "malformed request: %s", why.text);
	if (!json_is_object(request->document))
		return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
			    "malformed request: no object");
	json_object_foreach(request->document, name, value)
	{
		const struct key *key = find_key(name);

		if (!key)
			return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
				    "malformed request: unknown key \"%s\"",
				    name);
		if (!keep(request, key, value))
			return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
				    "malformed request: \"%s\" must be %s",
				    name, kind_words[key->kind]);
	}
	r = check_complete(request, err);
	return r < 0 ? r : parse_inner(request, err);
}

void service_request_clear(struct service_request *request)
{
	free(request->caller_env);
	pj_request_free(request->text);
	json_decref(request->document);
}
