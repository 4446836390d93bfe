# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Real servers on the machine of ../escape/world.bash (10.99.0.1, which is
# a.test). Each is a process of ours in that network, with its files in
# $BATS_FILE_TMPDIR; one that is not installed is not started.
#
#   80, 443  nginx: files of www/, PUT to up/, repositories of git/; HTTP/2
#   2222     dropbear: the user `tester`, by the key `key`
#   5432     PostgreSQL: the user and database `test`

# served NAME TEXT COMMAND...: run it on the machine until it has said this.
served() {
	local name=$1 text=$2
	shift 2
	in_machine /bin/sh -c 'echo $$ >"$0"; exec "$@"' "$BATS_FILE_TMPDIR/$name.pid" "$@" \
		3>&- </dev/null >"$BATS_FILE_TMPDIR/$name.log" 2>&1 &
	wait_for_text "$BATS_FILE_TMPDIR/$name.log" "$text"
}

# What refuses to run as root, which we are in the machine's namespaces.
as_somebody() {
	in_machine unshare -U --map-user=65534 --map-group=65534 -- "$@"
}

servers_stop() {
	local pid
	for pid in "$BATS_FILE_TMPDIR"/*.pid; do
		[ ! -s "$pid" ] || kill -INT "$(head -n 1 "$pid")" 2>/dev/null || :
	done
}

nginx_start() {
	local D=$BATS_FILE_TMPDIR
	[ -x /usr/sbin/nginx ] && command -v openssl >/dev/null || return 0
	mkdir -p "$D/www" "$D/up" "$D/git" "$D/nginx"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=a.test \
		-addext subjectAltName=DNS:a.test,DNS:both.test -keyout "$D/cert.key" -out "$D/cert.pem" 2>/dev/null || return 1
	head -c 67108864 /dev/urandom >"$D/www/large"
	echo "hello from nginx" >"$D/www/index.html"
	cat >"$D/nginx.conf" <<-END
		daemon off;
		master_process off;
		user root root;
		pid $D/nginx/pid;
		error_log stderr notice;
		events {}
		http {
			access_log off;
			client_max_body_size 0;
			client_body_temp_path $D/nginx/body;
			proxy_temp_path $D/nginx/proxy;
			fastcgi_temp_path $D/nginx/fastcgi;
			uwsgi_temp_path $D/nginx/uwsgi;
			scgi_temp_path $D/nginx/scgi;
			server {
				listen 10.99.0.1:80;
				listen [fd99::1]:80;
				listen 10.99.0.1:443 ssl http2;
				ssl_certificate $D/cert.pem;
				ssl_certificate_key $D/cert.key;
				root $D/www;
				location /up/ {
					root $D;
					dav_methods PUT;
				}
				location /git/ {
					include /etc/nginx/scgi_params;
					scgi_pass unix:$D/nginx/git;
				}
			}
		}
	END
	served nginx "start worker\|using the" /usr/sbin/nginx -e stderr -p "$D/nginx" -c "$D/nginx.conf" || return 1
	served git serving /usr/bin/python3 "${BASH_SOURCE[0]%/*}/git_server.py" "$D/nginx/git" "$D/git"
}

ssh_start() {
	local D=$BATS_FILE_TMPDIR
	command -v ssh >/dev/null && [ -x /usr/sbin/dropbear ] || return 0
	mkdir -p "$D/tester/.ssh"
	chmod 755 "$D/tester" "$D/tester/.ssh"
	ssh-keygen -q -t ed25519 -N '' -f "$D/key" && dropbearkey -t ed25519 -f "$D/hostkey" >/dev/null 2>&1 || return 1
	cp "$D/key.pub" "$D/tester/.ssh/authorized_keys"
	echo "tester:x:65534:65534::$D/tester:/bin/sh" >"$D/passwd"
	served dropbear "Not backgrounding" unshare -m /bin/sh -c 'mount --bind "$0" /etc/passwd && exec "$@"' "$D/passwd" \
		unshare -U --map-user=65534 --map-group=65534 -- \
		/usr/sbin/dropbear -F -E -s -r "$D/hostkey" -p 10.99.0.1:2222 -P "$D/dropbear.own"
}

postgres_start() {
	local D=$BATS_FILE_TMPDIR bin
	bin=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | tail -n 1)
	[ -x "$bin" ] && command -v psql >/dev/null || return 0
	bin=${bin%/*}
	as_somebody "$bin/initdb" -D "$D/data" -A trust -U test --no-sync --locale=C --encoding=UTF8 >"$D/initdb.log" 2>&1 || return 1
	echo "host all all 10.99.0.0/24 trust" >>"$D/data/pg_hba.conf"
	served postgres "ready to accept" unshare -U --map-user=65534 --map-group=65534 -- "$bin/postgres" -D "$D/data" \
		-c listen_addresses=10.99.0.1 -c unix_socket_directories= -c fsync=off
}
