"""Which submissions to a file are on the disk, and what waits for them to be."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Generic, TypeVar

__all__ = ["Due", "Tickets"]

T = TypeVar("T")


class Tickets:
    """Of one file. Each submission has a ticket, one higher than the one before; a commit is of all up to a ticket."""

    def __init__(self) -> None:
        self.submitted = 0
        """The last ticket handed out."""
        self.committed = 0
        """The last ticket that is on the disk."""
        self.queues: list[Due[Any]] = []
        self._waiting: Due[asyncio.Future[None]] = Due(self)

    @property
    def settled(self) -> bool:
        """Nothing is on its way to the disk."""
        return self.committed >= self.submitted

    def commit(self, ticket: int) -> None:
        """Everything up to `ticket` is on the disk."""
        self.committed = max(self.committed, ticket)  # one of before a failure may be told late
        for future in self._waiting.take_all():
            if not future.done():
                future.set_result(None)

    async def settle(self) -> None:
        """Wait until what was submitted so far is on the disk. Raises what :meth:`fail` was given."""
        if not self.settled:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            await future

    def fail(self, error: BaseException) -> None:
        """What was submitted is lost; what waits for it never happens."""
        self.committed = self.submitted
        waiting = self._waiting.take_all()
        for queue in self.queues:
            queue.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(error)


class Due(Generic[T]):
    """Things in order, each of which waits for all that was submitted to a file before it."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets
        self._things: deque[tuple[int, T]] = deque()
        tickets.queues.append(self)

    def add(self, thing: T) -> None:
        self._things.append((self._tickets.submitted, thing))

    @property
    def next(self) -> T | None:
        """What is due next, now or later; None: there is nothing."""
        return self._things[0][1] if self._things else None

    def take(self) -> T | None:
        """The next one, if it is due."""
        if self._things and self._things[0][0] <= self._tickets.committed:
            return self._things.popleft()[1]
        return None

    def take_all(self) -> list[T]:
        """All that are due."""
        due = []
        while self._things and self._things[0][0] <= self._tickets.committed:
            due.append(self._things.popleft()[1])
        return due

    def clear(self) -> None:
        self._things.clear()
