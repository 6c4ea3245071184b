"""Takes in log and metric records: numbers them, names their run, and hands them to the logs file.

They do not pass the core, so that a flood of prints costs the routing nothing but numbers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Literal

import msgspec

from ...protocol.errors import StorageFailed
from ...protocol.journal import Row
from ...protocol.messages import Record, Records, RecordsStored

if TYPE_CHECKING:
    from ..service import HubService

__all__ = ["RecordIntake"]

_encode = msgspec.json.Encoder().encode


class RecordIntake:
    def __init__(self, service: HubService) -> None:
        self._service = service
        self._counters: dict[str, int] = {}
        """The highest counter taken of each incarnation, stored or on its way."""
        self._gone: dict[str, int] = {}
        """Incarnations without a link, with the ticket of the last that may have come from them."""
        self._unanswered: deque[tuple[int, str, int]] = deque()
        """(ticket, link, counter)"""
        self._ticket = 0
        self._committed = 0
        self._settling: list[tuple[int, asyncio.Future[None]]] = []

    async def counter(self, incarnation: str) -> int:
        """The highest counter taken from this process, which has a link (again)."""
        self._gone.pop(incarnation, None)
        known = self._counters.get(incarnation)
        if known is None:
            stored = await self._service.in_thread(self._service.logs.counter, incarnation)
            known = self._counters.setdefault(incarnation, stored)
        return known

    def forget(self, incarnation: str) -> None:
        """The process has no link any more. Once what it sent is stored, it is found in the file."""
        if incarnation in self._counters:
            self._gone[incarnation] = self._ticket
            self._forget_stored()

    def _forget_stored(self) -> None:
        for incarnation in [gone for gone, ticket in self._gone.items() if ticket <= self._committed]:
            del self._gone[incarnation]
            del self._counters[incarnation]

    async def settle(self) -> None:
        """Wait until all that was taken so far is on the disk, or lost because the hub cannot store."""
        if self._committed < self._ticket:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._settling.append((self._ticket, future))
            await future

    def take(self, link_id: str, incarnation: str, message: Records) -> None:
        service = self._service
        if message.counter <= self._counters.get(incarnation, 0):
            # Sent again after a reconnect: on the disk, or on its way.
            self._answer(self._ticket, link_id, message.counter)
            return
        first = service.core.take_seq(len(message.records)) if message.records else 0
        at = service.clock()
        rows = [(self._row(record, seq, at), record.context) for seq, record in enumerate(message.records, first)]
        try:
            self._ticket = service.logs.append(rows, (incarnation, message.counter))
        except StorageFailed as error:
            service.recovery.begin(error)
            return
        self._counters[incarnation] = message.counter
        process = service.links.process_of(link_id)
        for row, context in rows:
            if not row.run and process is not None:
                service.loose_lines.wrote(process, context)
        if rows:
            service.watermark_keeper.submitted("logs", self._ticket, first, first + len(rows) - 1)
        self._answer(self._ticket, link_id, message.counter)

    def committed(self, ticket: int) -> None:
        self._committed = max(self._committed, ticket)
        answers: dict[str, int] = {}
        while self._unanswered and self._unanswered[0][0] <= self._committed:
            _, link_id, counter = self._unanswered.popleft()
            answers[link_id] = counter
        for link_id, counter in answers.items():
            self._service.pipeline.deliver(link_id, RecordsStored(counter=counter))
        if self._gone:
            self._forget_stored()
        self._settled()

    def failed(self) -> None:
        """What was on its way is lost; the processes send it again."""
        self._unanswered.clear()
        self._counters.clear()
        self._gone.clear()
        self._committed = self._ticket
        self._settled()

    def _settled(self) -> None:
        while self._settling and self._settling[0][0] <= self._committed:
            future = self._settling.pop(0)[1]
            if not future.done():
                future.set_result(None)

    def _answer(self, ticket: int, link_id: str, counter: int) -> None:
        self._unanswered.append((ticket, link_id, counter))
        if ticket <= self._committed:
            self.committed(self._committed)
            self._service.pipeline.flush()  # no commit is to come that would let it out

    def _row(self, record: Record, seq: int, at: float) -> Row:
        task, run = self._run_of(record)
        kind: Literal["log", "metric"] = "log" if record.log is not None else "metric"
        body = record.log if record.log is not None else record.metric
        return Row(seq=seq, at=at, kind=kind, node=record.node, task=task, run=run, body=msgspec.Raw(_encode(body)))

    def _run_of(self, record: Record) -> tuple[str, int]:
        """The task and run it counts with; neither, while its context has claimed nothing: the logs file knows later.

        A line belongs to the task whose `_run` encloses it (the record names that one), else to the last one claimed in
        its context.
        """
        found = self._service.core.run_of_context(record.context)
        if found is None:
            return "", 0
        if record.task and record.task != found[0]:
            run = self._service.core.run_of_task(record.task)
            if run:
                return record.task, run
        return found
