"""What the hub does when its files do not take something: the file as a whole, or one piece of work."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ...protocol.errors import HubError, StorageFailed
from ..core.effects import Change, PutCounter, PutSession
from ..store.log_rules import Append, LogWork
from ..watermark import Watermark
from .beginnings import begin_with, make_core

if TYPE_CHECKING:
    from ..service import HubService

__all__ = ["Recovery"]

logger = logging.getLogger(__name__)

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
"""Seconds; shorter than a handshake may take, so that who wants in can wait for the next try."""
_STEADY_SECONDS = 30.0
"""Files that fail again sooner than that have not really recovered: the pauses go on growing."""


class Recovery:
    """Files that fail are tried again, with growing pauses, until they work; nodes only wait."""

    def __init__(self, service: HubService) -> None:
        self._service = service
        self._loop = asyncio.get_running_loop()
        self.failed = False
        """The hub cannot store; no link is open."""
        self._pause = _FIRST_PAUSE
        self._recovered = -_STEADY_SECONDS
        self._next: asyncio.Future[None] = self._loop.create_future()
        """What becomes of the next try."""

    # -- one piece of work ---------------------------------------------------------------------------------------------

    def changes_refused(self, changes: list[Change]) -> None:
        """The messages file cannot take them: the process that asked for them is told so, and never that it did."""
        service = self._service
        error = HubError("The hub could not store what this process sent; the hub's log has the traceback.")
        for change in changes:
            if isinstance(change, PutCounter):
                service.core.refuse_again(change.incarnation, change.counter, error)
                service.links.refuse(change.incarnation, error)
            elif isinstance(change, PutSession):
                service.links.refuse(change.process.incarnation, error)

    def records_refused(self, work: LogWork) -> None:
        """Likewise the logs file. What it came with counts as taken, so that it is not sent again and again."""
        if isinstance(work, Append) and work.counter is not None:
            error = HubError("The hub could not store some records of this process; the hub's log has the traceback.")
            self._service.links.refuse(work.counter[0], error)

    # -- a file --------------------------------------------------------------------------------------------------------

    def begin(self, error: BaseException) -> None:
        """A file has failed. What was not committed never happened: all links are closed, and resume when it works."""
        service = self._service
        if self.failed or service.stopped:
            return
        logger.error("The hub cannot store any more (%s); nodes wait until it can.", error)
        self.failed = True
        failure = StorageFailed(f"The hub cannot store: {error}")
        service.pipeline.fail(failure)
        service.watermark_keeper.failed("messages")
        service.watermark_keeper.failed("logs")
        service.records.failed()
        service.disarm()
        service.links.fail(failure)
        if self._loop.time() - self._recovered >= _STEADY_SECONDS:
            self._pause = _FIRST_PAUSE
        self._try_later()

    async def next_try(self) -> None:
        """Until the next try is over. Raises `StorageFailed` if it was in vain."""
        await asyncio.shield(self._next)

    def _try_later(self) -> None:
        self._next = self._loop.create_future()
        self._service.call_later(self._pause, self._try_now)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _try_now(self) -> None:
        self._service.spawn(self._try())

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

    async def _go_on(self) -> None:
        """From what is on the disk."""
        service = self._service
        await service.in_thread(service.messages.reopen)
        await service.in_thread(service.logs.reopen)
        last = max(service.messages.highest_seq(), service.logs.highest_seq(), service.core.take_seq())
        core, outcomes = await service.in_thread(make_core, service, last + 1)
        if not (service.messages.works and service.logs.works):
            raise StorageFailed("it failed again at once")
        service.pipeline.forget()
        service.watermark_keeper = Watermark(last)
        self.failed = False
        begin_with(service, core, outcomes)
