"""What websocket handlers of both doors do alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from ..service import HubService

__all__ = ["TextSocket"]


class TextSocket:
    """Writes text frames and knows how much of them lies unread."""

    def __init__(self, service: HubService, handler: WebSocketHandler) -> None:
        self._service = service
        self._handler = handler
        service.sockets.add(self)
        self._unread = 0
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

    def closed(self) -> None:
        """The handler says that its socket is closed."""
        self._service.sockets.discard(self)

    def unread_bytes(self) -> int:
        """Written, but not yet taken by the operating system."""
        return self._unread

    def _written(self, size: int, future: Any) -> None:
        self._unread -= size
        # Asked for, so that a socket that closed in between is no error of ours.
        if not future.cancelled():
            future.exception()
        if self._unread == 0:
            self.on_read()
