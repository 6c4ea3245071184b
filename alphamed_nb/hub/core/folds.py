"""The fold of the journal into what a status view shows: tasks, runs, nodes, waits, rounds, transfers.

Pure: rows in, a snapshot out. Log and metric rows are not folded: what is counted of them stands in the logs file.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...protocol.journal import Row
from ...protocol.snapshot import Snapshot, TaskView
from .run_fold import RunFold

__all__ = ["Fold"]


class Fold:
    """Rows are applied in the order of their numbers. Those that name no task (the hub's own) count nowhere."""

    def __init__(self) -> None:
        self.number = 0
        """The last row applied."""
        self._runs: dict[str, dict[int, RunFold]] = {}

    def apply(self, row: Row) -> None:
        """Raises `msgspec.ValidationError` for a body that is not of its kind."""
        self.number = row.seq
        if not row.task or row.kind in ("log", "metric", "hub"):
            return
        runs = self._runs.setdefault(row.task, {})
        run = runs.get(row.run)
        if run is None:
            run = runs[row.run] = RunFold(row)
        run.apply(row)

    def drop_run(self, task: str, run: int) -> None:
        """The run was removed from the journal."""
        runs = self._runs.get(task)
        if runs is not None:
            runs.pop(run, None)
            if not runs:
                del self._runs[task]

    @property
    def tasks(self) -> Iterable[str]:
        return self._runs

    def runs(self, task: str) -> dict[int, RunFold]:
        """By their numbers, in no order; empty for a task that is not known."""
        return self._runs.get(task, {})

    def snapshot(self, task: str | None = None, run: int | None = None) -> Snapshot:
        """All tasks, or one, or one of its runs; later rows do not change it."""
        tasks = []
        for name in self._runs if task is None else (task,):
            runs = self.runs(name)
            views = [runs[number].view() for number in sorted(runs) if run in (None, number)]
            if views:
                tasks.append(TaskView(task=name, runs=views))
        return Snapshot(number=self.number, tasks=tasks)
