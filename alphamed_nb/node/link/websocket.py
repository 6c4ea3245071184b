"""A websocket to a hub. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable
from typing import cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.uri import WebSocketURI, parse_uri

from ..._websocket import SILENT, WebSocketEnd

__all__ = ["Declined", "WebSocket"]

_MAX_INCOMING = 64 * 1024 * 1024


class Declined(ConnectionError):
    """The server answered, but opens no websocket there."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered HTTP {status}")
        self.status = status


class WebSocket(WebSocketEnd):
    """One websocket, from its opening to its end. Use :meth:`open`."""

    _protocol: ClientProtocol

    def __init__(self, uri: WebSocketURI, headers: dict[str, str], receive: Callable[[bytes | None], None]) -> None:
        super().__init__(ClientProtocol(uri, max_size=_MAX_INCOMING, logger=SILENT))
        self._headers = headers
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
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
            ValueError: this is no address.
            ssl.SSLError: the server's certificate is not trusted, or it does not speak TLS.
            OSError, TimeoutError: it did not answer.
        """
        try:
            uri = parse_uri(url)
        except InvalidURI as error:
            raise ValueError(str(error)) from None
        socket = cls(uri, headers, receive)
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

    def close(self) -> None:
        """Send what is under way, say goodbye and leave."""
        self.say_goodbye()
        self._transport.close()

    def drop(self) -> None:
        """In a forked child: let go of its copy of the socket; the parent's stays open."""
        # Not closed: whoever closes it later on, at the end of the transport, would close another file of that number.
        with open(os.devnull, "r+b", buffering=0) as nothing:
            os.dup2(nothing.fileno(), self.fileno(), inheritable=False)

    def fileno(self) -> int:
        return cast(int, self._transport.get_extra_info("socket").fileno())

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
        super().connection_made(transport)
        request = self._protocol.connect()
        for name, value in self._headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._heard = True
        super().data_received(data)
        if self._protocol.close_expected():
            self._transport.close()

    def shaken(self, event: Request | Response) -> None:
        error = self._protocol.handshake_exc
        if self._opened.done():
            return  # too late
        if error is None:
            self._opened.set_result(None)
        elif isinstance(error, InvalidStatus):
            self._opened.set_exception(Declined(error.response.status_code))
        else:
            self._opened.set_exception(ConnectionError(f"the server answered wrongly: {error}"))

    def received(self, message: bytes, is_text: bool) -> None:
        self._receive(message)

    def ended(self, error: Exception | None) -> None:
        if self._ping is not None:
            self._ping.cancel()
        if not self._opened.done():
            self._opened.set_exception(ConnectionError(f"the connection ended: {error or 'the server closed it'}"))
        self._receive(None)
