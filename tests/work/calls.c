/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes several hundred system calls on files of the directory it stands in
 * and prints what each answered. Run in a jail and outside of it, on two equal
 * directories, it must print the same. Modes, sizes, times and links of what
 * came of it are printed too.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

static char here[4096];
static int dir; /* sub/ */
static const char *volatile nowhere = NULL;

static void tell(const char *what, long value)
{
	int error = errno;

	if (value < 0)
		printf("%s: %s\n", what, strerrorname_np(error));
	else
		printf("%s: %ld\n", what, value);
}

/* A descriptor's number says nothing: tell its flags, and close it. */
static void tell_fd(const char *what, int fd)
{
	char text[16];
	ssize_t n;

	if (fd < 0) {
		tell(what, fd);
		return;
	}
	printf("%s: fd, fl %o, fd %o", what,
	       (unsigned int)(fcntl(fd, F_GETFL) & ~O_NOFOLLOW),
	       (unsigned int)fcntl(fd, F_GETFD));
	n = write(fd, "x", 1);
	printf(", write %s", n < 0 ? strerrorname_np(errno) : "good");
	n = pread(fd, text, sizeof(text), 0);
	if (n < 0)
		printf(", read %s\n", strerrorname_np(errno));
	else
		printf(", read %zd\n", n);
	close(fd);
}

#define CALL(expression) tell(#expression, (long)(expression))
#define OPEN(expression) tell_fd(#expression, (int)(expression))
#define RAW(...)	 CALL(syscall(__VA_ARGS__))
#define RAW_OPEN(...)	 OPEN(syscall(__VA_ARGS__))

/* symlink(2) for preparing; what went wrong shows in what follows. */
static void lead(const char *path, const char *to)
{
	if (symlink(to, path) < 0)
		printf("no link %s: %s\n", path, strerrorname_np(errno));
}

static void look(const char *path)
{
	struct stat st;
	char link[256] = "";
	ssize_t n;

	if (lstat(path, &st) < 0) {
		printf("  %s: %s\n", path, strerrorname_np(errno));
		return;
	}
	n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	printf("  %s: mode %o links %ld size %ld -> %s\n", path,
	       (unsigned int)st.st_mode,
	       S_ISDIR(st.st_mode) ? 0L : (long)st.st_nlink,
	       S_ISDIR(st.st_mode) ? 0L : (long)st.st_size, link);
}

static void look_times(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return;
	/* What is of this day is "now". */
	printf("  %s: atime %ld.%09ld mtime %ld.%09ld\n", path,
	       st.st_atim.tv_sec > 1600000000 ? 0 : st.st_atim.tv_sec,
	       st.st_atim.tv_sec > 1600000000 ? 0 : st.st_atim.tv_nsec,
	       st.st_mtim.tv_sec > 1600000000 ? 0 : st.st_mtim.tv_sec,
	       st.st_mtim.tv_sec > 1600000000 ? 0 : st.st_mtim.tv_nsec);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		printf("cannot make %s: %s\n", path, strerrorname_np(errno));
		return;
	}
	fputs(text, file);
	fclose(file);
}

static void prepare(void)
{
	umask(022);
	mkdir("sub", 0755);
	mkdir("sub/deep", 0755);
	mkdir("empty", 0755);
	mkdir("closed", 0555);
	put("file", "twelve bytes");
	put("sub/file", "other");
	put("readonly", "r");
	chmod("readonly", 0444);
	put("secret", "s");
	chmod("secret", 0);
	lead("link", "file");
	lead("dangling", "nowhere");
	lead("dirlink", "sub");
	lead("loop1", "loop2");
	lead("loop2", "loop1");
	lead("through-file", "file/x");
	lead("null", "/dev/null");
	mkfifo("fifo", 0644);
	dir = open("sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Every path below, opened with every combination of flags. */
static void opens(void)
{
	static const char *const paths[] = {
		"file",
		"new",
		"missing/x",
		"file/x",
		"file/",
		"new/",
		"sub",
		"sub/",
		"link",
		"link/",
		"dangling",
		"dangling/",
		"dirlink",
		"dirlink/",
		"dirlink/file",
		"loop1",
		"loop1/x",
		"through-file",
		"",
		".",
		"..",
		"/",
		"./file",
		"sub/../file",
		"missing/../file",
		"file/../file",
		"null",
		"/dev/null",
		"readonly",
		"closed/x",
		"//dev//null",
		"/dev/full",
		"sub/.",
		"empty/..",
		"secret",
	};
	static const struct {
		int flags;
		const char *name;
	} ways[] = {
		{ O_RDONLY, "r" },
		{ O_WRONLY, "w" },
		{ O_RDWR, "rw" },
		{ O_WRONLY | O_APPEND, "a" },
		{ O_RDONLY | O_TRUNC, "r,trunc" },
		{ O_WRONLY | O_TRUNC | O_CLOEXEC, "w,trunc,cloexec" },
		{ O_RDONLY | O_CREAT, "r,creat" },
		{ O_WRONLY | O_CREAT, "w,creat" },
		{ O_WRONLY | O_CREAT | O_EXCL, "w,creat,excl" },
		{ O_RDWR | O_CREAT | O_TRUNC, "rw,creat,trunc" },
		{ O_WRONLY | O_NOFOLLOW, "w,nofollow" },
		{ O_WRONLY | O_CREAT | O_NOFOLLOW, "w,creat,nofollow" },
		{ O_RDWR | O_DIRECTORY, "rw,directory" },
		{ O_RDONLY | O_DIRECTORY, "r,directory" },
		{ O_WRONLY | O_CREAT | O_DIRECTORY, "w,creat,directory" },
		{ O_RDONLY | O_CREAT | O_DIRECTORY, "r,creat,directory" },
		{ O_PATH | O_RDWR, "path,rw" },
		{ O_PATH | O_CREAT, "path,creat" },
		{ O_PATH | O_NOFOLLOW | O_WRONLY, "path,nofollow,w" },
		{ O_RDWR | O_TMPFILE, "rw,tmpfile" },
		{ O_WRONLY | O_TMPFILE | O_EXCL, "w,tmpfile,excl" },
		{ O_RDONLY | O_TMPFILE, "r,tmpfile" },
		{ O_WRONLY | O_CREAT | O_NONBLOCK | O_SYNC,
		  "w,creat,nonblock,sync" },
		{ O_ACCMODE, "3" },
		{ O_ACCMODE | O_CREAT, "3,creat" },
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		for (size_t j = 0; j < sizeof(ways) / sizeof(*ways); j++) {
			char what[128];

			if (strcmp(paths[i], "/") == 0 &&
			    (ways[j].flags & O_TMPFILE) == O_TMPFILE)
				continue; /* the jail's root is read-only */

			snprintf(what, sizeof(what), "open %s %s", paths[i],
				 ways[j].name);
			tell_fd(what,
				(int)syscall(SYS_openat, AT_FDCWD, paths[i],
					     ways[j].flags, 0666));
			unlink("new");
			unlink("nowhere");
			unlink("closed/x");
			if (paths[i][0] != '/')
				put("file", "twelve bytes");
		}
}

static void opens_more(void)
{
	char long_name[300], absolute[5000];
	char *long_path = malloc(5001);

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	memset(long_path, '/', 5000);
	long_path[5000] = '\0';
	OPEN(open(long_name, O_WRONLY | O_CREAT, 0644));
	long_name[256] = '\0';
	OPEN(open(long_name, O_WRONLY | O_CREAT, 0644));
	long_name[255] = '\0';
	OPEN(open(long_name, O_WRONLY | O_CREAT, 0644));
	CALL(unlink(long_name));
	OPEN(open(long_path, O_WRONLY | O_CREAT, 0644));
	long_path[4096] = '\0';
	OPEN(open(long_path, O_WRONLY | O_CREAT, 0644));
	long_path[4095] = '\0';
	OPEN(open(long_path, O_WRONLY | O_CREAT, 0644));
	OPEN(open(nowhere, O_WRONLY | O_CREAT, 0644));
	OPEN(open((char *)8, O_WRONLY | O_CREAT, 0644));
	OPEN(openat(dir, "file", O_RDWR));
	OPEN(openat(dir, "../file", O_RDWR));
	OPEN(openat(dir, "made", O_RDWR | O_CREAT, 0600));
	look("sub/made");
	OPEN(openat(-1, "file", O_RDWR));
	OPEN(openat(-1, "x", O_RDWR | O_CREAT, 0600));
	OPEN(openat(999, "x", O_RDWR | O_CREAT, 0600));
	OPEN(openat(1, "x", O_RDWR | O_CREAT, 0600));
	OPEN(openat(999, "", O_RDWR | O_CREAT, 0600));
	snprintf(absolute, sizeof(absolute), "%s/file", here);
	puts("absolute");
	tell_fd("absolute", openat(999, absolute, O_RDWR));
	tell_fd("absolute -1", openat(-1, absolute, O_RDWR));
	OPEN(openat(dir, "/dev/null", O_WRONLY));
	OPEN(open("fifo", O_WRONLY | O_NONBLOCK));
	OPEN(open("fifo", O_RDWR | O_NONBLOCK));
	OPEN(open("fifo", O_RDONLY | O_NONBLOCK));
	OPEN(open("fifo", O_RDWR | O_NONBLOCK | O_CREAT, 0600));
	OPEN(open("fifo", O_WRONLY | O_NONBLOCK | O_TRUNC));
	free(long_path);
#ifdef SYS_open
	RAW_OPEN(SYS_open, "legacy", O_WRONLY | O_CREAT | O_EXCL, 0666);
	RAW_OPEN(SYS_open, "legacy", O_WRONLY | O_CREAT | O_EXCL, 0666);
	RAW_OPEN(SYS_creat, "legacy", 0666);
	RAW_OPEN(SYS_creat, "legacy2", 0751);
	RAW_OPEN(SYS_creat, "sub", 0751);
	look("legacy2");
#endif
}

static void masks(void)
{
	static const mode_t values[] = { 0, 002, 022, 027, 077, 0777, 0111 };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char name[32];

		printf("umask %o\n", (unsigned int)values[i]);
		umask(values[i]);
		snprintf(name, sizeof(name), "mask-%o",
			 (unsigned int)values[i]);
		close(open(name, O_WRONLY | O_CREAT, 0777));
		look(name);
		snprintf(name, sizeof(name), "mask-%o-d",
			 (unsigned int)values[i]);
		CALL(mkdir(name, 01777));
		look(name);
		snprintf(name, sizeof(name), "mask-%o-p",
			 (unsigned int)values[i]);
		CALL(mknod(name, S_IFIFO | 0666, 0));
		look(name);
		snprintf(name, sizeof(name), "mask-%o-m",
			 (unsigned int)values[i]);
		CALL(mknod(name, 0640, 0));
		look(name);
	}
	umask(022);
	/* Who may read nothing may still write what it makes. */
	OPEN(open("mode-0", O_RDWR | O_CREAT, 0));
	look("mode-0");
	OPEN(open("mode-0444", O_RDWR | O_CREAT, 0444));
	look("mode-0444");
	OPEN(open("sticky", O_RDWR | O_CREAT, 01644));
	look("sticky");
}

static void directories(void)
{
	static const char *const paths[] = {
		"d",	     "d",	  "d/",	      "d2/",	  "d3//",
		"file",	     "file/",	  "file/x",   "link",	  "link/",
		"dangling",  "dangling/", "dirlink",  "dirlink/", "dirlink/d4",
		"missing/d", "",	  ".",	      "..",	  "/",
		"d/.",	     "d/..",	  "d5/.",     "/usr",	  "loop1",
		"loop1/",    "sub/../d6", "closed/d", "/tmp",
	};
	static const char *const gone[] = {
		"d",	    "d2/",	"d3",	    "file",	 "file/",
		"link",	    "link/",	"dangling", "dangling/", "dirlink",
		"dirlink/", "missing",	"missing/", "",		 ".",
		"..",	    "sub",	"sub/",	    "sub/.",	 "sub/..",
		"sub/d4",   "d6/.",	"d6",	    "loop1",	 "file/x",
		"empty/",   "closed/d",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		printf("%s: ", paths[i]);
		CALL(mkdir(paths[i], 0755));
	}
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++) {
		printf("%s: ", gone[i]);
		CALL(unlink(gone[i]));
		printf("%s: ", gone[i]);
		CALL(rmdir(gone[i]));
		look(gone[i]);
	}
	put("file", "twelve bytes");
	lead("link", "file");
	lead("dangling", "nowhere");
	lead("dirlink", "sub");
	CALL(unlink("loop1"));
	lead("loop1", "loop2");
	CALL(mkdirat(dir, "in", 0700));
	CALL(mkdirat(-1, "in", 0700));
	CALL(mkdirat(1, "in", 0700));
	CALL(unlinkat(dir, "in", 0));
	CALL(unlinkat(dir, "in", AT_REMOVEDIR));
	CALL(unlinkat(dir, "in", AT_REMOVEDIR));
	CALL(unlinkat(dir, "file", 0x1000));
	CALL(unlinkat(dir, "file", AT_REMOVEDIR));
	CALL(unlinkat(dir, "file", 0));
	put("sub/file", "other");
	CALL(mkdir("empty", 0755));
	CALL(mkdir("setgid", 02755));
	look("setgid");
	CALL(rmdir("setgid"));
	/* The current directory, gone. */
	CALL(mkdir("cwd", 0755));
	CALL(chdir("cwd"));
	CALL(rmdir("../cwd"));
	OPEN(open("x", O_WRONLY | O_CREAT, 0600));
	OPEN(open("../file", O_RDWR));
	CALL(mkdir("x", 0700));
	CALL(unlink("x"));
	CALL(chdir(here));
}

/* The names that renames() moves about, as they were. */
static void restore(void)
{
	static const char *const files[] = { "file",	 "new",	      "link",
					     "dangling", "dirlink",   "loop1",
					     "sub/file", "sub/deep/x" };
	static const char *const folders[] = {
		"new/deep/deep", "new/deep",   "sub/deep/deep", "sub/deep/new",
		"sub/deep",	 "empty/deep", "new",		"sub",
		"empty",	 "file",       "dangling",	"link",
		"dirlink",	 "loop1",
	};
	static const char *const inside[] = {
		"new/file",	 "empty/file",	 "file/file",  "link/file",
		"dangling/file", "dirlink/file", "loop1/file", "sub/deep/file",
	};
	static const char *const deep[] = { "file/deep", "link/deep",
					    "dangling/deep", "dirlink/deep",
					    "loop1/deep" };

	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++)
		unlink(inside[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(files[i]);
	for (size_t i = 0; i < sizeof(deep) / sizeof(*deep); i++)
		rmdir(deep[i]);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		unlink(folders[i]);
		rmdir(folders[i]);
	}
	mkdir("sub", 0755);
	mkdir("sub/deep", 0755);
	mkdir("empty", 0755);
	put("file", "twelve bytes");
	put("sub/file", "other");
	lead("link", "file");
	lead("dangling", "nowhere");
	lead("dirlink", "sub");
	lead("loop1", "loop2");
}

static void renames(void)
{
	static const char *const names[] = {
		"file",	      "new",	 "sub",	     "sub/",	  "empty",
		"new/",	      "file/",	 "link",     "link/",	  "dangling",
		"dangling/",  "dirlink", "dirlink/", "missing/x", "file/x",
		".",	      "..",	 "",	     "sub/deep",  "sub/.",
		"sub/deep/x", "loop1",	 "closed/x",
	};
	static const unsigned int ways[] = {
		0,
		RENAME_NOREPLACE,
		RENAME_EXCHANGE,
		RENAME_NOREPLACE | RENAME_EXCHANGE,
		1U << 7,
	};
	size_t count = sizeof(names) / sizeof(*names);

	for (size_t way = 0; way < sizeof(ways) / sizeof(*ways); way++)
		for (size_t i = 0; i < count * count; i++) {
			const char *from = names[i / count];
			const char *to = names[i % count];
			char what[128];
			long result;

			snprintf(what, sizeof(what), "rename %s %s %u", from,
				 to, ways[way]);
			result = renameat2(AT_FDCWD, from, AT_FDCWD, to,
					   ways[way]);
			tell(what, result);
			if (result == 0)
				restore();
		}
}

static void renames_more(void)
{
	dir = open("sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CALL(renameat(AT_FDCWD, "file", dir, "moved"));
	CALL(renameat(dir, "moved", AT_FDCWD, "file"));
	CALL(renameat(-1, "file", dir, "moved"));
	CALL(renameat(AT_FDCWD, "file", 999, "moved"));
	CALL(renameat(AT_FDCWD, nowhere, 999, "moved"));
	CALL(renameat(AT_FDCWD, "file", AT_FDCWD, "file"));
	CALL(rename("sub", "sub/deep/sub"));
	CALL(rename("empty", "sub"));
	CALL(rename("sub", "empty"));
	CALL(rename("empty", "sub"));
	CALL(rename("file", "readonly"));
	CALL(rename("readonly", "file"));
	CALL(link("file", "hard"));
	CALL(rename("file", "hard"));
	look("file");
	look("hard");
	CALL(unlink("hard"));
	CALL(mkdir("empty", 0755));
#ifdef RENAME_WHITEOUT
	CALL(renameat2(AT_FDCWD, "file", AT_FDCWD, "file2", RENAME_WHITEOUT));
	CALL(rename("file2", "file"));
#endif
}

static void links(void)
{
	static const char *const names[] = {
		"file",	   "new",      "sub",	    "sub/",	   "new/",
		"file/",   "link",     "link/",	    "dangling",	   "dangling/",
		"dirlink", "dirlink/", "missing/x", "file/x",	   ".",
		"",	   "loop1",    "fifo",	    "dirlink/new", "closed/x",
	};
	static const int ways[] = { 0, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH,
				    0x800 };
	size_t count = sizeof(names) / sizeof(*names);
	int fd;

	for (size_t way = 0; way < 4; way++)
		for (size_t i = 0; i < count * count; i++) {
			const char *from = names[i / count];
			const char *to = names[i % count];
			char what[128];
			long result;

			/* What that means differs between kernels. */
			if (!*from && ways[way] == AT_EMPTY_PATH)
				continue;
			snprintf(what, sizeof(what), "link %s %s %d", from, to,
				 ways[way]);
			result =
				linkat(AT_FDCWD, from, AT_FDCWD, to, ways[way]);
			tell(what, result);
			if (result == 0) {
				look(from);
				look(to);
				unlink(to);
			}
		}
	for (size_t i = 0; i < count; i++) {
		long result = symlink("some/where", names[i]);

		printf("symlink %s: ", names[i]);
		tell("", result);
		if (result == 0) {
			look(names[i]);
			unlink(names[i]);
		}
	}
	CALL(symlink("", "new"));
	CALL(symlink(nowhere, "new"));
	CALL(symlinkat("x", dir, "new"));
	CALL(symlinkat("x", dir, "new"));
	CALL(symlinkat("x", 999, "new"));
	CALL(unlinkat(dir, "new", 0));
	CALL(linkat(dir, "file", AT_FDCWD, "new", 0));
	CALL(linkat(dir, "file", 999, "new", 0));
	CALL(unlink("new"));
	/* A file without a name gets one. */
	fd = open(".", O_RDWR | O_TMPFILE, 0640);
	if (fd >= 0) {
		char path[64];

		CALL(write(fd, "born", 4));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		CALL(linkat(AT_FDCWD, path, AT_FDCWD, "born",
			    AT_SYMLINK_FOLLOW));
		look("born");
		CALL(linkat(AT_FDCWD, path, AT_FDCWD, "born",
			    AT_SYMLINK_FOLLOW));
		CALL(unlink("born"));
		close(fd);
	}
	fd = open(".", O_WRONLY | O_TMPFILE | O_EXCL, 0640);
	if (fd >= 0) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		CALL(linkat(AT_FDCWD, path, AT_FDCWD, "born",
			    AT_SYMLINK_FOLLOW));
		close(fd);
	}
}

static void modes(void)
{
	static const char *const names[] = {
		"file",	    "sub",     "sub/",	   "file/",   "link",	"link/",
		"dangling", "dirlink", "dirlink/", "missing", "file/x", "",
		".",	    "loop1",   "fifo",	   "secret",
	};
	int fd = open("file", O_RDONLY), path = open("file", O_PATH);
	int path_link = open("link", O_PATH | O_NOFOLLOW);
	int pipes[2];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		printf("%s: ", names[i]);
		CALL(chmod(names[i], 0700));
		printf("%s: ", names[i]);
		CALL(chmod(names[i], 01750));
		look(names[i]);
		printf("%s: ", names[i]);
		CALL(chown(names[i], (uid_t)-1, (gid_t)-1));
		printf("%s: ", names[i]);
		CALL(lchown(names[i], getuid(), getgid()));
		printf("%s: ", names[i]);
		CALL(truncate(names[i], 5));
		printf("%s: ", names[i]);
		CALL(truncate(names[i], -1));
	}
	CALL(pipe(pipes));
	CALL(chmod("sub", 0755));
	CALL(fchmod(fd, 0644));
	CALL(fchmod(path, 0644));
	CALL(fchmod(999, 0644));
	CALL(fchmod(-1, 0644));
	CALL(fchmod(pipes[0], 0600));
	CALL(fchmod(dir, 0755));
	RAW(SYS_fchmodat, dir, "file", 0600);
	RAW(SYS_fchmodat, 999, "file", 0600);
	CALL(fchown(fd, getuid(), getgid()));
	CALL(fchown(path, getuid(), getgid()));
	CALL(fchown(999, getuid(), getgid()));
	CALL(fchownat(dir, "file", getuid(), getgid(), 0));
	CALL(fchownat(dir, "", getuid(), getgid(), AT_EMPTY_PATH));
	CALL(fchownat(fd, "", getuid(), getgid(), AT_EMPTY_PATH));
	CALL(fchownat(fd, "", getuid(), getgid(), 0));
	CALL(fchownat(path_link, "", getuid(), getgid(), AT_EMPTY_PATH));
	CALL(fchownat(AT_FDCWD, "", getuid(), getgid(), AT_EMPTY_PATH));
	CALL(fchownat(AT_FDCWD, "link", getuid(), getgid(),
		      AT_SYMLINK_NOFOLLOW));
	CALL(fchownat(AT_FDCWD, "dangling", getuid(), getgid(),
		      AT_SYMLINK_NOFOLLOW));
	CALL(fchownat(AT_FDCWD, "dangling", getuid(), getgid(), 0));
	CALL(fchownat(AT_FDCWD, "file", getuid(), getgid(), 0x800000));
	CALL(fchmod(fd, 0644));
	CALL(ftruncate(fd, 0));
	CALL(truncate("file", 100));
	look("file");
	close(fd);
	close(path);
	close(path_link);
	close(pipes[0]);
	close(pipes[1]);
}

static void stamp(const char *path, const struct timespec times[2], int flags)
{
	printf("%s %d: ", path, flags);
	CALL(utimensat(AT_FDCWD, path, times, flags));
	look_times(path);
}

static void times(void)
{
	const struct timespec fixed[2] = { { 1000000000, 123456789 },
					   { 1100000000, 987654321 } };
	const struct timespec omit[2] = { { 0, UTIME_OMIT }, { 7, 8 } };
	const struct timespec none[2] = { { 0, UTIME_OMIT },
					  { 0, UTIME_OMIT } };
	const struct timespec now[2] = { { 0, UTIME_NOW }, { 5, 0 } };
	const struct timespec bad[2] = { { 0, 2000000000 }, { 5, 0 } };
	const struct timespec negative[2] = { { -5, 5 }, { -7, 0 } };
	static const char *const names[] = {
		"file",	   "sub",      "sub/",	  "file/", "link", "dangling",
		"dirlink", "dirlink/", "missing", "",	   ".",	   "fifo",
	};
	const struct utimbuf old = { 11, 12 };
	const struct timeval micro[2] = { { 21, 22 }, { 23, 24 } };
	const struct timeval wrong[2] = { { 21, 2000000 }, { 23, 24 } };
	int fd = open("file", O_RDONLY), path = open("file", O_PATH);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		stamp(names[i], fixed, 0);
		stamp(names[i], omit, AT_SYMLINK_NOFOLLOW);
		stamp(names[i], none, 0);
		stamp(names[i], NULL, 0);
		stamp(names[i], now, 0);
	}
	stamp("file", bad, 0);
	stamp("file", negative, 0);
	stamp("file", fixed, 0x40000);
	stamp("missing", none, 0);
	CALL(futimens(fd, fixed));
	look_times("file");
	CALL(futimens(fd, NULL));
	CALL(futimens(path, fixed));
	CALL(futimens(999, fixed));
	RAW(SYS_utimensat, dir, "file", fixed, 0);
	look_times("sub/file");
	RAW(SYS_utimensat, 999, "file", fixed, 0);
	RAW(SYS_utimensat, dir, "", fixed, AT_EMPTY_PATH);
	RAW(SYS_utimensat, fd, "", fixed, AT_EMPTY_PATH);
	RAW(SYS_utimensat, path, "", omit, AT_EMPTY_PATH);
	look_times("file");
	RAW(SYS_utimensat, AT_FDCWD, NULL, fixed, 0);
	RAW(SYS_utimensat, fd, NULL, fixed, AT_SYMLINK_NOFOLLOW);
	RAW(SYS_utimensat, AT_FDCWD, "file", (void *)8, 0);
	CALL(utime("file", &old));
	CALL(utimes("sub", micro));
	CALL(utimes("sub", wrong));
	look_times("file");
	look_times("sub");
#ifdef SYS_utime
	RAW(SYS_utime, "file", &old);
	look_times("file");
	RAW(SYS_utime, "file", NULL);
	RAW(SYS_utime, "missing", NULL);
	RAW(SYS_utimes, "link", micro);
	look_times("file");
	RAW(SYS_utimes, "link", wrong);
	RAW(SYS_futimesat, dir, "file", micro);
	look_times("sub/file");
	RAW(SYS_futimesat, fd, NULL, micro);
#endif
	close(fd);
	close(path);
}

static void nodes(void)
{
	static const char *const names[] = {
		"file",	     "n", "n/", "link", "dangling", "dirlink/n2",
		"missing/n", "",  ".",	"sub",	"file/n",   "closed/n",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		printf("%s: ", names[i]);
		CALL(mknod(names[i], S_IFREG | 0644, 0));
		unlink(names[i][0] == 'n' || names[i][0] == 'd' ? names[i]
								: "n");
		printf("%s: ", names[i]);
		CALL(mkfifo(names[i], 0644));
		look(names[i]);
		unlink(names[i][0] == 'n' || names[i][0] == 'd' ? names[i]
								: "n");
		if (names[i][0] == 'd' && names[i][1] == 'a')
			lead("dangling", "nowhere");
	}
	put("file", "twelve bytes");
	CALL(mknod("s", S_IFSOCK | 0644, 0));
	look("s");
	CALL(mknod("x", S_IFDIR | 0644, 0));
	CALL(mknod("x", S_IFLNK | 0644, 0));
	CALL(unlink("s"));
	CALL(mknodat(dir, "p", S_IFIFO | 0600, 0));
	CALL(unlinkat(dir, "p", 0));
}

static void attributes(void)
{
	static char big[100000];
	char value[64];
	int fd = open("file", O_RDONLY), path = open("file", O_PATH);

	CALL(setxattr("file", "user.a", "1", 1, 0));
	CALL(setxattr("file", "user.a", "22", 2, XATTR_CREATE));
	CALL(setxattr("file", "user.b", "22", 2, XATTR_REPLACE));
	CALL(setxattr("file", "user.empty", "", 0, 0));
	CALL(setxattr("link", "user.c", "333", 3, 0));
	CALL(lsetxattr("link", "user.c", "333", 3, 0));
	CALL(fsetxattr(fd, "user.d", "4444", 4, 0));
	CALL(fsetxattr(path, "user.d", "4444", 4, 0));
	CALL(fsetxattr(999, "user.d", "4444", 4, 0));
	CALL(setxattr("missing", "user.c", "333", 3, 0));
	CALL(setxattr("file", "nonsense", "333", 3, 0));
	CALL(setxattr("file", "", "333", 3, 0));
	CALL(setxattr("file", "user.big", big, sizeof(big), 0));
	CALL(setxattr("file", "user.", "1", 1, 0));
	CALL(getxattr("file", "user.c", value, sizeof(value)));
	CALL(getxattr("file", "user.d", value, sizeof(value)));
	CALL(removexattr("file", "user.a"));
	CALL(removexattr("file", "user.a"));
	CALL(lremovexattr("link", "user.a"));
	CALL(fremovexattr(fd, "user.c"));
	CALL(fremovexattr(path, "user.d"));
	CALL(fremovexattr(999, "user.d"));
	CALL(listxattr("file", value, 0) > 0);
	close(fd);
	close(path);
}

static void descriptors(void)
{
	char path[64], text[64] = "";
	int fd = open("file", O_RDWR);
	int pipes[2];

	put("file", "twelve bytes");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tell_fd("own fd, w", open(path, O_WRONLY));
	tell_fd("own fd, trunc", open(path, O_RDWR | O_TRUNC));
	tell_fd("own fd, creat", open(path, O_RDWR | O_CREAT, 0600));
	tell_fd("own fd, excl", open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
	tell_fd("own fd, nofollow", open(path, O_RDWR | O_NOFOLLOW));
	tell("chmod own fd", chmod(path, 0600));
	look("file");
	tell("truncate own fd", truncate(path, 3));
	look("file");
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	tell_fd("/dev/fd, w", open(path, O_WRONLY));
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	tell_fd("thread-self, w", open(path, O_WRONLY));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	tell_fd("by pid, w", open(path, O_WRONLY));
	snprintf(path, sizeof(path), "/proc/self/fd/%d/x", dir);
	tell_fd("below own fd", open(path, O_WRONLY | O_CREAT, 0600));
	look("sub/x");
	unlink("sub/x");
	tell_fd("below cwd",
		open("/proc/self/cwd/x", O_WRONLY | O_CREAT, 0600));
	look("x");
	unlink("x");
	OPEN(open("/proc/self/fd/999", O_WRONLY));
	OPEN(open("/dev/fd/999", O_WRONLY | O_CREAT, 0600));
	CALL(unlink("file"));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tell_fd("unlinked", open(path, O_RDWR));
	tell("fchmod unlinked", fchmod(fd, 0600));
	tell("ftruncate unlinked", ftruncate(fd, 0));
	close(fd);
	CALL(pipe(pipes));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipes[1]);
	fd = open(path, O_WRONLY);
	CALL(fd < 0);
	CALL(write(fd, "pipe", 4));
	CALL(read(pipes[0], text, sizeof(text)));
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	fd = memfd_create("m", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tell_fd("memfd", open(path, O_RDWR));
	close(fd);
	put("file", "twelve bytes");
}

static void *rendezvous(void *unused)
{
	int fd = open("fifo", O_WRONLY);

	(void)unused;
	if (fd >= 0 && write(fd, "through", 7) != 7)
		puts("no write");
	close(fd);
	return NULL;
}

/* Both sides wait for each other in open(2), in threads of one process. */
static void fifos(void)
{
	pthread_t thread;
	char text[16] = "";
	int fd;

	pthread_create(&thread, NULL, rendezvous, NULL);
	fd = open("fifo", O_RDONLY);
	CALL(read(fd, text, sizeof(text)));
	pthread_join(thread, NULL);
	puts(text);
	close(fd);
}

static int address(struct sockaddr_un *at, const char *path)
{
	memset(at, 0, sizeof(*at));
	at->sun_family = AF_UNIX;
	strcpy(at->sun_path, path);
	return (int)sizeof(*at);
}

static void sockets(void)
{
	static const char *const names[] = {
		"sock",	     "sock",	  "file",     "sub",
		"missing/s", "link",	  "dangling", "sock/",
		"file/s",    "dirlink/s", "./s2",     "closed/s",
	};
	struct sockaddr_un at, got;
	socklen_t len;
	int server, client;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		printf("%s: ", names[i]);
		CALL(bind(server, (void *)&at,
			  (socklen_t)address(&at, names[i])));
		look(names[i]);
		client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		printf("%s: ", names[i]);
		CALL(connect(client, (void *)&at,
			     (socklen_t)address(&at, names[i])));
		if (listen(server, 1) == 0) {
			printf("%s: ", names[i]);
			CALL(connect(client, (void *)&at,
				     (socklen_t)address(&at, names[i])));
			printf("%s: ", names[i]);
			CALL(connect(client, (void *)&at,
				     (socklen_t)address(&at, names[i])));
		}
		close(server);
		close(client);
	}
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	CALL(bind(server, (void *)&at, sizeof(at) + 1));
	CALL(bind(server, (void *)&at, 2));
	CALL(bind(server, NULL, 10));
	CALL(bind(999, (void *)&at, sizeof(at)));
	CALL(bind(1, (void *)&at, sizeof(at)));
	CALL(connect(999, (void *)&at, sizeof(at)));
	CALL(connect(1, (void *)&at, sizeof(at)));
	close(server);
	/* What the server is told of itself is the path it gave. */
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	CALL(bind(server, (void *)&at, (socklen_t)address(&at, "named")));
	len = sizeof(got);
	memset(&got, 0, sizeof(got));
	CALL(getsockname(server, (void *)&got, &len));
	printf("  named %s\n", got.sun_path);
	close(server);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} parts[] = {
		{ "opens", opens },	      { "opens-more", opens_more },
		{ "masks", masks },	      { "directories", directories },
		{ "renames", renames },	      { "renames-more", renames_more },
		{ "links", links },	      { "modes", modes },
		{ "times", times },	      { "nodes", nodes },
		{ "attributes", attributes }, { "descriptors", descriptors },
		{ "fifos", fifos },	      { "sockets", sockets },
	};

	if (!getcwd(here, sizeof(here)))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	prepare();
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (argc < 2 || strcmp(argv[1], parts[i].name) == 0)
			parts[i].run();
	return 0;
}
