"""The requests of one link: queued by user threads, numbered and written on the link's thread, kept until answered."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import msgspec

from ...protocol import messages as wire
from ...protocol.errors import Fenced, HubError, InvalidRequest, TooLarge, error_from_body
from ...protocol.limits import Limits
from ..output.record_queue import RecordQueue
from .connection import FrameWriter
from .request import Request
from .session_port import SessionPort, Sessions

__all__ = ["Requests"]

_DURABLE = (wire.Send, wire.Offer, wire.Withdraw, wire.Settle, wire.Report)
_MAX_CROSSING = 256
_encode = msgspec.json.Encoder().encode


class Requests:
    """Each goes out behind the records that were put before it, and knows which session it is of."""

    def __init__(self, records: RecordQueue, sessions: Sessions) -> None:
        self._records = records
        self._sessions = sessions
        self.queued: deque[Request | wire.Cancel] = deque()
        self.unanswered: dict[int, Request] = {}
        self.of_resumption: dict[int, Request] = {}
        """Those that the resumption of one connection asks: they are dropped with it, never sent again."""
        self._cancelled: dict[int, Request] = {}
        self._counter = 0
        self._failing = threading.Lock()

    def fail_all(self, error: HubError) -> None:
        """Nothing of what is queued or under way will be answered. Also for other threads, once the link is closed."""
        with self._failing:
            failed = list(self.unanswered.values())
            self.unanswered.clear()
            while self.queued:
                item = self.queued.popleft()
                if isinstance(item, Request):
                    failed.append(item)
        for request in failed:
            request.settle(error=error)

    # -- on the link's thread ------------------------------------------------------------------------------------------

    def write(self, frames: FrameWriter, limits: Limits) -> None:
        """Write what is queued, as far as the hub's limits allow."""
        queued, unanswered, records = self.queued, self.unanswered, self._records
        while queued and len(unanswered) < limits.unanswered:
            item = queued.popleft()
            if isinstance(item, wire.Cancel):
                self._cancel(item.receive)
                frames.add(_encode(item))
                continue
            if item.message is None:
                item.settle()
                continue
            if item.after > records.taken:
                for part in records.frames(item.after):
                    frames.add(part)
            if content := self._encoded(item, limits.frame_bytes):
                unanswered[item.message.id] = item
                frames.add(content)

    def _encoded(self, item: Request, most: int) -> bytes:
        """A request for the first time on its way; empty, and its caller has the error, if it cannot be sent."""
        durable = isinstance(item.message, _DURABLE)
        if durable:
            item.message.counter = self._counter + 1
        try:
            content = item.encoded()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost what is sent with it
            item.settle(error=InvalidRequest(f"{item} cannot be written as JSON: {error}"))
            return b""
        if len(content) + len(b"[]") > most:
            item.settle(error=TooLarge(f"{item} has {len(content):,} bytes; the hub takes {most:,}.", limit=most))
            return b""
        self._counter += durable
        return content

    def _cancel(self, receive: int) -> None:
        """A cancelled wait is not unanswered any more. Only the last few can still be crossed by an item."""
        request = self.unanswered.pop(receive, None)
        if request is not None:
            self._cancelled[receive] = request
            if len(self._cancelled) > _MAX_CROSSING:
                del self._cancelled[next(iter(self._cancelled))]

    def answered(self, message: Any) -> None:
        """The hub has answered, or refused, the request with this message's id."""
        number = message.id
        request = (
            self.unanswered.pop(number, None)
            or self._cancelled.pop(number, None)
            or self.of_resumption.pop(number, None)
        )
        if request is None:
            return  # of a request sent twice, answered twice
        if isinstance(message, wire.Refused):
            error = error_from_body(message.error)
            if isinstance(error, Fenced) and not isinstance(request.message, wire.Claim | wire.Release):
                session = self._session_of(request.message)
                if session is not None and session.epoch == request.message.epoch:
                    session.fence(error)
            request.settle(error=error)
        else:
            request.settle(message)

    def _session_of(self, message: Any) -> SessionPort | None:
        return self._sessions.get((getattr(message, "task", ""), getattr(message, "node", "")))

    def under_way(self, messages_counter: int) -> list[Request]:
        """After a reconnect: what was not answered goes out again, in order, with the counters it had.

        Args:
            messages_counter: the last one the hub has stored.
        """
        self._counter = max(self._counter, messages_counter)
        self._cancelled.clear()
        for request in self.unanswered.values():
            session = self._session_of(request.message)
            if session is not None and not isinstance(request.message, wire.Claim | wire.Release):
                request.message.epoch = session.epoch
                if isinstance(request.message, wire.Receive) and not request.message.peek:
                    request.message.position = session.position
        return list(self.unanswered.values())

    def give_up(self, item: Request, error: HubError) -> str:
        """The hub closed the link over this: it is not sent again. Returns what it was; empty if it was answered."""
        if self.unanswered.pop(item.message.id, None) is None:
            return ""
        item.settle(error=error)
        return str(item)
