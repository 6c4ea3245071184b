"""Which numbers are on the disk: what readers may see, and whether there may be something new in a run's log rows."""

from __future__ import annotations

from collections.abc import Iterable

from .tickets import Due, Tickets

__all__ = ["KEPT_MARKS", "LogMarks", "Watermark"]

KEPT_MARKS = 300
"""Of more runs than this it is not kept apart when their log rows changed last: all count as changed once more."""


class Watermark:
    """The highest number below which every file has committed: readers are shown nothing above it."""

    def __init__(self, messages: Tickets, logs: Tickets) -> None:
        self._messages: Due[int] = Due(messages)
        """The first number of each submission."""
        self._logs: Due[int] = Due(logs)
        self._taken: int | None = None
        self.last = 0
        """The highest number that was submitted."""

    def restart(self, last: int) -> None:
        """Nothing is on its way; the highest number in the files is `last`."""
        self._taken = None
        self.last = last

    def taken(self, number: int) -> None:
        """The number is given to a row of the messages file that is not submitted yet."""
        if self._taken is None:
            self._taken = number

    def messages_submitted(self, first: int, last: int) -> None:
        """Rows `first` to `last` are in what was submitted just now."""
        self._messages.add(first)
        self._taken = None
        self.last = max(self.last, last)

    def logs_submitted(self, first: int, last: int) -> None:
        self._logs.add(first)
        self.last = max(self.last, last)

    def committed(self) -> None:
        """A file has committed."""
        self._messages.take_all()
        self._logs.take_all()

    @property
    def number(self) -> int:
        under_way = (self._taken, self._messages.next, self._logs.next)
        return min((first for first in under_way if first is not None), default=self.last + 1) - 1


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
