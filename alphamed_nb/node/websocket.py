"""A websocket to a hub: text messages out, at once, and in. Runs on the link's thread only.

The protocol is that of websockets' layer without I/O, here on a transport of asyncio. tornado's client spends several
turns of the loop and a task on each message; a request and its answer took a fifth longer with it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import Callable
from typing import cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

__all__ = ["Declined", "WebSocket"]

_MAX_INCOMING = 64 * 1024 * 1024
_DATA = (Opcode.TEXT, Opcode.CONT, Opcode.BINARY)

# Out of reach of any configuration: at DEBUG it would log every frame, also those that carry what it logs.
_silent = logging.Logger("alphamed_nb websocket", logging.WARNING)


class Declined(ConnectionError):
    """The server answered, but opens no websocket there."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered HTTP {status}")
        self.status = status


class WebSocket(asyncio.Protocol):
    """One websocket, from its opening to its end. Use :meth:`open`."""

    def __init__(
        self, protocol: ClientProtocol, headers: dict[str, str], receive: Callable[[bytes | None], None]
    ) -> None:
        self._protocol = protocol
        self._headers = headers
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._parts: list[bytes] = []
        """Of a message that is not here in full."""
        self._heard = True
        self._ping: asyncio.TimerHandle | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        headers: dict[str, str],
        receive: Callable[[bytes | None], None],
        *,
        seconds: float,
        ping_seconds: float | None = None,
    ) -> WebSocket:
        """Connect, and ask for a websocket.

        Args:
            url: ws://... or wss://...
            headers: of the request.
            receive: gets every message, and None once at the end.
            seconds: until then the server must have answered.
            ping_seconds: so often the server is asked whether it is there, and left if nothing has come since the last
                time; None: the operating system tells when it is gone.

        Raises:
            Declined: the server answered otherwise.
            OSError, TimeoutError: it did not answer.
        """
        try:
            uri = parse_uri(url)
        except InvalidURI as error:
            raise ConnectionError(str(error)) from None
        socket = cls(ClientProtocol(uri, max_size=_MAX_INCOMING, logger=_silent), headers, receive)
        async with asyncio.timeout(seconds):
            await socket._loop.create_connection(
                lambda: socket, uri.host, uri.port, ssl=ssl.create_default_context() if uri.secure else None
            )
            try:
                await socket._opened
            except BaseException:
                socket._transport.abort()
                raise
        if ping_seconds is not None:
            socket._keep_alive(ping_seconds)
        return socket

    # -- out -----------------------------------------------------------------------------------------------------------

    def write(self, text: bytes) -> bool:
        """Send a text message. False: the connection is at its end, and it is not sent."""
        if self._protocol.state is not State.OPEN:
            return False
        self._protocol.send_text(text)
        self._send()
        return True

    def close(self) -> None:
        """Send what is under way and say goodbye."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            self._send()
        self._transport.close()

    def drop(self) -> None:
        """In a forked child: let go of its copy of the socket; the parent's stays open."""
        # Not closed: whoever closes it later on, at the end of the transport, would close another file of that number.
        with open(os.devnull, "r+b", buffering=0) as nothing:
            os.dup2(nothing.fileno(), self.fileno(), inheritable=False)

    def fileno(self) -> int:
        return cast(int, self._transport.get_extra_info("socket").fileno())

    def _send(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()

    def _keep_alive(self, seconds: float) -> None:
        if not self._heard:
            self._transport.abort()
            return
        self._heard = False
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")
            self._send()
        self._ping = self._loop.call_later(seconds, self._keep_alive, seconds)

    # -- called by the loop --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        request = self._protocol.connect()
        for name, value in self._headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._heard = True
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if not isinstance(event, Frame):
                self._answered()
            elif event.opcode in _DATA:
                self._take(event)
        self._send()
        if self._protocol.close_expected():
            self._transport.close()

    def _answered(self) -> None:
        """The server's answer to the request is here."""
        error = self._protocol.handshake_exc
        if self._opened.done():
            return  # too late
        if error is None:
            self._opened.set_result(None)
        elif isinstance(error, InvalidStatus):
            self._opened.set_exception(Declined(error.response.status_code))
        else:
            self._opened.set_exception(ConnectionError(f"the server answered wrongly: {error}"))

    def _take(self, frame: Frame) -> None:
        self._parts.append(bytes(frame.data))
        if frame.fin:
            message, self._parts = b"".join(self._parts), []
            self._receive(message)

    def connection_lost(self, error: Exception | None) -> None:
        self._protocol.receive_eof()
        if self._ping is not None:
            self._ping.cancel()
        if not self._opened.done():
            self._opened.set_exception(ConnectionError(f"the connection ended: {error or 'the server closed it'}"))
        self._receive(None)
