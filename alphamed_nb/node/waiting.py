"""The only place of a node that waits: one :class:`Deadline`, one :func:`wait_until`.

Nothing polls. A wait ends because another thread calls :meth:`Signal.set` (or notifies the condition), because its
deadline passed, or at once because of KeyboardInterrupt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Deadline", "Signal", "earliest", "now", "wait_until", "wall_clock"]


def now() -> float:
    """Monotonic seconds, for measuring durations."""
    return time.monotonic()


def wall_clock() -> float:
    """Seconds since the epoch, for what is shown."""
    return time.time()


class Deadline:
    """A moment at which a wait ends.

    Args:
        seconds: from now; None or 0: never; a negative number has passed already.
    """

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        """What it was made with."""
        self._end = now() + seconds if seconds else None

    @classmethod
    def passed(cls) -> Deadline:
        """One that has passed already: a wait with it only looks."""
        return cls(-1.0)

    @property
    def never(self) -> bool:
        return self._end is None

    @property
    def expired(self) -> bool:
        return self._end is not None and now() >= self._end

    def remaining(self) -> float | None:
        """Seconds left, at least 0; None: no limit."""
        return None if self._end is None else max(0.0, self._end - now())

    def within(self, seconds: float) -> Deadline:
        """The earlier one of this deadline and `seconds` from now."""
        return earliest(self, Deadline(seconds if seconds > 0 else -1.0))

    def __repr__(self) -> str:
        left = self.remaining()
        return "Deadline(never)" if left is None else f"Deadline({left:.3f} s left)"


def earliest(*deadlines: Deadline) -> Deadline:
    """The first one to pass."""
    first = Deadline()
    for deadline in deadlines:
        if deadline._end is not None and (first._end is None or deadline._end < first._end):
            first = deadline
    return first


class Signal:
    """Wakes one waiting thread. `set` never blocks, so that an interrupted waiter can never hold up who wakes it."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Wake the waiter, or let the next wait return at once. From any thread."""
        try:
            self._lock.release()
        except RuntimeError:
            return  # it was set already

    def _wait(self, seconds: float | None) -> None:
        # On POSIX a blocked acquire runs signal handlers, so KeyboardInterrupt ends it at once.
        self._lock.acquire(timeout=-1 if seconds is None else min(seconds, threading.TIMEOUT_MAX))


def wait_until(
    waker: Signal | threading.Condition, predicate: Callable[[], object], deadline: Deadline | None = None
) -> bool:
    """Wait until `predicate()` is true or the deadline has passed; return whether it is true.

    Whoever makes the predicate true then sets the signal, or notifies the condition while it holds it. The predicate is
    looked at at least once, also with a deadline that has passed. A condition is acquired here; with its default lock
    the caller may hold it already.

    Raises:
        KeyboardInterrupt: at once, in the main thread.
    """
    deadline = deadline or Deadline()
    if isinstance(waker, threading.Condition):
        with waker:
            while not predicate():
                if deadline.expired:
                    return False
                waker.wait(deadline.remaining())
            return True
    while not predicate():
        if deadline.expired:
            return bool(predicate())
        waker._wait(deadline.remaining())
    return True
