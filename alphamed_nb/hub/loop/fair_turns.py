"""Shares the event loop fairly: a bounded amount of work per turn of the loop, taken from each link in turn."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

__all__ = ["FairQueue", "Turn"]

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Turn:
    """Runs `work` at once while this turn's time lasts, and goes on in the next turn of the loop.

    Args:
        work: does one small piece and returns whether there is more. It takes the piece before it works on it: a piece
            that fails is logged, and the next one comes.
        after: called after the last piece of a turn.
        seconds: how much of a turn of the loop may be spent.
    """

    def __init__(self, work: Callable[[], bool], after: Callable[[], None], seconds: float = 0.002) -> None:
        self._work = work
        self._after = after
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._spent = 0.0
        self._handle: asyncio.Handle | None = None
        self._running = False
        self._called = False
        """While it was running: there may be more to do than it saw."""

    def run(self) -> None:
        """Work now, as far as this turn's time goes; in the next turn, when called from the work itself."""
        if self._running or self._spent >= self._seconds:
            self._called = True
            return
        self._running, self._called = True, False
        begin = now = self._loop.time()
        limit = begin + self._seconds - self._spent
        try:
            while self._do(self._work):
                now = self._loop.time()
                if now >= limit:
                    break
            self._do(self._after)
        finally:
            self._running = False
            self._spent += self._loop.time() - begin
            if self._handle is None:
                self._handle = self._loop.call_soon(self._next)

    def _do(self, function: Callable[[], T]) -> T | Literal[True]:
        """What fails is told, and keeps nothing else waiting."""
        try:
            return function()
        except Exception:
            logger.exception("The hub failed at a piece of its work; it goes on with the next one.")
            return True

    def cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._work = lambda: False

    def _next(self) -> None:
        self._handle = None
        goes_on = self._called or self._spent >= self._seconds
        self._spent = 0.0
        if goes_on:
            self.run()


class FairQueue(Generic[T]):
    """Queues that are served in turn. The key of a queue is any hashable object."""

    def __init__(self) -> None:
        self._queues: dict[object, deque[T]] = {}
        self._ready: deque[object] = deque()
        self._held: set[object] = set()

    def add(self, key: object, items: list[T]) -> None:
        if items:
            self._queue(key).extend(items)

    def take(self) -> tuple[object, T] | None:
        """The next item of the next queue that is not held; None when there is none."""
        if not self._ready:
            return None
        key = self._ready.popleft()
        queue = self._queues[key]
        item = queue.popleft()
        if queue:
            self._ready.append(key)
        else:
            del self._queues[key]
        return key, item

    def put_back(self, key: object, item: T) -> None:
        """Make `item` the first of its queue again."""
        self._queue(key).appendleft(item)

    def _queue(self, key: object) -> deque[T]:
        """The queue of a key, made if there is none; whoever asks puts something into it."""
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
            if key not in self._held:
                self._ready.append(key)
        return queue

    def hold(self, key: object) -> None:
        """Take nothing from this queue until it is released."""
        self._held.add(key)
        if key in self._ready:
            self._ready.remove(key)

    def release(self, key: object) -> None:
        self._held.discard(key)
        if key in self._queues and key not in self._ready:
            self._ready.append(key)

    def drop(self, key: object) -> None:
        self._held.discard(key)
        if self._queues.pop(key, None) is not None and key in self._ready:
            self._ready.remove(key)

    def length(self, key: object) -> int:
        queue = self._queues.get(key)
        return len(queue) if queue is not None else 0
