# SPDX-License-Identifier: Apache-2.0
# The process that serves the jail's calls on names, attacked by its callers.
load helper

@test "words that change while they are read" {
	needs_jail
	policy '"filesystem": { "deny": ["./d/forbidden"] }'
	mkdir d
	# Whoever sees it at any time: each name that ever appears is listed.
	jail "$PJ_PROGRAMS/race" flip d/permitted d/forbidden </dev/null
	status_is 0
	output_is "done"
	[ ! -e d/forbidden ] && [ ! -L d/forbidden ]
	find d -type f -links +0 | grep -v '^d/\(permitted\|[a-z]*\)$' && fail "odd names"
	policy
	jail "$PJ_PROGRAMS/race" flip d/.gitignores d/.gitmodules </dev/null
	status_is 0
	[ ! -e d/.gitmodules ] && [ ! -L d/.gitmodules ]
}

@test "64 threads at once" {
	needs_jail
	jail "$PJ_PROGRAMS/race" crowd </dev/null
	status_is 0
	output_is "done"
}

@test "callers that are killed leave nothing waiting" {
	needs_jail
	jail "$PJ_PROGRAMS/race" killed </dev/null
	status_is 0
	output_is "done"
}

@test "who waits for a FIFO keeps nobody else waiting" {
	needs_jail
	jail "$PJ_PROGRAMS/race" fifo </dev/null
	status_is 0
	output_is "done"
}

@test "a caller that cannot be dumped is served the same" {
	needs_jail
	jail "$PJ_PROGRAMS/race" undumpable </dev/null
	status_is 0
	output_is "done"
}

@test "nonsense gets the kernel's own errors" {
	needs_jail
	jail "$PJ_PROGRAMS/race" nonsense </dev/null
	status_is 0
	output_is "done"
}

@test "descriptors run out for the caller alone" {
	needs_jail
	jail "$PJ_PROGRAMS/race" descriptors </dev/null
	status_is 0
	output_is "done"
	attempts <<-EOF
	ok connect-often socket 1500
	ok creat after
	EOF
}

@test "a lease, the init's schedule: nothing makes the broker late" {
	needs_jail
	touch file
	attempts <<-EOF
	EPERM lease file
	EPERM schedule 1
	EPERM pin 1
	EPERM nice 1
	EPERM nice-user
	EPERM prlimit 1
	ok nice 0
	ok pin 0
	ok schedule 0
	EOF
}

# The lease is of a program outside: a change of the file waits for its holder.
@test "who makes the broker wait keeps no limit from being held, nor the jail alive" {
	needs_jail
	policy '"limits": { "wall_time": "300s", "memory": "128MiB" }'
	echo text >held
	mkfifo ready
	/usr/bin/python3 -c 'import fcntl, signal
signal.signal(signal.SIGIO, signal.SIG_IGN)
held = open("held"); fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_RDLCK)
open("ready", "w").write("ready\n"); signal.pause()' 3>&- </dev/null &
	holder=$!
	read -r -t 100 _ <ready
	JAIL_OPTIONS=(--json)
	jail /usr/bin/python3 -c 'import os, signal, threading
go, start = os.pipe()
for child in range(6):
    if not os.fork(): os.read(go, 1); memory = bytearray(b"x") * (64 << 20); signal.pause()
threading.Thread(target=os.truncate, args=("held", 0), daemon=True).start()
os.write(start, b"......")
signal.pause()' </dev/null
	json .outcome memory-limit
	"$PROCJAIL" run -p ../p.json ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /usr/bin/python3 -c 'import os, signal, threading
threading.Thread(target=os.truncate, args=("held", 0), daemon=True).start()
print("runs", flush=True); signal.pause()' >ready </dev/null 3>&- &
	jail=$!
	exec 9<ready
	read -r -t 100 -u 9 _
	kill -KILL "$jail"
	wait "$jail" || :
	run ! read -r -t 100 -u 9 _ # end of file, not its time
	[ "$status" -eq 1 ]
	exec 9<&-
	[ "$(cat held)" = text ]
	kill "$holder"
}
