#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""load.py PROCJAIL DIRECTORY [REQUESTS [CLIENTS]]

Load on `procjail pool`: CLIENTS threads send REQUESTS requests in all. Most run
a program to its end, each with an answer that no other has; one in ten dies at
an instant spread over a request: before it has sent anything, after it has,
while its program runs. Halfway the service is killed and started anew.

Fails when a result is lost (no reply from a service that lives), doubled (a
program ran twice, or two replies came) or another's, and when anything is left:
processes, descriptors of the service, memory that grew. Tells how long requests
took, in milliseconds.
"""

import array
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
PLACES = 8  # workspaces, each with a pool
RUNS = [  # script, share; each writes its number once
    ("echo {n} >>{mark}; echo {n}; exit {code}", 6),
    ("echo {n} >>{mark}; head -c 100000 /dev/zero | wc -c >/dev/null; echo {n}; exit {code}", 2),
    ("echo {n} >>{mark}; (sleep 60 & ) ; echo x >/tmp/left; echo {n}; exit {code}", 1),
]


class Service:
    def __init__(self, procjail, directory):
        self.command = [procjail, "pool", "--socket", f"{directory}/pool.sock", "--policies",
                        f"{directory}/policies", "--jails", "4"]
        self.process, self.epoch = None, 0

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if b"listening" not in self.process.stderr.readline():
            sys.exit("load: the service does not start")
        self.epoch += 1

    def restart(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()

    def status(self, key):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith(key + ":")), 0)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Load:
    def __init__(self, service, directory, clients):
        self.service, self.directory, self.clients = service, directory, clients
        self.lock = threading.Lock()
        self.null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self.times, self.good, self.died, self.cut, self.wrong = [], 0, 0, 0, []
        self.scripts = [script for script, share in RUNS for _ in range(share)]

    def one(self, number, dies):
        mark = f"{self.directory}/work/{number % PLACES}/ran"
        work = os.path.dirname(mark)
        script = self.scripts[number % len(self.scripts)].format(n=number, mark=mark, code=number % 100)
        text = json.dumps({"version": 1, "workspace": work, "caller_cwd": work, "caller_env": [],
                           "request": {"program": "/bin/sh", "args": ["-c", script]}})
        epoch = self.service.epoch
        read_end, write_end = os.pipe()
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.settimeout(120)
        started = time.monotonic()
        try:
            self.reach(client)
            if dies == 0:
                return self.count("died")
            client.sendmsg([text.encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                              array.array("i", [self.null, write_end, self.null]))])
            os.close(write_end)
            write_end = -1
            if dies is not None:
                time.sleep(dies)
                return self.count("died")
            data = client.recv(1 << 20)
            took = time.monotonic() - started
            output = os.read(read_end, 100)
            again = client.recv(1 << 20)
        except (ConnectionError, FileNotFoundError, socket.timeout) as error:
            return self.no_reply(number, epoch, repr(error))
        finally:
            client.close()
            os.close(read_end)
            if write_end >= 0:
                os.close(write_end)
        if not data:
            return self.no_reply(number, epoch, "end of file")
        told = json.loads(data)
        if told["status"] != number % 100 or output != b"%d\n" % number or again:
            with self.lock:
                self.wrong.append(f"request {number}: {told}, {output!r}")
            return None
        with self.lock:
            self.good += 1
            self.times.append(took * 1000)
        return None

    def reach(self, client):
        """Nothing is sent yet: to try again while the service is down loses and doubles nothing."""
        for _ in range(3000):
            try:
                return client.connect(f"{self.directory}/pool.sock")
            except (ConnectionRefusedError, FileNotFoundError):
                time.sleep(0.01)
        raise FileNotFoundError("no service")

    def count(self, what):
        with self.lock:
            setattr(self, what, getattr(self, what) + 1)

    def no_reply(self, number, epoch, why):
        """Right only when the service was killed meanwhile."""
        if self.restarting or epoch != self.service.epoch:
            return self.count("cut")
        with self.lock:
            self.wrong.append(f"request {number} was lost: {why}")
        return None

    restarting = False

    def run(self, first, count):
        numbers = iter(range(first, first + count))
        half = threading.Event()

        def work():
            chance = random.Random(threading.get_ident())
            while True:
                with self.lock:
                    number = next(numbers, None)
                if number is None:
                    return
                if number == first + count // 2:
                    half.set()
                self.one(number, (number // 10 % 40) / 1000 * chance.random() if number % 10 == 9 else None)

        threads = [threading.Thread(target=work) for _ in range(self.clients)]
        for thread in threads:
            thread.start()
        return threads, half

    def doubled(self):
        """Programs that ran more than once; all that ended well did run."""
        seen, twice = set(), []
        for place in range(PLACES):
            try:
                with open(f"{self.directory}/work/{place}/ran", encoding="ascii") as file:
                    for line in file:
                        (twice.append if line in seen else seen.add)(line)
            except FileNotFoundError:
                pass
        return twice, len(seen)


def settle(what, still=1.5, seconds=60):
    """Wait until what() has not changed for a while (jails end, others are made); what it is then."""
    until = time.monotonic() + seconds
    last, since = what(), time.monotonic()
    while time.monotonic() < min(until, since + still):
        time.sleep(0.05)
        now = what()
        if now != last:
            last, since = now, time.monotonic()
    return last


def children():
    """Of this process, which orphans come to; the dead are reaped."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return 0
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return len(file.read().split())


def main():
    procjail, directory = sys.argv[1:3]
    requests = int(sys.argv[3]) if len(sys.argv) > 3 else 20000
    clients = int(sys.argv[4]) if len(sys.argv) > 4 else 64
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.makedirs(f"{directory}/policies", exist_ok=True)
    for place in range(PLACES):
        os.makedirs(f"{directory}/work/{place}", exist_ok=True)
    service = Service(procjail, directory)
    service.start()
    load = Load(service, directory, clients)

    began = time.monotonic()
    threads, half = load.run(0, requests)
    half.wait()
    load.restarting = True
    service.restart()
    load.restarting = False
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began

    # The service that has seen as much as it will: before and after as much again.
    more = requests // 4
    for thread in load.run(requests, more)[0]:
        thread.join()
    descriptors, memory = settle(service.descriptors), service.status("VmRSS")
    for thread in load.run(requests + more, more)[0]:
        thread.join()
    descriptors_left = settle(service.descriptors) - descriptors
    grown = service.status("VmRSS") - memory
    service.process.send_signal(signal.SIGTERM)
    status = service.process.wait(60)
    processes = settle(children)

    twice, ran = load.doubled()
    times = sorted(load.times)
    print(f"{requests} requests by {clients} clients in {seconds:.0f} s: {load.good} answered, {load.died} clients died, "
          f"{load.cut} cut off by the restart, {len(load.wrong)} lost or wrong, {len(twice)} ran twice ({ran} ran)")
    if times:
        print("milliseconds: median %.1f, p99 %.1f, most %.1f" %
              (times[len(times) // 2], times[int(len(times) * 0.99)], times[-1]))
    print(f"left: {processes} processes, {max(descriptors_left, 0)} descriptors; memory of the service grew by {grown} KiB")
    for wrong in load.wrong[:10]:
        print(wrong)
    bad = load.wrong or twice or processes or descriptors_left > 8 or status or grown > 4096
    sys.exit(1 if bad else 0)


main()
