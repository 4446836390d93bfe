# SPDX-License-Identifier: Apache-2.0
# Where the policy grants "/", the root is kept, or copied when many parts of it
# are granted otherwise: what is denied in it stays so, by either way.
load helper

# vault: a denied directory beside the workspace, with one in it that is granted.
vault() {
	mkdir -p ../vault/open
	echo secret >../vault/secret
	echo public >../vault/open/public
	VAULT=$(cd ../vault && pwd -P)
}

# everything WRITE...: a policy that grants "/" and these for writing.
everything() {
	local list=""
	for path; do
		list+=", \"$path\""
	done
	policy "\"filesystem\": { \"tmp\": \"none\", \"read\": [\"/\", \"$VAULT/open\"], \"write\": [\".\"$list], \"deny\": [\"$VAULT\"] }"
}

attack_vault() {
	attempts <<-EOF
	ok read /
	ok read /usr/bin
	ok read mine
	ok write mine
	ok read $VAULT/open/public
	no write $VAULT/open/public
	no read $VAULT/secret
	no read ../vault/secret
	no read /../..$VAULT/secret
	no read /proc/self/root$VAULT/secret
	no read /proc/1/root$VAULT/secret
	no openat / ..$VAULT/secret r
	no openat /.. .$VAULT/secret r
	no creat $VAULT/new
	no creat ../new
	no write ../beside
	ok read /dev/zero
	no read /dev/kmsg
	no write /proc/sys/kernel/hostname
	EOF
}

@test "everything granted: the rest of the policy holds" {
	needs_jail
	vault
	echo mine >mine
	echo old >../beside
	everything
	attack_vault
	[ "$(cat ../beside)" = old ] && [ ! -e "$VAULT/new" ]
}

@test "everything granted, and many parts of it otherwise" {
	needs_jail
	vault
	echo mine >mine
	local -a many=()
	echo old >../beside
	for i in {1..40}; do
		mkdir "../part$i"
		echo old >"../part$i/file"
		many+=("$(cd "../part$i" && pwd -P)")
	done
	everything "${many[@]}"
	attack_vault
	attempts <<-EOF
	ok write ../part1/file
	ok write ../part40/file
	no write ../beside
	EOF
	[ "$(cat ../part1/file ../part40/file ../beside)" = "$(printf 'xld\nxld\nold')" ]
}

# bats test_tags=not-bubblewrap
@test "everything granted for writing" {
	needs_jail
	vault
	echo old >../beside
	policy "\"filesystem\": { \"tmp\": \"none\", \"write\": [\"/\"], \"deny\": [\"$VAULT\"] }"
	attempts <<-EOF
	ok write ../beside
	no read $VAULT/secret
	no creat $VAULT/new
	EOF
	[ "$(cat ../beside)" = xld ] && [ ! -e "$VAULT/new" ]
}
