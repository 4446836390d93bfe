/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes DNS messages. Every read goes through get(), which knows
 * the end; a compressed name may only point backwards, so it ends. */
#include "init/dns_message.h"

#include "init/lib.h"

enum {
	HEADER_BYTES = 12,
	LABEL_MAX = 63,
	CLASS_IN = 1,
	TYPE_CNAME = 5,
	TYPE_OPT = 41,
	POINTER = 0xc0,
	POINTERS_MAX = 16,
};

/* Of the header's third and fourth byte. */
enum {
	FLAG_RESPONSE = 0x8000,
	FLAG_OPCODE = 0x7800,
	FLAG_CUT = 0x0200,
	FLAG_DESIRED = 0x0100, /* recursion */
	FLAG_AVAILABLE = 0x0080,
	FLAG_CODE = 0x000f,
};

struct reader {
	const unsigned char *bytes;
	size_t len, at;
	bool bad;
};

static unsigned int get(struct reader *reader)
{
	if (reader->at >= reader->len) {
		reader->bad = true;
		return 0;
	}
	return reader->bytes[reader->at++];
}

static unsigned int get16(struct reader *reader)
{
	unsigned int high = get(reader);

	return high << 8 | get(reader);
}

static uint32_t get32(struct reader *reader)
{
	uint32_t high = get16(reader);

	return high << 16 | get16(reader);
}

static void skip(struct reader *reader, size_t n)
{
	if (n > reader->len - reader->at)
		reader->bad = true;
	else
		reader->at += n;
}

/* ---- names --------------------------------------------------------------- */

/* The byte as it stands in a name's text, 0 when it may not stand there. */
static char name_byte(unsigned int byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (char)(byte - 'A' + 'a');
	if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
	    byte == '-' || byte == '_')
		return (char)byte;
	return 0;
}

static void read_label(struct reader *reader, unsigned int n, char *name,
		       size_t *len)
{
	if (*len + n + 1 >= DNS_NAME_BYTES) {
		reader->bad = true;
		return;
	}
	if (*len)
		name[(*len)++] = '.';
	while (n-- && !reader->bad) {
		char c = name_byte(get(reader));

		reader->bad |= !c;
		name[(*len)++] = c;
	}
}

/* A name at the reader's place, as text. Pointers lead backwards. */
static void read_name(struct reader *reader, char name[DNS_NAME_BYTES],
		      bool may_point)
{
	struct reader at = *reader;
	size_t len = 0, lowest = reader->at;
	int pointers = 0;

	for (;;) {
		unsigned int n = get(&at);

		if (at.bad || !n)
			break;
		if (n <= LABEL_MAX) {
			read_label(&at, n, name, &len);
			continue;
		}
		n = (n & ~(unsigned int)POINTER) << 8 | get(&at);
		at.bad |= !may_point || n >= lowest || n < HEADER_BYTES ||
			  pointers == POINTERS_MAX ||
			  (at.bytes[at.at - 2] & POINTER) != POINTER;
		if (at.bad)
			break;
		if (pointers++ == 0)
			reader->at = at.at;
		lowest = at.at = n;
	}
	name[len] = '\0';
	if (!pointers)
		reader->at = at.at;
	reader->bad |= at.bad;
}

struct writer {
	unsigned char *bytes;
	size_t size, at;
	bool full;
};

static void put(struct writer *writer, unsigned int byte)
{
	if (writer->at == writer->size)
		writer->full = true;
	else
		writer->bytes[writer->at++] = (unsigned char)byte;
}

static void put16(struct writer *writer, unsigned int value)
{
	put(writer, value >> 8 & 0xff);
	put(writer, value & 0xff);
}

static void put32(struct writer *writer, uint32_t value)
{
	put16(writer, value >> 16);
	put16(writer, value & 0xffff);
}

static size_t label_len(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != '.')
		n++;
	return n;
}

static void put_name(struct writer *writer, const char *name)
{
	while (*name) {
		size_t n = label_len(name);

		if (!n || n > LABEL_MAX)
			writer->full = true;
		put(writer, (unsigned int)n);
		for (size_t i = 0; i < n; i++)
			put(writer, (unsigned char)name[i]);
		name += n + (name[n] == '.');
	}
	put(writer, 0);
}

/* ---- queries ------------------------------------------------------------- */

static bool has_underscore(const char *name)
{
	while (*name)
		if (*name++ == '_')
			return true;
	return false;
}

int dns_read_query(const unsigned char *message, size_t len,
		   struct dns_query *ret)
{
	struct reader reader = { message, len, 0, false };
	unsigned int flags, counts[4], class;

	memset(ret, 0, sizeof(*ret));
	ret->end = HEADER_BYTES;
	ret->id = (uint16_t)get16(&reader);
	flags = get16(&reader);
	for (int i = 0; i < 4; i++)
		counts[i] = get16(&reader);
	if (reader.bad || flags & FLAG_RESPONSE)
		return DNS_SILENCE;
	if (flags & FLAG_OPCODE)
		return DNS_NOTIMP;
	/* One question, and at most EDNS's record behind it. */
	if (counts[0] != 1 || counts[1] || counts[2] || counts[3] > 1)
		return DNS_FORMERR;
	read_name(&reader, ret->name, false);
	ret->type = (uint16_t)get16(&reader);
	class = get16(&reader);
	if (reader.bad)
		return DNS_FORMERR;
	ret->end = reader.at;
	return class != CLASS_IN || !*ret->name || has_underscore(ret->name)
		       ? DNS_REFUSED
		       : 0;
}

size_t dns_write_query(uint16_t id, const char *name, uint16_t type,
		       unsigned char out[DNS_MESSAGE_BYTES])
{
	struct writer writer = { out, DNS_MESSAGE_BYTES, 0, false };

	put16(&writer, id);
	put16(&writer, FLAG_DESIRED);
	put16(&writer, 1);
	put16(&writer, 0);
	put16(&writer, 0);
	put16(&writer, 1);
	put_name(&writer, name);
	put16(&writer, type);
	put16(&writer, CLASS_IN);
	/* EDNS (RFC 6891): how much we take. */
	put(&writer, 0);
	put16(&writer, TYPE_OPT);
	put16(&writer, DNS_MESSAGE_BYTES);
	put32(&writer, 0);
	put16(&writer, 0);
	return writer.full ? 0 : writer.at;
}

/* ---- answers ------------------------------------------------------------- */

struct record {
	char name[DNS_NAME_BYTES];
	unsigned int type, class;
	uint32_t lifetime_s;
	size_t data, len;
};

static bool read_record(struct reader *reader, struct record *ret)
{
	read_name(reader, ret->name, true);
	ret->type = get16(reader);
	ret->class = get16(reader);
	ret->lifetime_s = get32(reader);
	ret->len = get16(reader);
	ret->data = reader->at;
	if (!reader->bad)
		skip(reader, ret->len);
	return !reader->bad;
}

static void shorten(struct dns_answer *answer, uint32_t lifetime_s)
{
	/* RFC 2181: with the highest bit set it is none. */
	if (lifetime_s > INT32_MAX)
		lifetime_s = 0;
	if (lifetime_s < answer->lifetime_s)
		answer->lifetime_s = lifetime_s;
}

static const char *canonical(const struct dns_answer *answer, const char *name)
{
	return answer->chain_count ? answer->chain[answer->chain_count - 1]
				   : name;
}

/* Follow one alias; false when `name` has none in this message. */
static bool follow(struct reader reader, unsigned int records, const char *name,
		   struct dns_answer *answer)
{
	while (records--) {
		struct record record;
		struct reader target = reader;

		if (!read_record(&reader, &record))
			return false;
		if (record.type != TYPE_CNAME || record.class != CLASS_IN ||
		    !text_equal(record.name, canonical(answer, name)))
			continue;
		target.at = record.data;
		read_name(&target, answer->chain[answer->chain_count], true);
		if (target.bad || target.at != record.data + record.len)
			return false;
		answer->chain_count++;
		shorten(answer, record.lifetime_s);
		return true;
	}
	return false;
}

static void collect(struct reader reader, unsigned int records,
		    const char *name, uint16_t type, struct dns_answer *answer)
{
	size_t size = type == DNS_A ? 4 : 16;

	while (records-- && answer->count < DNS_ADDRESSES_MAX) {
		struct init_address *to = &answer->addresses[answer->count];
		struct record record;

		if (!read_record(&reader, &record))
			return;
		if (record.type != type || record.class != CLASS_IN ||
		    record.len != size ||
		    !text_equal(record.name, canonical(answer, name)))
			continue;
		if (type == DNS_A)
			*to = address_from_v4(reader.bytes + record.data);
		else
			memcpy(to, reader.bytes + record.data, sizeof(*to));
		answer->count++;
		shorten(answer, record.lifetime_s);
	}
}

bool dns_read_answer(const unsigned char *message, size_t len, uint16_t id,
		     const char *name, uint16_t type, struct dns_answer *ret)
{
	struct reader reader = { message, len, 0, false };
	unsigned int flags, questions, records;
	char asked[DNS_NAME_BYTES];

	memset(ret, 0, sizeof(*ret));
	ret->lifetime_s = INT32_MAX;
	if (get16(&reader) != id)
		return false;
	flags = get16(&reader);
	questions = get16(&reader);
	records = get16(&reader);
	skip(&reader, 4);
	if (reader.bad || !(flags & FLAG_RESPONSE) || flags & FLAG_OPCODE ||
	    questions != 1)
		return false;
	read_name(&reader, asked, false);
	if (get16(&reader) != type || get16(&reader) != CLASS_IN ||
	    reader.bad || !text_equal(asked, name))
		return false;
	ret->code = (int)(flags & FLAG_CODE);
	ret->cut = flags & FLAG_CUT;
	if (ret->code != DNS_NOERROR)
		return true;
	while (ret->chain_count < DNS_CHAIN_MAX &&
	       follow(reader, records, name, ret))
		;
	collect(reader, records, name, type, ret);
	return true;
}

/* ---- replies ------------------------------------------------------------- */

static struct writer start_reply(const unsigned char *message,
				 const struct dns_query *query, int code,
				 unsigned int answers,
				 unsigned char out[DNS_REPLY_BYTES])
{
	struct writer writer = { out, DNS_REPLY_BYTES, 0, false };
	unsigned int desired = message[2] & (FLAG_DESIRED >> 8);
	bool asked = query->end > HEADER_BYTES;

	put16(&writer, query->id);
	put16(&writer, FLAG_RESPONSE | FLAG_AVAILABLE | desired << 8 |
			       (unsigned int)code);
	put16(&writer, asked);
	put16(&writer, answers);
	put32(&writer, 0);
	/* As it came: who asks in mixed case compares. */
	for (size_t i = HEADER_BYTES; i < query->end; i++)
		put(&writer, message[i]);
	return writer;
}

static void put_record(struct writer *writer, const struct dns_query *query,
		       uint32_t lifetime_s, size_t len)
{
	put16(writer, POINTER << 8 | HEADER_BYTES);
	put16(writer, query->type);
	put16(writer, CLASS_IN);
	put32(writer, lifetime_s);
	put16(writer, (unsigned int)len);
}

size_t dns_write_reply(const unsigned char *message,
		       const struct dns_query *query, int code,
		       const struct init_address *addresses, unsigned int count,
		       uint32_t lifetime_s, unsigned char out[DNS_REPLY_BYTES])
{
	enum { RECORD_BYTES = 12 };
	size_t size = query->type == DNS_A ? 4 : 16;
	size_t fits = (DNS_REPLY_BYTES - query->end) / (RECORD_BYTES + size);
	struct writer writer;

	if (count > fits)
		count = (unsigned int)fits;
	writer = start_reply(message, query, code, count, out);
	for (unsigned int i = 0; i < count; i++) {
		put_record(&writer, query, lifetime_s, size);
		for (size_t b = sizeof(*addresses) - size;
		     b < sizeof(*addresses); b++)
			put(&writer, addresses[i].bytes[b]);
	}
	return writer.at;
}

size_t dns_write_name_reply(const unsigned char *message,
			    const struct dns_query *query, const char *name,
			    uint32_t lifetime_s,
			    unsigned char out[DNS_REPLY_BYTES])
{
	struct writer writer = start_reply(message, query, DNS_NOERROR, 1, out);

	put_record(&writer, query, lifetime_s, text_len(name) + 2);
	put_name(&writer, name);
	return writer.full ? 0 : writer.at;
}

/* ---- reverse names ------------------------------------------------------- */

static bool reverse_v4(const char *name, struct init_address *ret)
{
	unsigned char bytes[4];

	for (int i = 3; i >= 0; i--) {
		const char *start = name;
		uint64_t number = number_read(&name);

		if (name == start || name - start > 3 || number > 255 ||
		    *name++ != '.')
			return false;
		bytes[i] = (unsigned char)number;
	}
	*ret = address_from_v4(bytes);
	return text_equal(name, "in-addr.arpa");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool reverse_v6(const char *name, struct init_address *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < 32; i++) {
		int digit = hex_digit(*name);

		if (digit < 0 || name[1] != '.')
			return false;
		name += 2;
		ret->bytes[15 - i / 2] =
			(unsigned char)(ret->bytes[15 - i / 2] |
					digit << (i % 2 ? 4 : 0));
	}
	return text_equal(name, "ip6.arpa");
}

bool dns_reverse_name(const char *name, struct init_address *ret)
{
	return reverse_v4(name, ret) || reverse_v6(name, ret);
}
