"""The open links, by id and by process: who comes, who replaces whom, who is gone."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from ...protocol.errors import HubError, InvalidRequest, StorageFailed
from ...protocol.messages import ProcessInfo

if TYPE_CHECKING:
    from ..service import HubService

__all__ = ["LinkPort", "Links"]

logger = logging.getLogger(__name__)

_LAST_WORDS_SECONDS = 0.5
"""How long the link of a process that ended is read on: it may have released its nodes just before."""


class LinkPort(Protocol):
    """What the hub needs of a link; :mod:`..server.link` provides it."""

    @property
    def id(self) -> str: ...
    @property
    def process(self) -> ProcessInfo: ...
    def send(self, message: Any) -> None: ...
    def flush(self) -> None: ...
    def refuse(self, error: Exception) -> None: ...
    def replaced(self) -> None: ...


class Links:
    def __init__(self, service: HubService) -> None:
        self._service = service
        self._open: dict[str, LinkPort] = {}
        self.tickets: dict[str, str] = {}
        """Bearer token -> id of the link it was given to."""
        self.watchers: list[Callable[[], None]] = []
        """Told when a link came or went."""
        self._processes: dict[str, ProcessInfo] = {}
        """Links the core knows of: the open ones, and those whose last messages are still worked on."""
        self._by_incarnation: dict[str, str] = {}
        self._closing: dict[str, asyncio.Future[None]] = {}
        """By incarnation: done when everything its closed link had sent was worked on."""
        self._ended: set[str] = set()
        """Incarnations whose process has ended, while their link is still read to its end."""

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[LinkPort]:
        return iter(list(self._open.values()))

    def get(self, link_id: str) -> LinkPort | None:
        """The link, while it is open."""
        return self._open.get(link_id)

    def process_of(self, link_id: str) -> ProcessInfo | None:
        """The process behind a link whose messages are still worked on."""
        return self._processes.get(link_id)

    def new_ticket(self, link_id: str) -> str:
        """A bearer token for the node door's HTTP, good while the link is open."""
        ticket = secrets.token_urlsafe(32)
        self.tickets[ticket] = link_id
        return ticket

    async def open(self, link: LinkPort) -> tuple[int, int]:
        """Take up a link whose handshake is done. Returns the counters stored in the messages and in the logs file.

        An earlier link of the same process is closed: the process has given it up.

        Raises:
            StorageFailed: the hub cannot store at present.
            InvalidRequest: the process opens another one at the same time.
        """
        service = self._service
        incarnation = link.process.incarnation
        if service.failed:
            await service.recovery.next_try()
        earlier = self._open.get(self._by_incarnation.get(incarnation, ""))
        if earlier is not None:
            earlier.replaced()
            self.close(earlier.id)
        closing = self._closing.get(incarnation)
        if closing is not None:
            await asyncio.shield(closing)
        # What the earlier link sent counts too, so the counters are read once that is on the disk.
        await service.settle()
        messages_counter = await service.in_thread(service.messages.counter, incarnation)
        logs_counter = await service.records.counter(incarnation)
        if service.failed:
            raise StorageFailed("The hub cannot store at present.")
        if incarnation in self._by_incarnation:
            raise InvalidRequest("Two links of one process were opened at the same time.")
        # What may fail comes first: a link is here in whole, or not at all.
        service.processes.watch(link.process)
        opened = service.core.link_opened(link.id, link.process, messages_counter, service.clock())
        self._open[link.id] = link
        self._processes[link.id] = link.process
        self._by_incarnation[incarnation] = link.id
        service.apply(opened)
        service.pipeline.submit()
        self._tell()
        return messages_counter, logs_counter

    def close(self, link_id: str) -> None:
        """A link is gone; its sessions may resume. What it sent before is still worked on."""
        link = self._open.pop(link_id, None)
        if link is None or self._service.stopped:
            return
        incarnation = link.process.incarnation
        if self._by_incarnation.get(incarnation) == link_id:
            del self._by_incarnation[incarnation]
        self._closing[incarnation] = asyncio.get_running_loop().create_future()
        self._service.intake.end(link_id)
        self._tell()

    def worked_off(self, link_id: str) -> None:
        """The last message of a link that is closed was worked on."""
        service = self._service
        process = self._processes.pop(link_id)
        incarnation = process.incarnation
        try:
            service.apply(service.core.link_closed(link_id, service.clock()))
            if incarnation in self._ended:
                self._end(incarnation)
        finally:
            closing = self._closing.pop(incarnation, None)
            if closing is not None and not closing.done():
                closing.set_result(None)
            service.call_later(service.settings.resume_seconds + 1.0, lambda: self._forget(process))

    def refuse(self, incarnation: str, error: HubError) -> None:
        """Close the link of this process, if it has one, and say why."""
        link = self._open.get(self._by_incarnation.get(incarnation, ""))
        if link is not None:
            link.refuse(error)

    def process_ended(self, incarnation: str) -> None:
        """The operating system says so."""
        service = self._service
        if service.stopped:
            return
        if incarnation in self._by_incarnation or incarnation in self._closing:
            # The last it wrote may be unread; its link closes by itself once that was read.
            self._ended.add(incarnation)
            service.call_later(_LAST_WORDS_SECONDS, lambda: self._ended_for_good(incarnation))
        else:
            self._end(incarnation)
            service.pipeline.submit()

    def fail(self, failure: StorageFailed) -> None:
        """Refuse all links; what they sent last was not stored."""
        links, self._open = self._open, {}
        for link_id in self._processes:
            self._service.intake.drop(link_id)
        self._processes.clear()
        self._by_incarnation.clear()
        self._ended.clear()
        for link in links.values():
            link.refuse(failure)
        closing, self._closing = self._closing, {}
        for future in closing.values():
            future.set_result(None)
        self._tell()

    def _ended_for_good(self, incarnation: str) -> None:
        """Its link is still open: held by a child, or slow to drain."""
        if incarnation in self._ended:
            self._end(incarnation)
            self._service.pipeline.submit()

    def _end(self, incarnation: str) -> None:
        """The process is dead, and what it sent last was worked on."""
        self._ended.discard(incarnation)
        self._service.apply(self._service.core.process_ended(incarnation, self._service.clock()))
        self._service.loose_lines.process_gone(incarnation)

    def _forget(self, process: ProcessInfo) -> None:
        if process.incarnation not in self._by_incarnation:
            self._service.processes.forget(process.incarnation)
            self._service.records.forget(process.incarnation)
            self._service.loose_lines.process_gone(process.incarnation)

    def _tell(self) -> None:
        for watcher in list(self.watchers):
            try:
                watcher()
            except Exception:
                logger.exception("Somebody who watches the links could not be told; the others are.")
