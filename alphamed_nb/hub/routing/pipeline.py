"""The way of what the core wants: changes to the store, and, once they are on the disk, outputs to the links."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ...protocol.errors import Damaged, StorageFailed
from ..core.effects import (
    AdoptContext,
    Change,
    CloseLink,
    Deliver,
    DropRun,
    LoadMail,
    Outcome,
    Output,
    RemoveStream,
    StoreRow,
)
from ..core.router import Core
from ..faults import to_be_told
from ..journal import Journal
from ..loop.background import Background
from ..loop.fair_turns import Turn
from ..tickets import Due
from .core_timer import CoreTimer
from .ports import LinkPort

__all__ = ["Pipeline"]

logger = logging.getLogger(__name__)

_ROW_BYTES = 4096
"""Rows on their way to the disk count once more for each of so many bytes."""


class Pipeline:
    """A request passes loop -> store thread -> loop once.

    What comes in one turn of the loop goes to the store together; outputs are performed, in order, when their commit is
    reported.

    Args:
        core: decides.
        journal: keeps it.
        background: for what takes longer than a turn of the loop.
        ports: the open links, by id.
    """

    def __init__(self, core: Core, journal: Journal, background: Background, ports: Mapping[str, LinkPort]) -> None:
        self.core = core
        self.journal = journal
        self._ports = ports
        self.background = background
        self._loop = asyncio.get_running_loop()
        self._changes: list[list[Change]] = []
        """Of each outcome its own."""
        self._row_bytes = 0
        """Of the rows in `_changes`."""
        self._outputs: list[Output | DropRun] = []
        self._waiting: Due[list[Output | DropRun]] = Due(journal.message_tickets)
        """Those whose changes are on their way to the disk."""
        self._weights: Due[int] = Due(journal.message_tickets)
        self.unstored_changes = 0
        """On their way to the disk; a long row counts as several."""
        self._submission: asyncio.Handle | None = None
        self._timer = CoreTimer(core, journal, background, self._time_out)
        self._output_turn = Turn(self._perform_one, self.flush)
        self._dirty: dict[str, LinkPort] = {}
        # Removing a big file takes a while; one thread keeps the loop and the readers free of it.
        self._remover = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alphamed_nb remove")
        journal.on_messages.append(self._committed)
        journal.on_failed.append(self._failed)

    # -- to the store --------------------------------------------------------------------------------------------------

    def apply(self, outcome: Outcome) -> None:
        """Take up what the core wants done; it is not submitted yet."""
        for change in outcome.changes:
            if type(change) is StoreRow:
                self.journal.watermark.taken(change.row.seq)
                self._row_bytes += len(change.row.body)
            elif type(change) is DropRun:
                # Of the logs file too, once it is gone from this one.
                self._outputs.append(change)
        if outcome.changes:
            self._changes.append(outcome.changes)
        self._outputs.extend(outcome.outputs)

    def submit_soon(self) -> None:
        """Submit at once if the store is idle; else what comes in this turn of the loop may go in one transaction."""
        if self._changes and not self.journal.message_tickets.settled:
            if self._submission is None:
                self._submission = self._loop.call_soon(self.submit)
            self._timer.arm()
        else:
            self.submit()

    def submit(self) -> None:
        """Hand what the core wants kept to the store, all at once."""
        if self._submission is not None:
            self._submission.cancel()
            self._submission = None
        changes, self._changes = self._changes, []
        outputs, self._outputs = self._outputs, []
        if self.journal.failed:
            return
        if changes:
            count = sum(map(len, changes)) + self._row_bytes // _ROW_BYTES
            self._row_bytes = 0
            if not self.journal.submit(changes):
                return
            self._weights.add(count)
            self.unstored_changes += count
        if outputs:
            self._waiting.add(outputs)
            if not changes:
                self._output_turn.run()
        self._timer.arm()

    def _time_out(self) -> None:
        try:
            self.apply(self.core.due(self.journal.clock()))
        finally:
            self.submit()  # it sets the timer again

    async def settle(self) -> None:
        """Wait until all that was accepted so far is on the disk. Raises `StorageFailed`."""
        self.submit()
        await self.journal.message_tickets.settle()

    async def drop_run(self, task: str, run: int, reason: str) -> None:
        """Remove a run that has ended. Raises `RunIsLive` or `NotFound`; returns when it is gone from the disk."""
        self.apply(self.core.drop_run(task, run, self.journal.clock(), reason))
        await self.settle()

    async def tidy(self) -> bool:
        """Drop from memory what nobody works with. Returns whether there was any.

        Raises:
            StorageFailed: the hub cannot store at present.
        """
        life, before = self.core.life, self.core.next_seq
        await self.settle()
        return life is self.core.life and not self.journal.failed and self.core.tidy(before)

    # -- to the links --------------------------------------------------------------------------------------------------

    def _committed(self) -> None:
        for count in self._weights.take_all():
            self.unstored_changes -= count
        self._output_turn.run()

    def deliver(self, link_id: str, message: Any) -> None:
        """Queue a message for a link; one that is gone asks again when it is back."""
        link = self._ports.get(link_id)
        if link is not None:
            link.send(message)
            self._dirty[link_id] = link

    def flush(self) -> None:
        """Write what is queued, each link's in as few frames as it takes."""
        dirty, self._dirty = self._dirty, {}
        for link in dirty.values():
            try:
                link.flush()
            except Exception:
                logger.exception("The hub failed when it wrote to a link; the others get what is theirs.")

    def _perform_one(self) -> bool:
        outputs = self._waiting.take()
        if outputs is None:
            return False
        for output in outputs:
            try:
                self._perform(output)
            except StorageFailed as error:
                self.journal.fail(error)
            except Exception:
                logger.exception("The hub failed at a %s; what else is due goes on.", type(output).__name__)
        return True

    def _perform(self, output: Output | DropRun) -> None:
        if isinstance(output, Deliver):
            self.deliver(output.link, output.message)
        elif isinstance(output, CloseLink):
            link = self._ports.get(output.link)
            if link is not None:
                link.refuse(output.error)
        elif isinstance(output, AdoptContext):
            self.journal.logs.adopt(output.context, output.task, output.run)
        elif isinstance(output, DropRun):
            self.journal.drop_run(output.task, output.run)
        elif isinstance(output, LoadMail):
            self.background.spawn(self._load_mail(output))
        elif isinstance(output, RemoveStream):
            self._remover.submit(self._remove_stream, output.stream)

    async def _load_mail(self, load: LoadMail) -> None:
        """What does not fit into memory is read when it is its turn; what came before is on the disk by now."""
        core, journal = self.core, self.journal
        life = core.life
        try:
            events = await journal.threads.for_node(journal.messages.mail, load)
            if life is not core.life:
                return
            outcome = core.mail_loaded(load, events, journal.clock())
        except StorageFailed as error:
            journal.fail(error)
            return
        except Exception as error:  # noqa: BLE001  whatever it is, who waits for the message is told
            if isinstance(error, Damaged):
                journal.tell_damaged(load.task, error)
            told = to_be_told(error, "reading messages that wait on the disk")
            if life is not core.life:
                return
            outcome = core.load_failed(load, told, journal.clock())
        self.apply(outcome)
        self.submit_soon()

    def _remove_stream(self, stream: str) -> None:
        try:
            self.journal.spool.remove(stream)
        except (StorageFailed, OSError) as error:
            logger.warning("A data stream that nobody needs any more stays: %s", error)

    # -- end -----------------------------------------------------------------------------------------------------------

    def _failed(self, failure: StorageFailed) -> None:
        """What is not committed never happened."""
        self.forget()
        self.unstored_changes = 0
        self._timer.disarm()

    def forget(self) -> None:
        """What was decided since the stores failed is not stored: it builds on what is not on the disk."""
        self._changes, self._outputs, self._row_bytes = [], [], 0

    def finish(self) -> None:
        """The stores are closed: deliver what was committed last, so that nobody waits for an answer that was due."""
        while self._perform_one():
            pass
        self.flush()
        self._output_turn.cancel()
        self._timer.disarm()

    def close(self) -> None:
        self._remover.shutdown(wait=True)
