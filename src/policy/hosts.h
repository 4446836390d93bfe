/* SPDX-License-Identifier: Apache-2.0 */
/* Host patterns of network.allow and network.deny. Whoever matches a host
 * uses this parser too, so that what is accepted is what is meant. */
#ifndef PJ_POLICY_HOSTS_H
#define PJ_POLICY_HOSTS_H

#include <stdint.h>

enum host_kind {
	HOST_NAME,    /* "github.com": this name alone */
	HOST_BELOW,   /* "*.npmjs.org": every name below it, not itself */
	HOST_ANY,     /* "*": every name, but no address as such */
	HOST_NETWORK, /* "10.0.0.0/8", "[::1]": addresses */
};

struct host_pattern {
	enum host_kind kind;
	char name[254]; /* lower case, without "*." */
	int family;	/* AF_INET, AF_INET6 */
	unsigned char address[16];
	unsigned int prefix;		/* bits */
	uint16_t first_port, last_port; /* 0 and 65535: any */
};

/*
 *   name[:ports]  *.name[:ports]  *[:ports]  a.b.c.d[/bits][:ports]
 *   v6[/bits]     [v6[/bits]][:ports]        ports: N or N-N
 *
 * A name is letters, digits and hyphens in labels, not all digits in the last,
 * and perhaps a dot at the end. An international one is written as it is looked
 * up (xn--).
 * Return NULL, or what is wrong, as the rest of a sentence.
 */
const char *host_pattern_parse(const char *text, struct host_pattern *ret);
const char *host_pattern_problem(const char *text);

/* "8080" or "8000-8099", of network.listen; NULL, or what is wrong. */
struct port_range {
	uint16_t first, last;
};
const char *port_range_parse(const char *text, struct port_range *ret);

#endif
