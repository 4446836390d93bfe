# SPDX-License-Identifier: Apache-2.0
# procjail policy, and the agreement of what is shipped with it.
load helper

@test "lint: a good policy" {
	search_policy
	pj policy lint search.json
	status_is 0
	output_is "search.json: ok"
}

@test "lint: broken ones, with place and key" {
	printf '{\n  "version": 1,\n  "comands": {}\n}\n' >bad.json
	pj policy lint bad.json
	status_is 125
	says "bad.json:3:" "comands" "commands"
	printf '{\n  "version": 1,\n  "version": 1\n}\n' >bad.json
	pj policy lint bad.json
	status_is 125
	says "bad.json:3:" "version"
	pj policy lint missing.json
	status_is 125
	says "missing.json"
}

@test "lint: warnings" {
	echo '{ "version": 1, "filesystem": { "read": ["/nonexistent/tree"] } }' >w.json
	pj policy lint w.json
	status_is 0
	says "warning" "w.json" "/nonexistent/tree"
	echo '{ "version": 1, "network": { "mode": "filtered" } }' >w.json
	pj policy lint w.json
	status_is 0
	says "warning" "w.json" "network.allow"
}

@test "show: what is neither a file nor a profile" {
	pj policy show stict
	status_is 125
	says "'stict'" "procjail policy list"
}

@test "show: merged, resolved, valid JSON" {
	search_policy
	pj policy show search.json
	status_is 0
	json '.version' 1
	json '.commands | has("/usr/bin/grep")' true
	json 'has("extends")' false
}

@test "show: each profile, and where the workspace is" {
	while read -r name _; do
		pj policy show "$name"
		status_is 0
		json type object
	done < <("$PROCJAIL" policy list)
	mkdir other
	pj policy show --workspace other workspace-write
	status_is 0
	[[ $output == *"$(pwd -P)/other"* ]] || fail "not in the workspace"
	pj policy show workspace-write --workspace other
	status_is 0
}

@test "list: the profiles of the design" {
	pj policy list
	status_is 0
	for name in strict read-only workspace-write build untrusted; do
		grep -qE "^$name +[A-Z]" <<<"$output" || fail "no $name"
	done
	[ "${#lines[@]}" -eq 5 ] || fail "more or less than five"
}

@test "schema: JSON that describes the keys" {
	pj policy schema
	status_is 0
	json '.properties | has("filesystem")' true
	json '."$schema"' https://json-schema.org/draft/2020-12/schema
	pj policy schema --result
	status_is 0
	json '.properties | has("outcome")' true
}

@test "init: accepted as it stands, and it works" {
	"$PROCJAIL" policy init >starter.json
	pj policy lint starter.json
	status_is 0
	pj check -p starter.json -- grep -n foo
	status_is 0
	pj check -p starter.json -- grep --file=/etc/shadow
	status_is 126
	pj check -p starter.json -- ls -l .
	status_is 0
	pj check -p starter.json -- ls -l /etc
	status_is 126
	pj check -p starter.json -- /bin/true
	status_is 126
}

@test "completions know each command and each option" {
	declare -A files=([bash]=procjail.bash [zsh]=procjail.zsh [fish]=procjail.fish)
	for words in run check doctor "policy lint" "policy show" "policy schema" "policy list" \
		"policy init" "audit verify" "audit show"; do
		# shellcheck disable=SC2086
		names=$("$PROCJAIL" $words --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE '\-\-[a-z-]+' || :)
		for shell in "${!files[@]}"; do
			file=$SOURCE/completions/${files[$shell]}
			for word in $words; do
				grep -qw -- "$word" "$file" || fail "$file lacks $word"
			done
			for name in $names; do
				plain=${name#--}
				grep -qE -- "(--|-l )$plain\b" "$file" || fail "$file lacks $name of $words"
			done
		done
	done
}

@test "the manual knows each option" {
	for name in $("$PROCJAIL" check --help | grep -oE '\-\-[a-z-]+' | sort -u); do
		grep -qF -- "${name}" "$SOURCE/man/procjail.1.scd" || fail "procjail(1) lacks $name"
	done
}

@test "the bash completion completes" {
	# shellcheck source=/dev/null
	source "$SOURCE/completions/procjail.bash"
	complete_words() {
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		_procjail
		printf '%s\n' "${COMPREPLY[@]}"
	}
	[ "$(complete_words procjail ru)" = run ]
	[ "$(complete_words procjail policy sc)" = schema ]
	[ "$(complete_words procjail run --time)" = --timeout ]
	[ "$(complete_words procjail run --network l)" = loopback ]
	[ "$(complete_words procjail run --profile unt)" = untrusted ]
	[ "$(complete_words procjail audit v)" = verify ]
}
