"""What the logs file counts of one run, brought up to date with a number."""

from __future__ import annotations

from ..fold.glances import RunLogs
from ..store.error_times import ErrorTimes
from ..store.logs import LogStore
from ..store.tallies import RunTally

__all__ = ["RunLogsReader"]


class RunLogsReader:
    """Reads of a run's log records only what is new since it read last."""

    def __init__(self, logs: LogStore, task: str, run: int) -> None:
        self._logs = logs
        self._task = task
        self._run = run
        self.found = RunLogs()
        self._error_counts: dict[str, int] = {}
        self._error_times: dict[str, ErrorTimes] = {}

    def read(self, number: int, tally: RunTally) -> set[str]:
        """Bring `found` up to a number, of which `tally` is. Returns the nodes of which it changed."""
        before = self.found
        logged = {node for node, levels in tally.levels.items() if before.levels.get(node) != levels}
        logged |= before.levels.keys() - tally.levels.keys()
        errors = {node: numbers for node, numbers in before.errors.items() if node in tally.levels}
        for node in logged & tally.levels.keys():
            count = tally.errors(node)
            if count != self._error_counts.get(node, 0):
                self._error_counts[node] = count
                errors[node] = self._logs.errors(self._task, self._run, node, number)
                self._read_error_times(node, count, number)
        times = {node: self._error_times[node].times for node in errors}
        self.found = RunLogs(levels=tally.levels, errors=errors, error_times=times, missing=tally.missing)
        return logged

    def _read_error_times(self, node: str, count: int, number: int) -> None:
        times = self._error_times.setdefault(node, ErrorTimes())
        self._logs.add_error_times(times, self._task, self._run, node, number)
        if times.count != count:
            # Lines from before their context claimed the task became the run's: their numbers are smaller.
            times = self._error_times[node] = ErrorTimes()
            self._logs.add_error_times(times, self._task, self._run, node, number)
