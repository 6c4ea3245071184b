"""The node door: a listener of the hub's own on 127.0.0.1, for processes of this machine.

Passwords, TLS, prefixes and proxies of a Jupyter server never concern what comes in here. It runs in the same loop,
with a tornado application of its own.
"""

from __future__ import annotations

import logging
import socket
from typing import Any

from tornado import netutil, web
from tornado.httpserver import HTTPServer
from tornado.websocket import WebSocketHandler

from ..service import HubService
from . import rest
from .auth import NodeHandler, write_json
from .link import LinkConnection, max_message_size
from .live import LIVE_FRAME_BYTES, LiveFeed
from .node_socket import NodeSocket
from .streams import FileDownload, FileUpload, StreamDownload, StreamUpload
from .text_socket import TextSocket

__all__ = ["NodeDoor"]

logger = logging.getLogger(__name__)

_BODY_BYTES = 4096
"""Bodies of requests that are no uploads: they are read before anybody asks for a ticket."""


class LinkHandler(NodeHandler):
    """The proof that the process knows the credential comes in the first messages, so no ticket is needed here."""

    needs_ticket = False

    async def get(self) -> None:
        hub = self.service
        most = max_message_size(hub.settings.limits)
        await NodeSocket.accept(hub.background, hub.sockets, self, most, self._begin)

    def _begin(self, socket: NodeSocket) -> None:
        hub = self.service
        link = LinkConnection(hub.links, hub.accept, hub.background, socket, hub.credential)
        socket.on_data = link.on_data
        socket.on_frame = link.on_frame
        socket.on_close = link.on_close


class LiveHandler(NodeHandler, WebSocketHandler):
    def initialize(self, service: HubService, address: str) -> None:
        super().initialize(service, address)
        self.feed: LiveFeed | None = None

    @property
    def max_message_size(self) -> int:
        return 2 * LIVE_FRAME_BYTES

    def get_compression_options(self) -> None:
        return None

    def check_origin(self, origin: str) -> bool:
        return False

    def open(self, *_: str, **__: str) -> None:
        self.socket = TextSocket(self.service.sockets, self)
        self.feed = LiveFeed(self.service, self.socket)

    def on_message(self, message: str | bytes) -> None:
        assert self.feed is not None
        self.feed.on_frame(message)

    def on_ping(self, data: bytes) -> None:
        self.socket.answered_ping(data)

    def on_close(self) -> None:
        if self.feed is not None:
            self.socket.closed()
            self.feed.on_close()


@web.stream_request_body
class StreamHandler(StreamUpload, StreamDownload, NodeHandler):
    async def prepare(self) -> None:
        await NodeHandler.prepare(self)
        if self.request.method == "PUT":
            await self.begin_stream(self.path_args[0])

    async def get(self, stream: str) -> None:
        await self.send_stream(stream)

    async def head(self, stream: str) -> None:
        await self.send_stream(stream)

    async def put(self, stream: str) -> None:
        await self.end_stream()


@web.stream_request_body
class FileHandler(FileUpload, FileDownload, NodeHandler):
    """PUT needs a ticket; GET takes the signature in the URL, so that user code can fetch it plainly."""

    needs_ticket = False

    async def prepare(self) -> None:
        await NodeHandler.prepare(self)
        if self.request.method == "PUT":
            self.check_ticket()
            await self.begin_file(self.path_args[0])

    async def get(self, file: str) -> None:
        await self.send_signed(file)

    async def head(self, file: str) -> None:
        await self.send_signed(file)

    async def put(self, file: str) -> None:
        await self.end_file(f"http://{self.address}/files/{file}")


class ReadHandler(NodeHandler):
    """Reads only: what removes something stands behind the Jupyter door alone."""

    def initialize(self, service: HubService, address: str, endpoint: rest.Endpoint) -> None:  # type: ignore[override]
        super().initialize(service, address)
        self.endpoint = endpoint

    async def get(self, *path: str) -> None:
        write_json(self, await rest.answer(self.endpoint, self.service, self.request, path))


class NoSuchPage(NodeHandler):
    async def prepare(self) -> None:
        await super().prepare()
        raise web.HTTPError(404)


class NodeDoor:
    """The listener. `address` is `127.0.0.1:PORT` once it is started."""

    def __init__(self, service: HubService) -> None:
        self._service = service
        self._server: HTTPServer | None = None
        self.address = ""

    async def start(self) -> None:
        sockets = netutil.bind_sockets(0, "127.0.0.1", family=socket.AF_INET)
        self.address = f"127.0.0.1:{sockets[0].getsockname()[1]}"
        arguments: dict[str, Any] = {"service": self._service, "address": self.address}
        application = web.Application(
            [
                (r"/link", LinkHandler, arguments),
                (r"/live", LiveHandler, arguments),
                (r"/streams/([^/]+)", StreamHandler, arguments),
                (r"/files/([^/]+)", FileHandler, arguments),
                *(
                    (f"/{endpoint.path}", ReadHandler, {**arguments, "endpoint": endpoint})
                    for endpoint in rest.ENDPOINTS
                    if endpoint.method == "GET"
                ),
            ],
            default_handler_class=NoSuchPage,
            default_handler_args=arguments,
            log_function=_log_request,
            websocket_ping_interval=0,  # on one machine a socket says by itself when its other end is gone
        )
        self._server = HTTPServer(application, max_body_size=_BODY_BYTES, no_keep_alive=False)
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
            self._server = None


def _log_request(handler: web.RequestHandler) -> None:
    """Quiet: tens of nodes fetch streams each round."""
    level = logging.WARNING if handler.get_status() >= 500 else logging.DEBUG
    # Without the query: it may hold a signature.
    request = handler.request
    logger.log(
        level, "%d %s %s (%.1f ms)", handler.get_status(), request.method, request.path, request.request_time() * 1e3
    )
