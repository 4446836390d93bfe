/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Risky programs, by name. The names are those of proc_jail 0.1.0 (its SHELLS,
 * INTERPRETERS, SPAWNERS and PRIVILEGE lists), and what its name matching was
 * found to miss: loaders, restricted and static shells, further runtimes and
 * launchers. It is a hint that stops mistakes in policies, no boundary: a copy
 * under another name is not seen, and programs that can run others as one of
 * many features (find, tar, git, sed, vi, less, man, make, gdb, ssh) are not
 * listed: argument rules and the jail's `execute` are for those.
 */
#include "guard/risky.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

static const char *const shells[] = {
	"sh",	  "bash", "zsh",     "dash",	"ksh",	 "csh",	  "tcsh",
	"fish",	  "ash",  "busybox", /* from here on: ours */
	"rbash",  "rksh", "rzsh",    "mksh",	"lksh",	 "pdksh", "oksh",
	"yash",	  "posh", "elvish",  "nushell", "xonsh", "pwsh",  "powershell",
	"toybox", "sash", "osh",     "ysh",	"scsh",	 "hush",
};

static const char *const interpreters[] = {
	"python",
	"python2",
	"python3",
	"perl",
	"ruby",
	"node",
	"nodejs",
	"deno",
	"bun",
	"php",
	"lua",
	"luajit",
	"tclsh",
	"wish",
	"awk",
	"gawk",
	"nawk",
	"mawk", /* from here on: ours */
	"original-awk",
	"pypy",
	"ipython",
	"micropython",
	"jython",
	"graalpy",
	"jruby",
	"mruby",
	"truffleruby",
	"php-cgi",
	"php-fpm",
	"phpdbg",
	"expect",
	"guile",
	"racket",
	"mit-scheme",
	"chibi-scheme",
	"sbcl",
	"clisp",
	"ecl",
	"erl",
	"escript",
	"elixir",
	"iex",
	"ghci",
	"runghc",
	"runhaskell",
	"rscript",
	"r",
	"octave",
	"octave-cli",
	"julia",
	"groovy",
	"scala",
	"jshell",
	"java",
	"jjs",
	"qjs",
	"gjs",
	"ocaml",
	"swipl",
	"tsx",
	"ts-node",
	"npx",
	"bunx",
	"pipx",
	"uvx",
	"emacs",
	"mono",
	"dotnet",
	"wasmtime",
	"qemu-x86_64",
	"qemu-aarch64",
};

static const char *const spawners[] = {
	"env",
	"xargs",
	"parallel",
	"nohup",
	"timeout",
	"time",
	"nice",
	"ionice",
	"strace",
	"ltrace",
	"watch",
	"exec", /* ours: */
	"setsid",
	"stdbuf",
	"script",
	"systemd-run",
	"systemd-nspawn",
	"chrt",
	"taskset",
	"flock",
	"unbuffer",
	"numactl",
	"prlimit",
	"setarch",
	"linux32",
	"linux64",
	"i386",
	"x86_64",
	"uname26",
	"choom",
	"start-stop-daemon",
	"daemonize",
	"tmux",
	"screen",
	"dtach",
	"abduco",
	"zellij",
	"at",
	"batch",
	"crontab",
	"run-parts",
	"entr",
	"socat",
	"ssh-agent",
	"dbus-run-session",
	"dbus-launch",
	"xvfb-run",
	"fakeroot",
	"fakechroot",
	"proot",
	"catchsegv",
	"valgrind",
	"rlwrap",
	"coproc",
	"command",
	"chronic",
	"softlimit",
	"chpst",
	"cgexec",
	"procjail",
	"bwrap",
	"firejail",
	"catatonit",
	"tini",
	"dumb-init",
	"ldd",
	"uftrace",
	"perf",
};

static const char *const privilege_tools[] = {
	"sudo",	       "su",	  "doas",    "pkexec", "gksudo",  "kdesudo",
	"runuser",     "chroot", /* ours: */
	"sudoedit",    "sudo-rs", "su-rs",   "gksu",   "kdesu",	  "run0",
	"setpriv",     "capsh",	  "newgrp",  "sg",     "nsenter", "unshare",
	"machinectl",  "gosu",	  "su-exec", "please", "dzdo",	  "newuidmap",
	"newgidmap",   "setcap",  "docker",  "podman", "nerdctl", "lxc-attach",
	"lxc-execute", "runc",	  "crun",
};

static const struct {
	const char *category;
	const char *const *names;
	size_t count;
} categories[] = {
	{ "shell", shells, ARRAY_SIZE(shells) },
	{ "interpreter", interpreters, ARRAY_SIZE(interpreters) },
	{ "spawner", spawners, ARRAY_SIZE(spawners) },
	{ "privilege tool", privilege_tools, ARRAY_SIZE(privilege_tools) },
};

/* Dynamic loaders run the program they are given: glibc (also by its versioned
 * name), musl, uClibc. */
static const char *const loader_prefixes[] = {
	"ld-linux", "ld-musl-", "ld-uclibc", "ld.so", "ld64.so", "ld-2.",
};

/* A name's end that does not make it another program. */
static const char *const suffixes[] = {
	"-static", ".static",  "-dbg",	"-debug", "-bin",     ".bin",
	".real",   ".distrib", ".orig", ".exe",	  "-minimal",
};

static const char *const multicall[] = {
	"busybox",
	"toybox",
	"coreutils",
	"sbase-box",
	"ubase-box",
	"systemctl",
	"kmod",
	"vim",
	"vim.basic",
	"vim.tiny",
	"xtables-nft-multi",
	"xtables-legacy-multi",
	"dropbearmulti",
	"exim4",
	"lvm",
};

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "3.11", "-5.4", "8", "3.11d" (an ABI letter at the end). */
static size_t version_length(const char *rest)
{
	size_t n = rest[0] == '-';
	size_t digits = strspn(rest + n, "0123456789.");

	if (!digits || rest[n] == '.')
		return 0;
	n += digits;
	if (isalpha((unsigned char)rest[n]) && !rest[n + 1])
		n++;
	return n;
}

static size_t suffix_length(const char *rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (strncmp(rest, suffixes[i], strlen(suffixes[i])) == 0)
			return strlen(suffixes[i]);
	return 0;
}

/* `name` (lower case) is `base`, perhaps with versions and suffixes. A name of
 * one letter must be exact. */
static bool is_variant(const char *name, const char *base)
{
	const char *rest = name;
	size_t len;

	while (*base && *rest == *base)
		rest++, base++;
	if (*base)
		return false;
	len = (size_t)(rest - name);
	while (*rest && len > 1) {
		size_t n = version_length(rest);

		if (!n)
			n = suffix_length(rest);
		if (!n)
			return false;
		rest += n;
	}
	return !*rest;
}

static const char *category_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(loader_prefixes); i++)
		if (strncmp(name, loader_prefixes[i],
			    strlen(loader_prefixes[i])) == 0)
			return "spawner";
	for (size_t i = 0; i < ARRAY_SIZE(categories); i++)
		for (size_t j = 0; j < categories[i].count; j++)
			if (is_variant(name, categories[i].names[j]))
				return categories[i].category;
	return NULL;
}

/* ASCII lower case, without the leading dots and dashes that hide a name. */
static void fold(char *out, size_t size, const char *name)
{
	size_t n = 0;

	for (name += strspn(name, ".-_"); *name && n + 1 < size; name++)
		out[n++] = *name >= 'A' && *name <= 'Z'
				   ? (char)(*name - 'A' + 'a')
				   : *name;
	out[n] = '\0';
}

const char *risky_category(const char *path)
{
	const char *name = path_name(path);
	char folded[256]; /* NAME_MAX and a NUL */

	if (!text_is_utf8(name, strlen(name)))
		return "undecodable name";
	fold(folded, sizeof(folded), name);
	return category_of(folded);
}

bool risky_is_multicall(const char *path)
{
	char folded[256];

	fold(folded, sizeof(folded), path_name(path));
	for (size_t i = 0; i < ARRAY_SIZE(multicall); i++)
		if (is_variant(folded, multicall[i]))
			return true;
	return false;
}
