"""Reading from a hub: its REST addresses and its live feed, on the same machine or through a Jupyter server."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..protocol.errors import HubError, HubUnreachable

if TYPE_CHECKING:
    from ..node.link.link import Link
    from ..protocol.live import Follow, LiveMessage

__all__ = ["HubReader", "connect"]

T = TypeVar("T")
_CONNECT_SECONDS = 15.0
_PAUSE_SECONDS = 1.0


@dataclass
class HubReader:
    """Reads from one hub while its link is open."""

    link: Link
    url: str
    """Without a slash at the end; REST lies under `/api`."""
    headers: dict[str, str]

    def ask(self, path: str, answer: type[T], **query: Any) -> T:
        """What `api/<path>` answers, as a value of this type (of :mod:`alphamed_nb.protocol.rest`, or a list).

        Raises:
            HubError: the hub refuses, or cannot be reached.
        """
        import msgspec

        from ..protocol.errors import ErrorBody, error_from_body

        words = {name: value for name, value in query.items() if value not in (None, "", [])}
        address = f"{self.url}/api/{path}" + ("?" + urllib.parse.urlencode(words, doseq=True) if words else "")
        request = urllib.request.Request(address, headers=self.headers)
        # Proxies are for the world outside, never for the hub.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as response:
                return msgspec.json.decode(response.read(), type=answer)
        except urllib.error.HTTPError as error:
            try:
                refused = error_from_body(msgspec.json.decode(error.read(), type=ErrorBody))
            except msgspec.MsgspecError:
                refused = HubError(f"The hub answers {error.code} {error.reason} for {path}.")
            raise refused from None
        except OSError as error:
            raise HubUnreachable(f"The hub does not answer at {self.url}: {error}") from None
        except msgspec.MsgspecError as error:
            raise HubError(f"The hub's answer for {path} is not understood: {error}") from None

    async def follow(self, follow: Follow) -> AsyncIterator[LiveMessage]:
        """The live feed: what it says, until the connection ends.

        Raises:
            HubError: there is no connection.
        """
        import msgspec
        from tornado.httpclient import HTTPClientError, HTTPRequest
        from tornado.websocket import WebSocketError, websocket_connect

        from ..protocol.live import LiveMessage

        decoder: msgspec.json.Decoder[LiveMessage] = msgspec.json.Decoder(LiveMessage)
        request = HTTPRequest("ws" + self.url.removeprefix("http") + "/live", headers=self.headers)
        try:
            socket = await websocket_connect(request, compression_options=None, max_message_size=256 * 1024 * 1024)
        except (OSError, HTTPClientError, WebSocketError) as error:
            raise HubUnreachable(f"The hub's live feed cannot be read: {error}") from None
        try:
            await socket.write_message(msgspec.json.encode(follow).decode())
            while (frame := await socket.read_message()) is not None:
                yield decoder.decode(frame)
        except WebSocketError:
            return  # the connection has ended
        finally:
            socket.close()

    def messages(self, follow: Follow) -> Iterator[LiveMessage]:
        """As :meth:`follow`, for a thread that waits; an interrupt ends the wait at once.

        A kernel's main thread has an event loop that is at work already, so the feed is read on the link's. The hub
        sends no more than what was taken here.

        Raises:
            HubError: there is no connection.
        """
        from ..node.waiting import Signal, wait_until

        loop = self.link.loop
        signal, arrived, taken = Signal(), deque[Any](), asyncio.Event()

        async def read() -> None:
            async for message in self.follow(follow):
                arrived.append(message)
                signal.set()
                await taken.wait()
                taken.clear()

        reading = asyncio.run_coroutine_threadsafe(read(), loop)
        reading.add_done_callback(lambda _: signal.set())
        try:
            while True:
                wait_until(signal, lambda: arrived or reading.done())
                if not arrived:
                    reading.result()
                    return
                yield arrived.popleft()
                loop.call_soon_threadsafe(taken.set)
        finally:
            reading.cancel()

    def reconnect(self) -> None:
        """Wait until the hub can be read again, wherever it is now; an interrupt ends the wait at once."""
        from ..node.link.discovery import way_in
        from ..node.waiting import Deadline, Signal, wait_until

        while True:
            wait_until(Signal(), lambda: False, Deadline(_PAUSE_SECONDS))  # the link may not have noticed yet
            try:
                welcome = self.link.wait_connected()
                self.url, self.headers = way_in(self.link.place, welcome.ticket)
                return
            except HubUnreachable:
                if self.link.closed:
                    raise

    def close(self) -> None:
        """Let the link go."""
        self.link.let_go()


def connect(hub: str | None = None, *, start: bool = False) -> HubReader:
    """Open the link of this process to the hub that discovery finds, and be able to read from it. Blocks.

    The connection stays open until the reader is closed, or this process ends.

    Args:
        hub: an explicit hub: a hub file or the address of a Jupyter server.
        start: whether a standalone hub is started when none runs.

    Raises:
        HubError: there is no hub, or it refuses this process.
    """
    from ..node.link.discovery import find_hub, way_in
    from ..node.link.registry import get_link
    from ..node.waiting import Deadline

    if not start:
        find_hub(hub, start=False)
    link = get_link(hub)
    link.use()
    try:
        return HubReader(link, *way_in(link.place, link.wait_connected(Deadline(_CONNECT_SECONDS)).ticket))
    except BaseException as error:
        link.let_go()
        if isinstance(error, TimeoutError):
            raise HubUnreachable(f"{link.place.how} does not answer.") from None
        raise
