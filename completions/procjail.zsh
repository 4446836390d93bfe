#compdef procjail
# SPDX-License-Identifier: Apache-2.0
# zsh completion for procjail(1)

_procjail_profiles() {
	local -a profiles=(
		'strict:nothing but the libraries of the system to read'
		'read-only:reads the system and the workspace'
		'workspace-write:writes only the workspace, no network'
		'build:as workspace-write, with the package registries'
		'untrusted:an empty root with just the runtime'
	)
	_describe -t profiles profile profiles
}

_procjail_jail() {
	local -a shared=(
		'(-p --policy --profile)'{-p+,--policy=}'[hold the program to the policy in FILE]:policy:_files'
		'(-p --policy --profile)--profile=[or to a built-in profile]:profile:_procjail_profiles'
		'--workspace=[what relative paths of the policy start from]:directory:_directories'
		'*--read=[let it read PATH]:path:_files'
		'*--write=[let it write there too]:path:_files'
		'*--deny=[hide PATH from it]:path:_files'
		'*--env=[pass a variable, or set it]:variable:_parameters -g "*export*"'
		'--chdir=[start it in DIR]:directory:_directories'
		'--network=[what network it has]:mode:(none loopback filtered host)'
		'*--allow-host=[let filtered network reach HOST\[\:PORT\]]:pattern:_hosts'
		'*--deny-host=[but not this one]:pattern:_hosts'
		'*--listen=[publish this port at the loopback of the host]:port (such as 8080):'
		'*--unix-socket=[let it connect to this path socket]:socket:_files'
		'--timeout=[end it after TIME]:time (such as 30s):'
		'--memory=[let it have SIZE of memory]:size (such as 256MiB):'
		'--strategy=[contain it in this way]:strategy:(auto namespaces bubblewrap landlock firejail rlimits none)'
		'*--may-lack=[go on where this cannot be enforced]:property:(filesystem-read filesystem-write execute network processes ipc devices privileges syscalls terminal kill-tree memory cpu-time process-count open-files file-size wall-time output environment)'
		'--request=[take the request from FILE]:file:_files'
		'--stdin=[give it FILE to read]:file:_files'
		'--audit=[append a record to the log FILE]:file:_files'
		'--json[print one JSON object]'
		'(-v --verbose)'{-v,--verbose}'[tell warnings and what contains the program]'
		'(- *)'{-h,--help}'[print the help]'
	)
	_arguments -s -S : "$shared[@]" "$@" \
		'(-)1:program:_command_names -e' '*::arguments:_normal'
}

_procjail_policy() {
	local -a members=(
		'lint:check a policy and tell what looks mistaken in it'
		'show:print a policy as it holds here'
		'schema:print the JSON Schema of a policy'
		'list:print the built-in profiles'
		'init:print a commented policy to start from'
	)
	if ((CURRENT == 2)); then
		_describe -t commands 'policy command' members
		return
	fi
	local member=$words[2]
	shift words
	((CURRENT--))
	case $member in
	lint)
		_arguments '--workspace=[what relative paths start from]:directory:_directories' '1:policy:_files'
		;;
	show)
		_arguments '--workspace=[what relative paths start from]:directory:_directories' \
			'1:policy or profile:{ _procjail_profiles; _files }'
		;;
	schema) _arguments '--result[of what run --json prints]' ;;
	esac
}

_procjail_audit() {
	local -a members=('verify:say whether the log was cut or changed' 'show:print the log')
	if ((CURRENT == 2)); then
		_describe -t commands 'audit command' members
		return
	fi
	local member=$words[2]
	shift words
	((CURRENT--))
	case $member in
	verify) _arguments '1:log:_files' ;;
	show) _arguments '--json[print the records as they are]' '1:log:_files' ;;
	esac
}

_procjail() {
	local -a commands=(
		'run:run a program so that it can do only what a policy says'
		'check:say whether a program may run, and why not'
		'pool:keep jails waiting for run --pool'
		'doctor:say what this host can enforce'
		'policy:check, show and start policies'
		'audit:check and read an audit log'
	)
	if ((CURRENT == 2)); then
		_describe -t commands 'procjail command' commands
		_arguments '(- *)'{-h,--help}'[print the help]' '(- *)'{-V,--version}'[print the version]'
		return
	fi
	local command=$words[2]
	shift words
	((CURRENT--))
	case $command in
	run) _procjail_jail '--pool=[by the service at SOCKET, whose policies -p names]:socket:_files' ;;
	pool)
		_arguments '--socket=[listen there]:path:_files' '--policies=[where NAME.json are]:directory:_directories' \
			'--jails=[how many wait]:number:' '--idle=[give them up after TIME]:time (such as 5m):' \
			'--audit=[append a record of each run]:log:_files' '(- *)'{-h,--help}'[print the help]'
		;;
	check)
		_procjail_jail '--all[tell all that is wrong]' '--plan[print what would be launched]'
		;;
	doctor) _arguments '--json[print one JSON object]' ;;
	policy) _procjail_policy ;;
	audit) _procjail_audit ;;
	esac
}

_procjail "$@"
