"""What a hub does beside its messages: tasks, and calls for later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ...protocol.errors import HubError

__all__ = ["Background"]

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Background:
    """Nothing of it goes on once the hub has stopped."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Future[Any]] = set()
        self.stopped = False

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine; it is cancelled when the hub stops."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def call_later(self, seconds: float, function: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `function` once, unless the hub has stopped by then."""
        return self._loop.call_later(seconds, lambda: None if self.stopped else function())

    def stop(self) -> None:
        self.stopped = True
        for task in list(self._tasks):
            task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, HubError):
            logger.error("The hub failed at something it did beside its messages.", exc_info=error)
