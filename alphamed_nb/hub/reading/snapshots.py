"""The fold of the journal, as of now or as of any number.

It is brought up to date when somebody asks, from the messages file, in a thread: a hub that nobody looks at folds
nothing, and what is folded is on the disk. Log records are not folded: the logs file keeps count of them. A run that
has ended and that nobody looks at is kept in short, and folded anew when somebody does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import msgspec

from ...protocol.journal import KINDS, Row
from ...protocol.snapshot import RunView, Snapshot
from ..fold.folds import Fold
from ..fold.node_fold import NodeFold
from ..journal import Journal
from ..loop.background import Background
from ..store.query import RowQuery
from ..store.tallies import RunTally
from .run_logs import RunLogsReader
from .short_runs import closed_run

__all__ = ["Snapshots", "watched_run"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_PAGE_ROWS = 1000
"""Small, so that the loop is not kept waiting while a thread folds a page."""
_OPEN_SECONDS = 10.0
"""A run is kept in full for so long after its end: the last lines of its nodes are still on their way."""
_HIGHEST = 2**63 - 1
_FOLDED = tuple(kind for kind, rule in KINDS.items() if rule.folded)


def watched_run(fold: Fold, task: str, run: int | None) -> tuple[str, int]:
    """Which run that is, if it is there; None: the latest of the task."""
    return task, max(fold.runs(task), default=0) if run is None else run


class Snapshots:
    def __init__(self, journal: Journal, background: Background) -> None:
        self._journal = journal
        self._background = background
        self._fold = Fold()
        self._upto = 0
        """Everything up to this number is folded."""
        self.watched: dict[object, tuple[str, int | None]] = {}
        """Which run each viewer looks at (None: the latest of the task): it is here in full."""
        self._touched: set[tuple[str, int]] = set()
        """Runs whose log rows changed, and that were closed before or just then."""
        self._readers = 0
        """So many are reading at present."""
        self._dropped: set[tuple[str, int]] = set()
        """Runs that were removed from the journal meanwhile."""
        self._lock = asyncio.Lock()
        journal.on_run_dropped = self._drop_run
        journal.on_logs.append(self._logs_touched)

    def _drop_run(self, task: str, run: int) -> None:
        """A run was removed from the journal. Its number is never given again."""
        if self._readers:
            self._dropped.add((task, run))
        else:
            self._fold.drop_run(task, run)

    def _logs_touched(self, runs: Iterable[tuple[str, int]]) -> None:
        """Log rows of these runs were stored, moved or removed."""
        self._touched.update(key for key in runs if self._readers or self._fold.is_closed(*key))

    async def read(self, function: Callable[[Fold, int], T]) -> T:
        """What `function` makes of the fold as of the highest number that readers may see, and of that number.

        It runs in a thread. What it returns must not change with the fold.
        """
        # A task of its own: who asked may be cancelled while the thread is still at work on the fold.
        return await asyncio.shield(self._background.spawn(self._read(function)))

    async def _read(self, function: Callable[[Fold, int], T]) -> T:
        async with self._lock:
            with self._reading():
                upto = self._journal.number
                await self._catch_up(self._fold, self._upto, RowQuery(kinds=_FOLDED), upto, close=True)
                self._upto = max(upto, self._upto)
                await self._journal.threads.for_fold(self._close, self._fold, upto)
                await self._reopen()
                return await self._journal.threads.for_fold(function, self._fold, self._upto)

    async def now(self, task: str | None = None, run: int | None = None) -> Snapshot:
        """As of the highest number that readers may see; of all tasks, of one, or of one run."""
        return await self.as_of(self._journal.number, task, run)

    async def as_of(self, number: int, task: str | None = None, run: int | None = None) -> Snapshot:
        """As it was when `number` was the highest one; runs that were removed since are not in it."""
        number = min(number, self._journal.number)
        fold = await self._folded(task, run, number)
        return await self._journal.threads.for_fold(self._snapshot, fold, number, task, run)

    async def _folded(self, task: str | None, run: int | None, upto: int) -> Fold:
        fold = Fold()
        with self._reading():
            await self._catch_up(fold, 0, RowQuery(task=task, run=run, kinds=_FOLDED), upto)
        return fold

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1
            if not self._readers:
                for dropped in self._dropped:
                    self._fold.drop_run(*dropped)
                self._dropped.clear()

    async def _catch_up(self, fold: Fold, after: int, query: RowQuery, upto: int, *, close: bool = False) -> None:
        while after < upto:
            query = replace(query, after=after, before=upto + 1, limit=_PAGE_ROWS)
            page = await self._journal.threads.for_fold(self._journal.messages.page, query)
            await self._journal.threads.for_fold(_apply, fold, page.rows)
            after = upto if page.complete else page.next
            if close and after < upto:
                await self._journal.threads.for_fold(self._close, fold, upto)
        # After the pages: one of them may have been read before its run was removed.
        for dropped in self._dropped:
            fold.drop_run(*dropped)

    # -- runs that have ended ------------------------------------------------------------------------------------------

    def _close(self, fold: Fold, upto: int) -> None:
        """Keep of runs that ended a while ago, and that nobody looks at, only what they come to in short."""
        journal = self._journal
        before = journal.clock() - _OPEN_SECONDS
        watched = self._watched_runs()
        for (task, number), run in list(fold.open.items()):
            if 0 < run.ended < before and (task, number) not in watched:
                _, logged = journal.log_marks.key(task, number, _HIGHEST)
                if logged <= upto:
                    fold.close(task, closed_run(journal.logs, task, run, upto))

    async def _reopen(self) -> None:
        """Have in full what is looked at, and what changed after it was closed."""
        wanted = self._touched | self._fold.stale | self._watched_runs()
        self._touched = set()
        for task, number in wanted:
            if self._fold.is_closed(task, number):
                found = (await self._folded(task, number, self._upto)).open.get((task, number))
                if found is not None:
                    self._fold.reopen(task, found)
                else:
                    self._fold.drop_run(task, number)

    def _watched_runs(self) -> set[tuple[str, int]]:
        return {watched_run(self._fold, task, run) for task, run in list(self.watched.values())}

    # -- of any number -------------------------------------------------------------------------------------------------

    def _snapshot(self, fold: Fold, number: int, task: str | None, run: int | None) -> Snapshot:
        snapshot = fold.snapshot(task, run)
        tallies = self._journal.logs.tallies(number, task, run)
        for of in snapshot.tasks:
            for view in of.runs:
                if tally := tallies.get((of.task, view.run)):
                    self._add_logs(of.task, view, tally, number)
        # Rows go on after this number: the last row of the snapshot may have a smaller one.
        return msgspec.structs.replace(snapshot, number=number)

    def _add_logs(self, task: str, view: RunView, tally: RunTally, number: int) -> None:
        reader = RunLogsReader(self._journal.logs, task, view.run)
        reader.read(number, tally)
        logs = reader.found
        view.logs, view.dropped = tally.rows, tally.missing
        members = {member.node: member for member in view.members}
        for node, levels in logs.levels.items():
            member = members.get(node)
            if member is None:
                # What it wrote names this task, but it is a node of another one.
                member = NodeFold(node).view(-1)
                view.members.append(member)
            member.levels = levels
            member.errors = logs.errors.get(node, [])
            member.error_times = logs.error_times.get(node, [])


def _apply(fold: Fold, rows: list[Row]) -> None:
    damaged: list[int] = []
    for row in rows:
        try:
            fold.apply(row)
        except msgspec.MsgspecError:
            damaged.append(row.seq)
    if damaged:
        numbers = ", ".join(map(str, damaged[:5])) + (" ..." if len(damaged) > 5 else "")
        logger.error("%d rows of the journal are damaged (%s); views go without them.", len(damaged), numbers)
