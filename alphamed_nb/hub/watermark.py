"""Which numbers are on the disk, and what waits for them to be."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .core.effects import DropRun, Output

__all__ = ["KEPT_MARKS", "CommitQueue", "LogMarks", "Watermark"]

KEPT_MARKS = 300
"""Of more runs than this it is not kept apart when their log rows changed last: all count as changed once more."""


@dataclass
class _Pending:
    ticket: int
    outputs: list[Output | DropRun]


class CommitQueue:
    """Outputs wait here, in order, for the commit of their changes and of everything before."""

    def __init__(self) -> None:
        self._pending: deque[_Pending] = deque()
        self._settling: list[tuple[int, asyncio.Future[None]]] = []
        self.submitted = 0
        """The last ticket handed out."""
        self.committed = 0
        """The last ticket that is on the disk."""

    @property
    def settled(self) -> bool:
        """Nothing is on its way to the disk."""
        return self.committed >= self.submitted

    def add(self, ticket: int, outputs: list[Output | DropRun]) -> None:
        """`ticket` may be an earlier one: the outputs of an outcome without changes wait for what came before it."""
        self.submitted = max(self.submitted, ticket)
        if outputs:
            self._pending.append(_Pending(ticket, outputs))

    def commit(self, ticket: int) -> None:
        """Everything up to `ticket` is on the disk."""
        self.committed = max(self.committed, ticket)
        still = []
        for wanted, future in self._settling:
            if wanted > self.committed:
                still.append((wanted, future))
            elif not future.done():
                future.set_result(None)
        self._settling = still

    def take(self) -> list[Output | DropRun] | None:
        """The outputs of the next outcome whose changes are on the disk; None when there is none."""
        if self._pending and self._pending[0].ticket <= self.committed:
            return self._pending.popleft().outputs
        return None

    async def settle(self) -> None:
        """Wait until what was submitted so far is on the disk. Raises what :meth:`fail` was given."""
        if self.settled:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settling.append((self.submitted, future))
        await future

    def fail(self, error: BaseException) -> None:
        """What was submitted is lost; its outputs never happen."""
        self._pending.clear()
        self.committed = self.submitted
        waiting, self._settling = self._settling, []
        for _, future in waiting:
            if not future.done():
                future.set_exception(error)


@dataclass
class _File:
    pending: deque[tuple[int, int]] = field(default_factory=deque)
    """(ticket, first number) of what is on its way to the disk."""


class Watermark:
    """The highest number below which every file has committed: readers are shown nothing above it."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._taken: int | None = None
        self._files: dict[str, _File] = {"messages": _File(), "logs": _File()}

    def taken(self, number: int) -> None:
        """The number is given to a row of the messages file that is not submitted yet."""
        if self._taken is None:
            self._taken = number

    def submitted(self, file: str, ticket: int, first: int, last: int) -> None:
        """Rows `first` to `last` are on their way to `file`, under this ticket."""
        self._files[file].pending.append((ticket, first))
        if file == "messages":
            self._taken = None
        self._last = max(self._last, last)

    def committed(self, file: str, ticket: int) -> None:
        pending = self._files[file].pending
        while pending and pending[0][0] <= ticket:
            pending.popleft()

    def failed(self, file: str) -> None:
        self._files[file].pending.clear()
        self._taken = None

    @property
    def last(self) -> int:
        """The highest number that was submitted."""
        return self._last

    @property
    def number(self) -> int:
        return min(self._firsts(), default=self._last + 1) - 1

    def _firsts(self) -> Iterator[int]:
        if self._taken is not None:
            yield self._taken
        for file in self._files.values():
            if file.pending:
                yield file.pending[0][1]


class LogMarks:
    """Tells whether there may be something new in the log and metric rows of a run."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, int], tuple[int, int]] = {}
        self._others = (0, 0)
        """Of the runs that are not in `_marks`."""
        self._commits = 0

    def committed(self, runs: Iterable[tuple[str, int]], last: int) -> None:
        """Rows of these runs were stored, moved or removed; none has a higher number than `last`."""
        self._commits += 1
        mark = (self._commits, last)
        for run in runs:
            self._marks[run] = mark
        if len(self._marks) > KEPT_MARKS:
            self._marks.clear()
            self._others = mark

    def key(self, task: str, run: int, number: int) -> tuple[int, int]:
        """While it stays the same, so do the rows up to `number`, the highest that readers may see."""
        commit, last = self._marks.get((task, run), self._others)
        return commit, min(last, number)
