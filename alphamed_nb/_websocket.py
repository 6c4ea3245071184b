"""What both ends of a link's websocket do alike: text messages out, at once, and in.

The protocol is that of websockets' layer without I/O, here on a transport of asyncio. tornado spends several turns of
the loop and a task on each message, which is most of what a small one costs (benchmarks: request_answer).
"""

from __future__ import annotations

import asyncio
import logging
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Protocol, State

__all__ = ["SILENT", "WebSocketEnd"]

# Out of reach of any configuration: at DEBUG it would log every frame, also those that carry what it logs.
SILENT = logging.Logger("alphamed_nb websocket", logging.WARNING)

_DATA = (Opcode.TEXT, Opcode.CONT, Opcode.BINARY)


class WebSocketEnd(asyncio.Protocol):
    """One end of a websocket. Everything happens on the loop's thread."""

    _transport: asyncio.Transport

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._parts: list[bytes] = []
        """Of a message that is not here in full."""
        self._is_text = True

    # -- for subclasses ------------------------------------------------------------------------------------------------

    def shaken(self, event: Request | Response) -> None:
        """The other end's part of the opening handshake has come."""

    def received(self, message: bytes, is_text: bool) -> None:
        """A message came; of a text, the bytes are not checked to be UTF-8."""
        raise NotImplementedError

    def ended(self, error: Exception | None) -> None:
        """The connection has ended."""
        raise NotImplementedError

    # -- out -----------------------------------------------------------------------------------------------------------

    def write(self, text: bytes) -> bool:
        """Send a text message. False: the websocket is at its end, and it is not sent."""
        if self._protocol.state is not State.OPEN:
            return False
        self._protocol.send_text(text)
        self._send()
        return True

    def say_goodbye(self, code: int = 1000, reason: str = "") -> None:
        """Begin to close; the connection stays until the other end has answered."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._send()

    def cut(self, code: int, reason: str) -> None:
        """Close without waiting for an answer; what comes from now on is not looked at."""
        self._protocol.fail(code, reason)
        self._send()

    def _send(self) -> None:
        # In one piece: a flood of pings is answered with as many pongs, and each write costs more memory than a pong.
        data = self._protocol.data_to_send()
        if data:
            self._transport.write(b"".join(data))
            if not data[-1]:  # the end of the stream
                self._transport.close()

    # -- called by the loop --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if not isinstance(event, Frame):
                self.shaken(event)
            elif event.opcode in _DATA:
                self._take(event)
        self._send()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        if frame.data:  # the size of a message is limited, not the number of its parts
            self._parts.append(bytes(frame.data))
        if frame.fin:
            message, self._parts = b"".join(self._parts), []
            self.received(message, self._is_text)

    def connection_lost(self, error: Exception | None) -> None:
        self._protocol.receive_eof()
        self.ended(error)
