"""Overviews to a viewer: how tasks and the nodes of one run stand, whenever that changed.

Each is made when the viewer has taken the one before, of what changed since. Nothing is looked at while nothing comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from ...protocol.live import Overview
from ..journal import Journal
from ..loop.background import Background
from ..reading.overviews import Overviews
from ..routing.processes import resident_memory
from ..settings import HubSettings
from .text_socket import TextSocket

__all__ = ["OverviewFeed"]

_PAUSES_A_FRAME = 4
"""After a frame that took long to make, the hub rests so many times longer: a thousand nodes must not keep it busy."""
_MEMORY_CHANGE = 0.01

_encode = msgspec.json.Encoder().encode


class OverviewFeed:
    """Answers one `Watch`.

    Args:
        measures: whether the memory of the run's processes is told, too.
        refuse: told what went wrong with reading.
    """

    def __init__(
        self,
        overviews: Overviews,
        journal: Journal,
        background: Background,
        settings: HubSettings,
        socket: TextSocket,
        measures: bool,
        refuse: Callable[[Exception], None],
    ) -> None:
        self._overviews = overviews
        self._journal = journal
        self._background = background
        self._settings = settings
        self._socket = socket
        self._measures = measures
        self._refuse = refuse
        self._changed = True
        """There may be something that the viewer was not told."""
        self._frame: asyncio.Task[None] | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._sampling: asyncio.Task[None] | None = None
        self._sample_timer: asyncio.TimerHandle | None = None
        self._memory: dict[str, int] = {}

    def go_on(self) -> None:
        self._changed = True
        self._send_next()

    def stop(self) -> None:
        self._overviews.close()
        for work in (self._frame, self._sampling):
            if work is not None:
                work.cancel()
        for timer in (self._pause, self._sample_timer):
            if timer is not None:
                timer.cancel()

    def _send_next(self) -> None:
        """Unless one is under way, the last one is too recent, or the viewer has not taken it yet."""
        if not self._changed or self._frame is not None or self._pause is not None or self._socket.unread_bytes():
            return
        self._changed = False
        self._frame = self._background.spawn(self._send_frame())

    async def _send_frame(self) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        try:
            frame = await self._overviews.next()
        except Exception as error:  # noqa: BLE001  whatever it is, a viewer does not wait for what will not come
            self._frame = None
            self._refuse(error)
            return
        self._frame = None
        if frame is not None:
            self._socket.send_text(frame)
        if self._measures and self._sampling is None and self._sample_timer is None:
            self._sample_again()
        pause = max(self._settings.overview_seconds, _PAUSES_A_FRAME * (loop.time() - begin))
        self._pause = self._background.call_later(pause, self._after_pause)

    def _after_pause(self) -> None:
        self._pause = None
        self._send_next()

    # -- memory --------------------------------------------------------------------------------------------------------

    async def _sample(self) -> None:
        try:
            processes = await self._overviews.processes()
            memory = await self._journal.threads.for_viewer(resident_memory, processes)
        except Exception as error:  # noqa: BLE001  likewise
            self._sampling = None
            self._refuse(error)
            return
        self._sampling = None
        if _differs(memory, self._memory) and not self._socket.unread_bytes():
            self._memory = memory
            journal = self._journal
            if memory:
                self._socket.send_text(_encode(Overview(number=journal.number, at=journal.clock(), memory=memory)))
        self._sample_timer = self._background.call_later(self._settings.memory_seconds, self._sample_again)

    def _sample_again(self) -> None:
        self._sample_timer = None
        self._sampling = self._background.spawn(self._sample())


def _differs(now: dict[str, int], before: dict[str, int]) -> bool:
    """Other nodes, or one that takes noticeably more or less."""
    return now.keys() != before.keys() or any(
        abs(now[node] - before[node]) > _MEMORY_CHANGE * before[node] for node in now
    )
