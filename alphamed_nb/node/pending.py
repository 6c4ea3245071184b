"""A request on its way to the hub."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from ..protocol.errors import HubError
from .waiting import Deadline, Signal, wait_until

__all__ = ["Pending", "next_id"]

_ids = itertools.count(1)


def next_id() -> int:
    """A number for a request, unique in this process."""
    return next(_ids)


class Pending:
    """A request on its way."""

    __slots__ = ("_signal", "after", "answer", "done", "error", "message", "on_answer")

    def __init__(self, message: Any, on_answer: Callable[[Pending], None] | None = None, *, after: int = 0) -> None:
        self.message = message
        self.after = after
        """So many records were put before it, which the hub is to number before it."""
        self.answer: Any = None
        self.error: HubError | None = None
        self.done = False
        self.on_answer = on_answer
        """Called on the link's thread once it is answered or refused."""
        self._signal = Signal()

    def settle(self, answer: Any = None, error: HubError | None = None) -> None:
        """The link's thread has the answer, or knows that none will come."""
        self.answer, self.error, self.done = answer, error, True
        self._signal.set()
        if self.on_answer is not None:
            self.on_answer(self)

    def result(self, deadline: Deadline | None = None) -> Any:
        """The answer.

        Raises:
            HubError: the hub refused.
            TimeoutError: the deadline passed first; the request stays under way.
        """
        if not self.done and not wait_until(self._signal, lambda: self.done, deadline):
            raise TimeoutError("the hub has not answered in time")
        if self.error is not None:
            raise self.error
        return self.answer
