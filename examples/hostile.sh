#!/bin/sh
# What an unread script might try. Each line says what it tried and how it went.
try()
{
	what=$1
	shift
	if reason=$("$@" 2>&1); then
		echo "  ESCAPED  $what"
	else
		echo "  held     $what: $(printf '%s\n' "$reason" | tail -n 1 | cut -c1-90)"
	fi
}

try "read an SSH key" cat "$HOME/.ssh/id_demo"
try "read the password hashes" head -n 1 /etc/shadow
try "write to the system" sh -c 'echo x >/etc/procjail-was-here'
try "write to the home directory" sh -c 'echo x >"$HOME/planted"'
try "plant a git hook" sh -c 'echo x >.git/hooks/post-checkout'
try "change the git configuration" git config core.fsmonitor 'sh -c id'
try "plant a repository elsewhere" mkdir -p build/x/.git
try "reach the network" python3 -c 'import socket; socket.create_connection(("192.0.2.1", 80), 2)'
try "signal a process outside" kill -9 "$DEMO_PID"
try "make a namespace" unshare -r true
bomb()
{
	bomb | bomb &
}
echo "  and now it forks without end …"
bomb 2>/dev/null
wait
sleep 30
