#!/bin/sh
# What an unread script might try. Each line says what it tried and how it went:
#   held     it was refused
#   unseen   hidden, or never there: from inside nobody can tell
#   skipped  there is nothing here to try it on
# tools/demo names a key (DEMO_KEY) and a process (DEMO_PID) that are there.
say()
{
	printf '  %-8s %s\n' "$1" "$2"
}

try()
{
	what=$1
	shift
	reason=$("$@" 2>&1)
	case $? in
	0) say ESCAPED "$what" ;;
	127) say skipped "$what: $1 is not installed" ;;
	*) say "$refused" "$what: $(printf '%s\n' "$reason" | tail -n 1 | cut -c1-90)" ;;
	esac
}

# The session in a line of /proc/PID/stat.
session()
{
	set -- ${1##*) }
	session=$4
}

# Any process of another session but pid 1. Whether it could be signalled shows
# without harm.
signal_any()
{
	reason="none is to be seen"
	read -r line </proc/self/stat
	session "$line"
	own=$session
	for stat in /proc/[0-9]*/stat; do
		read -r line <"$stat" || continue
		pid=${line%% *}
		session "$line"
		if [ "$pid" -gt 1 ] && [ "$session" != "$own" ]; then
			kill -0 "$pid" && return
			reason="none may be"
		fi
	done 2>/dev/null
	echo "$reason"
	return 1
}

refused=held
if [ -n "$DEMO_KEY" ]; then
	try "read an SSH key" cat "$DEMO_KEY"
else
	refused=unseen
	try "read the SSH keys" ls "$HOME/.ssh"
	refused=held
fi
try "read the password hashes" head -n 1 /etc/shadow
try "write to the system" sh -c 'echo x >/etc/procjail-was-here'
try "write to the home directory" sh -c 'echo x >"$HOME/planted"'
if hooks=$(git rev-parse --git-path hooks 2>/dev/null) && [ -d "$hooks" ]; then
	try "plant a git hook" sh -c "echo x >'$hooks/post-checkout'"
	try "change the git configuration" git config core.fsmonitor 'sh -c id'
else
	say skipped "plant a git hook, change the git configuration: no repository of yours is here"
fi
try "plant a repository elsewhere" mkdir -p build/x/.git
try "reach the network" python3 -c 'import socket; socket.create_connection(("192.0.2.1", 80), 2)'
if [ -n "$DEMO_PID" ]; then
	try "signal a process outside" kill -9 "$DEMO_PID"
else
	try "signal a process outside" signal_any
fi
try "make a namespace" unshare -r true
bomb()
{
	bomb | bomb &
}
echo "  and now it forks without end …"
bomb 2>/dev/null
wait
sleep 30
