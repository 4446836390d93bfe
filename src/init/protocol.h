/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the library and the jail's init say to each other. Plain memory, same
 * machine, same build: the init is embedded in the library.
 *
 * Descriptors of the init, all others are closed before it starts:
 *   0 control    library -> init: one byte a signal for the program; end of
 *                file: the library is gone, end the jail
 *   1 report     init -> library: one struct init_report, then end of file
 *   2 config     a memory file with struct init_config and what it points to;
 *                the init writes what it refuses into its last part
 *   3 listener   seccomp notifications (INIT_BROKER only)
 *   4 account    cpu.stat of the jail's cgroup, to read (INIT_ACCOUNT only)
 *   5 names      socket on UDP port 53 of the jail's loopback
 *                (INIT_OWN_NETWORK)
 *   6 stream     the same of TCP, listening (INIT_OWN_NETWORK only)
 *   7 network    the jail's network namespace (INIT_OWN_NETWORK only)
 *   8 scratch    a directory to remove with all that is in it when the tree is
 *                dead (where the config names one)
 *   9 begin      a timer (INIT_WAITS only), which the library sets when the
 *                program is told what to become; the first look by the clock is
 *                when it expires
 */
#ifndef PJ_INIT_PROTOCOL_H
#define PJ_INIT_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	INIT_FD_CONTROL,
	INIT_FD_REPORT,
	INIT_FD_CONFIG,
	INIT_FD_LISTENER,
	INIT_FD_ACCOUNT,
	INIT_FD_NAMES,
	INIT_FD_NAMES_STREAM,
	INIT_FD_NETWORK,
	INIT_FD_SCRATCH,
	INIT_FD_BEGIN,
	INIT_FD_COUNT,
};

enum {
	INIT_PID_NAMESPACE = 1, /* we are pid 1: kill(-1) means the jail */
	INIT_BROKER = 2,
	INIT_ACCOUNT = 4, /* CPU time by the cgroup's cpu.stat */
	INIT_NETWORK = 8, /* connections and names go through us */
	/* The root is the host's: what no rule grants is there all the same. */
	INIT_HOST_ROOT = 16,
	/* No scope of Landlock keeps signals in: we do. */
	INIT_UNSCOPED = 32,
	/* The program waits for what it is to become (launch/handover.h):
	 * nothing is counted, and no time passes, until INIT_FD_BEGIN says so.
	 * A timer, not a message: a program that is over by then has woken
	 * nobody, and it expires whatever becomes of the caller. */
	INIT_WAITS = 64,
	/* With INIT_NETWORK: the program stands in a network of its own, we in
	 * the host's. Else both stand there, and nothing of it is private. */
	INIT_OWN_NETWORK = 128,
	/* limits.processes leaves room for our threads: they shall be there
	 * before the program can take it. */
	INIT_COUNTED = 256,
	/* The mode of the network: none; a loopback, in which we stand too. */
	INIT_OFFLINE = 512,
	INIT_LOOPBACK = 1024,
};

/* What a write rule opens of the names that a name rule holds: nothing, what
 * lies strictly above it, or the very place as well (a child that lifts it). */
enum rule_opens { OPENS_NOTHING, OPENS_BELOW, OPENS_SAME };

/* Same order as enum path_access; then, with INIT_HOST_ROOT, what is not
 * granted within what is, and a device, to read and to write. */
enum { RULE_DENY, RULE_PROTECT, RULE_WRITE, RULE_READ, RULE_NONE, RULE_DEVICE };

/* Offsets count from the start of struct init_config. */
struct init_path_rule {
	uint32_t path; /* canonical, inside the jail */
	uint32_t access;
	uint32_t opens; /* a write rule of the policy: enum rule_opens */
	uint32_t unused;
	uint64_t device,
		inode; /* of an existing deny or protect rule; 0: none */
};

struct init_name_rule {
	uint32_t pattern;
	uint32_t access;
	uint32_t git_directory;
	uint32_t except_first, except_count;
};

/* All addresses are of 16 bytes; IPv4 as ::ffff:a.b.c.d. */
struct init_address {
	unsigned char bytes[16];
};

enum { HOST_RULE_NAME, HOST_RULE_BELOW, HOST_RULE_ANY, HOST_RULE_NETWORK };

/* One pattern of network.allow or network.deny. */
struct init_host_rule {
	uint32_t kind;
	uint32_t denies;
	uint32_t name; /* lower case; of NAME and BELOW */
	uint16_t first_port, last_port;
	uint32_t prefix; /* of NETWORK: bits, of the 128 */
	struct init_address address;
};

struct init_name_server {
	struct init_address address;
	uint32_t scope; /* of a link-local address: its interface */
};

/* A line of the host's own list of hosts that a rule allows. */
struct init_known_host {
	uint32_t name;
	struct init_address address;
};

enum refusal_protocol { REFUSED_DNS, REFUSED_TCP, REFUSED_UDP };

enum refusal_reason {
	REFUSED_NO_RULE,  /* no rule allows it */
	REFUSED_BY_RULE,  /* a deny rule names it */
	REFUSED_ADDRESS,  /* where no name may lead */
	REFUSED_RECORD,	  /* a DNS record other than an address */
	REFUSED_FLOOD,	  /* more lookups than a program makes */
	REFUSED_PROTOCOL, /* nothing but TCP leaves the jail */
	REFUSED_LISTEN,	  /* not a port to publish, and no other loopback */
};

struct init_refusal {
	char host[256]; /* a name or an address, as text */
	uint16_t port;
	uint8_t protocol, reason;
	uint32_t rule; /* number of the deny rule, from 1; 0: none */
	uint64_t count;
};

enum { REFUSALS_MAX = 64 };

/* Written by the init, read by the library when the jail has ended. */
struct init_refusals {
	uint32_t count;
	uint32_t unused;
	uint64_t more; /* that found no place any more */
	struct init_refusal items[REFUSALS_MAX];
};

/* Of network.listen. */
struct init_port_range {
	uint16_t first, last;
};

/* A path socket outside the jail that may be connected to. */
struct init_socket {
	uint64_t device, inode; /* 0: it was not there */
};

struct init_config {
	uint32_t size; /* of the whole memory file */
	uint32_t flags;
	int32_t main_pid; /* written at launch: the program, in our pid
			     namespace */
	uint32_t path_rules, path_rule_count;
	uint32_t name_rules, name_rule_count;
	uint32_t excepts; /* array of uint32_t offsets of patterns */
	uint32_t scratch; /* path of the scratch directory; 0: none */
	uint32_t scoped;  /* written at launch: we are in a Landlock
			   * domain of our own whose signals stay in it
			   */
	uint64_t private_devices[2];	/* written at launch: st_dev of /tmp,
					   /dev/shm; 0: none */
	uint64_t memory_limit;		/* bytes, UINT64_MAX: none */
	uint64_t cpu_limit_us;		/* UINT64_MAX: none */
	uint64_t process_limit;		/* UINT64_MAX: the kernel counts */
	uint32_t sockets, socket_count; /* struct init_socket */
	uint64_t wall_limit_ms; /* for a library that is not called in time */

	/* INIT_NETWORK: */
	uint32_t host_rules, host_rule_count;
	uint32_t name_servers, name_server_count;
	uint32_t known_hosts, known_host_count;
	uint32_t listen, listen_count; /* struct init_port_range */
	/* Without a root of its own: the path of the resolver's file, and what
	 * the program reads instead; 0: mounts see to it. */
	uint32_t resolver, resolver_text;
	uint32_t refusals; /* struct init_refusals, on a page of its own */
};

/* Between two looks at the tree. */
static inline unsigned int init_look_ms(const struct init_config *config)
{
	bool limited = config->memory_limit != UINT64_MAX ||
		       config->cpu_limit_us != UINT64_MAX ||
		       config->process_limit != UINT64_MAX;

	return limited ? 10 : 50;
}

enum {
	ENDED_BY_ITSELF,
	ENDED_BY_MEMORY,
	ENDED_BY_CPU,
	ENDED_BY_PROCESSES,
	ENDED_BY_TIME,
	ENDED_BY_FAILURE,
	ENDED_BY_NETWORK, /* what stands between it and the host is not to be
			     had: nothing was answered */
};

struct init_report {
	uint32_t size;
	int32_t wait_status; /* of the program, as by waitpid */
	uint32_t ended_by;
	uint32_t processes_peak;
	int32_t errnum; /* ENDED_BY_FAILURE: of the init's own system call */
	uint64_t user_us, system_us; /* the whole tree */
	uint64_t peak_process_bytes; /* largest process */
	uint64_t peak_tree_bytes;    /* most seen at once; 0: not sampled */
};

#endif
