"""One websocket to the hub, and the handshake on it. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import msgspec
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from ..protocol import messages as wire
from ..protocol.errors import UnknownVersion, error_from_body
from ..protocol.handshake import new_nonce, proof_is_right, proof_of
from .kernel_info import process_info

__all__ = ["Connection", "FrameWriter", "NotTheHub"]

_HANDSHAKE_SECONDS = 10.0
_MAX_INCOMING = 64 * 1024 * 1024
_PING_SECONDS = 20.0


class NotTheHub(Exception):
    """Whoever answers does not know the hub's credential: the hub file is stale."""


class Connection:
    """One websocket, from its handshake to its end."""

    def __init__(self, socket: WebSocketClientConnection, incoming: asyncio.Queue[bytes | str | None]) -> None:
        self._socket = socket
        self._incoming = incoming
        self.lost = asyncio.Event()
        self._take: Callable[[bytes | str], None] | None = None
        protocol = socket.protocol
        self._stream = getattr(protocol, "stream", None)
        if protocol is not None:
            protocol.set_nodelay(True)

    @classmethod
    async def open(cls, url: str, headers: dict[str, str], *, local: bool) -> Connection:
        incoming: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        holder: list[Connection] = []

        def received(frame: bytes | str | None) -> None:
            if holder:
                holder[0].received(frame)
            else:
                incoming.put_nowait(frame)

        request = HTTPRequest(url, headers=headers, connect_timeout=5.0, request_timeout=_HANDSHAKE_SECONDS)
        socket = await websocket_connect(
            request,
            on_message_callback=received,
            compression_options=None,
            max_message_size=_MAX_INCOMING,
            ping_interval=None if local else _PING_SECONDS,
        )
        connection = cls(socket, incoming)
        holder.append(connection)
        return connection

    def received(self, frame: bytes | str | None) -> None:
        if self._take is None:
            self._incoming.put_nowait(frame)
        elif frame is not None:
            self._take(frame)
        if frame is None:
            self.lost.set()

    async def greet(self, credential: str) -> wire.Welcome:
        """The handshake.

        Args:
            credential: the hub's; empty at the Jupyter door, where the request itself was authenticated.

        Raises:
            HubError: the hub does not want this process.
            NotTheHub: who answers there is not the hub.
            ConnectionError, TimeoutError: it did not come to an end.
        """
        async with asyncio.timeout(_HANDSHAKE_SECONDS):
            nonce = new_nonce()
            hello = wire.Hello(versions=[wire.PROTOCOL_VERSION], nonce=nonce, process=process_info())
            self.write([msgspec.json.encode(hello)])
            answer = await self._first_message()
            if isinstance(answer, wire.Challenge):
                if not proof_is_right(answer.proof, credential, "hub", nonce, answer.nonce):
                    raise NotTheHub("who answers there is not the hub of the hub file")
                proof = wire.Proof(proof=proof_of(credential, "client", nonce, answer.nonce))
                self.write([msgspec.json.encode(proof)])
                answer = await self._first_message()
            elif credential:
                raise NotTheHub("who answers there does not prove that it is the hub of the hub file")
            if not isinstance(answer, wire.Welcome):
                raise NotTheHub("who answers there does not speak the hub's protocol")
            if answer.version != wire.PROTOCOL_VERSION:
                raise UnknownVersion(
                    f"The hub speaks protocol version {answer.version}, this process only {wire.PROTOCOL_VERSION}."
                )
            return answer

    async def _first_message(self) -> Any:
        """The next message of the handshake.

        Raises:
            HubError: the hub refuses this process.
            ConnectionError: the connection ended.
        """
        frame = await self._incoming.get()
        if frame is None:
            raise ConnectionError("the hub closed the connection during the handshake")
        message = wire.decode_hub_frame(frame)[0]
        if isinstance(message, wire.Refused):
            raise error_from_body(message.error)
        return message

    def start(self, take: Callable[[bytes | str], None]) -> None:
        """The handshake is over: every further frame goes to `take`."""
        self._take = take
        while not self._incoming.empty():
            frame = self._incoming.get_nowait()
            if frame is not None:
                take(frame)

    def write(self, parts: list[bytes]) -> None:
        """Write one frame of these messages, each encoded already."""
        try:
            future = self._socket.write_message(b"[" + b",".join(parts) + b"]")
        except WebSocketClosedError:
            self.lost.set()  # all of it is still counted as unanswered
            return
        future.add_done_callback(_ask_for_outcome)

    def close(self) -> None:
        self._socket.close()
        self.lost.set()

    def drop_socket(self) -> None:
        """In a forked child: close its copy of the socket; the parent's stays open."""
        socket = getattr(self._stream, "socket", None)
        if socket is not None:
            number = socket.detach()
            if number >= 0:
                os.close(number)


class FrameWriter:
    """Writes messages, each encoded already, in as few frames as their size allows."""

    def __init__(self, connection: Connection, most: int) -> None:
        self._connection = connection
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        if self._size + len(part) + 2 > self._most:
            self.end()
        self._parts.append(part)
        self._size += len(part) + 1

    def end(self) -> None:
        """Write what is left."""
        if self._parts:
            self._connection.write(self._parts)
            self._parts, self._size = [], 0


def _ask_for_outcome(future: asyncio.Future[None]) -> None:
    if not future.cancelled():
        future.exception()  # a lost connection is noticed by its reading side
