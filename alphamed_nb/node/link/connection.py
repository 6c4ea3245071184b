"""One websocket to the hub, and the handshake on it. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from ...protocol import messages as wire
from ...protocol.errors import UnknownVersion, error_from_body
from ...protocol.handshake import new_nonce, proof_is_right, proof_of
from ..kernel_info import process_info
from .websocket import WebSocket

__all__ = ["Connection", "FrameWriter", "NotTheHub"]

_HANDSHAKE_SECONDS = 10.0
_PING_SECONDS = 20.0


class NotTheHub(Exception):
    """Whoever answers does not know the hub's credential: the hub file is stale."""


class Connection:
    """One websocket, from its handshake to its end. Use :meth:`open`."""

    socket: WebSocket
    welcome: wire.Welcome
    """What the hub said; after the handshake."""

    def __init__(self) -> None:
        self._incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.lost = asyncio.Event()
        self._take: Callable[[bytes], None] | None = None

    @classmethod
    async def open(cls, url: str, headers: dict[str, str], *, local: bool) -> Connection:
        """Open a websocket; the handshake comes next. Errors: those of :meth:`WebSocket.open`."""
        connection = cls()
        connection.socket = await WebSocket.open(
            url,
            headers,
            connection.received,
            seconds=_HANDSHAKE_SECONDS,
            ping_seconds=None if local else _PING_SECONDS,
        )
        return connection

    def received(self, frame: bytes | None) -> None:
        """A frame came; None: the last one has."""
        if frame is None:
            self.lost.set()
        if self._take is None:
            self._incoming.put_nowait(frame)
        elif frame is not None:
            self._take(frame)

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

    def start(self, take: Callable[[bytes], None]) -> None:
        """The handshake is over: every further frame goes to `take`."""
        self._take = take
        while not self._incoming.empty():
            frame = self._incoming.get_nowait()
            if frame is not None:
                take(frame)

    def write(self, parts: list[bytes]) -> None:
        """Write one frame of these messages, each encoded already."""
        if not self.socket.write(b"[" + b",".join(parts) + b"]"):
            self.lost.set()  # all of it is still counted as unanswered

    def close(self) -> None:
        self.socket.close()
        self.lost.set()


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
