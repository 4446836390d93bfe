# SPDX-License-Identifier: Apache-2.0
# Reading and writing outside of what is granted; paths that are denied or
# protected, there or not there yet, by every spelling and every call.
load helper

@test "reading outside the grants" {
	needs_jail
	hidden
	echo mine >mine
	ln -s "$HIDDEN/canary" link
	ln -s "$HIDDEN" linked
	attempts <<-EOF
	ok read mine
	ok read .
	ok read /usr/bin
	no read $HIDDEN/canary
	no read $HIDDEN
	no read ../hidden/canary
	no read link
	no read linked/canary
	no read /proc/self/root$HIDDEN/canary
	no read /proc/self/cwd/../hidden/canary
	no read /proc/thread-self/root$HIDDEN/canary
	no read /proc/1/root$HIDDEN/canary
	no read /proc/1/cwd
	no read /../../..$HIDDEN/canary
	no read /proc/self/root/../..$HIDDEN/canary
	no openat . ../hidden/canary r
	no openat / ..$HIDDEN/canary r
	no openat /.. $HIDDEN/canary r
	no openat /proc/self/root ..$HIDDEN/canary r
	no handle .
	EOF
}

@test "the caller's descriptors stay outside" {
	needs_jail
	hidden
	exec 7<"$HIDDEN" 8<"$HIDDEN/canary" 9>>"$HIDDEN/canary"
	attempts <<-EOF
	ok no-descriptors
	no read-at 7 canary
	EBADF fchdir 7
	no read /proc/self/fd/8
	no write /proc/self/fd/9
	no write /dev/fd/9
	EOF
	exec 7<&- 8<&- 9<&-
}

@test "a standard stream gives what it was opened for, not more" {
	needs_jail
	hidden
	cat >attempts <<-EOF
	ok read /dev/stdin
	EACCES write /dev/stdin
	EACCES write /proc/self/fd/0
	EACCES write /dev/fd/0
	EACCES open /proc/thread-self/fd/0 rw
	EACCES open /dev/stdin r,trunc
	EACCES truncate /proc/self/fd/0
	EACCES chmod /dev/stdin 600
	EACCES utimes /dev/stdin
	no setxattr /dev/stdin
	no link-unnamed $HIDDEN x
	EOF
	cp attempts "$BATS_TEST_TMPDIR/attempts"
	chmod 640 "$HIDDEN/canary"
	jail "$ATTACK" attempts <"$HIDDEN/canary"
	judge
	[ "$(cat "$HIDDEN/canary") $(stat -c %a "$HIDDEN/canary")" = "canary 640" ]
	# One that is open for writing may be opened for writing again.
	run "$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /bin/sh -c 'echo one; echo two >/dev/stdout; echo three >&2' >"$HIDDEN/log" 2>&1
	"$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /bin/sh -c 'echo two >/dev/stdout' >"$HIDDEN/log" </dev/null
	[ "$(cat "$HIDDEN/log")" = two ]
}

@test "a pipe as a standard stream goes one way" {
	needs_jail
	mkfifo ../gone
	cat >attempts <<-EOF
	ok open /dev/stdin r,nonblock
	EACCES write /dev/stdin
	EACCES write /proc/self/fd/0
	EACCES write /dev/fd/0
	EACCES open /dev/stdin w,nonblock
	EACCES open /dev/stdin w,creat,trunc
	EACCES open /proc/thread-self/fd/0 rw
	ok open /dev/stdout w
	EACCES open /dev/stdout rw
	EOF
	cp attempts "$BATS_TEST_TMPDIR/attempts"
	# Ours at both ends, the jail's at one: a pipe, and a FIFO without a name.
	exec 7<> <(:) 8<>../gone
	for pipe in 7 8; do
		exec 9<"/proc/self/fd/$pipe"
		rm -f ../gone
		jail "$ATTACK" attempts <&9
		judge
		run ! read -r -t 0 -u "$pipe"
		exec 9<&-
	done
	exec 7<&- 8<&-
}

@test "streams are opened again by name, whatever they are" {
	needs_jail
	cat >script <<-'EOF'
	exec 3>&1
	echo one >/dev/stdout
	echo two >>/dev/stderr
	echo three | tee -a /dev/fd/3 >/dev/null
	echo four | tee /proc/self/fd/2 >/dev/null
	echo five > >(cat >&3)
	wait $!
	cat <(echo six)
	head -n 1 /dev/stdin
	{ echo eight >/dev/fd/5; } 5>&1 | cat
	EOF
	wanted=$(printf '%s\n' one two three four five six seven eight)
	again() {
		"$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /bin/bash script 2>&1
	}
	got=$(echo seven | again | cat)
	[ "$got" = "$wanted" ] || fail "a pipe: $got"
	mkfifo ../in ../out
	exec 7<>../in
	echo seven >&7
	cat ../out >../got &
	again <../in >../out
	wait "$!"
	exec 7<&-
	[ "$(cat ../got)" = "$wanted" ] || fail "a FIFO: $(cat ../got)"
	# Of a file each has its own place where it writes.
	sed -i 's/\(one >\)/\1>/; s/tee \(.proc\)/tee -a \1/' script
	echo seven >../in-file
	again <../in-file >>../out-file
	[ "$(cat ../out-file)" = "$wanted" ] || fail "a file: $(cat ../out-file)"
}

@test "a directory as a standard stream leads nowhere" {
	needs_jail
	hidden
	cat >attempts <<-EOF
	no read-at 0 canary
	no read-at 0 ../work/attempts
	no read /proc/self/fd/0/canary
	no open /proc/self/fd/0/marker creat,w
	no fchdir 0
	EOF
	cp attempts "$BATS_TEST_TMPDIR/attempts"
	jail "$ATTACK" attempts <"$HIDDEN"
	# Refused as a whole, or held.
	[ "$status" -eq 125 ] || judge
	[ ! -e "$HIDDEN/marker" ]
}

@test "writing outside the grants" {
	needs_jail
	hidden
	ln -s "$HIDDEN/marker" dangling
	ln -s "$HIDDEN" linked
	touch mine
	# What lies above the workspace may be the jail's own /tmp: it counts that
	# nothing comes out.
	before=$(stat -c %a ..)
	attempts <<-EOF
	ok write mine
	ok creat made
	ok mkdir directory
	no creat $HIDDEN/marker
	no creat ../hidden/marker
	any creat ../marker
	any mkdir ../marker
	no creat dangling
	no creat linked/marker
	no write ../hidden/canary
	no rename mine ../mine
	no link mine ../mine
	any symlink mine ../mine
	any bind ../socket
	any mkfifo ../fifo
	any link-unnamed .. ../marker
	no link-unnamed . ../marker
	EROFS creat /usr/marker
	EROFS creat /etc/marker
	EROFS creat /marker
	EROFS mkdir /dev/marker
	EROFS creat /dev/marker
	EROFS|EACCES write /proc/sys/kernel/hostname
	EROFS|EACCES write /proc/self/oom_score_adj
	any chmod .. 777
	no utimes /usr
	EOF
	for name in marker mine socket fifo; do
		[ ! -e "../$name" ]
	done
	[ "$(ls ../hidden)" = canary ] && [ "$(stat -c %a ..)" = "$before" ]
}

@test "read-only trees, also through a descriptor that reads" {
	needs_jail
	mkdir reads && echo text >reads/file
	policy '"filesystem": { "write": ["./writes"], "read": ["."] }'
	mkdir writes
	sed -i 's/"workspace-write"/"read-only"/' ../p.json
	attempts <<-EOF
	ok read reads/file
	ok creat writes/new
	EROFS write reads/file
	EROFS creat reads/new
	EROFS mkdir reads/directory
	EROFS unlink reads/file
	EROFS truncate reads/file
	EROFS chmod reads/file 600
	EROFS fchmod reads/file 600
	EROFS futimes reads/file
	EROFS reopen reads/file
	no fsetxattr reads/file
	no rename writes/new reads/new
	EXDEV link reads/file writes/file
	EXDEV link-fd reads/file writes/file
	no remount /
	EOF
}

@test "a FIFO in a read-only tree is not written" {
	needs_jail
	mkdir reads writes && mkfifo reads/fifo writes/fifo
	ln -s ../reads/fifo writes/way
	policy '"filesystem": { "write": ["./writes"], "read": ["."] }'
	sed -i 's/"workspace-write"/"read-only"/' ../p.json
	# Open at both ends, so that nobody waits.
	exec 7<>reads/fifo 8<>writes/fifo
	echo from outside >&7
	attempts <<-EOF
	ok write writes/fifo
	ok open writes/fifo rw
	EROFS write reads/fifo
	EROFS write writes/way
	EROFS open reads/fifo rw
	EROFS open reads/fifo w,nonblock
	EROFS open reads/fifo w,creat
	EROFS openat reads fifo rw
	EROFS reopen reads/fifo
	ok open reads/fifo r,nonblock
	EOF
	read -r -t 0 -u 7
	read -r line <&7
	[ "$line" = "from outside" ]
	run ! read -r -t 0 -u 7
	exec 7<&- 8<&-
}

@test "a path that is denied and there" {
	needs_jail
	mkdir -p keys/deep a && echo secret >keys/deep/key && echo secret >one && ln keys/deep/key a/hard
	ln -s keys alias && ln -s ../one a/one
	policy '"filesystem": { "deny": ["./keys", "./one"] }'
	attempts <<-EOF
	no read keys
	no read keys/deep/key
	no read alias/deep/key
	no read one
	no read a/one
	no read ./a//../one
	no read /proc/self/cwd/one
	no openat keys deep/key r
	no write one
	no creat one
	no truncate one
	no chmod one 644
	no creat keys/new
	no unlink one
	no rename one two
	no rename keys other
	no exchange keys a
	no rmdir keys
	no link one two
	no symlink a keys/link
	no umount one
	ok creat ones
	ok creat a/keys
	EOF
	[ "$(cat one keys/deep/key)" = "$(printf 'secret\nsecret')" ]
	[ ! -e two ] && [ ! -e keys/new ]
}

@test "a path that is denied and not there cannot come into being" {
	needs_jail
	mkdir top beside && touch file
	policy '"filesystem": { "deny": ["./secret", "./top/middle/secret"] }'
	attempts <<-EOF
	EACCES creat secret
	EACCES creat ./beside//../secret
	EACCES open secret w,creat,excl
	EACCES open secret r,creat
	EACCES openat . secret creat,w
	EACCES mkdir secret
	EACCES mkdir secret/
	EACCES mkfifo secret
	EACCES rename file secret
	EACCES rename beside secret
	no exchange file secret
	EACCES link file secret
	EACCES link-fd file secret
	EACCES link-unnamed . secret
	EACCES symlink file secret
	EACCES bind secret
	EACCES bind ./secret
	ok mkdir top/middle
	EACCES creat top/middle/secret
	EACCES rename top elsewhere
	EACCES rename top/middle elsewhere
	ok rmdir top/middle
	EACCES symlink ../beside top/middle
	ok creat beside/secret
	EACCES rename beside top/middle
	EACCES exchange beside top
	ok symlink top/middle way
	no mkdir top/middle/secret
	ok mkdir top/middle
	EACCES creat way/secret
	ok chdir way
	EACCES creat secret
	no creat /proc/self/cwd/secret
	EOF
	[ ! -e secret ] && [ ! -e top/middle/secret ]
}

@test "a protected file is read, and stays as it is" {
	needs_jail
	mkdir -p conf/deep other && echo original >conf/deep/file && chmod 640 conf/deep/file
	ln conf/deep/file hard && ln -s conf/deep/file soft && touch mine
	touch -d @1000000000 conf/deep/file
	policy '"filesystem": { "protect": ["./conf/deep/file", "./absent", "./tree"] }'
	mkdir tree && touch tree/leaf
	attempts <<-EOF
	ok read conf/deep/file
	ok read soft
	ok read hard
	no write conf/deep/file
	no write soft
	EACCES write hard
	no open conf/deep/file rw
	no open conf/deep/file r,trunc
	no open conf/deep/file w,append
	no creat conf/deep/file
	no truncate conf/deep/file
	EACCES truncate hard
	no chmod conf/deep/file 666
	EACCES chmod hard 666
	no fchmod conf/deep/file 666
	EACCES fchmod hard 666
	no chown conf/deep/file
	no fchown conf/deep/file
	no unlink conf/deep/file
	no rename conf/deep/file file
	no rename mine conf/deep/file
	no exchange mine conf/deep/file
	EACCES rename conf/deep elsewhere
	EACCES rename conf elsewhere
	EACCES exchange conf other
	no link conf/deep/file second
	no link-fd conf/deep/file second
	EACCES link hard second
	EACCES rename hard third
	no link-empty conf/deep/file second
	no setxattr conf/deep/file
	no fsetxattr conf/deep/file
	no setxattr hard
	no utimes conf/deep/file
	no futimes conf/deep/file
	EACCES utimes hard
	no reopen conf/deep/file
	EACCES reopen hard
	no immutable conf/deep/file
	no immutable hard
	EACCES creat absent
	EACCES rename mine absent
	no creat tree/new
	no unlink tree/leaf
	no rename tree/leaf leaf
	no rename tree forest
	no remount conf/deep/file
	no umount conf/deep/file
	ok write mine
	ok creat conf/new
	EOF
	[ "$(cat conf/deep/file) $(stat -c '%a %Y %h' conf/deep/file)" = "original 640 1000000000 2" ]
}

@test "names that are protected at any depth" {
	needs_jail
	mkdir -p sub/.claude plain && echo '{}' >sub/.claude/settings.json && touch mine
	attempts <<-EOF
	ok read sub/.claude/settings.json
	EACCES write sub/.claude/settings.json
	EACCES unlink sub/.claude/settings.json
	EACCES rename sub/.claude sub/.other
	EACCES rename sub/.claude/settings.json moved
	EACCES creat .mcp.json
	EACCES creat plain/.MCP.json
	EACCES link mine plain/.mcp.json
	EACCES symlink mine plain/.mcp.json
	EACCES rename mine plain/.mcp.json
	ok mkdir plain/.claude
	EACCES creat plain/.claude/settings.json
	ok creat plain/settings.json
	EACCES rename plain .claude
	ok rename sub moved
	EACCES write moved/.claude/settings.json
	EOF
}

# bats test_tags=not-landlock
@test "the parents of a workspace in the private /tmp keep their names" {
	needs_jail
	# Only where the workspace lies below /tmp; there its parents are the jail's.
	case $(pwd -P) in
	/tmp/*/*) ;;
	*) skip "the workspace is not below /tmp" ;;
	esac
	policy '"filesystem": { "deny": ["./secret"] }'
	top=$(pwd -P | cut -d/ -f1-3)
	below=${PWD#"$top"}
	attempts <<-EOF
	ok mkdir /tmp/own
	ok rename /tmp/own /tmp/own2
	no rename $top /tmp/moved
	no exchange $top /tmp/own2
	no creat /tmp/moved$below/secret
	EACCES creat secret
	EOF
	[ ! -e secret ]
}

@test "what opens for reading by the broker gives no more than it would itself" {
	needs_jail
	attempts <<-EOF
	no open /proc/1/mem r,creat
	no open /proc/1/environ r,creat
	no open /proc/1/maps r,creat
	no open /proc/1/fd/2 r,creat
	no open /proc/1/fd/3 rw
	no open /proc/1/../self/fd/3 w,creat
	no open /proc/1/mem w,creat
	no open /proc/1/mem r,trunc
	no open /proc/self/root/marker w,creat
	EOF
}
