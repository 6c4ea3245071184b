"""The journal: what the hub keeps, how much of that is on the disk, and who is told of it.

It knows neither the links nor the core: those who do say here what they want to hear of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace

from ..protocol.errors import Damaged, StorageFailed
from ..protocol.journal import Row
from .core.effects import Change, StoreRow
from .loop.background import Background
from .loop.thread_calls import ThreadCalls
from .loop.threads import ReadThreads
from .recovery import Recovery
from .settings import HubSettings
from .store.data_directory import DataDirectory
from .store.log_rules import LogWork
from .store.logs import LogStore
from .store.messages import MessageStore
from .store.query import Page, RowQuery, merge
from .store.streams import SpoolFolder
from .tickets import Tickets
from .watermark import LogMarks, Watermark

__all__ = ["Journal"]

logger = logging.getLogger(__name__)


class Journal:
    """Both files, the folders of streams and of uploaded files, and the threads that wait for the disk.

    What is told here is told in the event loop; where several may hear it, in the order in which they said so.

    Args:
        clock: the time of rows, seconds since the epoch.

    Raises:
        StorageFailed: a file cannot be opened.
    """

    def __init__(
        self, directory: DataDirectory, settings: HubSettings, clock: Callable[[], float], background: Background
    ) -> None:
        self.directory = directory
        self.clock = clock
        self.on_messages: list[Callable[[], None]] = []
        """The messages file has committed."""
        self.on_logs: list[Callable[[set[tuple[str, int]]], None]] = []
        """The logs file has committed; rows of these runs were stored, moved or removed."""
        self.on_failed: list[Callable[[StorageFailed], None]] = []
        """A file has failed. What was not committed never happened."""
        self.on_run_dropped: Callable[[str, int], None]
        """A run is gone from the messages file."""
        self.on_changes_refused: Callable[[list[Change]], None]
        """The messages file cannot take these; everything else is stored."""
        self.on_records_refused: Callable[[LogWork], None]
        self.row_watchers: set[Callable[[], None]] = set()
        """Told when rows came that readers may see."""
        self.recovery = Recovery(background, self._go_on)
        self.restart: Callable[[int], Awaitable[None]]
        """Begin anew with what is in the files, as after :meth:`fail`, and say so with :meth:`take_up`. It is given the
        highest number in them."""
        self.message_tickets = Tickets()
        self.log_tickets = Tickets()
        self.watermark = Watermark(self.message_tickets, self.log_tickets)
        self.log_marks = LogMarks()
        self._background = background
        self._damaged: set[str] = set()
        with ExitStack() as undo:
            loop = asyncio.get_running_loop()
            self.threads = ReadThreads(loop)
            undo.callback(self.threads.close)
            self._calls = ThreadCalls(loop)
            undo.callback(self._calls.close)
            self.messages = MessageStore(
                directory.messages,
                full_sync=settings.full_sync,
                on_committed=lambda ticket: self._calls.call(self._messages_committed, ticket),
                on_refused=lambda changes: self._calls.call(self.on_changes_refused, changes),
                on_failed=lambda error: self._calls.call(self.fail, error),
            )
            undo.callback(self.messages.close)
            self.logs = LogStore(
                directory.logs,
                full_sync=settings.full_sync,
                on_committed=lambda ticket: self._calls.call(self._logs_committed, ticket),
                on_refused=lambda work: self._calls.call(self.on_records_refused, work),
                on_failed=lambda error: self._calls.call(self.fail, error),
            )
            undo.callback(self.logs.close)
            self.spool = SpoolFolder(directory.spool, reserve=settings.free_bytes)
            self.files = SpoolFolder(directory.path / "files", reserve=settings.free_bytes)
            undo.pop_all()

    def close_files(self) -> None:
        """Commit what is queued, then close the files. Blocks; :meth:`close` comes after it."""
        self.messages.close()
        self.logs.close()

    def close(self) -> None:
        """Tell of the last commits; nothing is read any more."""
        self._calls.close()
        self.threads.close(wait=False)

    @property
    def failed(self) -> bool:
        """Nothing can be stored at present, and no link is open."""
        return self.recovery.failed

    # -- in ------------------------------------------------------------------------------------------------------------

    def submit(self, outcomes: list[list[Change]]) -> bool:
        """Hand changes to the messages file, in one transaction. False: it has failed, and all were told."""
        numbers = [change.row.seq for changes in outcomes for change in changes if type(change) is StoreRow]
        try:
            self.message_tickets.submitted = self.messages.submit(*outcomes)
        except StorageFailed as error:
            self.fail(error)
            return False
        if numbers:
            self.watermark.messages_submitted(numbers[0], numbers[-1])
        return True

    def append(self, rows: list[tuple[Row, str]], counter: tuple[str, int]) -> bool:
        """Hand rows, each with its context, to the logs file, and the (incarnation, counter) that they came with.

        False: it has failed, and all were told.
        """
        try:
            self.log_tickets.submitted = self.logs.append(rows, counter)
        except StorageFailed as error:
            self.fail(error)
            return False
        if rows:
            self.watermark.logs_submitted(rows[0][0].seq, rows[-1][0].seq)
        return True

    def drop_run(self, task: str, run: int) -> None:
        """A run is gone from the messages file: remove what else there is of it."""
        self.logs.drop_run(task, run)
        self.on_run_dropped(task, run)

    # -- on the disk ---------------------------------------------------------------------------------------------------

    def _messages_committed(self, ticket: int) -> None:
        self.message_tickets.commit(ticket)
        self.watermark.committed()
        for tell in self.on_messages:
            tell()
        self._tell_rows()

    def _logs_committed(self, ticket: int) -> None:
        self.log_tickets.commit(ticket)
        self.watermark.committed()
        touched = self.logs.take_touched()
        self.log_marks.committed(touched, self.watermark.last)
        for tell in self.on_logs:
            tell(touched)
        self._tell_rows()

    def _tell_rows(self) -> None:
        for watcher in list(self.row_watchers):
            try:
                watcher()
            except Exception:
                logger.exception("A viewer could not be told of rows; the others are.")

    # -- out -----------------------------------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The highest number that readers may see."""
        return self.watermark.number

    def highest_seq(self) -> int:
        """The highest number in the files. Blocks."""
        return max(self.messages.highest_seq(), self.logs.highest_seq())

    async def page(self, query: RowQuery) -> Page:
        """Rows of both files in one order, up to the highest number that readers may see."""
        before = self.number + 1
        query = replace(query, before=before if query.before is None else min(before, query.before))
        read = self.threads.search if query.patterns else self.threads.for_viewer
        pages = await asyncio.gather(read(self.messages.page, query), read(self.logs.page, query))
        return merge(query, list(pages))

    # -- what fails ----------------------------------------------------------------------------------------------------

    def fail(self, error: BaseException) -> None:
        """A file has failed: tell all, once, that what was not committed never happened."""
        if self.failed or self._background.stopped:
            return
        logger.error("The hub cannot store any more (%s); nodes wait until it can.", error)
        failure = StorageFailed(f"The hub cannot store: {error}")
        self.message_tickets.fail(failure)
        self.log_tickets.fail(failure)
        self.watermark.restart(self.watermark.last)
        self.recovery.begin()
        for tell in self.on_failed:
            tell(failure)

    async def _go_on(self) -> None:
        await self.threads.for_node(self.messages.reopen)
        await self.threads.for_node(self.logs.reopen)
        await self.restart(await self.threads.for_node(self.highest_seq))

    def take_up(self, last: int) -> None:
        """Take work (again); numbers up to `last` have been given. Raises `StorageFailed`: a file has failed again."""
        if not (self.messages.works and self.logs.works):
            raise StorageFailed("it failed again at once")
        self.watermark.restart(last)
        self.recovery.failed = False

    def tell_damaged(self, task: str, error: Damaged) -> None:
        """The log says once what is wrong with a task; who asks for it is told each time."""
        if task not in self._damaged:
            self._damaged.add(task)
            logger.error("%s", error, exc_info=error.__cause__)
