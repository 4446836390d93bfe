# SPDX-License-Identifier: Apache-2.0
"""world_server.py DIRECTORY: the servers of world.bash's machine.

8080: HTTP/1.0, answers every path with "hello PATH\n"; 8081: sends back what it
gets until its client sends no more; 9999 (UDP): sends back each datagram.
Writes DIRECTORY/serving when all listen, and DIRECTORY/peers, a line for each
connection: the port and the client's address.
"""
import asyncio
import socket
import sys

directory = sys.argv[1]
peers = open(directory + "/peers", "a", buffering=1, encoding="utf-8")


def note(writer):
    peers.write(f"{writer.get_extra_info('sockname')[1]} {writer.get_extra_info('peername')[0]}\n")


async def http(reader, writer):
    note(writer)
    request = await reader.readuntil(b"\r\n\r\n")
    body = b"hello " + request.split()[1] + b"\n"
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    writer.close()


async def echo(reader, writer):
    note(writer)
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        peers.write(f"9999 {addr[0]}\n")
        self.transport.sendto(data, addr)


async def main():
    await asyncio.start_server(http, ["0.0.0.0", "::"], 8080, backlog=4096)
    await asyncio.start_server(echo, ["0.0.0.0", "::"], 8081, backlog=4096)
    await asyncio.get_running_loop().create_datagram_endpoint(
        Datagrams, local_addr=("0.0.0.0", 9999), family=socket.AF_INET)
    with open(directory + "/serving", "w", encoding="utf-8") as serving:
        serving.write("serving\n")
    await asyncio.Event().wait()


asyncio.run(main())
