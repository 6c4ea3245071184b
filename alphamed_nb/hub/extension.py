"""The Jupyter server extension: a hub inside a Jupyter server. Its traits are what a person can set."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, Int, Unicode

from ..protocol.errors import StorageFailed
from ..protocol.hub_file import HUB_FILE_VARIABLE, jupyter_hub_file
from ..protocol.limits import Limits
from .embedded import EmbeddedHub
from .server.jupyter_door import Door, handlers
from .settings import HubSettings

__all__ = ["AlphaMedNb", "HubExtension"]

_LIMITS = Limits()
_DEFAULTS = HubSettings(data_dir=Path())


class AlphaMedNb(ExtensionApp):
    """A mock environment for federated learning: routes messages and data between simulated nodes."""

    name = "alphamed_nb"
    load_other_extensions = True

    data_dir = Unicode(
        "",
        help="""Where messages, logs and data streams are kept. Empty: a directory of this server's root_dir below
        <jupyter data dir>/alphamed_nb. A second server with the same root takes the next free one beside it.""",
    ).tag(config=True)
    retention_days = Float(
        _DEFAULTS.retention_days,
        min=0,
        help="Runs that ended more days ago are removed. 0: whatever their age, kept.",
    ).tag(config=True)
    retention_bytes = Int(
        _DEFAULTS.retention_bytes,
        min=0,
        help="""What all runs together may take on the disk, bytes. Beyond it the runs that ended first are removed,
        never one that is going on. 0: no limit.""",
    ).tag(config=True)
    free_bytes = Int(
        _DEFAULTS.free_bytes,
        min=0,
        help="Data streams are refused when less than this many bytes would be left on the disk; messages are not.",
    ).tag(config=True)
    full_sync = Bool(
        _DEFAULTS.full_sync,
        help="""Whether an acknowledged message also survives a power failure (SQLite synchronous=FULL), not only the
        death of every process. Makes messages much slower.""",
    ).tag(config=True)
    resume_seconds = Float(
        _DEFAULTS.resume_seconds,
        min=0.1,
        help="How long a node whose connection was lost may come back before it counts as gone, seconds.",
    ).tag(config=True)
    file_seconds = Float(
        _DEFAULTS.file_seconds, min=1, help="How long a file of upload_file and its URL last, seconds."
    ).tag(config=True)
    live_batch_seconds = Float(
        _DEFAULTS.live_batch_seconds,
        min=0.01,
        help="The live feed gathers rows for so long, seconds.",
    ).tag(config=True)
    live_lag_rows = Int(
        _DEFAULTS.live_lag_rows,
        min=1000,
        help="A viewer that is more rows behind skips log lines, and is told how many.",
    ).tag(config=True)
    max_frame_bytes = Int(_LIMITS.frame_bytes, min=65536, help="The largest websocket frame of a node, bytes.").tag(
        config=True
    )
    max_contract_bytes = Int(
        _LIMITS.contract_bytes, min=1024, help="The largest contract message, bytes of its JSON."
    ).tag(config=True)
    max_record_bytes = Int(
        _LIMITS.record_bytes, min=1024, help="The longest log record, bytes; a longer text becomes several records."
    ).tag(config=True)
    max_stream_bytes = Int(_LIMITS.stream_bytes, min=1024, help="The largest data stream, bytes.").tag(config=True)

    def initialize_settings(self) -> None:
        """On load: the hub takes its data directory, so that its id is known to the kernels that start from now on."""
        self.hub: EmbeddedHub | None = None
        self.door = Door()
        hub = EmbeddedHub(self.hub_settings(), on_activity=self._touch)
        try:
            directory = hub.acquire()
        except StorageFailed as error:
            self.door.failure = f"The hub could not start: {error}"
            self.log.error("alphamed_nb: no hub in this server: %s", error)
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
        except (StorageFailed, OSError) as error:
            self.door.failure = f"The hub could not start: {error}"
            self.log.error("alphamed_nb: no hub in this server: %s", error)
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

    def hub_settings(self) -> HubSettings:
        """What the traits say."""
        return HubSettings(
            data_dir=Path(self.data_dir).expanduser() if self.data_dir else self._own_directory(),
            kind="jupyter",
            limits=Limits(
                frame_bytes=self.max_frame_bytes,
                contract_bytes=self.max_contract_bytes,
                record_bytes=self.max_record_bytes,
                stream_bytes=self.max_stream_bytes,
            ),
            full_sync=self.full_sync,
            resume_seconds=self.resume_seconds,
            retention_days=self.retention_days,
            retention_bytes=self.retention_bytes,
            free_bytes=self.free_bytes,
            file_seconds=self.file_seconds,
            live_batch_seconds=self.live_batch_seconds,
            live_lag_rows=self.live_lag_rows,
        )

    def _own_directory(self) -> Path:
        assert self.serverapp is not None
        root = os.path.realpath(self.serverapp.root_dir)
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        return Path(jupyter_data_dir()) / "alphamed_nb" / name

    def _forget_hub(self) -> None:
        if self.hub is not None and os.environ.get(HUB_FILE_VARIABLE) == str(self.hub.hub_file):
            del os.environ[HUB_FILE_VARIABLE]
        self.hub = None

    def _touch(self) -> None:
        """A server with a task that runs is not idle, though no kernel may say so."""
        if self.serverapp is not None:
            self.serverapp.web_app.settings["last_activity_times"][self.name] = datetime.now(UTC)


HubExtension = AlphaMedNb
