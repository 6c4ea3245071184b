"""A link's websocket by itself, against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.server import ServerProtocol

from alphamed_nb.node.link.websocket import Declined, WebSocket

Behaviour = Callable[[ServerConnection], Awaitable[None]]


def on_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(*arguments: Any, **names: Any) -> None:
        asyncio.run(test(*arguments, **names))  # type: ignore[arg-type]

    return run


class Heard:
    """What came in at the client's side."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    def __call__(self, frame: bytes | None) -> None:
        self._frames.put_nowait(frame)

    async def next(self) -> bytes | None:
        async with asyncio.timeout(10):
            return await self._frames.get()


@asynccontextmanager
async def connected(behaviour: Behaviour, **options: Any) -> AsyncIterator[tuple[WebSocket, Heard]]:
    async with serve(behaviour, "127.0.0.1", 0, max_size=None) as server:
        heard = Heard()
        options.setdefault("seconds", 10.0)
        socket = await WebSocket.open(address(server), {"X-Node": "a"}, heard, **options)
        yield socket, heard
        socket.close()


def address(server: Server | asyncio.Server) -> str:
    return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/link"


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@on_a_loop
async def test_texts_go_out_and_come_in_whole_and_in_order() -> None:
    texts = [json.dumps({"text": "示例" * size}).encode() for size in (0, 1, 100, 20_000, 1_000_000)]
    async with connected(echo) as (socket, heard):
        for text in texts:
            assert socket.write(text)
        assert [await heard.next() for _ in texts] == texts


@on_a_loop
async def test_the_request_has_the_headers_it_was_given() -> None:
    async def say_header(connection: ServerConnection) -> None:
        assert connection.request is not None
        await connection.send(connection.request.headers["X-Node"] + connection.request.path)

    async with connected(say_header) as (_, heard):
        assert await heard.next() == b"a/link"


@on_a_loop
async def test_a_message_in_pieces_is_put_together() -> None:
    async def in_pieces(connection: ServerConnection) -> None:
        await connection.send(["one ", "message ", "only"])
        await connection.send("next")

    async with connected(in_pieces) as (_, heard):
        assert await heard.next() == b"one message only"
        assert await heard.next() == b"next"
        assert await heard.next() is None


@on_a_loop
async def test_when_the_server_goes_that_is_said_once_and_nothing_is_written_any_more() -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(1001, "bye")

    async with connected(leave) as (socket, heard):
        assert await heard.next() is None
        assert not socket.write(b"{}")


@on_a_loop
async def test_closing_it_sends_what_was_written_and_says_goodbye() -> None:
    got: list[str | bytes] = []
    code: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    async def listen(connection: ServerConnection) -> None:
        got.extend([message async for message in connection])
        code.set_result(connection.protocol.close_code)

    async with connected(listen) as (socket, heard):
        socket.write(b"1" * 3_000_000)
        socket.write(b"last words")
        socket.close()
        assert not socket.write(b"too late")
        async with asyncio.timeout(10):
            assert await code == 1000
        assert got[1:] == ["last words"] and len(got[0]) == 3_000_000
        assert await heard.next() is None


@pytest.mark.parametrize("status", [401, 403, 404, 500])
@on_a_loop
async def test_a_server_that_opens_none_is_quoted(status: int) -> None:
    async def never(connection: ServerConnection) -> None:
        raise AssertionError

    def decline(connection: ServerConnection, request: object) -> Any:
        return connection.respond(HTTPStatus(status), "No.\n")

    async with serve(never, "127.0.0.1", 0, process_request=decline) as server:
        with pytest.raises(Declined, match=f"HTTP {status}") as refusal:
            await WebSocket.open(address(server), {}, Heard(), seconds=10.0)
    assert refusal.value.status == status


@asynccontextmanager
async def raw_server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """The address of a server that does with a connection what it is told, and then lets it be."""
    writers = []

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await answer(reader, writer)

    async with await asyncio.start_server(client, "127.0.0.1", 0) as server:
        yield address(server)
        for writer in writers:
            writer.close()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await say_nothing(reader, writer)
    writer.close()


async def speak_something_else(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await say_nothing(reader, writer)
    writer.write(b"220 mail.example ESMTP\r\n\r\n")


async def fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open the websocket, and never say anything again."""
    await accept(reader, writer)


async def close_and_stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open the websocket, say that it is closed, and hold the connection."""
    protocol = await accept(reader, writer)
    protocol.send_close(1001)
    writer.writelines(protocol.data_to_send())


async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> ServerProtocol:
    protocol = ServerProtocol()
    protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
    (request,) = protocol.events_received()
    protocol.send_response(protocol.accept(request))  # type: ignore[arg-type]
    writer.writelines(protocol.data_to_send())
    return protocol


@on_a_loop
async def test_a_server_that_never_answers_is_not_waited_for() -> None:
    async with raw_server(say_nothing) as url:
        with pytest.raises(TimeoutError):
            await WebSocket.open(url, {}, Heard(), seconds=0.2)


@pytest.mark.parametrize("behaviour", [hang_up, speak_something_else])
@on_a_loop
async def test_a_server_that_does_not_speak_websocket_is_an_error_of_the_connection(behaviour: Any) -> None:
    async with raw_server(behaviour) as url:
        with pytest.raises(ConnectionError):
            await WebSocket.open(url, {}, Heard(), seconds=10.0)


@on_a_loop
async def test_where_nobody_listens_is_an_error_of_the_connection() -> None:
    with pytest.raises(OSError):
        await WebSocket.open("ws://127.0.0.1:1/link", {}, Heard(), seconds=10.0)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/link", "no address", "ws://a..b/link", "ws://127.0.0.1:99999/"])
@on_a_loop
async def test_what_is_no_address_is_told_apart(url: str) -> None:
    with pytest.raises(ValueError):
        await WebSocket.open(url, {}, Heard(), seconds=10.0)


@on_a_loop
async def test_a_server_that_fell_silent_is_left() -> None:
    async with raw_server(fall_silent) as url:
        heard = Heard()
        socket = await WebSocket.open(url, {}, heard, seconds=10.0, ping_seconds=0.2)
        assert socket.write(b"{}")
        assert await heard.next() is None
        assert not socket.write(b"{}")


@on_a_loop
async def test_a_server_that_closes_the_websocket_only_is_left_too() -> None:
    async with raw_server(close_and_stay) as url:
        heard = Heard()
        await WebSocket.open(url, {}, heard, seconds=10.0)
        assert await heard.next() is None


@on_a_loop
async def test_a_server_that_has_nothing_to_say_but_is_there_is_not_left() -> None:
    pongs = 0

    async def listen(connection: ServerConnection) -> None:
        async for _ in connection:
            await connection.send("still here")

    async with connected(listen, ping_seconds=0.1) as (socket, heard):
        protocol = socket._protocol
        receive_data = protocol.receive_data

        def count(data: bytes | bytearray) -> None:
            nonlocal pongs
            pongs += 1
            receive_data(data)
            if pongs == 3:
                socket.write(b"?")

        protocol.receive_data = count  # type: ignore[method-assign]
        assert await heard.next() == b"still here"


@on_a_loop
async def test_its_frames_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG they would: a log record of a node would make frames, which would make log records."""
    caplog.set_level(logging.DEBUG)
    async with connected(echo) as (socket, heard):
        caplog.clear()
        socket.write(b"unmistakable")
        assert await heard.next() == b"unmistakable"
    loggers = {record.name for record in caplog.records if "unmistakable" in record.getMessage()}
    assert loggers == {"websockets.server"}, "it is the test's own server that logs"
