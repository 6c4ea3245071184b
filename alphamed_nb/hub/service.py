"""The hub itself: what it consists of, how it begins, goes on after its files failed, and ends.

All of it runs in one event loop; only reads and the stores' own writers have threads.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, Protocol

from .._host import host_identity
from .._version import __version__
from ..protocol.messages import PROTOCOL_VERSION, Welcome
from .core.router import Core
from .journal import Journal
from .loop.background import Background
from .reading.snapshots import Snapshots
from .routing.intake import Intake
from .routing.links import Links
from .routing.loose_lines import LooseLines
from .routing.pipeline import Pipeline
from .routing.ports import LinkPort
from .routing.records import RecordIntake
from .routing.task_loader import TaskLoader
from .settings import HubSettings
from .store.data_directory import DataDirectory

__all__ = ["HubService"]

_ACTIVITY_SECONDS = 1.0
"""Activity is told to the server at most this often."""


class OpenSocket(Protocol):
    """A websocket of a door."""

    def close(self, code: int | None = None, reason: str | None = None) -> None: ...


class HubService:
    """One hub. Its parts, from :meth:`start` on:

    * `journal`: what is kept;
    * `core`: decides;
    * `pipeline`: from what the core wants to the disk, and then to the links;
    * `records`: log and metric records, past the core;
    * `intake`: from a link's message to the core;
    * `links`: who is connected;
    * `snapshots`: what the journal comes to;
    * `background`: what goes on beside the messages.

    Args:
        settings: what a person set.
        clock: seconds since the epoch.
        on_activity: told, at most once a second, that somebody uses the hub.
    """

    def __init__(
        self,
        settings: HubSettings,
        *,
        clock: Callable[[], float] = time.time,
        on_activity: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self.host = host_identity()
        self.started = 0.0
        self.address = ""
        """`127.0.0.1:PORT` of the node door, once it listens."""
        self.credential = secrets.token_hex(32)
        self.sockets: set[OpenSocket] = set()
        """All websockets of both doors, also those whose handshake is not done."""
        self.viewers: set[object] = set()
        """Open live feeds."""
        self._on_activity = on_activity
        self._told_activity = 0.0
        self._directory: DataDirectory | None = None

    def acquire(self) -> DataDirectory:
        """Take the data directory, for this hub's life. Raises `StorageFailed` when none can be had."""
        if self._directory is None:
            self._directory = DataDirectory.acquire(self.settings.data_dir, self.settings.kind, now=self._clock())
        return self._directory

    @property
    def directory(self) -> DataDirectory:
        if self._directory is None:
            raise RuntimeError("The hub has no data directory before acquire().")
        return self._directory

    @property
    def hub_id(self) -> str:
        return self.directory.hub_id

    async def start(self) -> None:
        """Open the stores and take up what an earlier hub left: its held sessions may resume.

        Raises:
            StorageFailed: the data directory cannot be used; this hub has let go of it again.
        """
        directory = self.acquire()
        self._loop = asyncio.get_running_loop()
        with ExitStack() as undo:
            undo.callback(self._let_go)
            self.background = background = Background()
            self.journal = journal = Journal(directory, self.settings, self._clock, background)
            undo.callback(journal.close)
            undo.callback(journal.close_files)
            journal.restart = self._begin
            self.core = core = self._new_core(1)
            ports: dict[str, LinkPort] = {}
            self.pipeline = pipeline = Pipeline(core, journal, background, ports)
            undo.callback(pipeline.close)
            self.loader = TaskLoader(pipeline)
            self.snapshots = Snapshots(journal, background)
            self.records = RecordIntake(pipeline, LooseLines(pipeline, self.loader))
            self.intake = Intake(pipeline, self.records, self.loader, ports)
            self.links = Links(self._welcome(), pipeline, self.records, self.intake, ports)
            undo.callback(self.links.processes.close)
            await self._begin(await journal.threads.for_node(journal.highest_seq))
            undo.pop_all()
        self.started = self._clock()

    def _welcome(self) -> Welcome:
        return Welcome(
            version=PROTOCOL_VERSION,
            hub=self.hub_id,
            release=__version__,
            limits=self.settings.limits,
            ticket="",
            spool=str(self.directory.spool),
            spool_token=self.journal.spool.token,
            spool_reserve=self.settings.free_bytes,
            messages_counter=0,
            logs_counter=0,
        )

    def _new_core(self, next_seq: int) -> Core:
        return Core(
            next_seq=next_seq,
            resume_seconds=self.settings.resume_seconds,
            limits=self.settings.limits,
            host=self.host,
            unread_bytes=self.settings.unread_bytes,
        )

    async def _begin(self, highest: int) -> None:
        """Have the core know what is on the disk, and nothing else; the 10 seconds of held sessions begin now."""
        last = max(highest, self.core.next_seq - 1)
        fresh = self._new_core(last + 1)
        outcomes = await self.journal.threads.for_node(self.loader.load_held, fresh)
        self.journal.take_up(last)
        self.pipeline.forget()
        self.core.restart(fresh)
        for process in self.core.holders():
            self.links.processes.watch(process)
        for outcome in [*outcomes, self.core.restored(self._clock())]:
            self.pipeline.apply(outcome)
        self.pipeline.submit()

    async def stop(self) -> None:
        """Let go of everything; sessions that are held may resume at the next hub on this directory."""
        if not self.started:
            self._let_go()
            return
        if self.background.stopped:
            return
        self.background.stop()
        self.intake.stop()
        self.links.processes.close()
        await asyncio.to_thread(self.journal.close_files)
        self.journal.close()
        self.pipeline.finish()
        for socket in list(self.sockets):
            socket.close(1001, "The hub stops.")
        self.pipeline.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._directory is not None:
            self._directory.release()

    # -- its use -------------------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Somebody uses the hub."""
        now = self._loop.time()
        if now - self._told_activity >= _ACTIVITY_SECONDS:
            self._told_activity = now
            self._on_activity()

    def accept(self, link_id: str, messages: list[Any]) -> Awaitable[None] | None:
        """Work on messages of a link, in order. A future, if given, says when the link may be read from again."""
        self.touch()
        return self.intake.accept(link_id, messages)
