# SPDX-License-Identifier: Apache-2.0
# node and npm, offline.
load helper

js() {
	needs node
	cat >"work/$1.js"
	works "node $1.js" "$2"
}

@test "fs: promises, streams, watch, recursive removal" {
	js files good <<-'JS'
	const fs = require('fs'), assert = require('assert'), path = require('path'), os = require('os');
	(async () => {
		fs.mkdirSync('a/b/c', { recursive: true });
		fs.writeFileSync('a/f', 'x', { mode: 0o640 });
		fs.appendFileSync('a/f', 'y');
		assert.equal(fs.readFileSync('a/f', 'utf8'), 'xy');
		fs.copyFileSync('a/f', 'a/g', fs.constants.COPYFILE_EXCL);
		assert.throws(() => fs.copyFileSync('a/f', 'a/g', fs.constants.COPYFILE_EXCL), { code: 'EEXIST' });
		assert.throws(() => fs.writeFileSync('missing/x', ''), { code: 'ENOENT' });
		assert.throws(() => fs.rmdirSync('a'), { code: 'ENOTEMPTY' });
		fs.symlinkSync('f', 'a/l'); fs.linkSync('a/f', 'a/h'); fs.chmodSync('a/f', 0o600);
		fs.utimesSync('a/f', 1, 2); fs.lutimesSync('a/l', 3, 4); fs.truncateSync('a/f', 1);
		await fs.promises.rename('a/g', 'a/b/g');
		await fs.promises.cp('a', 'copy', { recursive: true, preserveTimestamps: true });
		await Promise.all([...Array(100).keys()].map(i => fs.promises.writeFile(`a/n${i}`, `${i}`)));
		assert.equal(fs.readdirSync('a').length, 105 - 1);
		const d = fs.mkdtempSync(path.join(os.tmpdir(), 'x-'));
		fs.rmSync(d, { recursive: true });
		await new Promise((done, bad) => fs.createReadStream('a/b/g').pipe(fs.createWriteStream('out')).on('finish', done).on('error', bad));
		fs.rmSync('a', { recursive: true });
		assert(!fs.existsSync('a'));
		console.log('good');
	})();
	JS
}

@test "child_process and worker_threads" {
	js children good <<-'JS'
	const { execFileSync, spawn, fork } = require('child_process'), assert = require('assert');
	const { Worker, isMainThread, parentPort } = require('worker_threads');
	if (process.argv[2] === 'child') {
		process.on('message', m => { process.send(m + 1); process.disconnect(); });
	} else if (!isMainThread) {
		parentPort.postMessage('from the worker');
	} else (async () => {
		assert.equal(execFileSync('sh', ['-c', 'echo hi | tr h b'], { encoding: 'utf8' }), 'bi\n');
		const c = spawn('cat'); c.stdin.end('x');
		assert.equal((await c.stdout.toArray()).join(''), 'x');
		const f = fork(__filename, ['child']); f.send(1);
		assert.equal(await new Promise(r => f.on('message', r)), 2);
		assert.equal(await new Promise(r => new Worker(__filename).on('message', r)), 'from the worker');
		const k = spawn('sleep', ['60']); k.kill('SIGTERM');
		assert.equal(await new Promise(r => k.on('exit', (code, signal) => r(signal))), 'SIGTERM');
		console.log('good');
	})();
	JS
}

@test "a server on a path" {
	js server good <<-'JS'
	const net = require('net'), http = require('http'), assert = require('assert'), fs = require('fs');
	const talk = where => new Promise((done, bad) => {
		const server = http.createServer((q, a) => a.end('hello ' + q.url)).listen(where, () => {
			assert.equal(server.address(), where);
			http.get({ socketPath: where, path: '/x', agent: false }, async answer => {
				assert.equal((await answer.toArray()).join(''), 'hello /x');
				server.close(done);
			}).on('error', bad);
		}).on('error', bad);
	});
	(async () => {
		await talk('./socket');
		await talk('/tmp/socket');
		assert(!fs.existsSync('socket'));
		await new Promise(r => net.connect('missing').on('error', e => { assert.equal(e.code, 'ENOENT'); r(); }));
		await new Promise(r => net.connect(9, '127.0.0.1').on('error', r));
		console.log('good');
	})();
	JS
}

@test "os, crypto, timers" {
	js os good <<-'JS'
	const os = require('os'), crypto = require('crypto'), assert = require('assert');
	assert(os.cpus().length > 0 && os.totalmem() > 0 && os.hostname() && os.userInfo().uid === process.getuid());
	assert.equal(crypto.createHash('sha256').update('').digest('hex').slice(0, 8), 'e3b0c442');
	assert.equal(crypto.randomBytes(8).length, 8);
	setTimeout(() => console.log('good'), 1);
	JS
}

@test "npm: scripts and packages in the workspace, offline" {
	needs node npm
	mkdir work/lib
	echo '{"name":"app","version":"1.0.0","scripts":{"build":"echo built >out && cat out","test":"node t.js","fail":"exit 3"},"dependencies":{"lib":"file:./lib"}}' >work/package.json
	echo '{"name":"lib","version":"1.0.0","main":"i.js","bin":{"tool":"tool.js"}}' >work/lib/package.json
	echo 'console.log(require("lib"))' >work/t.js
	echo 'module.exports = "of the library"' >work/lib/i.js
	printf '#!/usr/bin/env node\nconsole.log("tool")\n' >work/lib/tool.js
	chmod +x work/lib/tool.js
	npm='npm --cache /tmp/npm --no-update-notifier --no-fund --no-audit --offline'
	works "$npm run -s build" built
	works "$npm install --silent && readlink node_modules/lib" ../lib
	works "$npm test -s" "of the library"
	works "$npm exec --offline -- tool" tool
	run jail "$npm run -s fail"
	[ "$status" -eq 3 ] || fail "status $status" "$output"
	works "$npm pack --silent ./lib" lib-1.0.0.tgz
	run jail "$npm install --silent left-pad-that-is-nowhere"
	[ "$status" -ne 0 ] || fail "$output"
}
