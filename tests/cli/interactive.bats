# SPDX-License-Identifier: Apache-2.0
# A program behind pipes, driven line by line through `procjail run`: as any
# filter, nothing of ours is in between.
load helper

# What each case runs with: streams handed over, and (a limit on output) copied.
ways() {
	echo '{ "version": 1, "extends": "workspace-write", "risky_programs": "allow",
		"commands": { "*": "any-arguments" }, "limits": { "stdout": "100MiB", "stderr": "1MiB" } }' >copied.json
	printf '%s\n' "--profile workspace-write" "-p copied.json"
}

# start WAY SCRIPT: the program's input is descriptor 8, its output descriptor 9.
start() {
	rm -f in out
	mkfifo in out
	# shellcheck disable=SC2086
	"$PROCJAIL" run --timeout 100s $1 -- /bin/sh -c "$2" <in >out 2>err 3>&- &
	jail=$!
	exec 8>in 9<out
}

ended() {
	status=0
	wait "$jail" || status=$?
	stderr=$(cat err)
	output=
}

answer() {
	read -r -t 60 -u 9 output || fail "no answer"
}

@test "a thousand questions, each answered before the next; then end of file" {
	needs_jail
	ways | while read -r way; do
		start "$way" 'while read -r a b; do echo $((a + b)); done; echo bye; exit 5'
		for i in {1..1000}; do
			echo "$i 7" >&8
			answer
			output_is $((i + 7))
		done
		exec 8>&-
		answer
		output_is bye
		ended
		status_is 5
		exec 9<&-
	done
}

@test "part of a line passes at once" {
	needs_jail
	ways | while read -r way; do
		start "$way" 'printf "name? "; read -r name; printf "hello %s" "$name"'
		read -r -t 60 -n 6 -u 9 output || fail "nothing came"
		output_is "name?"
		echo me >&8
		read -r -t 60 -n 8 -u 9 output || fail "nothing came"
		output_is "hello me"
		ended
		status_is 0
		exec 8>&- 9<&-
	done
}

@test "a reader that goes ends the program by SIGPIPE" {
	needs_jail
	ways | while read -r way; do
		start "$way" 'while :; do echo line; done'
		answer
		output_is line
		exec 9<&-
		ended
		status_is 141
		[ -z "$stderr" ] || fail "said something"
		exec 8>&-
	done
}

@test "a program that ends at once does not wait for its input" {
	needs_jail
	ways | while read -r way; do
		start "$way" 'echo done; exit 3'
		answer
		output_is done
		ended
		status_is 3
		run ! read -r -t 60 -u 9 output
		exec 8>&- 9<&-
	done
}
