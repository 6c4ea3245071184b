"""A whole hub inside an event loop that is there already: service, node door, upkeep, hub file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from ...protocol.hub_file import HubFile
from ..server.node_door import NodeDoor
from ..server.publish import remove_hub_file, write_hub_file
from ..service import HubService
from ..settings import HubSettings
from ..store.data_directory import DataDirectory
from .upkeep import Upkeep

__all__ = ["EmbeddedHub"]

logger = logging.getLogger(__name__)


class EmbeddedHub:
    """Starts and stops the parts of a hub in their order.

    Args:
        settings: what a person set.
        hub_file: where to write the hub file; None: `hub.json` in the data directory.
        url: for the hub file of a Jupyter server: its address.
        on_activity: told, at most once a second, that somebody uses the hub.
    """

    def __init__(
        self,
        settings: HubSettings,
        *,
        hub_file: Path | None = None,
        url: str = "",
        on_activity: Callable[[], None] = lambda: None,
    ) -> None:
        self.service = HubService(settings, on_activity=on_activity)
        self.door = NodeDoor(self.service)
        self.url = url
        self._path = hub_file
        self._hub: HubFile | None = None

    @property
    def hub_file(self) -> Path:
        """Where the hub file is, or will be. The data directory must have been acquired."""
        return self._path if self._path is not None else self.service.directory.path / "hub.json"

    @hub_file.setter
    def hub_file(self, path: Path) -> None:
        self._path = path

    def acquire(self) -> DataDirectory:
        """Take the data directory; :meth:`start` does it, if nobody has before."""
        return self.service.acquire()

    async def start(self) -> None:
        """Open the stores, take up the sessions found held, then listen, then say where.

        Raises:
            StorageFailed: the data directory or the hub file cannot be used.
        """
        try:
            await self.service.start()
            await self.door.start()
            self.service.address = self.door.address
            self.service.directory.announce(self.door.address)
            self._hub = write_hub_file(self.hub_file, self.service, url=self.url)
        except BaseException:
            await self.stop()
            raise
        self.upkeep = Upkeep(self.service.pipeline, self.service.settings, self._touch)
        self.upkeep.start()
        if self.service.directory.note:
            logger.warning("%s.", self.service.directory.note)

    async def stop(self) -> None:
        """Stop listening and close the stores; sessions that are held may resume at the next hub. Harmless twice."""
        if self._hub is not None:
            remove_hub_file(self.hub_file, self._hub)
            self._hub = None
        await self.door.stop()
        await self.service.stop()

    def _touch(self) -> None:
        """A node that trains for hours says nothing meanwhile, and yet its server is in use."""
        if self.service.links:
            self.service.touch()
