/* SPDX-License-Identifier: Apache-2.0 */
/* Parses host patterns. Strict: a text that could be read in two ways, or that
 * a resolver would read in another, is refused. */
#include "policy/hosts.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static const char shape[] =
	"is no host pattern; write host, *.host, *, an address or a network "
	"such as 10.0.0.0/8, each with :port or :port-port if only that is "
	"meant ([v6]:port)";
/* To turn one into the other takes tables larger than all of us. */
static const char not_ascii[] =
	"is not in ASCII; write the name as it is looked up, in its xn-- form "
	"(idn2 prints it)";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number without sign and leading zero, up to `max`, and nothing behind. */
static bool parse_number(const char *text, unsigned int max,
			 unsigned int *ret_number)
{
	unsigned int number = 0;
	size_t len = strspn(text, "0123456789");

	if (!len || len > 5 || text[len] || (text[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++)
		number = number * 10 + (unsigned int)(text[i] - '0');
	*ret_number = number;
	return number <= max;
}

/* "443" or "8000-8099", in place. */
static const char *parse_ports(char *text, struct host_pattern *ret)
{
	char *dash = strchr(text, '-');
	unsigned int first, last;

	if (dash)
		*dash = '\0';
	if (!parse_number(text, 65535, &first) || !first)
		return "has a port that is none; write 1 to 65535";
	last = first;
	if (dash && (!parse_number(dash + 1, 65535, &last) || last < first))
		return "has a range of ports that is none; write 8000-8099";
	ret->first_port = (uint16_t)first;
	ret->last_port = (uint16_t)last;
	return NULL;
}

/* "address" or "address/bits", in place. */
static const char *parse_network(char *text, struct host_pattern *ret)
{
	unsigned int bits = ret->family == AF_INET ? 32 : 128;
	char *slash = strchr(text, '/');

	ret->kind = HOST_NETWORK;
	ret->prefix = bits;
	if (slash) {
		*slash = '\0';
		if (!parse_number(slash + 1, bits, &ret->prefix))
			return "has a prefix that is none; write a number of "
			       "bits, such as /8";
	}
	if (inet_pton(ret->family, text, ret->address) != 1)
		return "looks like an address, but is none";
	return NULL;
}

static bool label_fits(const char *label, size_t len)
{
	if (!len || len > 63 || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_digit(label[i]) && label[i] != '-' &&
		    !(label[i] >= 'a' && label[i] <= 'z'))
			return false;
	return true;
}

/* In place; a dot at the end, which makes a name absolute, is taken away. */
static const char *parse_name(char *text, struct host_pattern *ret)
{
	const char *last;
	char *out = ret->name;
	size_t len = strlen(text);

	if (len > 1 && text[len - 1] == '.')
		text[--len] = '\0';
	last = strrchr(text, '.');
	if (len >= sizeof(ret->name))
		return "is longer than a host's name can be (253 bytes)";
	for (const char *p = text; *p; p++)
		if (*p & 0x80)
			return not_ascii;
	for (const char *p = text; *p; p++)
		*out++ = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
	*out = '\0';
	last = last ? last + 1 : text;
	if (*last && strspn(last, "0123456789") == strlen(last))
		return "looks like an address, but is none";
	for (const char *p = ret->name;;) {
		size_t label = strcspn(p, ".");

		if (!label_fits(p, label))
			return shape;
		if (!p[label])
			return NULL;
		p += label + 1;
	}
}

/* "[v6]" or "[v6]:port"; `text` starts behind the bracket. */
static const char *parse_bracket(char *text, struct host_pattern *ret)
{
	char *end = strchr(text, ']');
	const char *problem;

	if (!end || (end[1] && end[1] != ':'))
		return shape;
	*end = '\0';
	ret->family = AF_INET6;
	problem = parse_network(text, ret);
	if (!problem && end[1])
		problem = parse_ports(end + 2, ret);
	return problem;
}

const char *host_pattern_parse(const char *text, struct host_pattern *ret)
{
	char copy[300];
	char *rest = copy, *colon;
	const char *problem = NULL;

	*ret = (struct host_pattern){ .kind = HOST_NAME,
				      .last_port = UINT16_MAX };
	if (strlen(text) >= sizeof(copy))
		return shape;
	strcpy(copy, text);
	if (copy[0] == '[')
		return parse_bracket(copy + 1, ret);
	colon = strchr(copy, ':');
	if (colon && strchr(colon + 1, ':')) {
		ret->family = AF_INET6;
		return parse_network(copy, ret);
	}
	if (colon) {
		*colon = '\0';
		problem = parse_ports(colon + 1, ret);
	}
	if (problem)
		return problem;
	if (copy[strspn(copy, "0123456789./")] == '\0' && is_digit(copy[0])) {
		ret->family = AF_INET;
		return parse_network(copy, ret);
	}
	if (strcmp(copy, "*") == 0) {
		ret->kind = HOST_ANY;
		return NULL;
	}
	if (strncmp(copy, "*.", 2) == 0) {
		ret->kind = HOST_BELOW;
		rest += 2;
	}
	return parse_name(rest, ret);
}

const char *port_range_parse(const char *text, struct port_range *ret)
{
	struct host_pattern parsed;
	char copy[16];
	const char *problem;

	if (strlen(text) >= sizeof(copy))
		return "is no port; write 8080 or 8000-8099";
	strcpy(copy, text);
	problem = parse_ports(copy, &parsed);
	if (!problem)
		*ret = (struct port_range){ parsed.first_port,
					    parsed.last_port };
	return problem;
}

const char *host_pattern_problem(const char *text)
{
	struct host_pattern parsed;

	return host_pattern_parse(text, &parsed);
}
