"""The way of a message from its link to the core: in order, checked, each link in turn, no faster than it is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from ...protocol.errors import InvalidRequest, StorageFailed
from ...protocol.messages import Claim, Clean, Hello, ProcessInfo, Proof, Records, Refused
from ..core.effects import CloseLink, Deliver, Outcome
from ..faults import to_be_told
from ..loop.fair_turns import FairQueue, Turn
from .checks import check_message
from .pipeline import Pipeline
from .ports import LinkPort
from .processes import process_is_gone
from .records import RecordIntake
from .task_loader import TaskLoader

__all__ = ["Intake"]

logger = logging.getLogger(__name__)

_INBOX_LENGTH = 512
"""A link with more messages than this waiting is not read from for a while."""
_UNSTORED_CHANGES = 20_000
"""While more changes than this are on their way to the disk, no link is read from."""


class Intake:
    """Links say with :meth:`begin` who they are, and with :meth:`end` when they are closed.

    Args:
        records: where log and metric records go.
        loader: has the core know a task before it is claimed.
        ports: the open links, by id.
    """

    def __init__(
        self, pipeline: Pipeline, records: RecordIntake, loader: TaskLoader, ports: Mapping[str, LinkPort]
    ) -> None:
        self._pipeline = pipeline
        self._core = pipeline.core
        self._journal = journal = pipeline.journal
        self._records = records
        self._loader = loader
        self._ports = ports
        self._loop = asyncio.get_running_loop()
        self._processes: dict[str, ProcessInfo] = {}
        """Behind each link whose messages are still worked on."""
        self._inboxes: FairQueue[Any] = FairQueue()
        """Messages; after the last one of a closed link, what is to be called."""
        self._turn = Turn(self._take_one, pipeline.submit_soon)
        self._unread: list[tuple[str, asyncio.Future[None]]] = []
        """Links that are not read from at present."""
        journal.on_messages.append(self.relieve)
        journal.on_failed.append(lambda _: self._drop_all())

    # -- from the links ------------------------------------------------------------------------------------------------

    def begin(self, link_id: str, process: ProcessInfo) -> None:
        """The link of a process is open."""
        self._processes[link_id] = process

    def accept(self, link_id: str, messages: list[Any]) -> Awaitable[None] | None:
        """Work on messages of a link, in order. A future, if given, says when the link may be read from again."""
        self._inboxes.add(link_id, messages)
        self._turn.run()
        if self._inboxes.length(link_id) <= _INBOX_LENGTH and self._pipeline.unstored_changes <= _UNSTORED_CHANGES:
            return None
        future: asyncio.Future[None] = self._loop.create_future()
        self._unread.append((link_id, future))
        return future

    def relieve(self) -> None:
        """Something was stored: who may be read from again?"""
        if not self._unread or self._pipeline.unstored_changes > _UNSTORED_CHANGES // 2:
            return
        still = []
        for link_id, future in self._unread:
            if self._inboxes.length(link_id) > _INBOX_LENGTH // 2:
                still.append((link_id, future))
            elif not future.done():
                future.set_result(None)
        self._unread = still

    def end(self, link_id: str, worked_off: Callable[[], None]) -> None:
        """The link is closed: call `worked_off` when its last message was worked on."""
        self._inboxes.add(link_id, [worked_off])
        self._turn.run()

    def _drop_all(self) -> None:
        """Work on no more of what came: the hub cannot store it."""
        for link_id in self._processes:
            self._inboxes.drop(link_id)
        self._processes.clear()
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
        process = self._processes.get(link_id)
        if process is None:
            return True
        if callable(message):
            del self._processes[link_id]
            message()
        else:
            self._handle(link_id, process, message)
        return True

    def _handle(self, link_id: str, process: ProcessInfo, message: Any) -> None:
        core = self._core
        try:
            check_message(message, core.limits)
            if type(message) is Records:
                self._records.take(link_id, process, message)
                return
            if isinstance(message, (Hello, Proof)):
                raise InvalidRequest("The handshake of this link is over.")
            if type(message) is Clean:
                self._hold_for(link_id, message, self._clean(link_id, message))
                return
            missing = [task for task in core.tasks_of(message) if not core.knows(task)]
            if missing:
                self._hold_for(link_id, message, self._load(missing, link_id, message))
                return
            if type(message) is Claim:
                self._end_dead_owner(message, process)
            self._pipeline.apply(core.handle(link_id, message, self._journal.clock()))
        except Exception as error:  # noqa: BLE001  whatever it is, its sender is told, and everybody else goes on
            self._refuse(link_id, message, error)

    def _refuse(self, link_id: str, message: Any, error: Exception) -> None:
        told = to_be_told(error, f"a message {type(message).__name__}")
        request = getattr(message, "id", None)
        if request is None:
            self._pipeline.apply(Outcome(outputs=[CloseLink(link_id, told)]))
        else:
            self._pipeline.apply(Outcome(outputs=[Deliver(link_id, Refused(id=request, error=told.body()))]))

    def _end_dead_owner(self, claim: Claim, claimant: ProcessInfo) -> None:
        """Before a claim can be refused: is its owner's process still there?"""
        owner = self._core.owner_of(claim.task, claim.node)
        if owner is None or owner.incarnation == claimant.incarnation:
            return
        if process_is_gone(owner, self._core.host):
            self._pipeline.apply(self._core.process_ended(owner.incarnation, self._journal.clock()))

    # -- what takes longer than a turn ---------------------------------------------------------------------------------

    def _hold_for(self, link_id: str, message: Any, work: Coroutine[Any, Any, None]) -> None:
        """Work on nothing else of this link until `work`, for this message, is done. If it fails, that is refused."""
        self._inboxes.hold(link_id)

        async def held() -> None:
            try:
                await work
            except StorageFailed as error:
                # It may pass: the link comes back, and says this again.
                link = self._ports.get(link_id)
                if link is not None:
                    link.refuse(error)
            except Exception as error:  # noqa: BLE001  as in _handle
                self._refuse(link_id, message, error)
            finally:
                self._inboxes.release(link_id)
                self._turn.run()
                self._pipeline.submit()
                self.relieve()

        self._pipeline.background.spawn(held())

    async def _clean(self, link_id: str, message: Clean) -> None:
        journal = self._journal
        await self._pipeline.settle()
        runs = await journal.threads.for_node(journal.messages.ended_runs_of, message.node)
        self._pipeline.apply(self._core.clean(link_id, message, runs, journal.clock()))

    async def _load(self, tasks: list[str], link_id: str, message: Any) -> None:
        for task in tasks:
            await self._loader.load(task)
        self._inboxes.put_back(link_id, message)
