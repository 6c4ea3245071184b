"""The hub's end of a websocket at the node door, by itself. What a link may say on it: test_link.py."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import websockets
from running_hub import RunningHub, with_hub
from tornado import httpserver, netutil, web
from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from alphamed_nb.hub.server import node_socket
from alphamed_nb.hub.server.node_socket import NodeSocket


@asynccontextmanager
async def listening(hub: RunningHub, begin: Callable[[NodeSocket], None]) -> AsyncIterator[str]:
    """The address of a server that opens websockets and begins with them what it is told."""

    class Handler(web.RequestHandler):
        async def get(self) -> None:
            await NodeSocket.accept(hub.service.background, hub.service.sockets, self, 10_000, begin)

    sockets = netutil.bind_sockets(0, "127.0.0.1")
    server = httpserver.HTTPServer(web.Application([("/", Handler)]))
    server.add_sockets(sockets)
    yield f"ws://127.0.0.1:{sockets[0].getsockname()[1]}/"
    server.stop()


async def closing_of(client: ClientConnection) -> int | None:
    """The code it is closed with, when it is."""
    async with asyncio.timeout(20):
        await client.wait_closed()
    return client.protocol.close_code


def test_frames_wait_in_order_while_an_earlier_one_is_worked_on(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        got: list[str | bytes] = []
        held: list[NodeSocket] = []
        more = asyncio.Event()
        work: list[asyncio.Future[None]] = []

        def begin(socket: NodeSocket) -> None:
            held.append(socket)

            def on_frame(frame: str | bytes) -> Awaitable[None] | None:
                got.append(frame)
                more.set()
                if frame in ("one", "three"):
                    work.append(asyncio.get_running_loop().create_future())
                    return work[-1]
                return None

            socket.on_frame = on_frame

        async def until(count: int) -> None:
            async with asyncio.timeout(20):
                while len(got) < count:
                    more.clear()
                    await more.wait()

        async with listening(hub, begin) as url, connect(url) as client:
            for text in ("one", "two", "three", "four"):
                await client.send(text)
            await until(1)
            transport = held[0]._transport
            assert got == ["one"] and not transport.is_reading(), "what a client floods with stays in its own memory"
            work[0].set_result(None)
            await until(3)
            assert got == ["one", "two", "three"] and not transport.is_reading()
            work[1].set_result(None)
            await client.send(b"five")
            await until(5)
            assert got[3:] == ["four", b"five"] and transport.is_reading()

    with_hub(tmp_path, scenario)


def test_work_that_fails_ends_its_own_connection_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(hub: RunningHub) -> None:
        async def fail(frame: str | bytes) -> None:
            raise ZeroDivisionError(frame)

        def begin(socket: NodeSocket) -> None:
            socket.on_frame = fail

        async with listening(hub, begin) as url, connect(url) as client, connect(url) as other:
            await client.send("now")
            assert await closing_of(client) == 1006
            await other.ping()

    with caplog.at_level(logging.ERROR):
        with_hub(tmp_path, scenario)
    assert "ZeroDivisionError: now" in caplog.text


def test_a_frame_that_waited_and_fails_ends_its_connection_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(hub: RunningHub) -> None:
        def begin(socket: NodeSocket) -> None:
            def on_frame(frame: str | bytes) -> Awaitable[None] | None:
                if frame == "second":
                    raise ZeroDivisionError(frame)
                return asyncio.sleep(0)

            socket.on_frame = on_frame

        async with listening(hub, begin) as url, connect(url) as client:
            # In one piece, so that the second is here while the first is worked on.
            for text in (b"first", b"second"):
                client.protocol.send_text(text)
            client.transport.write(b"".join(client.protocol.data_to_send()))
            assert await closing_of(client) == 1006

    with caplog.at_level(logging.ERROR):
        with_hub(tmp_path, scenario)
    assert "A link's frame could not be worked on" in caplog.text


def test_pings_are_answered_and_pieces_put_together(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        def begin(socket: NodeSocket) -> None:
            socket.on_frame = lambda frame: socket.send_text(f"{frame!s}!".encode())

        async with listening(hub, begin) as url, connect(url) as client:
            async with asyncio.timeout(20):
                await (await client.ping())
                await client.send(["in ", "three ", "pieces"])
                assert await client.recv() == "in three pieces!"

    with_hub(tmp_path, scenario)


def test_pieces_without_content_take_no_memory(tmp_path: Path) -> None:
    """The size of a message does not count them."""

    async def scenario(hub: RunningHub) -> None:
        held: list[NodeSocket] = []

        def begin(socket: NodeSocket) -> None:
            held.append(socket)
            socket.on_frame = lambda frame: socket.send_text(f"{frame!s}!".encode())

        async with listening(hub, begin) as url, connect(url) as client:
            async with asyncio.timeout(20):
                client.protocol.send_text(b"here", fin=False)
                for _ in range(1000):
                    client.protocol.send_continuation(b"", fin=False)
                client.transport.write(b"".join(client.protocol.data_to_send()))
                await (await client.ping())
                assert held[0]._parts == [b"here"]
                client.protocol.send_continuation(b"", fin=True)
                client.transport.write(b"".join(client.protocol.data_to_send()))
                assert await client.recv() == "here!"

    with_hub(tmp_path, scenario)


def test_a_message_over_the_size_is_not_taken(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        got: list[str | bytes] = []

        def begin(socket: NodeSocket) -> None:
            socket.on_frame = got.append

        async with listening(hub, begin) as url, connect(url) as client:
            await client.send("x" * 10_001)
            assert await closing_of(client) == 1009
            assert not got

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize("politely", [True, False])
def test_a_client_that_leaves_is_told_of_once(tmp_path: Path, politely: bool) -> None:
    async def scenario(hub: RunningHub) -> None:
        ends: asyncio.Queue[None] = asyncio.Queue()

        def begin(socket: NodeSocket) -> None:
            socket.on_close = lambda: ends.put_nowait(None)

        async with listening(hub, begin) as url:
            client = await connect(url)
            assert len(hub.service.sockets) == 1
            if politely:
                await client.close()
            else:
                client.transport.abort()
            async with asyncio.timeout(20):
                await ends.get()
            assert not hub.service.sockets and ends.empty()

    with_hub(tmp_path, scenario)


def test_a_client_that_does_not_answer_a_goodbye_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_socket, "_GOODBYE_SECONDS", 0.2)

    async def scenario(hub: RunningHub) -> None:
        held: list[NodeSocket] = []
        async with listening(hub, held.append) as url:
            uri = parse_uri(url)
            protocol = ClientProtocol(uri)
            protocol.send_request(protocol.connect())
            reader, writer = await asyncio.open_connection(uri.host, uri.port)
            writer.writelines(protocol.data_to_send())
            await reader.readuntil(b"\r\n\r\n")
            held[0].close(1001, "bye")
            async with asyncio.timeout(20):
                assert b"bye" in await reader.read(), "the end of the stream comes after it"
            writer.close()

    with_hub(tmp_path, scenario)


def test_what_asks_for_no_websocket_gets_none(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        answer = await hub.fetch("/link")
        assert answer.code == 426 and "websocket" in json.loads(answer.body)["message"]
        with pytest.raises(websockets.exceptions.InvalidStatus) as refusal:
            await connect(f"ws://{hub.file.address}/link", additional_headers={"Sec-WebSocket-Version": "7"})
        assert refusal.value.response.status_code == 400

    with_hub(tmp_path, scenario)
