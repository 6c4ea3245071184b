"""A request on its way to the hub."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from ...protocol.errors import HubError
from ..waiting import Deadline, Signal, wait_until

__all__ = ["Request", "next_id"]

logger = logging.getLogger("alphamed_nb")

_encode = msgspec.json.Encoder().encode
_ids = itertools.count(1)


def next_id() -> int:
    """A number for a request, unique in this process."""
    return next(_ids)


class Request:
    """A request on its way. Whoever waits for it wakes after its answer was noted, never before."""

    __slots__ = ("_lock", "_on_answer", "_signal", "after", "answer", "done", "error", "message")

    def __init__(self, message: Any, on_answer: Callable[[Request], None] | None = None, *, after: int = 0) -> None:
        """`on_answer` is called on the link's thread once it is answered or refused, before a waiter wakes."""
        self.message = message
        self.after = after
        """So many records were put before it, which the hub is to number before it."""
        self.answer: Any = None
        self.error: HubError | None = None
        self.done = False
        self._on_answer = on_answer
        self._lock = threading.RLock()
        self._signal = Signal()

    def settle(self, answer: Any = None, error: HubError | None = None) -> None:
        """The link's thread has the answer, or knows that none will come."""
        with self._lock:
            self.answer, self.error = answer, error
            try:
                if self._on_answer is not None:
                    self._on_answer(self)
            except Exception:
                # One bad callback must leave nobody waiting, and cut off no other node of this process.
                logger.exception("The answer to %s could not be taken up", self)
            self.done = True
        self._signal.set()

    def encoded(self) -> bytes:
        return _encode(self.message)

    def __str__(self) -> str:
        """What is asked, of which node and task."""
        of = [f" of {name} {value!r}" for name in ("node", "task") if (value := getattr(self.message, name, ""))]
        return f"a {type(self.message).__name__}{''.join(of)}"

    def abandon(self, on_answer: Callable[[Request], None]) -> None:
        """Nobody waits for it any more: the answer goes to `on_answer` instead, at once if it has come already."""
        with self._lock:
            if not self.done:
                self._on_answer = on_answer
                return
        on_answer(self)

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
