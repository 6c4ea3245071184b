"""The hub itself: what it consists of, its life, its time, and what it does when it cannot store any more.

All of it runs in one event loop; only reads and the stores' own writers have threads.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from .._host import host_identity
from ..protocol.errors import Damaged, HubError
from .core.effects import Outcome
from .core.router import Core
from .loop.thread_calls import ThreadCalls
from .loop.threads import ReadThreads
from .reading.snapshots import Snapshots
from .routing.beginnings import begin_with, make_core
from .routing.intake import Intake
from .routing.links import Links
from .routing.loose_lines import LooseLines
from .routing.pipeline import Pipeline
from .routing.processes import ProcessWatch
from .routing.records import RecordIntake
from .routing.recovery import Recovery
from .settings import HubSettings
from .store.data_directory import DataDirectory
from .store.logs import LogStore
from .store.messages import MessageStore
from .store.query import Page, RowQuery, merge
from .store.streams import SpoolFolder
from .watermark import LogMarks, Watermark

__all__ = ["HubService"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_ACTIVITY_SECONDS = 1.0
"""Activity is told to the server at most this often."""


class OpenSocket(Protocol):
    """A websocket of a door."""

    def close(self, code: int | None = None, reason: str | None = None) -> None: ...


class HubService:
    """One hub. Its parts:

    * `links`: who is connected;
    * `intake`: from a link's message to the core;
    * `core`: decides;
    * `pipeline`: from what the core wants to the disk, and then to the links;
    * `records`: log and metric records, past the core;
    * `messages`, `logs`, `spool`, `files`: what is kept.

    Args:
        settings: what a person set.
        clock: seconds since the epoch.
        on_activity: told, at most once a second, that somebody uses the hub.
    """

    core: Core

    def __init__(
        self,
        settings: HubSettings,
        *,
        clock: Callable[[], float] = time.time,
        on_activity: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.clock = clock
        self.host = host_identity()
        self.started = 0.0
        self.stopped = False
        self.address = ""
        """`127.0.0.1:PORT` of the node door, once it listens."""
        self.credential = secrets.token_hex(32)
        self.links = Links(self)
        self.row_watchers: set[Callable[[], None]] = set()
        """Told when rows came that readers may see."""
        self.sockets: set[OpenSocket] = set()
        """All websockets of both doors, also those whose handshake is not done."""
        self.viewers: set[object] = set()
        """Open live feeds."""
        self._on_activity = on_activity
        self._told_activity = 0.0
        self._directory: DataDirectory | None = None
        self._running: set[asyncio.Future[Any]] = set()
        self._due: tuple[float, asyncio.TimerHandle] | None = None
        self._damaged: set[str] = set()

    # -- life ----------------------------------------------------------------------------------------------------------

    def acquire(self) -> DataDirectory:
        """Take the data directory, for this hub's life. Raises `StorageFailed` when none can be had."""
        if self._directory is None:
            self._directory = DataDirectory.acquire(self.settings.data_dir, self.settings.kind, now=self.clock())
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
            self._threads = ReadThreads(self._loop)
            undo.callback(self._threads.close)
            self.pipeline = Pipeline(self)
            undo.callback(self.pipeline.close)
            self.intake = Intake(self)
            self.recovery = Recovery(self)
            self.processes = ProcessWatch(self.links.process_ended, self.host)
            undo.callback(self.processes.close)
            self._calls = ThreadCalls(self._loop)
            undo.callback(self._calls.close)
            self.messages = MessageStore(
                directory.messages,
                full_sync=self.settings.full_sync,
                on_committed=lambda ticket: self._calls.call(self._messages_committed, ticket),
                on_refused=lambda changes: self._calls.call(self.recovery.changes_refused, changes),
                on_failed=lambda error: self._calls.call(self.recovery.begin, error),
            )
            undo.callback(self.messages.close)
            self.logs = LogStore(
                directory.logs,
                full_sync=self.settings.full_sync,
                on_committed=lambda ticket: self._calls.call(self._logs_committed, ticket),
                on_refused=lambda work: self._calls.call(self.recovery.records_refused, work),
                on_failed=lambda error: self._calls.call(self.recovery.begin, error),
            )
            undo.callback(self.logs.close)
            self.spool = SpoolFolder(directory.spool, reserve=self.settings.free_bytes)
            self.files = SpoolFolder(directory.path / "files", reserve=self.settings.free_bytes)
            last = max(self.messages.highest_seq(), self.logs.highest_seq())
            self.watermark_keeper = Watermark(last)
            self.log_marks = LogMarks()
            self.records = RecordIntake(self)
            self.loose_lines = LooseLines(self)
            self.snapshots = Snapshots(self)
            begin_with(self, *await self.in_thread(make_core, self, last + 1))
            undo.pop_all()
        self.started = self.clock()

    async def stop(self) -> None:
        """Let go of everything; sessions that are held may resume at the next hub on this directory."""
        if self.stopped:
            return
        self.stopped = True
        if not self.started:
            self._let_go()
            return
        for task in list(self._running):
            task.cancel()
        self.intake.stop()
        self.disarm()
        self.processes.close()
        await asyncio.to_thread(self._close_stores)
        self._calls.close()
        self.pipeline.finish()
        for socket in list(self.sockets):
            socket.close(1001, "The hub stops.")
        self._threads.close(wait=False)
        self.pipeline.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._directory is not None:
            self._directory.release()

    def _close_stores(self) -> None:
        self.messages.close()
        self.logs.close()

    def tell_damaged(self, task: str, error: Damaged) -> None:
        """The log says once what is wrong with a task; who asks for it is told each time."""
        if task not in self._damaged:
            self._damaged.add(task)
            logger.error("%s", error, exc_info=error.__cause__)

    # -- what the parts share ------------------------------------------------------------------------------------------

    def apply(self, outcome: Outcome) -> None:
        """Take up what the core wants done; it goes to the store with the next submission."""
        self.pipeline.apply(outcome)

    async def settle(self) -> None:
        """Wait until all that was accepted so far is on the disk. Raises `StorageFailed`."""
        await self.pipeline.settle()

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Blocking work that nodes wait for, in a thread of the hub's own."""
        return await self._threads.for_node(function, *arguments)

    async def look_up(self, function: Callable[..., T], *arguments: Any) -> T:
        """A blocking read for somebody who looks, in a thread that no node waits for."""
        return await self._threads.for_viewer(function, *arguments)

    async def fold(self, function: Callable[..., T], *arguments: Any) -> T:
        """Likewise what is made of many rows."""
        return await self._threads.for_fold(function, *arguments)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine; it is cancelled when the hub stops."""
        task = self._loop.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ran)
        return task

    def _ran(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, HubError):
            logger.error("The hub failed at something it did beside its messages.", exc_info=error)

    def call_later(self, seconds: float, function: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `function` once, unless the hub has stopped by then."""
        return self._loop.call_later(seconds, lambda: None if self.stopped else function())

    def touch(self) -> None:
        """Somebody uses the hub."""
        now = self._loop.time()
        if now - self._told_activity >= _ACTIVITY_SECONDS:
            self._told_activity = now
            self._on_activity()

    async def drop_run(self, task: str, run: int, reason: str) -> None:
        """Remove a run that has ended. Raises `RunIsLive` or `NotFound`; returns when it is gone from the disk."""
        self.apply(self.core.drop_run(task, run, self.clock(), reason))
        await self.settle()

    async def tidy(self) -> bool:
        """Drop from memory what nobody works with. Returns whether there was any.

        Raises:
            StorageFailed: the hub cannot store at present.
        """
        core = self.core
        before = core.next_seq
        await self.settle()
        return core is self.core and not self.failed and core.tidy(before)

    # -- time ----------------------------------------------------------------------------------------------------------

    def arm(self) -> None:
        """Keep one timer, for the core's next time-out, which every request may move."""
        due = self.core.next_due()
        if self._due is not None:
            if due == self._due[0]:
                return
            self.disarm()
        if due is not None and not self.stopped:
            self._due = (due, self._loop.call_later(max(0.0, due - self.clock()), self._on_due))

    def disarm(self) -> None:
        """Forget the core's next time-out."""
        if self._due is not None:
            self._due[1].cancel()
            self._due = None

    def _on_due(self) -> None:
        self._due = None
        try:
            self.apply(self.core.due(self.clock()))
        finally:
            self.pipeline.submit()  # it sets the timer again

    # -- the stores ----------------------------------------------------------------------------------------------------

    def _messages_committed(self, ticket: int) -> None:
        self.watermark_keeper.committed("messages", ticket)
        self.pipeline.committed(ticket)
        self.intake.relieve()
        self._tell_rows()

    def _logs_committed(self, ticket: int) -> None:
        self.watermark_keeper.committed("logs", ticket)
        touched = self.logs.take_touched()
        self.log_marks.committed(touched, self.watermark_keeper.last)
        self.snapshots.logs_touched(touched)
        self.records.committed(ticket)
        self.pipeline.flush()
        self._tell_rows()

    def _tell_rows(self) -> None:
        for watcher in list(self.row_watchers):
            try:
                watcher()
            except Exception:
                logger.exception("A viewer could not be told of rows; the others are.")

    @property
    def failed(self) -> bool:
        """The hub cannot store; no link is open."""
        return self.recovery.failed

    # -- what readers may know -----------------------------------------------------------------------------------------

    def watermark(self) -> int:
        """The highest number below which both files have committed."""
        return self.watermark_keeper.number

    async def page(self, query: RowQuery) -> Page:
        """Rows of both files in one order, up to the watermark."""
        before = self.watermark() + 1
        query = replace(query, before=before if query.before is None else min(before, query.before))
        read = self._threads.search if query.patterns else self._threads.for_viewer
        pages = await asyncio.gather(read(self.messages.page, query), read(self.logs.page, query))
        return merge(query, list(pages))
