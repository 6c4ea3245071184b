"""Reading from a hub: its REST addresses and its live feed, on the same machine or through a Jupyter server."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..protocol.errors import HubError, HubUnreachable

if TYPE_CHECKING:
    from ..node.link import Link
    from ..protocol.live import Follow, LiveMessage

__all__ = ["HubReader", "connect"]

T = TypeVar("T")
_CONNECT_SECONDS = 15.0


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


def connect(hub: str | None = None, *, start: bool = False) -> HubReader:
    """Open the link of this process to the hub that discovery finds, and be able to read from it. Blocks.

    Args:
        hub: an explicit hub: a hub file or the address of a Jupyter server.
        start: whether a standalone hub is started when none runs.

    Raises:
        HubError: there is no hub, or it refuses this process.
    """
    from ..node.discovery import find_hub, usable_hub
    from ..node.link import get_link
    from ..node.waiting import Deadline

    if not start:
        find_hub(hub, start=False)
    link = get_link(hub)
    link.users += 1  # the connection stays open until this process ends
    try:
        welcome = link.wait_connected(Deadline(_CONNECT_SECONDS))
    except TimeoutError:
        raise HubUnreachable(f"{link.place.how} does not answer.") from None
    if link.place.file is None:
        headers = {"Authorization": f"token {link.place.token}"} if link.place.token else {}
        return HubReader(link, link.place.url, headers)
    address = usable_hub(link.place.file).address
    return HubReader(link, f"http://{address}", {"Authorization": f"Bearer {welcome.ticket}"})
