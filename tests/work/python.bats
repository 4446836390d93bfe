# SPDX-License-Identifier: Apache-2.0
# python3 and its own library.
load helper

# py NAME WANTED-LAST-LINE <PROGRAM
py() {
	needs python3
	cat >"work/$1.py"
	works "python3 -X faulthandler $1.py" "$2"
}

@test "compileall, imports, __pycache__" {
	needs python3
	mkdir work/pkg
	echo 'x = 1' >work/pkg/__init__.py
	echo 'import pkg; print(pkg.x)' >work/main.py
	works 'python3 main.py' 1
	works 'python3 -m compileall -q -f . && ls pkg/__pycache__ | wc -l' 1
	works 'python3 -c "import ssl, sqlite3, ctypes, json, uuid, socket, hashlib; print(hashlib.sha256(b\"\").hexdigest()[:8])"' e3b0c442
	works 'mkdir z && cp main.py z/__main__.py && cp -r pkg z && python3 -m zipapp z -o a.pyz && python3 a.pyz' 1
}

@test "multiprocessing: Pool, Manager, Queue, locks" {
	py pool good <<-'PY'
	import multiprocessing as mp

	def square(x):
	    return x * x

	def child(queue, lock, values, number):
	    with lock:
	        number.value += 1
	    values["k"] = "v"
	    queue.put("from the child")

	def main(method):
	    c = mp.get_context(method)
	    with c.Pool(2) as pool:
	        assert pool.map(square, range(20)) == [x * x for x in range(20)]
	    with c.Manager() as manager:
	        values, queue = manager.dict(), c.Queue()
	        number, lock = c.Value("i", 0), c.Lock()
	        p = c.Process(target=child, args=(queue, lock, values, number))
	        p.start()
	        assert queue.get() == "from the child"
	        p.join()
	        assert p.exitcode == 0 and values["k"] == "v" and number.value == 1

	if __name__ == "__main__":
	    for method in ("fork", "spawn", "forkserver"):
	        main(method)
	    print("good")
	PY
}

@test "shared memory" {
	py shared good <<-'PY'
	from multiprocessing import shared_memory, resource_tracker, Process
	import mmap, os, tempfile

	def child(name):
	    s = shared_memory.SharedMemory(name=name)
	    s.buf[0] = 7
	    s.close()

	if __name__ == "__main__":
	    s = shared_memory.SharedMemory(create=True, size=4096)
	    p = Process(target=child, args=(s.name,))
	    p.start(); p.join()
	    assert p.exitcode == 0 and s.buf[0] == 7
	    s.close(); s.unlink()
	    with open("mapped", "w+b") as f:
	        f.truncate(4096)
	        with mmap.mmap(f.fileno(), 4096) as m:
	            m[:4] = b"abcd"
	    assert open("mapped", "rb").read(4) == b"abcd"
	    print("good")
	PY
}

@test "sqlite3 in a file: transactions, WAL, two processes" {
	py db 20 <<-'PY'
	import sqlite3, subprocess, sys
	for mode in ("delete", "truncate", "persist", "wal"):
	    d = sqlite3.connect(mode + ".db")
	    assert d.execute("pragma journal_mode=" + mode).fetchone()[0] == mode
	    d.execute("create table t(x)")
	    with d:
	        d.executemany("insert into t values(?)", [(i,) for i in range(10)])
	    code = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.executemany('insert into t values(?)', [(i,) for i in range(10)]); d.commit(); d.close()"
	    subprocess.run([sys.executable, "-c", code, mode + ".db"], check=True)
	    print(d.execute("select count(*) from t").fetchone()[0])
	    d.execute("vacuum")
	    d.close()
	PY
}

@test "subprocess, tempfile, shutil, pathlib, os" {
	py files good <<-'PY'
	import os, pathlib, shutil, signal, stat, subprocess, tempfile
	assert subprocess.run(["sh", "-c", "cat; exit 3"], input=b"x", capture_output=True).returncode == 3
	assert subprocess.check_output("echo a | tr a b", shell=True, text=True) == "b\n"
	p = subprocess.Popen(["sleep", "60"], start_new_session=True)
	os.killpg(p.pid, signal.SIGKILL)
	assert p.wait() == -9
	try:
	    subprocess.run(["sleep", "60"], timeout=0.05)
	    raise SystemExit("no timeout")
	except subprocess.TimeoutExpired:
	    pass
	for where in (None, "."):
	    with tempfile.TemporaryDirectory(dir=where) as d:
	        (pathlib.Path(d) / "f").write_text("x")
	        assert stat.S_IMODE(os.stat(d).st_mode) == 0o700
	    assert not os.path.exists(d)
	    with tempfile.NamedTemporaryFile(dir=where) as f:
	        assert stat.S_IMODE(os.stat(f.name).st_mode) == 0o600
	    with tempfile.TemporaryFile(dir=where) as f:
	        f.write(b"x")
	os.makedirs("a/b/c", exist_ok=True)
	pathlib.Path("a/b/c/f").touch()
	shutil.copytree("a", "d"); shutil.move("a", "d/a"); shutil.rmtree("d")
	with open("f", "x") as f:
	    os.fchmod(f.fileno(), 0o751); os.utime(f.fileno(), (1, 2))
	assert os.stat("f").st_mtime == 2 and stat.S_IMODE(os.stat("f").st_mode) == 0o751
	d = os.open(".", os.O_RDONLY)
	os.mkdir("m", dir_fd=d); os.rename("m", "n", src_dir_fd=d, dst_dir_fd=d); os.rmdir("n", dir_fd=d)
	os.symlink("f", "l"); os.link("f", "h"); os.replace("h", "f"); os.chmod("f", 0o600)
	os.utime("l", (5, 6), follow_symlinks=False); assert os.lstat("l").st_mtime == 6
	os.truncate("f", 5); os.setxattr("f", "user.x", b"1"); os.removexattr("f", "user.x")
	os.chown("f", -1, -1); os.chown("f", os.getuid(), os.getgid())
	try:
	    open("f", "x")
	except FileExistsError:
	    pass
	print("good")
	PY
}

@test "asyncio: servers on path sockets, subprocesses" {
	py aio good <<-'PY'
	import asyncio, os, socket

	async def serve(reader, writer):
	    writer.write((await reader.readline()).upper())
	    await writer.drain()
	    writer.close()

	async def talk(path):
	    server = await asyncio.start_unix_server(serve, path)
	    assert server.sockets[0].getsockname() == path, server.sockets[0].getsockname()
	    reader, writer = await asyncio.open_unix_connection(path)
	    assert writer.get_extra_info("peername") == path
	    writer.write(b"hello\n")
	    assert await reader.readline() == b"HELLO\n"
	    writer.close()
	    server.close()
	    await server.wait_closed()

	async def main():
	    await talk(os.path.join(os.getcwd(), "s")) if len(os.getcwd()) < 100 else None
	    await talk("relative")
	    await talk("/tmp/in-memory")
	    p = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
	    assert (await p.communicate(b"x"))[0] == b"x"
	    a, b = socket.socketpair()
	    r, w = await asyncio.open_connection(sock=a)
	    b.send(b"pair\n")
	    assert await r.readline() == b"pair\n"

	asyncio.run(main())
	print("good")
	PY
}

@test "threads and thread pools that write at once" {
	py threads 200 <<-'PY'
	import concurrent.futures as f, os
	def one(i):
	    with open(f"t{i}.new", "w") as out:
	        out.write(str(i))
	    os.rename(f"t{i}.new", f"t{i}")
	    return int(open(f"t{i}").read()) == i
	with f.ThreadPoolExecutor(8) as pool:
	    print(sum(pool.map(one, range(200))))
	PY
}

@test "the network is away, and says so" {
	py net good <<-'PY'
	import socket, urllib.request
	for family in (socket.AF_INET, socket.AF_INET6):
	    try:
	        socket.socket(family).connect(("192.0.2.1" if family == socket.AF_INET else "2001:db8::1", 80))
	        raise SystemExit("connected")
	    except OSError:
	        pass
	try:
	    urllib.request.urlopen("http://example.org/", timeout=5)
	    raise SystemExit("fetched")
	except OSError:
	    pass
	print("good")
	PY
}
