"""Calls that other threads ask the hub's event loop for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from ..._wakeup import Wakeup

__all__ = ["ThreadCalls"]

T = TypeVar("T")


class ThreadCalls:
    """Like `loop.call_soon_threadsafe`, and cheaper; the order of these calls is kept."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[tuple[Callable[[Any], None], Any]] = deque()
        self._wakeup = Wakeup(loop, self._run)

    def call(self, function: Callable[[T], None], argument: T) -> None:
        """Have the loop call it. From any thread; after :meth:`close` it never comes to it."""
        self._calls.append((function, argument))
        self._wakeup.ring()

    def close(self) -> None:
        """On the loop: do what was asked for so far, and nothing more."""
        self._wakeup.close()
        self._run()

    def _run(self) -> None:
        while self._calls:
            function, argument = self._calls.popleft()
            try:
                function(argument)
            except Exception as error:  # noqa: BLE001  as of any call of a loop: it is reported, and the next one is made
                self._loop.call_exception_handler(
                    {"message": f"A call of {function!r} for another thread failed.", "exception": error}
                )
