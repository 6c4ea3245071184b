"""Takes in records: numbers them, names their run, and hands them to the logs file.

They do not pass the core, so that a flood of prints costs the routing nothing but numbers.
"""

from __future__ import annotations

import msgspec

from ...protocol.journal import Row
from ...protocol.messages import ProcessInfo, Record, Records, RecordsStored
from ..tickets import Due
from .loose_lines import LooseLines
from .pipeline import Pipeline

__all__ = ["RecordIntake"]


class RecordIntake:
    def __init__(self, pipeline: Pipeline, loose_lines: LooseLines) -> None:
        self._pipeline = pipeline
        self._core = pipeline.core
        self._journal = journal = pipeline.journal
        self.loose_lines = loose_lines
        self._counters: dict[str, int] = {}
        """The highest counter taken of each incarnation, stored or on its way."""
        self._gone: dict[str, int] = {}
        """Incarnations without a link, with the ticket of the last that may have come from them."""
        self._unanswered: Due[tuple[str, int]] = Due(journal.log_tickets)
        """(link, counter)"""
        journal.on_logs.append(lambda _: self._committed())
        journal.on_failed.append(lambda _: self._failed())

    async def counter(self, incarnation: str) -> int:
        """The highest counter taken from this process, which has a link (again)."""
        self._gone.pop(incarnation, None)
        known = self._counters.get(incarnation)
        if known is None:
            stored = await self._journal.threads.for_node(self._journal.logs.counter, incarnation)
            known = self._counters.setdefault(incarnation, stored)
        return known

    def forget(self, incarnation: str) -> None:
        """The process has no link any more. Once what it sent is stored, it is found in the file."""
        if incarnation in self._counters:
            self._gone[incarnation] = self._journal.log_tickets.submitted
            self._forget_stored()

    def _forget_stored(self) -> None:
        committed = self._journal.log_tickets.committed
        for incarnation in [gone for gone, ticket in self._gone.items() if ticket <= committed]:
            del self._gone[incarnation]
            del self._counters[incarnation]

    def take(self, link_id: str, process: ProcessInfo, message: Records) -> None:
        """Records of a process, which are answered once they are on the disk."""
        incarnation = process.incarnation
        if message.counter > self._counters.get(incarnation, 0):
            first = self._core.take_seq(len(message.records)) if message.records else 0
            at = self._journal.clock()
            rows = [(self._row(record, seq, at), record.context) for seq, record in enumerate(message.records, first)]
            if not self._journal.append(rows, (incarnation, message.counter)):
                return
            self._counters[incarnation] = message.counter
            for row, context in rows:
                if not row.run:
                    self.loose_lines.wrote(process, context)
        # Else it was sent again after a reconnect: it is on the disk, or on its way.
        self._unanswered.add((link_id, message.counter))
        if self._journal.log_tickets.settled:
            self._committed()  # no commit is to come that would let it out

    def _committed(self) -> None:
        for link_id, counter in dict(self._unanswered.take_all()).items():
            self._pipeline.deliver(link_id, RecordsStored(counter=counter))
        self._pipeline.flush()
        if self._gone:
            self._forget_stored()

    def _failed(self) -> None:
        """What was on its way is lost; the processes send it again."""
        self._counters.clear()
        self._gone.clear()

    def _row(self, record: Record[msgspec.Raw], seq: int, at: float) -> Row:
        task, run = self._run_of(record)
        return Row(seq=seq, at=at, kind=record.kind, node=record.node, task=task, run=run, body=record.body)

    def _run_of(self, record: Record[msgspec.Raw]) -> tuple[str, int]:
        """The task and run it counts with; neither, while its context has claimed nothing: the logs file knows later.

        A line belongs to the task whose `_run` encloses it (the record names that one), else to the last one claimed in
        its context.
        """
        found = self._core.run_of_context(record.context)
        if found is None:
            return "", 0
        if record.task and record.task != found[0]:
            run = self._core.run_of_task(record.task)
            if run:
                return record.task, run
        return found
