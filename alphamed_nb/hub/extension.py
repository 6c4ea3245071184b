"""The Jupyter server extension: a hub inside a Jupyter server. `traits.py` holds what a person can set."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jupyter_server
from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir
from jupyter_server.extension.application import ExtensionApp

from ..protocol.errors import HubError, StorageFailed
from ..protocol.hub_file import HUB_FILE_VARIABLE, jupyter_hub_file
from .life.embedded import EmbeddedHub
from .life.traits import HubTraits
from .server.jupyter_door import Door, handlers

__all__ = ["AlphaMedNb", "HubExtension"]


class AlphaMedNb(HubTraits, ExtensionApp):
    """A mock environment for federated learning: routes messages and data between simulated nodes."""

    name = "alphamed_nb"
    load_other_extensions = True

    def initialize_settings(self) -> None:
        """On load: the hub takes its data directory, so that its id is known to the kernels that start from now on."""
        self.hub: EmbeddedHub | None = None
        self.door = Door()
        if not hasattr(ExtensionApp, "_start_jupyter_server_extension"):  # then nobody calls ours
            self._say_no_hub(f"jupyter_server {jupyter_server.__version__} is too old, 2.16 or newer is needed")
            return
        hub = EmbeddedHub(self.hub_settings("jupyter", self._own_directory()), on_activity=self._touch)
        try:
            directory = hub.acquire()
        except StorageFailed as error:
            self._say_no_hub(error)
            return
        hub.hub_file = jupyter_hub_file(jupyter_runtime_dir(), directory.hub_id)
        os.environ[HUB_FILE_VARIABLE] = str(hub.hub_file)
        self.hub = hub

    def initialize_handlers(self) -> None:
        self.handlers.extend(handlers(self.door))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """The server's loop runs: open the node door, then say where it is."""
        if self.hub is None:
            return
        self.hub.url = str(serverapp.connection_url)
        try:
            await self.hub.start()
        except Exception as error:  # noqa: BLE001  the server goes on without a hub, and says why it has none
            expected = isinstance(error, HubError | OSError)
            self._say_no_hub(error if expected else repr(error), exc_info=not expected)
            self._forget_hub()
            return
        self.door.service = self.hub.service
        self.log.info("alphamed_nb: the hub keeps its data in %s", self.hub.service.directory.path)

    async def stop_extension(self) -> None:
        self.door.service = None
        self.door.failure = "The server is stopping."
        if self.hub is not None:
            await self.hub.stop()
        self._forget_hub()

    def _own_directory(self) -> Path:
        assert self.serverapp is not None
        root = os.path.realpath(self.serverapp.root_dir)
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        return Path(jupyter_data_dir()) / "alphamed_nb" / name

    def _say_no_hub(self, reason: object, exc_info: bool = False) -> None:
        self.door.failure = f"The hub could not start: {reason}"
        self.log.error("alphamed_nb: no hub in this server: %s", reason, exc_info=exc_info)

    def _forget_hub(self) -> None:
        if self.hub is not None and os.environ.get(HUB_FILE_VARIABLE) == str(self.hub.hub_file):
            del os.environ[HUB_FILE_VARIABLE]
        self.hub = None

    def _touch(self) -> None:
        """A server with a task that runs is not idle, though no kernel may say so."""
        if self.serverapp is not None:
            self.serverapp.web_app.settings["last_activity_times"][self.name] = datetime.now(UTC)


HubExtension = AlphaMedNb
