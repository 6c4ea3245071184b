"""The hub of a run: the one that discovery finds, else one inside this process, in a temporary directory."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from ...protocol.errors import HubUnreachable
from ...protocol.messages import Record, Stuck, WatchStuck
from ...reading.hub import HubReader, connect

__all__ = ["Forwarder", "RunHub", "hub_for_run", "in_thread"]

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Run what blocks; the loop, and a hub that lives in it, goes on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


class RunHub:
    """The hub and this process's link to it."""

    def __init__(self, words: str, file: Path | None, explicit: str | None, reader: HubReader) -> None:
        self.words = words
        """For the first line that is printed."""
        self.file = file
        self.explicit = explicit
        self.reader = reader

    async def watch_stuck(self, tell: Callable[[Stuck], None]) -> None:
        """Be told of stuck tasks, on the loop's thread."""
        loop = asyncio.get_running_loop()

        def told(stuck: Stuck) -> None:
            loop.call_soon_threadsafe(tell, stuck)

        await in_thread(lambda: self.reader.link.watch_stuck(told))

    def ask_stuck(self) -> None:
        """Be told again at once of the tasks that are stuck now; while the hub is away, when it is back."""
        self.reader.link.post(WatchStuck(id=0))

    async def reconnected(self) -> None:
        """Wait until the link is there again; reads go to where the hub is now.

        Raises:
            HubError: it is not back yet.
        """
        self.reader = await in_thread(lambda: connect(self.explicit))


@asynccontextmanager
async def hub_for_run(explicit: str | None, scratch: Path) -> AsyncIterator[RunHub]:
    """A hub, connected.

    Raises:
        HubError: an explicit hub does not exist or refuses this process.
    """
    from ...node.link.discovery import find_hub
    from ...node.link.registry import close_links

    embedded = None
    try:
        place = await in_thread(lambda: find_hub(explicit, start=False))
        if place.file is None:
            raise HubUnreachable(f"{explicit} is not a hub file: a run needs a hub on this machine.")
        words = place.how
    except HubUnreachable:
        if explicit:
            raise
        from ...hub.life.embedded import EmbeddedHub
        from ...hub.settings import HubSettings

        embedded = EmbeddedHub(HubSettings(data_dir=scratch / "hub", kind="run"))
        await embedded.start()
        words = "embedded, this process"
    try:
        target = str(embedded.hub_file) if embedded is not None else explicit
        reader = await in_thread(lambda: connect(target))
        yield RunHub(words, reader.link.place.file, target, reader)
    finally:
        await in_thread(close_links)
        if embedded is not None:
            await embedded.stop()


class Forwarder:
    """Passes the records of the processes on to the hub, on a thread of its own: a full queue there must not hold
    up the loop. When this queue is full the sink is to wait, and with it the processes that write to it."""

    _SIZE = 10_000

    def __init__(self, reader: HubReader, on_full: Callable[[bool], None]) -> None:
        self._records = reader.link.records
        self._queue: queue.SimpleQueue[Record[Any] | None] = queue.SimpleQueue()
        self._on_full = on_full
        self._full = False
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="alphamed_nb forwarder", daemon=True)
        self._thread.start()

    def put(self, record: Record[Any]) -> None:
        self._queue.put(record)
        if not self._full and self._queue.qsize() >= self._SIZE:
            self._full = True
            self._on_full(True)

    async def finish(self, seconds: float) -> None:
        """Wait until the hub has stored everything, for at most so long."""
        from ...node.waiting import Deadline

        self._queue.put(None)
        await in_thread(self._thread.join)
        await in_thread(lambda: self._records.drain(Deadline(seconds)))

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            self._records.put(record)
            if self._full and self._queue.qsize() < self._SIZE // 2:
                self._full = False
                self._loop.call_soon_threadsafe(self._on_full, False)
