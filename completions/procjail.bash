# SPDX-License-Identifier: Apache-2.0
# bash completion for procjail(1)
# shellcheck shell=bash disable=SC2207

_procjail_properties="filesystem-read filesystem-write execute network processes ipc devices privileges syscalls \
terminal kill-tree memory cpu-time process-count open-files file-size wall-time output environment"

# The options of a command.
_procjail_options() {
	local shared="--policy --profile --workspace --read --write --deny --env --chdir --network --allow-host --deny-host --listen --unix-socket
		--timeout --memory --strategy --may-lack --request --stdin --audit --json --verbose --help"
	case $1 in
	run) echo "$shared --pool" ;;
	pool) echo "--socket --policies --jails --idle --audit --help" ;;
	check) echo "$shared --all --plan" ;;
	doctor | audit-show) echo "--json --help" ;;
	policy-lint | policy-show) echo "--workspace --help" ;;
	policy-schema) echo "--result --help" ;;
	"") echo "--version --help" ;;
	*) echo "--help" ;;
	esac
}

# Whether the option takes a value, which is the next word.
_procjail_takes_value() {
	case $1 in
	-p | --policy | --profile | --workspace | --read | --write | --deny | --env | --chdir | --network | \
		--allow-host | --deny-host | --listen | --unix-socket | --timeout | --memory | --strategy | --may-lack | --request | --stdin | --audit | --pool | --socket | --policies | --jails | --idle) return 0 ;;
	esac
	return 1
}

# Values of an option: words in COMPREPLY.
_procjail_value() {
	local cur=$2
	case $1 in
	--profile) COMPREPLY=($(compgen -W "strict read-only workspace-write build untrusted" -- "$cur")) ;;
	--network) COMPREPLY=($(compgen -W "none loopback filtered host" -- "$cur")) ;;
	--strategy) COMPREPLY=($(compgen -W "auto namespaces bubblewrap landlock firejail rlimits none" -- "$cur")) ;;
	--may-lack) COMPREPLY=($(compgen -W "$_procjail_properties" -- "$cur")) ;;
	--env) COMPREPLY=($(compgen -e -- "$cur")) ;;
	--workspace | --chdir | --policies) COMPREPLY=($(compgen -d -- "$cur")) ;;
	-p | --policy | --read | --write | --deny | --request | --stdin | --audit | --pool | --socket) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}

# Where PROGRAM stands among the words of run and check; 0: not yet.
_procjail_program_at() {
	local i=2
	while [ "$i" -lt "$COMP_CWORD" ]; do
		case ${COMP_WORDS[i]} in
		--)
			echo $((i + 1))
			return
			;;
		-*) _procjail_takes_value "${COMP_WORDS[i]}" && i=$((i + 1)) ;;
		=) i=$((i + 1)) ;;
		*)
			echo "$i"
			return
			;;
		esac
		i=$((i + 1))
	done
	echo 0
}

# PROGRAM, or one of its arguments.
_procjail_program() {
	local at=$1 cur=$2
	if [ "$at" -ne 0 ] && [ "$at" -lt "$COMP_CWORD" ]; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "$at"
		else
			COMPREPLY=($(compgen -f -- "$cur"))
		fi
		return
	fi
	COMPREPLY=($(compgen -c -- "$cur"))
}

_procjail() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} at=0

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "run check pool doctor policy audit $(_procjail_options "")" -- "$cur"))
		return
	fi
	case $command in
	policy | audit)
		if [ "$COMP_CWORD" -eq 2 ]; then
			local members="lint show schema list init"
			[ "$command" = audit ] && members="verify show"
			COMPREPLY=($(compgen -W "$members --help" -- "$cur"))
			return
		fi
		command=$command-${COMP_WORDS[2]}
		;;
	run | check) at=$(_procjail_program_at) ;;
	esac
	# Readline makes a word of the "=" in --option=value.
	if [ "$cur" = "=" ]; then
		cur=
	elif [ "$prev" = "=" ] && [ "$COMP_CWORD" -gt 2 ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$at" -eq 0 ] && _procjail_takes_value "$prev"; then
		_procjail_value "$prev" "$cur"
		return
	fi
	if [ "$at" -eq 0 ] && [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_procjail_options "$command")" -- "$cur"))
		return
	fi
	case $command in
	run | check) _procjail_program "$at" "$cur" ;;
	policy-show)
		COMPREPLY=($(compgen -W "strict read-only workspace-write build untrusted" -- "$cur") $(compgen -f -- "$cur"))
		;;
	policy-lint | audit-*) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}

complete -o filenames -o bashdefault -F _procjail procjail
