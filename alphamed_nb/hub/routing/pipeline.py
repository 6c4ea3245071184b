"""The way of what the core wants: changes to the store, and, once they are on the disk, outputs to the links."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

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
from ..faults import to_be_told
from ..loop.fair_turns import Turn
from ..watermark import CommitQueue
from .links import LinkPort

if TYPE_CHECKING:
    from ..service import HubService

__all__ = ["Pipeline"]

logger = logging.getLogger(__name__)

_ROW_BYTES = 4096
"""Rows on their way to the disk count once more for each of so many bytes."""


class Pipeline:
    """A request passes loop -> store thread -> loop once.

    What comes in one turn of the loop goes to the store together; outputs are performed, in order, when their commit is
    reported.
    """

    def __init__(self, service: HubService) -> None:
        self._service = service
        self._loop = asyncio.get_running_loop()
        self.commits = CommitQueue()
        self._changes: list[list[Change]] = []
        """Of each outcome its own."""
        self._row_bytes = 0
        """Of the rows in `_changes`."""
        self._outputs: list[Output | DropRun] = []
        self._submission: asyncio.Handle | None = None
        self._output_turn = Turn(self._perform_one, self.flush)
        self._dirty: dict[str, LinkPort] = {}
        self._unstored: deque[tuple[int, int]] = deque()
        self.unstored_changes = 0
        """On their way to the disk; a long row counts as several."""
        # Removing a big file takes a while; one thread keeps the loop and the readers free of it.
        self._remover = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alphamed_nb remove")

    @property
    def settled(self) -> bool:
        """Nothing is on its way to the disk."""
        return self.commits.settled and not self._changes

    # -- to the store --------------------------------------------------------------------------------------------------

    def apply(self, outcome: Outcome) -> None:
        """Take up what the core wants done; it is not submitted yet."""
        for change in outcome.changes:
            if type(change) is StoreRow:
                self._service.watermark_keeper.taken(change.row.seq)
                self._row_bytes += len(change.row.body)
            elif type(change) is DropRun:
                # Of the logs file too, once it is gone from this one.
                self._outputs.append(change)
        if outcome.changes:
            self._changes.append(outcome.changes)
        self._outputs.extend(outcome.outputs)

    def submit_soon(self) -> None:
        """Submit at once if the store is idle; else what comes in this turn of the loop may go in one transaction."""
        if self._changes and not self.commits.settled:
            if self._submission is None:
                self._submission = self._loop.call_soon(self.submit)
            self._service.arm()
        else:
            self.submit()

    def submit(self) -> None:
        """Hand what the core wants kept to the store, all at once."""
        if self._submission is not None:
            self._submission.cancel()
            self._submission = None
        changes, self._changes = self._changes, []
        outputs, self._outputs = self._outputs, []
        if self._service.failed:
            return
        if changes:
            numbers = [change.row.seq for outcome in changes for change in outcome if type(change) is StoreRow]
            count = sum(map(len, changes)) + self._row_bytes // _ROW_BYTES
            self._row_bytes = 0
            try:
                ticket = self._service.messages.submit(*changes)
            except StorageFailed as error:
                self._service.recovery.begin(error)
                return
            if numbers:
                self._service.watermark_keeper.submitted("messages", ticket, numbers[0], numbers[-1])
            self._unstored.append((ticket, count))
            self.unstored_changes += count
            self.commits.add(ticket, outputs)
        elif outputs:
            self.commits.add(self.commits.submitted, outputs)
            self._output_turn.run()
        self._service.arm()

    async def settle(self) -> None:
        """Wait until all that was accepted so far is on the disk. Raises `StorageFailed`."""
        self.submit()
        await self.commits.settle()

    # -- to the links --------------------------------------------------------------------------------------------------

    def committed(self, ticket: int) -> None:
        """Everything up to `ticket` is in the messages file."""
        while self._unstored and self._unstored[0][0] <= ticket:
            self.unstored_changes -= self._unstored.popleft()[1]
        self.commits.commit(ticket)
        self._output_turn.run()

    def deliver(self, link_id: str, message: Any) -> None:
        """Queue a message for a link; one that is gone asks again when it is back."""
        link = self._service.links.get(link_id)
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
        outputs = self.commits.take()
        if outputs is None:
            return False
        for output in outputs:
            try:
                self._perform(output)
            except StorageFailed as error:
                self._service.recovery.begin(error)
            except Exception:
                logger.exception("The hub failed at a %s; what else is due goes on.", type(output).__name__)
        return True

    def _perform(self, output: Output | DropRun) -> None:
        service = self._service
        if isinstance(output, Deliver):
            self.deliver(output.link, output.message)
        elif isinstance(output, CloseLink):
            link = service.links.get(output.link)
            if link is not None:
                link.refuse(output.error)
        elif isinstance(output, AdoptContext):
            service.logs.adopt(output.context, output.task, output.run)
        elif isinstance(output, DropRun):
            service.logs.drop_run(output.task, output.run)
            service.snapshots.drop_run(output.task, output.run)
        elif isinstance(output, LoadMail):
            service.spawn(self._load_mail(output))
        elif isinstance(output, RemoveStream):
            self._remover.submit(self._remove_stream, output.stream)

    async def _load_mail(self, load: LoadMail) -> None:
        """What does not fit into memory is read when it is its turn; what came before is on the disk by now."""
        service = self._service
        core = service.core
        try:
            events = await service.in_thread(service.messages.mail, load)
            outcome = core.mail_loaded(load, events, service.clock())
        except StorageFailed as error:
            service.recovery.begin(error)
            return
        except Exception as error:  # noqa: BLE001  whatever it is, who waits for the message is told
            if isinstance(error, Damaged):
                service.tell_damaged(load.task, error)
            told = to_be_told(error, "reading messages that wait on the disk")
            outcome = core.load_failed(load, told, service.clock())
        if core is service.core:
            self.apply(outcome)
            self.submit_soon()

    def _remove_stream(self, stream: str) -> None:
        try:
            self._service.spool.remove(stream)
        except (StorageFailed, OSError) as error:
            logger.warning("A data stream that nobody needs any more stays: %s", error)

    # -- end -----------------------------------------------------------------------------------------------------------

    def fail(self, failure: StorageFailed) -> None:
        """What is not committed never happened."""
        self.forget()
        self._unstored.clear()
        self.unstored_changes = 0
        self.commits.fail(failure)

    def forget(self) -> None:
        """What was decided since the stores failed is not stored: it builds on what is not on the disk."""
        self._changes, self._outputs, self._row_bytes = [], [], 0

    def finish(self) -> None:
        """The stores are closed: deliver what was committed last, so that nobody waits for an answer that was due."""
        while self._perform_one():
            pass
        self.flush()
        self._output_turn.cancel()

    def close(self) -> None:
        self._remover.shutdown(wait=True)
