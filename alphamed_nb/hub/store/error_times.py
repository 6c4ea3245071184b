"""When a node's error records were stored, in a bounded number of times of which each is true."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

__all__ = ["MOST_TIMES", "ErrorTimes", "times_in"]

MOST_TIMES = 1000
"""Of more errors only the first of each stretch of time is kept, all stretches having one length."""


class ErrorTimes:
    """Takes up the errors of one node, the oldest first; each time in it is that of one of them.

    A stretch is at most 1/500 of the time from the first error to the last one, so that on a line as wide as a screen
    no place where an error stands is left without a mark beside it.
    """

    def __init__(self) -> None:
        self.last = 0
        """The highest number that was taken up."""
        self.count = 0
        """How many were."""
        self._width = 0.0
        """Length of a stretch, seconds; 0: every time is kept."""
        self._times: dict[float, float] = {}
        """By stretch, the first time in it."""

    @property
    def times(self) -> list[float]:
        """In their order, seconds since the epoch."""
        return sorted(self._times.values())

    def add(self, numbers: Sequence[int], time_of: Callable[[int], float]) -> None:
        """Take up errors by their journal numbers, which rise and are all larger than `last`.

        Args:
            time_of: when the record of a number was stored; is asked for few of them where many lie close together.
        """
        place = 0
        while place < len(numbers):
            at = time_of(numbers[place])
            stretch = self._stretch(at)
            self._times.setdefault(stretch, at)
            if len(self._times) > MOST_TIMES:
                self._widen()
                stretch = self._stretch(at)
            place = self._first_after(stretch, numbers, place, time_of)
        self.count += len(numbers)
        if numbers:
            self.last = numbers[-1]

    def _first_after(self, stretch: float, numbers: Sequence[int], place: int, time_of: Callable[[int], float]) -> int:
        """The first place after `place` that is not in the stretch, found in steps that double and then halve."""
        step = 1
        while place + step < len(numbers) and self._stretch(time_of(numbers[place + step])) == stretch:
            place += step
            step *= 2
        end = min(place + step, len(numbers))
        while end - place > 1:
            middle = (place + end) // 2
            if self._stretch(time_of(numbers[middle])) == stretch:
                place = middle
            else:
                end = middle
        return end

    def _stretch(self, at: float) -> float:
        return at // self._width if self._width else at

    def _widen(self) -> None:
        times = self.times
        self._width = max(2 * self._width, 2 * (times[-1] - times[0]) / MOST_TIMES)
        self._times = {}
        for at in times:
            self._times.setdefault(self._stretch(at), at)


def times_in(connection: sqlite3.Connection) -> Callable[[int], float]:
    """When the row of a number was stored."""

    def time_of(number: int) -> float:
        at: float = connection.execute("SELECT at FROM rows WHERE seq = ?", (number,)).fetchone()[0]
        return at

    return time_of
