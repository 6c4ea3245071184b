"""A viewer of the live feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from raw_link import RawLink
from running_hub import RunningHub
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from alphamed_nb.protocol.live import Following, LiveMessage, Overview, Rows

__all__ = ["Viewer"]

_decode = msgspec.json.Decoder(LiveMessage).decode


class Viewer:
    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection

    @classmethod
    async def open(cls, hub: RunningHub, link: RawLink) -> Viewer:
        """With the ticket of `link`."""
        assert link.welcome is not None
        headers = {"Authorization": f"Bearer {link.welcome.ticket}"}
        request = HTTPRequest(f"ws://{hub.file.address}/live", headers=headers)
        return cls(await websocket_connect(request, max_message_size=64 * 1024 * 1024))

    async def follow(self, **fields: Any) -> None:
        await self.connection.write_message(msgspec.json.encode({"op": "follow", **fields}))

    async def watch(self, **fields: Any) -> Overview:
        """Ask for overviews; returns the first."""
        await self.connection.write_message(msgspec.json.encode({"op": "watch", **fields}))
        while not isinstance(await self.next(), Following):
            pass  # the end of the answer to an earlier question
        first = await self.next()
        assert isinstance(first, Overview)
        return first

    async def next(self) -> Any:
        frame = await asyncio.wait_for(self.connection.read_message(), 20)
        return None if frame is None else _decode(frame)

    async def nothing(self, seconds: float = 0.3) -> None:
        """Nothing comes for so long. The viewer is of no use afterwards."""
        try:
            frame = await asyncio.wait_for(self.connection.read_message(), seconds)
        except TimeoutError:
            return
        raise AssertionError(f"something came: {frame!r}")

    async def rows(self, count: int) -> list[Any]:
        """At least so many rows."""
        found: list[Any] = []
        while len(found) < count:
            message = await self.next()
            assert isinstance(message, Rows), message
            found.extend(message.rows)
        return found

    async def until(self, wanted: Callable[[Overview], Any]) -> Overview:
        """The first overview that is wanted."""
        while True:
            overview = await self.next()
            assert isinstance(overview, Overview), overview
            if wanted(overview):
                return overview
