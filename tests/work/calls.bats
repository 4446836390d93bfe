# SPDX-License-Identifier: Apache-2.0
# Each mediated system call answers as the kernel does, errors included.
load helper

# part NAME...: parts of the program `calls`.
part() {
	local program=${PJ_PROGRAMS:?the programs for jails}/calls name
	prepare() { cp "$program" .; }
	for name; do
		same "./calls $name"
		[ "$(wc -l <outside)" -gt 12 ] || fail "$name did nothing" "$(cat outside)"
	done
}

@test "open" { part opens opens-more; }

@test "modes under each umask" { part masks; }

@test "mkdir, unlink, rmdir" { part directories; }

@test "rename, with each flag" { part renames renames-more; }

@test "link, symlink" { part links; }

@test "chmod, chown, truncate" { part modes; }

@test "utimensat and its elders" { part times; }

@test "mknod" { part nodes; }

@test "extended attributes" { part attributes; }

@test "descriptors by path" { part descriptors; }

@test "FIFOs" { part fifos; }

@test "path sockets" { part sockets; }
