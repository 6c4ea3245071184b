"""A whole hub in the test's own event loop, with real sockets, files and SQLite, and HTTP for its node door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raw_link import RawLink, read_hub
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from alphamed_nb.hub.life.embedded import EmbeddedHub
from alphamed_nb.hub.service import HubService
from alphamed_nb.hub.settings import HubSettings
from alphamed_nb.protocol.hub_file import HubFile
from alphamed_nb.protocol.messages import ProcessInfo

__all__ = ["RunningHub", "with_hub"]


@dataclass
class RunningHub:
    embedded: EmbeddedHub
    file: HubFile
    links: list[RawLink]

    @property
    def service(self) -> HubService:
        return self.embedded.service

    async def link(self, process: ProcessInfo | None = None) -> RawLink:
        link = await RawLink.open(self.file, process)
        self.links.append(link)
        return link

    async def fetch(self, path: str, link: RawLink | None = None, **arguments: Any) -> HTTPResponse:
        """One request at the node door, with the ticket of `link`."""
        headers = arguments.pop("headers", {})
        if link is not None:
            assert link.welcome is not None
            headers = {"Authorization": f"Bearer {link.welcome.ticket}", **headers}
        url = path if path.startswith("http") else f"http://{self.file.address}{path}"
        return await AsyncHTTPClient().fetch(url, raise_error=False, headers=headers, **arguments)

    async def read(self, path: str, link: RawLink) -> Any:
        """The JSON of a GET that works."""
        response = await self.fetch(path, link)
        assert response.code == 200, (response.code, response.body)
        return json.loads(response.body)


def with_hub(folder: Path, scenario: Callable[[RunningHub], Awaitable[None]], **settings: Any) -> None:
    """Run `scenario` with a hub on the data directory `folder / "data"`; another call finds what this one left."""

    async def run() -> None:
        embedded = EmbeddedHub(HubSettings(data_dir=folder / "data", **settings))
        await embedded.start()
        hub = RunningHub(embedded, read_hub(embedded.hub_file), [])
        try:
            await asyncio.wait_for(scenario(hub), 60)
        finally:
            for link in hub.links:
                link.close()
            await embedded.stop()

    asyncio.run(run())
