/* SPDX-License-Identifier: Apache-2.0 */
/* Host patterns: one reading, or none. */
#include <sys/socket.h>

#include "base/cleanup.h"
#include "policy/hosts.h"
#include "tap.h"

static void good(void)
{
	static const struct {
		const char *text;
		enum host_kind kind;
		const char *name;
		int family;
		unsigned int prefix;
		uint16_t first_port, last_port;
	} rows[] = {
		{ "GitHub.com:443", HOST_NAME, "github.com", 0, 0, 443, 443 },
		{ "localhost", HOST_NAME, "localhost", 0, 0, 0, 65535 },
		{ "A.b.", HOST_NAME, "a.b", 0, 0, 0, 65535 },
		{ "*.a.b.:443", HOST_BELOW, "a.b", 0, 0, 443, 443 },
		{ "xn--mnchen-3ya.de", HOST_NAME, "xn--mnchen-3ya.de", 0, 0, 0,
		  65535 },
		{ "*.npmjs.org", HOST_BELOW, "npmjs.org", 0, 0, 0, 65535 },
		{ "10.0.0.0/8:5432", HOST_NETWORK, "", AF_INET, 8, 5432, 5432 },
		{ "10.0.0.1", HOST_NETWORK, "", AF_INET, 32, 0, 65535 },
		{ "::1", HOST_NETWORK, "", AF_INET6, 128, 0, 65535 },
		{ "fc00::/7", HOST_NETWORK, "", AF_INET6, 7, 0, 65535 },
		{ "[fc00::/7]:80", HOST_NETWORK, "", AF_INET6, 7, 80, 80 },
		{ "0.0.0.0/0", HOST_NETWORK, "", AF_INET, 0, 0, 65535 },
		{ "*", HOST_ANY, "", 0, 0, 0, 65535 },
		{ "*:443", HOST_ANY, "", 0, 0, 443, 443 },
		{ "a.b:1-65535", HOST_NAME, "a.b", 0, 0, 1, 65535 },
		{ "[::1]:80-80", HOST_NETWORK, "", AF_INET6, 128, 80, 80 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct host_pattern p;

		CHECK(host_pattern_parse(rows[i].text, &p) == NULL);
		CHECK(p.kind == rows[i].kind && p.family == rows[i].family);
		CHECK(p.prefix == rows[i].prefix &&
		      p.first_port == rows[i].first_port);
		CHECK(p.last_port == rows[i].last_port);
		CHECK_STR(p.name, rows[i].name);
	}
}

static void bad(void)
{
	static const char *const rows[] = {
		"",
		".",
		"**",
		"*:",
		"*:0",
		"a:2-1",
		"a:1-",
		"a:-1",
		"a:1-65536",
		"a:1-2-3",
		"*.",
		"*.*",
		"a.*.b",
		"a..b",
		".a",
		"a..",
		"*..",
		"1.",
		"1.2.3.4.",
		"-a",
		"a-",
		"a b",
		"a/b",
		"a@b",
		"http://a",
		"a:",
		"a:0",
		"a:65536",
		"a:01",
		"a:+1",
		"a:1:",
		"1",
		"1.2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"0x7f.1",
		"127.1",
		"1.2.3.4/",
		"1.2.3.4/33",
		"1.2.3.4/08",
		"[",
		"[]",
		"[::1",
		"[::1]x",
		"[::1]:",
		"[1.2.3.4]:1",
		"[a]:1",
		"::1/129",
		"::1:::2",
		"[::1]/64",
		"\xc3\xa4.de",
		"a\\b",
		"a%00.b",
		"a_b",
		/* A label of 64 letters. */
		("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "a"
		 "aa.b"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!host_pattern_problem(rows[i]))
			printf("# accepted: %s\n", rows[i]);
		CHECK(host_pattern_problem(rows[i]));
	}
}

static void tells_of_international_names(void)
{
	CHECK(strstr(host_pattern_problem("m\xc3\xbcnchen.de:443"), "xn--"));
	CHECK(strstr(host_pattern_problem("*.\xc3\xa4"), "xn--"));
	CHECK(!strstr(host_pattern_problem("a_b"), "xn--"));
}

static void ports(void)
{
	static const char *const bad_ports[] = {
		"",
		"0",
		"65536",
		"8-7",
		"8-",
		"-8",
		"8-9-10",
		"08",
		"+8",
		" 8",
		"8 ",
		"http",
		"127.0.0.1:80",
		"00000000000000000000008",
	};
	struct port_range range;

	CHECK(!port_range_parse("8080", &range));
	CHECK(range.first == 8080 && range.last == 8080);
	CHECK(!port_range_parse("1-65535", &range));
	CHECK(range.first == 1 && range.last == 65535);
	for (size_t i = 0; i < ARRAY_SIZE(bad_ports); i++)
		CHECK(port_range_parse(bad_ports[i], &range));
}

static const struct tap_case cases[] = {
	{ "patterns", good },
	{ "what is no pattern", bad },
	{ "international names", tells_of_international_names },
	{ "ports to listen on", ports },
};

TAP_MAIN(cases)
