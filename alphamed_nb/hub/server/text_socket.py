"""What websocket handlers of both doors do alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tornado.iostream import IOStream
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from ..service import OpenSocket

__all__ = ["UNREAD_BYTES", "TextSocket"]

UNREAD_BYTES = 64 * 1024 * 1024
"""A client that lets so much lie unread is cut off."""


class TextSocket:
    """Writes text frames and knows how much of them lies unread.

    Args:
        sockets: where it stands while it is open.
    """

    def __init__(self, sockets: set[OpenSocket], handler: WebSocketHandler) -> None:
        self._sockets = sockets
        self._handler = handler
        sockets.add(self)
        self._unread = 0
        self._pongs = 0
        """Bytes of pongs written since the operating system last had taken everything."""
        self.on_read: Callable[[], None] = lambda: None
        """Called when all that was written has been taken."""
        # Frames are small and each is awaited by somebody: none may wait for the acknowledgement of the one before.
        handler.set_nodelay(True)

    def send_text(self, frame: bytes) -> None:
        """Write a text frame; nothing happens when the socket is closed."""
        try:
            written = self._handler.write_message(frame)
        except WebSocketClosedError:
            return
        self._unread += len(frame)
        written.add_done_callback(partial(self._written, len(frame)))

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        self._handler.close(code, reason)

    def cut(self, code: int, reason: str) -> None:
        """Close at once: tornado would wait for an answer, and read on meanwhile."""
        self.close(code, reason)
        stream = self._stream()
        if stream is not None:
            stream.close()

    def answered_ping(self, data: bytes) -> None:
        """The handler says that a ping came; a pong with the same content was written by tornado, which does not say
        when it has been taken."""
        stream = self._stream()
        self._pongs = self._pongs + 2 + len(data) if stream is not None and stream.writing() else 0
        if self.unread_bytes() > UNREAD_BYTES:
            self.cut(1013, "You do not read what the hub sends.")

    def closed(self) -> None:
        """The handler says that its socket is closed."""
        self._sockets.discard(self)

    def unread_bytes(self) -> int:
        """Written, but not yet taken by the operating system."""
        return self._unread + self._pongs

    def _stream(self) -> IOStream | None:
        connection = self._handler.ws_connection
        return connection.stream if connection is not None else None

    def _written(self, size: int, future: Any) -> None:
        self._unread -= size
        # Asked for, so that a socket that closed in between is no error of ours.
        if not future.cancelled():
            future.exception()
        if self._unread == 0:
            self.on_read()
