"""The way of a message from its link to the core: in order, checked, each link in turn, no faster than it is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import TYPE_CHECKING, Any

from ...protocol.errors import Damaged, InvalidRequest, StorageFailed
from ...protocol.messages import Claim, Clean, Hello, ProcessInfo, Proof, Records, Refused
from ..core.effects import CloseLink, Deliver, Outcome
from ..faults import to_be_told
from ..loop.fair_turns import FairQueue, Turn
from .checks import check_message
from .processes import process_is_gone

if TYPE_CHECKING:
    from ..service import HubService

__all__ = ["Intake"]

logger = logging.getLogger(__name__)

_INBOX_LENGTH = 512
"""A link with more messages than this waiting is not read from for a while."""
_UNSTORED_CHANGES = 20_000
"""While more changes than this are on their way to the disk, no link is read from."""


class _Closed:
    """Stands in a link's inbox after its last message."""


class Intake:
    def __init__(self, service: HubService) -> None:
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._inboxes: FairQueue[Any] = FairQueue()
        self._turn = Turn(self._take_one, service.pipeline.submit_soon)
        self._unread: list[tuple[str, asyncio.Future[None]]] = []
        """Links that are not read from at present."""
        self._loading: dict[str, asyncio.Task[None]] = {}

    # -- from the links ------------------------------------------------------------------------------------------------

    def accept(self, link_id: str, messages: list[Any]) -> Awaitable[None] | None:
        """Work on messages of a link, in order. A future, if given, says when the link may be read from again."""
        self._service.touch()
        self._inboxes.add(link_id, messages)
        self._turn.run()
        if (
            self._inboxes.length(link_id) <= _INBOX_LENGTH
            and self._service.pipeline.unstored_changes <= _UNSTORED_CHANGES
        ):
            return None
        future: asyncio.Future[None] = self._loop.create_future()
        self._unread.append((link_id, future))
        return future

    def relieve(self) -> None:
        """Something was stored: who may be read from again?"""
        if not self._unread or self._service.pipeline.unstored_changes > _UNSTORED_CHANGES // 2:
            return
        still = []
        for link_id, future in self._unread:
            if self._inboxes.length(link_id) > _INBOX_LENGTH // 2:
                still.append((link_id, future))
            elif not future.done():
                future.set_result(None)
        self._unread = still

    def end(self, link_id: str) -> None:
        """The link is closed: say so when its last message was worked on."""
        self._inboxes.add(link_id, [_Closed()])
        self._turn.run()

    def drop(self, link_id: str) -> None:
        """Work on no more of it."""
        self._inboxes.drop(link_id)
        for _, future in self._unread:
            if not future.done():
                future.set_result(None)
        self._unread = []

    def stop(self) -> None:
        self._turn.cancel()

    # -- to the core ---------------------------------------------------------------------------------------------------

    def _take_one(self) -> bool:
        taken = self._inboxes.take()
        if taken is None:
            return False
        link_id, message = taken
        assert isinstance(link_id, str)
        process = self._service.links.process_of(link_id)
        if process is not None:
            if type(message) is _Closed:
                self._service.links.worked_off(link_id)
            else:
                self._handle(link_id, process, message)
        return True

    def _handle(self, link_id: str, process: ProcessInfo, message: Any) -> None:
        service = self._service
        try:
            check_message(message, service.limits)
            if type(message) is Records:
                service.records.take(link_id, process.incarnation, message)
                return
            if isinstance(message, (Hello, Proof)):
                raise InvalidRequest("The handshake of this link is over.")
            if type(message) is Clean:
                self._hold_for(link_id, message, self._clean(link_id, message))
                return
            missing = [task for task in service.core.tasks_of(message) if not service.core.knows(task)]
            if missing:
                self._hold_for(link_id, message, self._load(missing, link_id, message))
                return
            if type(message) is Claim:
                self._end_dead_owner(message, process)
            service.apply(service.core.handle(link_id, message, service.clock()))
        except Exception as error:  # noqa: BLE001  whatever it is, its sender is told, and everybody else goes on
            self._refuse(link_id, message, error)

    def _refuse(self, link_id: str, message: Any, error: Exception) -> None:
        told = to_be_told(error, f"a message {type(message).__name__}")
        request = getattr(message, "id", None)
        if request is None:
            self._service.apply(Outcome(outputs=[CloseLink(link_id, told)]))
        else:
            self._service.apply(Outcome(outputs=[Deliver(link_id, Refused(id=request, error=told.body()))]))

    def _end_dead_owner(self, claim: Claim, claimant: ProcessInfo) -> None:
        """Before a claim can be refused: is its owner's process still there?"""
        service = self._service
        owner = service.core.owner_of(claim.task, claim.node)
        if owner is None or owner.incarnation == claimant.incarnation:
            return
        if process_is_gone(owner, service.host):
            service.apply(service.core.process_ended(owner.incarnation, service.clock()))

    # -- what takes longer than a turn ---------------------------------------------------------------------------------

    def _hold_for(self, link_id: str, message: Any, work: Coroutine[Any, Any, None]) -> None:
        """Work on nothing else of this link until `work`, for this message, is done. If it fails, that is refused."""
        self._inboxes.hold(link_id)

        async def held() -> None:
            try:
                await work
            except StorageFailed as error:
                # It may pass: the link comes back, and says this again.
                link = self._service.links.get(link_id)
                if link is not None:
                    link.refuse(error)
            except Exception as error:  # noqa: BLE001  as in _handle
                self._refuse(link_id, message, error)
            finally:
                self._inboxes.release(link_id)
                self._turn.run()
                self._service.pipeline.submit()
                self.relieve()

        self._service.spawn(held())

    async def _clean(self, link_id: str, message: Clean) -> None:
        service = self._service
        await service.settle()
        runs = await service.in_thread(service.messages.ended_runs_of, message.node)
        service.apply(service.core.clean(link_id, message, runs, service.clock()))

    async def _load(self, tasks: list[str], link_id: str, message: Any) -> None:
        for task in tasks:
            await self.load_task(task)
        self._inboxes.put_back(link_id, message)

    async def load_task(self, task: str) -> None:
        """Have the core know a task. It is unloaded only while nothing of it is on its way to the disk.

        Raises:
            Damaged: what the store has of it makes no sense.
            StorageFailed: the store cannot be read.
        """
        if self._service.core.knows(task):
            return
        loading = self._loading.get(task)
        if loading is None:
            loading = self._loading[task] = self._service.spawn(self._load_task(task))
            loading.add_done_callback(lambda _: self._loading.pop(task, None))
        await asyncio.shield(loading)

    async def _load_task(self, task: str) -> None:
        core = self._service.core
        try:
            stored = await self._service.in_thread(self._service.messages.load_task, task)
            if core is self._service.core and not core.knows(task):
                core.load(stored, task)
        except Damaged as error:
            self._service.tell_damaged(task, error)
            raise
