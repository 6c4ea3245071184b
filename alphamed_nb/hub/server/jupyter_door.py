"""The Jupyter door: REST and the live feed for people, links and streams for kernels on other machines.

Everything stands under `{base_url}alphamed-nb/` and is protected as every Jupyter endpoint is: token or cookie, XSRF
check, origin check, authorizer. The only module of the hub's server that imports jupyter_server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar, cast

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketHandler

from ...protocol.errors import HubUnreachable
from ..service import HubService
from . import rest
from .auth import ErrorAnswers, write_json
from .link import LinkConnection, max_message_size
from .live import LIVE_FRAME_BYTES, LiveFeed
from .streams import FileDownload, FileUpload, StreamDownload, StreamUpload
from .text_socket import TextSocket

__all__ = ["PREFIX", "RESOURCE", "Door", "handlers"]

PREFIX = "alphamed-nb"
"""Everything stands below `{base_url}alphamed-nb/`."""
RESOURCE = "alphamed_nb"
"""What an authorizer is asked about; with `read`, `write` (uploads, DELETE) or `execute` (links)."""


_Method = TypeVar("_Method", bound=Callable[..., Awaitable[None]])


def allowed(action: Literal["read", "write", "execute"]) -> Callable[[_Method], _Method]:
    """Jupyter's `authorized` with action and resource named: without names it keeps the first resource it ever saw."""
    return cast(Callable[[_Method], _Method], authorized(action, RESOURCE))


class Door:
    """What the handlers share. The hub starts after the handlers are registered: until then they answer 503."""

    def __init__(self) -> None:
        self.service: HubService | None = None
        self.failure = "The hub has not started yet."

    def open(self) -> HubService:
        if self.service is None:
            raise HubUnreachable(self.failure)
        return self.service


class LinkHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """A link of a kernel on another machine. Who may open one may act for any node, so it takes `execute`."""

    auth_resource = RESOURCE

    def initialize(self, door: Door) -> None:
        self.door = door
        self.link: LinkConnection | None = None

    @property
    def max_message_size(self) -> int:
        return max_message_size(self.door.open().settings.limits)

    def set_default_headers(self) -> None:
        """None: this is no page."""

    def get_compression_options(self) -> None:
        return None

    @ws_authenticated
    @allowed("execute")
    async def get(self, *args: Any, **kwargs: Any) -> None:
        if self.door.service is None:
            raise web.HTTPError(503, self.door.failure)
        await WebSocketHandler.get(self, *args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)
        service = self.door.open()
        self.socket = TextSocket(service.sockets, self)
        self.link = LinkConnection(service.links, service.accept, service.background, self.socket, None)

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        assert self.link is not None
        return self.link.on_frame(message)

    def on_ping(self, data: bytes) -> None:
        self.socket.answered_ping(data)

    def on_close(self) -> None:
        if self.link is not None:
            self.socket.closed()
            self.link.on_close()


class LiveHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    auth_resource = RESOURCE

    def initialize(self, door: Door) -> None:
        self.door = door
        self.feed: LiveFeed | None = None

    @property
    def max_message_size(self) -> int:
        return 2 * LIVE_FRAME_BYTES

    def set_default_headers(self) -> None:
        """None: this is no page."""

    def get_compression_options(self) -> None:
        return None

    @ws_authenticated
    @allowed("read")
    async def get(self, *args: Any, **kwargs: Any) -> None:
        if self.door.service is None:
            raise web.HTTPError(503, self.door.failure)
        await WebSocketHandler.get(self, *args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)
        service = self.door.open()
        self.socket = TextSocket(service.sockets, self)
        self.feed = LiveFeed(service, self.socket)

    def on_message(self, message: str | bytes) -> None:
        assert self.feed is not None
        self.feed.on_frame(message)

    def on_ping(self, data: bytes) -> None:
        self.socket.answered_ping(data)

    def on_close(self) -> None:
        if self.feed is not None:
            self.socket.closed()
            self.feed.on_close()


class _BodyHandler(ErrorAnswers, JupyterHandler):
    """Base of handlers whose body streams in: these have to be authorised before the body is read."""

    auth_resource = RESOURCE

    def initialize(self, door: Door) -> None:
        self.door = door

    async def prepare(self) -> None:  # type: ignore[override]
        await ensure_async(super().prepare(_redirect_to_login=False))  # type: ignore[arg-type]
        if self._finished:
            return
        if not self.current_user:
            raise web.HTTPError(403)
        action = "write" if self.request.method == "PUT" else "read"
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)):
            raise web.HTTPError(403)
        if not self.check_origin():
            raise web.HTTPError(404)
        self.service = self.door.open()


@web.stream_request_body
class StreamHandler(StreamUpload, StreamDownload, _BodyHandler):
    async def prepare(self) -> None:  # type: ignore[override]
        await _BodyHandler.prepare(self)
        if self.request.method == "PUT":
            await self.begin_stream(self.path_args[0])

    @web.authenticated
    @allowed("read")
    async def get(self, stream: str) -> None:
        await self.send_stream(stream)

    @web.authenticated
    @allowed("read")
    async def head(self, stream: str) -> None:
        await self.send_stream(stream)

    @web.authenticated
    @allowed("write")
    async def put(self, stream: str) -> None:
        await self.end_stream()


@web.stream_request_body
class FileHandler(FileUpload, FileDownload, _BodyHandler):
    async def prepare(self) -> None:  # type: ignore[override]
        await _BodyHandler.prepare(self)
        if self.request.method == "PUT":
            await self.begin_file(self.path_args[0])

    @web.authenticated
    @allowed("read")
    async def get(self, file: str) -> None:
        await self.send_signed(file)

    @web.authenticated
    @allowed("read")
    async def head(self, file: str) -> None:
        await self.send_signed(file)

    @web.authenticated
    @allowed("write")
    async def put(self, file: str) -> None:
        await self.end_file(self.request.full_url().split("?")[0])


class EndpointHandler(ErrorAnswers, APIHandler):
    """One path of REST."""

    auth_resource = RESOURCE

    def initialize(self, door: Door, endpoints: dict[str, rest.Endpoint]) -> None:
        self.door = door
        self.endpoints = endpoints

    @web.authenticated
    @allowed("read")
    async def get(self, *path: str) -> None:
        await self._answer("GET", path)

    async def _answer(self, method: str, path: tuple[str, ...]) -> None:
        write_json(self, await rest.answer(self.endpoints[method], self.door.open(), self.request, path))


class LongQuestionHandler(EndpointHandler):
    """A path of REST whose parameters may be too long for a URL: what stands before a server may cut it at some kB."""

    @web.authenticated
    @allowed("read")
    async def post(self, *path: str) -> None:
        await self._answer("POST", path)


class RemovableHandler(EndpointHandler):
    """A path of REST that can be removed, too."""

    @web.authenticated
    @allowed("write")
    async def delete(self, *path: str) -> None:
        await self._answer("DELETE", path)


_KINDS: dict[str, type[EndpointHandler]] = {"POST": LongQuestionHandler, "DELETE": RemovableHandler}


def handlers(door: Door) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """All of the door's handlers, for `ExtensionApp.handlers` (which puts the base_url before)."""
    found: list[tuple[str, type[web.RequestHandler], dict[str, Any]]] = [
        (f"{PREFIX}/link", LinkHandler, {"door": door}),
        (f"{PREFIX}/live", LiveHandler, {"door": door}),
        (f"{PREFIX}/streams/([^/]+)", StreamHandler, {"door": door}),
        (f"{PREFIX}/files/([^/]+)", FileHandler, {"door": door}),
    ]
    paths: dict[str, dict[str, rest.Endpoint]] = {}
    for endpoint in rest.ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    for path, endpoints in paths.items():
        kind = next((_KINDS[method] for method in endpoints if method in _KINDS), EndpointHandler)
        found.append((f"{PREFIX}/{path}", kind, {"door": door, "endpoints": endpoints}))
    return found
