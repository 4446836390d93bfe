/* SPDX-License-Identifier: Apache-2.0 */
/* What the broker of connections and names decides and parses: addresses, host
 * rules, DNS messages, and what is remembered of names. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "init/abstract_names.h"
#include "init/dns_message.h"
#include "init/host_rules.h"
#include "init/known_names.h"
#include "tap.h"

static struct init_address address(const char *text)
{
	struct init_address result = { { [10] = 0xff, 0xff } };

	if (inet_pton(AF_INET6, text, result.bytes) != 1)
		CHECK(inet_pton(AF_INET, text, result.bytes + 12) == 1);
	return result;
}

/* ---- abstract names -------------------------------------------------------
 */

static uint32_t abstract(struct sockaddr_un *un, const char *name)
{
	size_t n = strlen(name);

	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(un->sun_path + 1, name, n);
	return (uint32_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n);
}

static void settles_abstract_names(void)
{
	struct sockaddr_un un, first,
		path = { .sun_family = AF_UNIX, .sun_path = "/run/socket" };
	unsigned char *bytes = (unsigned char *)&un;
	char longest[82] = { 0 }, longer[83] = { 0 };
	uint32_t len = abstract(&un, "name"), had = len;

	CHECK(abstract_name_settle(bytes, &len) == 0);
	CHECK(len == had + ABSTRACT_PREFIX_BYTES && !un.sun_path[0]);
	CHECK(memcmp(un.sun_path + 1, "procjail.", 9) == 0);
	CHECK(memcmp(bytes + len - 5, ".name", 5) == 0);
	first = un;
	had = len;
	/* What getsockname has told is that name. */
	CHECK(abstract_name_settle(bytes, &len) == 0 && len == had);
	CHECK(memcmp(&first, &un, sizeof(un)) == 0);
	/* Equal names are equal, others are not. */
	len = abstract(&un, "name");
	CHECK(abstract_name_settle(bytes, &len) == 0 && len == had);
	CHECK(memcmp(&first, &un, len) == 0);
	len = abstract(&un, "");
	CHECK(abstract_name_settle(bytes, &len) == 0 && len == 3 + 26);

	memset(longest, 'x', sizeof(longest) - 1);
	memset(longer, 'x', sizeof(longer) - 1);
	len = abstract(&un, longest);
	CHECK(abstract_name_settle(bytes, &len) == 0 && len == sizeof(un));
	len = had = abstract(&un, longer);
	CHECK(abstract_name_settle(bytes, &len) == -ENAMETOOLONG && len == had);
	/* Nothing else is touched. */
	un = path;
	len = had = sizeof(un);
	CHECK(abstract_name_choose(bytes, &len) == 0 && len == had);
	CHECK(memcmp(&un, &path, sizeof(un)) == 0);
	for (len = 0; len < 2; len++)
		CHECK(abstract_name_choose(bytes, &len) == 0);
	un.sun_family = AF_INET;
	len = 2;
	CHECK(abstract_name_choose(bytes, &len) == 0 && len == 2);
}

static void chooses_abstract_names(void)
{
	struct sockaddr_un one = { .sun_family = AF_UNIX }, two = one;
	uint32_t len = 2, other = 2;

	CHECK(abstract_name_choose((unsigned char *)&one, &len) == 0);
	CHECK(abstract_name_choose((unsigned char *)&two, &other) == 0);
	CHECK(len == 3 + ABSTRACT_PREFIX_BYTES + 5 && other == len);
	CHECK(memcmp(&one, &two, len) != 0);
}

/* ---- addresses ------------------------------------------------------------
 */

static void reads_addresses(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(443) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(80) };
	const unsigned char unspec[16] = { 0 };
	const unsigned char *four = (const unsigned char *)&v4,
			    *six = (const unsigned char *)&v6;
	struct endpoint endpoint;
	struct init_address wanted = address("192.0.2.1");

	inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &v6.sin6_addr);
	CHECK(address_read(four, sizeof(v4), AF_INET, &endpoint) == 0);
	CHECK(endpoint.port == 443 &&
	      address_equal(&endpoint.address, &wanted));
	CHECK(address_read(six, 24, AF_INET6, &endpoint) == 0);
	CHECK(endpoint.port == 80 && address_equal(&endpoint.address, &wanted));
	for (size_t len = 0; len < sizeof(v4); len++)
		CHECK(address_read(four, len, AF_INET, &endpoint) == -EINVAL);
	for (size_t len = 0; len < 24; len++)
		CHECK(address_read(six, len, AF_INET6, &endpoint) == -EINVAL);
	CHECK(address_read(six, sizeof(v6), AF_INET, &endpoint) ==
	      -EAFNOSUPPORT);
	CHECK(address_read(unspec, sizeof(unspec), AF_INET, &endpoint) ==
	      -EOPNOTSUPP);
}

static void classes_addresses(void)
{
	static const struct {
		const char *text;
		unsigned int needs;
	} rows[] = {
		{ "192.0.2.1", 0 },
		{ "10.0.0.1", 0 },
		{ "2001:db8::1", 0 },
		{ "fd00::1", 0 },
		{ "127.0.0.1", 104 },
		{ "127.255.255.255", 104 },
		{ "128.0.0.1", 0 },
		{ "0.0.0.0", 104 },
		{ "169.254.169.254", 112 },
		{ "169.253.1.1", 0 },
		{ "224.0.0.1", 100 },
		{ "255.255.255.255", 100 },
		{ "100.100.100.200", 128 },
		{ "100.100.100.201", 0 },
		{ "168.63.129.16", 128 },
		{ "192.0.0.192", 128 },
		{ "::", 128 },
		{ "::1", 128 },
		{ "fe80::1", 10 },
		{ "ff02::1", 8 },
		{ "fd00:ec2::254", 32 },
		{ "fd20:ce::254", 128 },
		{ "fd00:c1::a9fe:a9fe", 128 },
		{ "fd00:c1::a9fe:a9ff", 0 },
		{ "fd00:42::42", 128 },
		{ "fd00:a9fe:a9fe::1", 128 },
		{ "fd00:100::100:200", 128 },
		{ "::ffff:127.0.0.1", 104 },
		{ "::ffff:169.254.1.1", 112 },
		{ "::127.0.0.1", 128 },
		{ "::192.0.2.1", 0 },
		{ "::ffff:0:127.0.0.1", 128 },
		{ "64:ff9b::7f00:1", 128 },
		{ "64:ff9b::c000:201", 0 },
		{ "64:ff9b:1::7f00:1", 128 },
		{ "2002:7f00:1::", 128 },
		{ "2002:c000:201::", 0 },
		{ "2001:0:0:0:0:0:80ff:fffe", 128 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct init_address at = address(rows[i].text);

		if (address_special(&at) != rows[i].needs)
			printf("# %s: %u\n", rows[i].text,
			       address_special(&at));
		CHECK(address_special(&at) == rows[i].needs);
	}
}

static void writes_addresses(void)
{
	static const char *const rows[] = {
		"0.0.0.0",
		"192.0.2.1",
		"::",
		"::1",
		"2001:db8::1",
		"fe80::",
		"1:2:3:4:5:6:7:8",
		"1:0:3:4:5:6:7:8",
		"1::4:5:0:0:8",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct init_address at = address(rows[i]);
		char text[ADDRESS_TEXT_BYTES];

		address_text(&at, text);
		CHECK_STR(text, rows[i]);
	}
}

/* ---- rules ----------------------------------------------------------------
 */

static union {
	struct init_config config;
	char bytes[8192];
} memory;

struct rule_case {
	uint32_t kind;
	const char *text; /* the name, or the network's address */
	unsigned int prefix;
	uint16_t first, last;
	bool denies;
};

static void put_rules(const struct rule_case *cases, uint32_t count)
{
	uint32_t table = (sizeof(struct init_config) + 7) / 8 * 8;
	uint32_t used = table + count * (uint32_t)sizeof(struct init_host_rule);

	memset(&memory, 0, sizeof(memory));
	memory.config.host_rules = table;
	memory.config.host_rule_count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct init_host_rule rule = {
			.kind = cases[i].kind,
			.denies = cases[i].denies,
			.name = used,
			.first_port = cases[i].first,
			.last_port = cases[i].last,
			.prefix = cases[i].prefix,
		};

		if (rule.kind == HOST_RULE_NETWORK)
			rule.address = address(cases[i].text);
		strcpy(memory.bytes + used, cases[i].text);
		used += (uint32_t)strlen(cases[i].text) + 1;
		memcpy(memory.bytes + table + i * sizeof(rule), &rule,
		       sizeof(rule));
	}
}

static bool name_ok(const char *name, uint16_t port)
{
	return host_rules_name(&memory.config, name, port).allowed;
}

static void names_match(void)
{
	static const struct rule_case rules[] = {
		{ HOST_RULE_NAME, "a.example", 0, 443, 443, false },
		{ HOST_RULE_BELOW, "b.example", 0, 0, 65535, false },
		{ HOST_RULE_NAME, "no.b.example", 0, 0, 65535, true },
		{ HOST_RULE_NAME, "half.b.example", 0, 25, 25, true },
	};

	put_rules(rules, ARRAY_SIZE(rules));
	CHECK(name_ok("a.example", 443) && name_ok("a.example", PORT_ANY));
	CHECK(!name_ok("a.example", 80) && !name_ok("x.a.example", 443));
	CHECK(!name_ok("aa.example", 443) && !name_ok("a.example.org", 443));
	CHECK(name_ok("x.b.example", 1) && name_ok("x.y.b.example", 1));
	CHECK(!name_ok("b.example", 1) && !name_ok("xb.example", 1));
	CHECK(!name_ok("no.b.example", 1) && !name_ok("no.b.example", 0));
	CHECK(host_rules_name(&memory.config, "no.b.example", 1).rule == 3);
	CHECK(name_ok("half.b.example", 26) && name_ok("half.b.example", 0));
	CHECK(!name_ok("half.b.example", 25) && !name_ok("", 1));
	put_rules(rules, 0);
	CHECK(!name_ok("a.example", 443) && !name_ok("a.example", PORT_ANY));
}

static bool address_ok(const char *text, uint16_t port)
{
	struct endpoint endpoint = { address(text), port };

	return host_rules_address(&memory.config, &endpoint,
				  address_special(&endpoint.address))
		.allowed;
}

static void addresses_match(void)
{
	static const struct rule_case rules[] = {
		{ HOST_RULE_NETWORK, "10.0.0.0", 96 + 8, 0, 65535, false },
		{ HOST_RULE_NETWORK, "10.1.0.0", 96 + 16, 0, 65535, true },
		{ HOST_RULE_NETWORK, "::", 0, 0, 65535, false },
		{ HOST_RULE_NETWORK, "127.0.0.1", 128, 8080, 8089, false },
		{ HOST_RULE_ANY, "", 0, 0, 65535, false },
	};

	put_rules(rules, ARRAY_SIZE(rules));
	CHECK(address_ok("10.2.0.1", 1) && !address_ok("10.1.0.1", 1));
	CHECK(!address_ok("11.0.0.1", 1)); /* "::/0" is IPv6 alone */
	CHECK(address_ok("2001:db8::1", 1));
	CHECK(!address_ok("64:ff9b::a01:1", 1)); /* 10.1.0.1 inside */
	CHECK(!address_ok("::1", 1) && !address_ok("fe80::1", 1));
	CHECK(address_ok("127.0.0.1", 8080) && address_ok("127.0.0.1", 8089));
	CHECK(!address_ok("127.0.0.1", 8090) && !address_ok("127.0.0.2", 8080));
}

/* ---- DNS ------------------------------------------------------------------
 */

static void queries(void)
{
	unsigned char message[DNS_MESSAGE_BYTES];
	struct dns_query query;
	size_t len = dns_write_query(0x1234, "www.example.org", DNS_A, message);

	CHECK(len == 12 + 17 + 4 + 11);
	CHECK(dns_read_query(message, len, &query) == 0);
	CHECK(query.id == 0x1234 && query.type == DNS_A);
	CHECK_STR(query.name, "www.example.org");
	for (size_t cut = 0; cut < 12; cut++)
		CHECK(dns_read_query(message, cut, &query) == DNS_SILENCE);
	for (size_t cut = 12; cut < query.end; cut++)
		CHECK(dns_read_query(message, cut, &query) == DNS_FORMERR);
	message[13] = 'W';
	CHECK(dns_read_query(message, len, &query) == 0);
	CHECK_STR(query.name, "www.example.org");
	message[14] = '\0';
	CHECK(dns_read_query(message, len, &query) == DNS_FORMERR);
	message[14] = '_';
	CHECK(dns_read_query(message, len, &query) == DNS_REFUSED);
	message[14] = '.';
	CHECK(dns_read_query(message, len, &query) == DNS_FORMERR);
	message[12] = 0xc0;
	message[13] = 12;
	CHECK(dns_read_query(message, len, &query) == DNS_FORMERR);
	message[2] |= 0x80;
	CHECK(dns_read_query(message, len, &query) == DNS_SILENCE);
	CHECK(dns_write_query(1, "a..b", DNS_A, message) == 0);
}

/* www.example.org -> CNAME web.example.net -> two addresses. */
static const unsigned char answer_tail[] = {
	0xc0,
	12,
	0,
	5,
	0,
	1,
	0,
	0,
	1,
	0,
	0,
	17,
	3,
	'w',
	'e',
	'b',
	7,
	'e',
	'x',
	'a',
	'm',
	'p',
	'l',
	'e',
	3,
	'n',
	'e',
	't',
	0,
	/* the name that the alias's data begins with */
	0xc0,
	45,
	0,
	1,
	0,
	1,
	0,
	0,
	0,
	60,
	0,
	4,
	192,
	0,
	2,
	1,
	0xc0,
	45,
	0,
	1,
	0,
	1,
	0,
	0,
	0,
	30,
	0,
	4,
	192,
	0,
	2,
	2,
};

static size_t make_answer(unsigned char *message)
{
	size_t len = dns_write_query(7, "www.example.org", DNS_A, message) - 11;

	CHECK(len == 33);
	memcpy(message + len, answer_tail, sizeof(answer_tail));
	message[2] |= 0x80;
	message[7] = 3;	 /* answers */
	message[11] = 0; /* nothing beside them */
	return len + sizeof(answer_tail);
}

static void answers(void)
{
	unsigned char message[DNS_MESSAGE_BYTES];
	size_t len = make_answer(message);
	struct init_address first = address("192.0.2.1");
	struct dns_answer answer;

	CHECK(dns_read_answer(message, len, 7, "www.example.org", DNS_A,
			      &answer));
	CHECK(answer.code == DNS_NOERROR && answer.count == 2);
	CHECK(answer.chain_count == 1 && answer.lifetime_s == 30);
	CHECK_STR(answer.chain[0], "web.example.net");
	CHECK(address_equal(&answer.addresses[0], &first));
	CHECK(!answer.cut);
	message[2] |= 2; /* TC */
	CHECK(dns_read_answer(message, len, 7, "www.example.org", DNS_A,
			      &answer) &&
	      answer.cut);
	message[2] &= 0xfd;
	CHECK(!dns_read_answer(message, len, 8, "www.example.org", DNS_A,
			       &answer));
	CHECK(!dns_read_answer(message, len, 7, "www.example.com", DNS_A,
			       &answer));
	CHECK(!dns_read_answer(message, len, 7, "www.example.org", DNS_AAAA,
			       &answer));
	for (size_t cut = 0; cut < len; cut++)
		if (dns_read_answer(message, cut, 7, "www.example.org", DNS_A,
				    &answer))
			CHECK(answer.count <= 1);
	/* A pointer to itself, and one forwards. */
	message[62] = 0xc0;
	message[63] = 62;
	CHECK(dns_read_answer(message, len, 7, "www.example.org", DNS_A,
			      &answer) &&
	      !answer.count);
	message[63] = 78;
	CHECK(dns_read_answer(message, len, 7, "www.example.org", DNS_A,
			      &answer) &&
	      !answer.count);
}

static void replies(void)
{
	unsigned char message[DNS_MESSAGE_BYTES], reply[DNS_REPLY_BYTES];
	struct init_address addresses[DNS_ADDRESSES_MAX];
	struct dns_answer back;
	struct dns_query query;
	size_t len = dns_write_query(9, "a.example", DNS_AAAA, message);

	for (unsigned int i = 0; i < DNS_ADDRESSES_MAX; i++)
		addresses[i] = address("2001:db8::1");
	CHECK(dns_read_query(message, len, &query) == 0);
	len = dns_write_reply(message, &query, DNS_NOERROR, addresses,
			      DNS_ADDRESSES_MAX, 60, reply);
	CHECK(len > 400 && len <= DNS_REPLY_BYTES);
	CHECK(dns_read_answer(reply, len, 9, "a.example", DNS_AAAA, &back));
	CHECK(back.count == 17 && back.lifetime_s == 60);
	len = dns_write_reply(message, &query, DNS_REFUSED, NULL, 0, 0, reply);
	CHECK(dns_read_answer(reply, len, 9, "a.example", DNS_AAAA, &back));
	CHECK(back.code == DNS_REFUSED && !back.count);
}

static void reverse_names(void)
{
	struct init_address got, v4 = address("192.0.2.1"), v6 = address("::1");

	CHECK(dns_reverse_name("1.2.0.192.in-addr.arpa", &got) &&
	      address_equal(&got, &v4));
	CHECK(dns_reverse_name("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
			       "0.0.0.0.0.0.0.0.0.ip6.arpa",
			       &got) &&
	      address_equal(&got, &v6));
	CHECK(!dns_reverse_name("256.2.0.192.in-addr.arpa", &got));
	CHECK(!dns_reverse_name("2.0.192.in-addr.arpa", &got));
	CHECK(!dns_reverse_name("x.2.0.192.in-addr.arpa", &got));
	CHECK(!dns_reverse_name("", &got));
}

/* ---- names ----------------------------------------------------------------
 */

static struct known_names known;

static bool leads(const char *text, uint64_t now_ms)
{
	struct init_address at = address(text);
	unsigned int cursor = 0;

	return known_names_of(&known, &at, now_ms, &cursor) != NULL;
}

static void remembers(void)
{
	struct init_address one = address("192.0.2.1"),
			    two = address("192.0.2.2");
	const uint64_t grace_ms = KNOWN_GRACE_S * 1000;

	known_names_add(&known, "a.example", DNS_A, &one, 1, 10, 1000);
	CHECK(known_names_find(&known, "a.example", DNS_A, 10999));
	CHECK(!known_names_find(&known, "a.example", DNS_A, 11000));
	CHECK(!known_names_find(&known, "a.example", DNS_AAAA, 1000));
	CHECK(leads("192.0.2.1", 11000 + grace_ms - 1));
	CHECK(!leads("192.0.2.1", 11000 + grace_ms) && !leads("192.0.2.2", 1));
	/* Another answer: the old address stays for its time. */
	known_names_add(&known, "a.example", DNS_A, &two, 1, 10, 20000);
	CHECK(known_names_find(&known, "a.example", DNS_A, 20001)->count == 2);
	CHECK(leads("192.0.2.1", 20001) && leads("192.0.2.2", 20001));
	CHECK(!leads("192.0.2.1", 11000 + grace_ms) &&
	      leads("192.0.2.2", 11000 + grace_ms));
}

static void forgets(void)
{
	struct init_address one = address("192.0.2.1");
	char name[32];

	for (unsigned int i = 0; i < KNOWN_NAMES_MAX + 50; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		known_names_add(&known, name, DNS_A, &one, 1, 10, 1000 + i);
	}
	CHECK(known.end == KNOWN_NAMES_MAX);
	CHECK(!known_names_find(&known, "n0.example", DNS_A, 2000));
	CHECK(known_names_find(&known, name, DNS_A, 2000));
}

static const struct tap_case cases[] = {
	{ "abstract names become the jail's own", settles_abstract_names },
	{ "abstract names that the kernel would choose",
	  chooses_abstract_names },
	{ "reads addresses as the kernel does", reads_addresses },
	{ "where no name may lead", classes_addresses },
	{ "writes addresses", writes_addresses },
	{ "rules for names", names_match },
	{ "rules for addresses", addresses_match },
	{ "DNS queries", queries },
	{ "DNS answers", answers },
	{ "DNS replies", replies },
	{ "reverse names", reverse_names },
	{ "remembers names", remembers },
	{ "forgets the oldest", forgets },
};

TAP_MAIN(cases)
