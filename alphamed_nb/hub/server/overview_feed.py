"""Overviews to a viewer: how tasks and the nodes of one run stand, whenever that changed.

Each is made when the viewer has taken the one before, of what changed since. Nothing is looked at while nothing comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from ...protocol.errors import InvalidRequest
from ...protocol.live import Overview, Watch
from ..reading.overviews import Overviews
from ..routing.processes import resident_memory
from ..service import HubService
from .text_socket import TextSocket

__all__ = ["OverviewFeed"]

_PAUSES_A_FRAME = 4
"""After a frame that took long to make, the hub rests so many times longer: a thousand nodes must not keep it busy."""
_MEMORY_CHANGE = 0.01

_encode = msgspec.json.Encoder().encode


class OverviewFeed:
    """Answers one `Watch`.

    Args:
        refuse: told what went wrong with reading.
    """

    def __init__(
        self, service: HubService, socket: TextSocket, watch: Watch, refuse: Callable[[Exception], None]
    ) -> None:
        """Raises `InvalidRequest` for a question that makes no sense."""
        if watch.run is not None and (watch.task is None or watch.run < 1):
            raise InvalidRequest("'run' is a number from 1 on, and needs 'task': runs are numbered by task.")
        self._service = service
        self._socket = socket
        self._refuse = refuse
        self._overviews = Overviews(service, watch.task, watch.run)
        self._changed = True
        """There may be something that the viewer was not told."""
        self._frame: asyncio.Task[None] | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._sampling: asyncio.Task[None] | None = None
        self._sample_timer: asyncio.TimerHandle | None = None
        self._memory: dict[str, int] = {}
        self._measures = watch.memory and watch.task is not None

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
        self._frame = self._service.spawn(self._send_frame())

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
        pause = max(self._service.settings.overview_seconds, _PAUSES_A_FRAME * (loop.time() - begin))
        self._pause = self._service.call_later(pause, self._after_pause)

    def _after_pause(self) -> None:
        self._pause = None
        self._send_next()

    # -- memory --------------------------------------------------------------------------------------------------------

    async def _sample(self) -> None:
        service = self._service
        try:
            processes = await self._overviews.processes()
            memory = await service.look_up(resident_memory, processes)
        except Exception as error:  # noqa: BLE001  likewise
            self._sampling = None
            self._refuse(error)
            return
        self._sampling = None
        if _differs(memory, self._memory) and not self._socket.unread_bytes():
            self._memory = memory
            if memory:
                self._socket.send_text(_encode(Overview(number=service.watermark(), at=service.clock(), memory=memory)))
        self._sample_timer = service.call_later(service.settings.memory_seconds, self._sample_again)

    def _sample_again(self) -> None:
        self._sample_timer = None
        self._sampling = self._service.spawn(self._sample())


def _differs(now: dict[str, int], before: dict[str, int]) -> bool:
    """Other nodes, or one that takes noticeably more or less."""
    return now.keys() != before.keys() or any(
        abs(now[node] - before[node]) > _MEMORY_CHANGE * before[node] for node in now
    )
