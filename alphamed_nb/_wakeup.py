"""Waking an event loop from other threads, cheaply: a request and its answer do so four times."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

__all__ = ["Wakeup"]


class Wakeup:
    """Has `callback` run on `loop` after each ring; rings that come together may be one call.

    An eventfd where there is one (Linux): `loop.call_soon_threadsafe`, used elsewhere, also takes a lock, copies a
    context, and reads a socket until it is empty. Unlike it, an eventfd keeps no order with other calls to the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._eventfd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC) if hasattr(os, "eventfd") else None
        if self._eventfd is not None:
            loop.add_reader(self._eventfd, self._rung)

    def ring(self) -> None:
        """From any thread. After the end of the loop it does nothing."""
        if self._eventfd is not None:
            os.eventfd_write(self._eventfd, 1)
        else:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._callback)

    def close(self) -> None:
        """On the loop, before it is closed: further rings do nothing."""
        if self._eventfd is not None:
            self._loop.remove_reader(self._eventfd)

    def _rung(self) -> None:
        assert self._eventfd is not None
        with suppress(BlockingIOError):  # a loop may call once more than it was rung
            os.eventfd_read(self._eventfd)
        self._callback()

    def __del__(self) -> None:
        # Not sooner: another thread may ring while this is closed, and the number could be another file's by then.
        eventfd = getattr(self, "_eventfd", None)
        if eventfd is not None:
            os.close(eventfd)
