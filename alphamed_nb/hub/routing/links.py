"""The open links, by id and by process: who comes, who replaces whom, who is gone."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator

import msgspec

from ...protocol.errors import HubError, InvalidRequest, StorageFailed
from ...protocol.messages import ProcessInfo, Welcome
from ..core.effects import Change, PutCounter, PutSession
from ..store.log_rules import Append, LogWork
from .intake import Intake
from .pipeline import Pipeline
from .ports import LinkPort
from .processes import ProcessWatch
from .records import RecordIntake

__all__ = ["Links"]

logger = logging.getLogger(__name__)

_LAST_WORDS_SECONDS = 0.5
"""How long the link of a process that ended is read on: it may have released its nodes just before."""


class Links:
    """Args:
    welcome: what every link is told; ticket and counters are of its own.
    ports: the open links, by id; they are put in and taken out here alone.
    """

    def __init__(
        self,
        welcome: Welcome,
        pipeline: Pipeline,
        records: RecordIntake,
        intake: Intake,
        ports: dict[str, LinkPort],
    ) -> None:
        self.welcome = welcome
        self._pipeline = pipeline
        self._core = core = pipeline.core
        self._journal = journal = pipeline.journal
        self._background = pipeline.background
        self._records = records
        self._intake = intake
        self._open = ports
        self.processes = ProcessWatch(self.process_ended, core.host)
        self.tickets: dict[str, str] = {}
        """Of each open link: its bearer token for the node door's HTTP."""
        self.watchers: list[Callable[[], None]] = []
        """Told when a link came or went."""
        self._by_incarnation: dict[str, str] = {}
        self._closing: dict[str, asyncio.Future[None]] = {}
        """By incarnation: done when everything its closed link had sent was worked on."""
        self._ended: set[str] = set()
        """Incarnations whose process has ended, while their link is still read to its end."""
        journal.on_changes_refused = self._changes_refused
        journal.on_records_refused = self._records_refused
        journal.on_failed.append(self._failed)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[LinkPort]:
        return iter(list(self._open.values()))

    async def open(self, link: LinkPort) -> Welcome:
        """Take up a link whose handshake is done. Returns what it is told.

        An earlier link of the same process is closed: the process has given it up.

        Raises:
            StorageFailed: the hub cannot store at present.
            InvalidRequest: the process opens another one at the same time.
        """
        incarnation = link.process.incarnation
        await self._journal.recovery.next_try()
        earlier = self._open.get(self._by_incarnation.get(incarnation, ""))
        if earlier is not None:
            earlier.replaced()
            self.close(earlier.id)
        closing = self._closing.get(incarnation)
        if closing is not None:
            await asyncio.shield(closing)
        # What the earlier link sent counts too, so the counters are read once that is on the disk.
        await self._pipeline.settle()
        journal = self._journal
        messages_counter = await journal.threads.for_node(journal.messages.counter, incarnation)
        logs_counter = await self._records.counter(incarnation)
        if journal.failed:
            raise StorageFailed("The hub cannot store at present.")
        if incarnation in self._by_incarnation:
            raise InvalidRequest("Two links of one process were opened at the same time.")
        # What may fail comes first: a link is here in whole, or not at all.
        self.processes.watch(link.process)
        opened = self._core.link_opened(link.id, link.process, messages_counter, journal.clock())
        self._open[link.id] = link
        self._intake.begin(link.id, link.process)
        self._by_incarnation[incarnation] = link.id
        self._pipeline.apply(opened)
        self._pipeline.submit()
        self._tell()
        ticket = secrets.token_urlsafe(32)
        self.tickets[link.id] = ticket
        return msgspec.structs.replace(
            self.welcome, ticket=ticket, messages_counter=messages_counter, logs_counter=logs_counter
        )

    def close(self, link_id: str) -> None:
        """A link is gone; its sessions may resume. What it sent before is still worked on."""
        self.tickets.pop(link_id, None)
        link = self._open.pop(link_id, None)
        if link is None or self._background.stopped:
            return
        incarnation = link.process.incarnation
        if self._by_incarnation.get(incarnation) == link_id:
            del self._by_incarnation[incarnation]
        self._closing[incarnation] = asyncio.get_running_loop().create_future()
        self._intake.end(link_id, lambda: self._worked_off(link_id, link.process))
        self._tell()

    def _worked_off(self, link_id: str, process: ProcessInfo) -> None:
        """The last message of a link that is closed was worked on."""
        incarnation = process.incarnation
        try:
            self._pipeline.apply(self._core.link_closed(link_id, self._journal.clock()))
            if incarnation in self._ended:
                self._end(incarnation)
        finally:
            closing = self._closing.pop(incarnation, None)
            if closing is not None and not closing.done():
                closing.set_result(None)
            self._background.call_later(self._core.resume_seconds + 1.0, lambda: self._forget(process))

    def process_ended(self, incarnation: str) -> None:
        """The operating system says so."""
        if self._background.stopped:
            return
        if incarnation in self._by_incarnation or incarnation in self._closing:
            # The last it wrote may be unread; its link closes by itself once that was read.
            self._ended.add(incarnation)
            self._background.call_later(_LAST_WORDS_SECONDS, lambda: self._ended_for_good(incarnation))
        else:
            self._end(incarnation)
            self._pipeline.submit()

    # -- what cannot be stored -----------------------------------------------------------------------------------------

    def _changes_refused(self, changes: list[Change]) -> None:
        """The process that asked for them is told so, and never that they were stored."""
        error = HubError("The hub could not store what this process sent; the hub's log has the traceback.")
        for change in changes:
            if isinstance(change, PutCounter):
                self._core.refuse_again(change.incarnation, change.counter, error)
                self._refuse(change.incarnation, error)
            elif isinstance(change, PutSession):
                self._refuse(change.process.incarnation, error)

    def _records_refused(self, work: LogWork) -> None:
        """Likewise. What it came with counts as taken, so that it is not sent again and again."""
        if isinstance(work, Append) and work.counter is not None:
            error = HubError("The hub could not store some records of this process; the hub's log has the traceback.")
            self._refuse(work.counter[0], error)

    def _refuse(self, incarnation: str, error: HubError) -> None:
        """Close the link of this process, if it has one, and say why."""
        link = self._open.get(self._by_incarnation.get(incarnation, ""))
        if link is not None:
            link.refuse(error)

    def _failed(self, failure: StorageFailed) -> None:
        """Refuse all links; what they sent last was not stored."""
        links = list(self._open.values())
        self._open.clear()
        self._by_incarnation.clear()
        self._ended.clear()
        for link in links:
            link.refuse(failure)
        closing, self._closing = self._closing, {}
        for future in closing.values():
            future.set_result(None)
        self._tell()

    def _ended_for_good(self, incarnation: str) -> None:
        """Its link is still open: held by a child, or slow to drain."""
        if incarnation in self._ended:
            self._end(incarnation)
            self._pipeline.submit()

    def _end(self, incarnation: str) -> None:
        """The process is dead, and what it sent last was worked on."""
        self._ended.discard(incarnation)
        self._pipeline.apply(self._core.process_ended(incarnation, self._journal.clock()))
        self._records.loose_lines.process_gone(incarnation)

    def _forget(self, process: ProcessInfo) -> None:
        if process.incarnation not in self._by_incarnation:
            self.processes.forget(process.incarnation)
            self._records.forget(process.incarnation)
            self._records.loose_lines.process_gone(process.incarnation)

    def _tell(self) -> None:
        for watcher in list(self.watchers):
            try:
                watcher()
            except Exception:
                logger.exception("Somebody who watches the links could not be told; the others are.")
