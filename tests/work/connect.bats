# SPDX-License-Identifier: Apache-2.0
# Sockets of a filtered network behave as those of the host: connect.py prints
# the same lines inside and outside.
load helper
load ../escape/world

@test "sockets do what they do outside" {
	cp "$BATS_TEST_DIRNAME/connect.py" work/
	cd work
	in_host /usr/bin/python3 connect.py </dev/null >../outside
	in_host "$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --network filtered --timeout 500s --allow-host 10.99.0.1 --allow-host fd99::1 --allow-host 10.99.0.77 \
		-- /usr/bin/python3 connect.py </dev/null >../inside
	cd ..
	diff outside inside || fail "not the same: < outside, > inside"
}

@test "a wait in the broker ends by a signal that has a handler" {
	mkfifo work/fifo
	cd work
	run in_host "$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --network filtered --timeout 500s --allow-host 10.99.0.77 -- /usr/bin/python3 -c '
import os, signal, socket
class Late(Exception): pass
def late(*_): signal.setitimer(signal.ITIMER_REAL, 0); raise Late
signal.signal(signal.SIGALRM, late)
for wait in (lambda: os.open("fifo", os.O_WRONLY)), (lambda: socket.socket().connect(("10.99.0.77", 80))):
    # More than once: the first may come before the call.
    try: signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1); wait()
    except Late: print("late")
os.close(os.open("fifo", os.O_RDWR)); print("done")' </dev/null
	cd ..
	[ "$output" = $'late\nlate\ndone' ] || fail "$output"
}
