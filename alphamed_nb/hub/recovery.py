"""Files that failed are tried again, with growing pauses, until they work; nodes only wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..protocol.errors import StorageFailed
from .loop.background import Background

__all__ = ["Recovery"]

logger = logging.getLogger(__name__)

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
"""Seconds; shorter than a handshake may take, so that who wants in can wait for the next try."""
_STEADY_SECONDS = 30.0
"""Files that fail again sooner than that have not really recovered: the pauses go on growing."""


class Recovery:
    """Args:
    go_on: opens the files again and takes up what is in them; it sets `failed` to False.
    """

    def __init__(self, background: Background, go_on: Callable[[], Awaitable[None]]) -> None:
        self._background = background
        self._go_on = go_on
        self._loop = asyncio.get_running_loop()
        self.failed = False
        """Nothing can be stored."""
        self._pause = _FIRST_PAUSE
        self._recovered = -_STEADY_SECONDS
        self._next: asyncio.Future[None] = self._loop.create_future()
        """What becomes of the next try."""

    def begin(self) -> None:
        """A file has failed."""
        self.failed = True
        if self._loop.time() - self._recovered >= _STEADY_SECONDS:
            self._pause = _FIRST_PAUSE
        self._try_later()

    async def next_try(self) -> None:
        """Until the next try is over, if a file has failed. Raises `StorageFailed` if it was in vain."""
        if self.failed:
            await asyncio.shield(self._next)

    def _try_later(self) -> None:
        self._next = self._loop.create_future()
        self._background.call_later(self._pause, self._try_now)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _try_now(self) -> None:
        self._background.spawn(self._try())

    async def _try(self) -> None:
        result = self._next
        try:
            await self._go_on()
        except Exception as error:  # noqa: BLE001  whatever it is, it is tried again
            if not isinstance(error, StorageFailed):
                logger.exception("The hub failed when it wanted to go on; it tries again.")
            self.failed = True
            self._try_later()
            result.set_exception(StorageFailed(f"The hub cannot store: {error}"))
            result.exception()  # nobody need be waiting for it
        else:
            self._recovered = self._loop.time()
            logger.warning("The hub can store again.")
            result.set_result(None)
