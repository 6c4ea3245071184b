"""The fold of the journal into what a status view shows: tasks, runs, nodes, waits, rounds, transfers.

Pure: rows in, a snapshot out. What is counted of log records stands in the logs file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...protocol.journal import KINDS, Row
from ...protocol.snapshot import Snapshot, TaskView
from .run_fold import RunFold

__all__ = ["ClosedRun", "Fold"]


@dataclass(slots=True)
class ClosedRun:
    """What is left of a run that has ended and that nobody looks at: the journal has the rest."""

    run: int
    changed: int
    """The number of its last row."""
    glance: bytes
    """The JSON of its `TaskGlance`, compressed, as if it were the only one of its task."""


class Fold:
    """Rows are applied in the order of their numbers. Those that name no task (the hub's own) count nowhere."""

    def __init__(self) -> None:
        self.number = 0
        """The last row applied."""
        self.open: dict[tuple[str, int], RunFold] = {}
        """The runs that are here in full."""
        self.stale: set[tuple[str, int]] = set()
        """Closed runs of which rows came all the same: they must be taken up once more."""
        self._runs: dict[str, dict[int, RunFold | ClosedRun]] = {}

    def apply(self, row: Row) -> None:
        """Raises `msgspec.ValidationError` for a body that is not of its kind."""
        self.number = row.seq
        if not row.task or not KINDS[row.kind].folded:
            return
        runs = self._runs.setdefault(row.task, {})
        run = runs.get(row.run)
        if run is None:
            run = runs[row.run] = self.open[row.task, row.run] = RunFold(row)
        if isinstance(run, RunFold):
            run.apply(row)
        else:
            self.stale.add((row.task, row.run))

    def drop_run(self, task: str, run: int) -> None:
        """The run was removed from the journal."""
        self.open.pop((task, run), None)
        self.stale.discard((task, run))
        runs = self._runs.get(task)
        if runs is not None:
            runs.pop(run, None)
            if not runs:
                del self._runs[task]

    def close(self, task: str, closed: ClosedRun) -> None:
        """Keep only this of a run."""
        del self.open[task, closed.run]
        self._runs[task][closed.run] = closed

    def reopen(self, task: str, run: RunFold) -> None:
        """Have a closed run in full again, as it was folded anew."""
        self.stale.discard((task, run.run))
        self._runs[task][run.run] = self.open[task, run.run] = run

    def is_closed(self, task: str, run: int) -> bool:
        return isinstance(self.runs(task).get(run), ClosedRun)

    @property
    def tasks(self) -> Iterable[str]:
        return self._runs

    def runs(self, task: str) -> Mapping[int, RunFold | ClosedRun]:
        """By their numbers, in no order; empty for a task that is not known."""
        return self._runs.get(task, {})

    def snapshot(self, task: str | None = None, run: int | None = None) -> Snapshot:
        """All tasks, or one, or one of its runs, without those that are closed; later rows do not change it."""
        tasks = []
        for name in self._runs if task is None else (task,):
            runs = self.runs(name)
            views = [
                found.view()
                for number in sorted(runs)
                if run in (None, number) and isinstance(found := runs[number], RunFold)
            ]
            if views:
                tasks.append(TaskView(task=name, runs=views))
        return Snapshot(number=self.number, tasks=tasks)
