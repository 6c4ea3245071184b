"""What a viewer that watches tasks is told next: what changed since it was told something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import msgspec

from ...protocol.errors import InvalidRequest
from ...protocol.live import Overview, RunChange, TaskGlance
from ..fold.folds import Fold
from ..fold.glances import run_change
from ..fold.run_fold import RunFold
from ..journal import Journal
from ..store.tallies import RunTally
from .run_logs import RunLogsReader
from .short_runs import glance_of
from .snapshots import Snapshots, watched_run

__all__ = ["Overviews"]

_encode = msgspec.json.Encoder().encode


class Overviews:
    """For one viewer. What it knows is kept here, so that it is told only what is new to it.

    Args:
        task: the task of the run that is told in full; None: none is.
        run: its number; None: the latest, and each later one from its beginning.
        host: this machine.

    Raises:
        InvalidRequest: the question makes no sense.
    """

    def __init__(self, snapshots: Snapshots, journal: Journal, host: str, task: str | None, run: int | None) -> None:
        if run is not None and (task is None or run < 1):
            raise InvalidRequest("'run' is a number from 1 on, and needs 'task': runs are numbered by task.")
        self._journal = journal
        self._snapshots = snapshots
        self._host = host
        self._task = task
        self._run = run
        self._tasks: dict[str, _ToldTask] = {}
        self._told: _ToldRun | None = None
        self._first = True
        if task is not None:
            snapshots.watched[self] = (task, run)

    def close(self) -> None:
        """Nobody is told any more."""
        self._snapshots.watched.pop(self, None)

    async def next(self) -> bytes | None:
        """What is new, as JSON. None: nothing; the first time there is always something. Never called by two at a time.

        Raises:
            StorageFailed: a file of the hub's cannot be read.
        """
        return await self._snapshots.read(self._compare)

    async def processes(self) -> dict[str, int]:
        """The pids of the watched run's nodes that are up on this machine."""
        return await self._snapshots.read(lambda fold, _: self._processes(fold))

    def _compare(self, fold: Fold, number: int) -> bytes | None:
        """In a thread, while nobody changes the fold."""
        overview = Overview(
            number=number,
            at=self._journal.clock(),
            tasks=self._new_glances(fold, number),
            removed=self._forget_tasks(fold),
            run=self._change(self._watched(fold), number),
        )
        first, self._first = self._first, False
        if first or overview.tasks or overview.removed or overview.run is not None:
            return _encode(overview)
        return None

    # -- tasks in short ------------------------------------------------------------------------------------------------

    def _new_glances(self, fold: Fold, number: int) -> list[TaskGlance]:
        """Those that the viewer does not have, as JSON: of a thousand tasks most lie ready."""
        new = []
        for task in fold.tasks:
            runs = fold.runs(task)
            run = runs[max(runs)]
            key = (tuple(runs), run.changed, *self._journal.log_marks.key(task, run.run, number))
            told = self._tasks.get(task)
            if told is not None and told.key == key:
                continue
            found = glance_of(self._journal.logs, task, run, runs, number)
            digest = hash(found)
            if told is None or told.digest != digest:
                new.append(msgspec.Raw(found))
            self._tasks[task] = _ToldTask(key, digest)
        return cast(list[TaskGlance], new)

    def _forget_tasks(self, fold: Fold) -> list[str]:
        removed = self._tasks.keys() - set(fold.tasks)
        for task in removed:
            del self._tasks[task]
        return sorted(removed)

    # -- one run in full -----------------------------------------------------------------------------------------------

    def _watched(self, fold: Fold) -> RunFold | None:
        return fold.open.get(watched_run(fold, self._task, self._run)) if self._task is not None else None

    def _change(self, run: RunFold | None, number: int) -> RunChange | None:
        task = self._task
        if task is None or run is None:
            self._told = None
            return None
        told = self._told
        if told is None or told.run is not run:
            told = self._told = _ToldRun(run, RunLogsReader(self._journal.logs, task, run.run))
        mark = self._journal.log_marks.key(task, run.run, number)
        if run.changed <= told.number and mark == told.mark:
            return None
        logged: set[str] = set()
        if mark != told.mark:
            tallies = self._journal.logs.tallies(number, task, run.run)
            logged = told.logs.read(number, tallies.get((task, run.run), RunTally()))
            told.mark = mark
        if run.changed <= told.number and not logged:
            return None
        change = run_change(task, run, told.number, told.logs.found, logged)
        told.number = number
        return change

    def _processes(self, fold: Fold) -> dict[str, int]:
        run = self._watched(fold)
        if run is None:
            return {}
        return {
            node: member.session.pid
            for node, member in run.members.items()
            if member.state == "up" and member.session.host == self._host and member.session.pid > 0
        }


@dataclass(slots=True, frozen=True)
class _ToldTask:
    key: tuple[object, ...]
    """What the glance was made from."""
    digest: int
    """Of the glance."""


class _ToldRun:
    """What the viewer knows of the run."""

    def __init__(self, run: RunFold, logs: RunLogsReader) -> None:
        self.run = run
        self.logs = logs
        self.number = 0
        """It knows all rows but those of the logs up to this number."""
        self.mark: tuple[int, int] | None = None
        """Of the logs that it knows."""
