"""The hub's end of a link's websocket at the node door."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from tornado import web
from tornado.ioloop import IOLoop
from websockets.datastructures import Headers
from websockets.frames import CloseCode
from websockets.http11 import Request
from websockets.protocol import Protocol, Side
from websockets.server import ServerProtocol

from ..._websocket import SILENT, WebSocketEnd
from ..loop.background import Background
from ..service import OpenSocket

__all__ = ["NodeSocket"]

logger = logging.getLogger(__name__)

_GOODBYE_SECONDS = 5.0
"""A client that does not answer the closing of its websocket for so long is cut off."""


class NodeSocket(WebSocketEnd):
    """A :class:`.link.Socket`. Use :meth:`accept`."""

    def __init__(self, background: Background, sockets: set[OpenSocket], answer: bytes, most: int) -> None:
        super().__init__(Protocol(Side.SERVER, max_size=most, logger=SILENT))
        self._background = background
        self._sockets = sockets
        self._answer = answer
        self._waiting: deque[str | bytes] = deque()
        """Frames that came while an earlier one is still worked on; meanwhile nothing more is read."""
        self._busy = False
        self.on_data: Callable[[int], None] = lambda _: None
        """Told how many bytes came, of whatever kind, before anything is made of them."""
        self.on_frame: Callable[[str | bytes], Awaitable[None] | None] = lambda _: None
        """Gets each frame, a binary one as bytes. What it returns is awaited before the next one is handed on."""
        self.on_close: Callable[[], None] = lambda: None

    @classmethod
    async def accept(
        cls,
        background: Background,
        sockets: set[OpenSocket],
        handler: web.RequestHandler,
        most: int,
        begin: Callable[[NodeSocket], None],
    ) -> None:
        """Make the connection of a request a websocket, for good; the handler has nothing more to do with it.

        Args:
            sockets: where it stands while it is open.
            most: the largest message that is read, bytes.
            begin: called before anything is read.

        Raises:
            HTTPError: it asks for no websocket.
        """
        request = Request(handler.request.path, Headers(handler.request.headers.get_all()))
        response = ServerProtocol(logger=SILENT).accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            raise web.HTTPError(response.status_code, "Only a websocket is opened here.")
        socket = cls(background, sockets, response.serialize(), most)
        begin(socket)
        stream = handler.detach()
        IOLoop.current().remove_handler(stream.socket)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: socket, stream.socket)

    # -- out -----------------------------------------------------------------------------------------------------------

    def send_text(self, frame: bytes) -> None:
        """Write a text frame; nothing happens when the socket is closed."""
        self.write(frame)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.say_goodbye(code or CloseCode.NORMAL_CLOSURE, reason or "")
        self._background.call_later(_GOODBYE_SECONDS, self._transport.abort)

    def cut(self, code: int, reason: str) -> None:
        super().cut(code, reason)
        self._background.call_later(_GOODBYE_SECONDS, self._transport.abort)

    def unread_bytes(self) -> int:
        """Written, but not yet taken by the operating system."""
        return self._transport.get_write_buffer_size()

    # -- in ------------------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sockets.add(self)
        self._transport.write(self._answer)

    def data_received(self, data: bytes) -> None:
        self.on_data(len(data))
        super().data_received(data)

    def received(self, message: bytes, is_text: bool) -> None:
        try:
            frame = message.decode() if is_text else message
        except UnicodeDecodeError:
            self.close(CloseCode.INVALID_DATA, "A text frame must be UTF-8.")
            return
        if self._busy:
            self._waiting.append(frame)
        else:
            self._hand_on(frame)

    def _hand_on(self, frame: str | bytes) -> None:
        work = self.on_frame(frame)
        if work is not None:
            self._busy = True
            self._transport.pause_reading()
            self._background.spawn(self._when_done(work))

    async def _when_done(self, work: Awaitable[None]) -> None:
        try:
            await work
            self._busy = False
            while self._waiting and not self._busy:
                self._hand_on(self._waiting.popleft())
        except Exception:
            logger.exception("A link's frame could not be worked on; its connection is closed.")
            self._transport.abort()
            return
        if not self._busy:
            self._transport.resume_reading()

    def ended(self, error: Exception | None) -> None:
        self._sockets.discard(self)
        self.on_close()
        # Whoever has these refers to this socket: so both are gone at once, not with the next garbage collection.
        self.on_data = lambda _: None
        self.on_frame = lambda _: None
        self.on_close = lambda: None
