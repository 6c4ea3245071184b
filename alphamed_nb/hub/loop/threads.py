"""Threads in which the hub waits for the disk, apart by who waits for them: none keeps another one waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ReadThreads"]

T = TypeVar("T")

_NODE_THREADS = 4
_VIEWER_THREADS = 4
_FOLD_THREADS = 1
"""Folds are of Python, so more would not be faster. One that makes all long texts also keeps less memory for later."""
_SEARCH_THREADS = 2
"""A search takes up to :data:`..store.reader.SEARCH_SECONDS` each time, and a part of the interpreter's time."""


class ReadThreads:
    """Threads begin when they are needed for the first time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pools = {
            name: ThreadPoolExecutor(max_workers=most, thread_name_prefix=f"alphamed_nb {name}")
            for name, most in (
                ("read", _NODE_THREADS),
                ("view", _VIEWER_THREADS),
                ("fold", _FOLD_THREADS),
                ("search", _SEARCH_THREADS),
            )
        }

    async def for_node(self, function: Callable[..., T], *arguments: object) -> T:
        """What links, claims and data streams wait for."""
        return await self._loop.run_in_executor(self._pools["read"], function, *arguments)

    async def for_viewer(self, function: Callable[..., T], *arguments: object) -> T:
        """What is shown to somebody."""
        return await self._loop.run_in_executor(self._pools["view"], function, *arguments)

    async def for_fold(self, function: Callable[..., T], *arguments: object) -> T:
        """What is made of many rows for somebody."""
        return await self._loop.run_in_executor(self._pools["fold"], function, *arguments)

    async def search(self, function: Callable[..., T], *arguments: object) -> T:
        """What looks into the text of rows."""
        return await self._loop.run_in_executor(self._pools["search"], function, *arguments)

    def close(self, *, wait: bool = True) -> None:
        """Take nothing more; what has not begun never does."""
        for pool in self._pools.values():
            pool.shutdown(wait=wait, cancel_futures=True)
