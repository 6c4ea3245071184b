"""The floor of a message's round trip: a bare tornado websocket in another process that sends back what it gets."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.web
import tornado.websocket

TEXT = json.dumps({"op": "send", "text": "x" * 180})


class Echo(tornado.websocket.WebSocketHandler):
    def open(self, *arguments: str, **options: str) -> None:
        self.set_nodelay(True)

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, binary=isinstance(message, bytes))


async def serve() -> None:
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    server = tornado.httpserver.HTTPServer(tornado.web.Application([("/", Echo)]))
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def round_trips(port: int, count: int) -> list[float]:
    """The time of each, in ms."""
    client = await tornado.websocket.websocket_connect(f"ws://127.0.0.1:{port}/")
    client.protocol.stream.set_nodelay(True)
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        await client.write_message(TEXT)
        await client.read_message()
        times.append((time.perf_counter() - begin) * 1000)
    client.close()
    return times


@contextmanager
def echo_server() -> Iterator[int]:
    """The port of a running one."""
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.echo"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    asyncio.run(serve())
