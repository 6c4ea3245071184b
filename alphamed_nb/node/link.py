"""The link: this process's one connection to a hub, held by a background thread.

User threads hand messages over (:meth:`Link.post`) and wait for the answers (`Pending.result`); the thread's event loop
writes what came together in one turn as one frame, and wakes who waits. What happens when the connection is lost stands
in :mod:`.keeper`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from .._wakeup import Wakeup
from ..protocol import messages as wire
from ..protocol.errors import Fenced, HubError, HubUnreachable, error_from_body
from ..protocol.limits import Limits
from .connection import FrameWriter
from .discovery import HubPlace
from .keeper import Keeper
from .pending import Pending, next_id
from .reporting import RecordQueue
from .waiting import Deadline, Signal, wait_until

if TYPE_CHECKING:
    from .session import Session

__all__ = ["Link"]

logger = logging.getLogger("alphamed_nb")

T = TypeVar("T")
_DURABLE = (wire.Send, wire.Offer, wire.Withdraw, wire.Settle, wire.Report)
_MAX_CROSSING = 256
_CLOSED = "The link to the hub is closed."
_encode = msgspec.json.Encoder().encode


class Link:
    """Use :func:`.links.get_link`."""

    def __init__(self, place: HubPlace, hub: str | None = None) -> None:
        self.place = place
        self.wanted = hub
        self.limits = Limits()
        self.welcome: wire.Welcome | None = None
        """What the hub said last; None before the first connection."""
        self.sessions: dict[tuple[str, str], Session] = {}
        self.sessions_lock = threading.RLock()
        self.users = 0
        """Contexts that are entered."""
        self.records = RecordQueue(self)
        self._on_stuck: list[Callable[[wire.Stuck], None]] = []
        self.unanswered: dict[int, Pending] = {}
        self.closed = False
        self._cancelled: dict[int, Pending] = {}
        self._pid = os.getpid()
        self._outbox: deque[Pending | Any] = deque()
        self._failing = threading.Lock()
        self._scheduled = False
        self._counter = 0
        self._ended = Signal()
        self._exiting = False
        self._running = True
        self.loop = asyncio.new_event_loop()
        self._wakeup = Wakeup(self.loop, self.flush)
        self.keeper = Keeper(self)
        self._thread = threading.Thread(target=self._run, name="alphamed_nb link", daemon=True)
        self._thread.start()

    # -- for user threads ----------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        return self.keeper.ready

    def on_own_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def post(self, message: Any, on_answer: Callable[[Pending], None] | None = None) -> Pending:
        """Send a request; its answer is waited for elsewhere, or not at all. `id` and `counter` are filled in."""
        self._check()
        message.id = next_id()
        return self._queue(Pending(message, on_answer, after=self.records.position))

    def tell(self, message: Any) -> None:
        """Send what the hub does not answer. Lost if the connection is lost."""
        self._check()
        self._outbox.append(message)
        self.wake()

    def cancel(self, receive: int) -> None:
        """The wait of this `Receive` is over. An item that crosses the message still goes to its `on_answer`."""
        self.tell(wire.Cancel(receive=receive))

    def request(self, message: Any, deadline: Deadline | None = None) -> Any:
        """Send a request and wait for its answer. Errors: those of :meth:`Pending.result`."""
        return self.post(message).result(deadline)

    def wait_connected(self, deadline: Deadline | None = None) -> wire.Welcome:
        """Wait until the hub has welcomed this process.

        Raises:
            HubError: the hub does not want it.
            TimeoutError: the deadline passed.
        """
        self._check()
        self._queue(Pending(None)).result(deadline)
        assert self.welcome is not None
        return self.welcome

    def call(self, work: Callable[[], Coroutine[Any, Any, T]], deadline: Deadline | None = None) -> T:
        """Run a coroutine on the link's loop and wait for its result."""
        self._check()
        signal = Signal()
        future = asyncio.run_coroutine_threadsafe(work(), self.loop)
        future.add_done_callback(lambda _: signal.set())
        try:
            if not wait_until(signal, future.done, deadline):
                raise TimeoutError("the hub has not answered in time")
            return future.result()
        finally:
            future.cancel()

    def _queue(self, pending: Pending) -> Pending:
        self._outbox.append(pending)
        if self.closed:  # since it was looked at: the thread may have ended without this one
            self.fail_all(HubUnreachable(_CLOSED))
        self.wake()
        return pending

    def wake(self) -> None:
        """Let the thread send what is queued. Cheap when it is about to."""
        if not self._scheduled:
            self._scheduled = True
            self._wakeup.ring()

    def watch_stuck(self, callback: Callable[[wire.Stuck], None]) -> None:
        """Have `callback` called, on the link's thread, whenever a task is stuck; also after a reconnect."""
        self._on_stuck.append(callback)
        self.request(wire.WatchStuck(id=0))

    @property
    def watches_stuck(self) -> bool:
        return bool(self._on_stuck)

    def rest_when_idle(self) -> None:
        """The last context was left."""
        if not self.closed:
            self.loop.call_soon_threadsafe(self.keeper.rest_later)

    def busy(self) -> bool:
        """Whether there is a reason to hold a connection."""
        return bool(
            self.users or self.sessions or self.unanswered or self._outbox or self._on_stuck or self.records.waiting()
        )

    def _check(self) -> None:
        if os.getpid() != self._pid:
            raise HubUnreachable(
                "This process was forked from a node's process and cannot use its link; "
                "enter a mock_context here to be a node."
            )
        if self.closed:
            raise HubUnreachable(_CLOSED)

    # -- on the link's thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self.keeper.run())
        finally:
            self.closed = True
            if not self._exiting:  # at the end of the process daemon threads just stand still, as anywhere in Python
                self.fail_all(HubUnreachable(_CLOSED))
            self._wakeup.close()
            self.loop.close()
            self._running = False
            self._ended.set()

    def flush(self) -> None:
        """Write what is queued, as far as the hub's limits allow."""
        self._scheduled = False
        connection = self.keeper.connection
        if not self.keeper.ready or connection is None:
            self.keeper.something_to_do()
            return
        frames = FrameWriter(connection, self.limits.frame_bytes)
        outbox, unanswered, limits = self._outbox, self.unanswered, self.limits
        while outbox and len(unanswered) < limits.unanswered:
            item = outbox.popleft()
            if isinstance(item, Pending):
                message = item.message
                if message is None:
                    item.settle()
                    continue
                if item.after > self.records.taken:
                    for part in self.records.frames(item.after):
                        frames.add(part)
                if isinstance(message, _DURABLE):
                    self._counter += 1
                    message.counter = self._counter
                unanswered[message.id] = item
            else:
                message = item
                if isinstance(message, wire.Cancel):
                    self._cancel(message.receive)
            frames.add(_encode(message))
        for part in self.records.frames():
            frames.add(part)
        frames.end()

    def _cancel(self, receive: int) -> None:
        """A cancelled wait is not unanswered any more. Only the last few can still be crossed by an item."""
        pending = self.unanswered.pop(receive, None)
        if pending is not None:
            self._cancelled[receive] = pending
            if len(self._cancelled) > _MAX_CROSSING:
                del self._cancelled[next(iter(self._cancelled))]

    def take(self, message: Any) -> None:
        """One message of the hub."""
        match message:
            case wire.OfferChanged():
                node = message.target if message.for_target else message.node
                if session := self.sessions.get((message.task, node)):
                    session.offers.changed(message)
            case wire.Presence():
                if session := self.sessions.get((message.task, message.node)):
                    session.presence_changed([message.change])
            case wire.RecordsStored():
                self.records.stored(message.counter)
                self.flush()
            case wire.Stuck():
                for callback in self._on_stuck:
                    callback(message)
            case wire.Refused() if message.id == 0:
                self.keeper.refused(error_from_body(message.error))
            case _:
                self._answered(message)

    def _answered(self, message: Any) -> None:
        number = message.id
        pending = (
            self.unanswered.pop(number, None)
            or self._cancelled.pop(number, None)
            or self.keeper.resuming.pop(number, None)
        )
        if pending is None:
            return  # of a request sent twice, answered twice
        if isinstance(message, wire.Refused):
            error = error_from_body(message.error)
            if isinstance(error, Fenced) and not isinstance(pending.message, wire.Claim | wire.Release):
                key = (getattr(pending.message, "task", ""), getattr(pending.message, "node", ""))
                if (session := self.sessions.get(key)) and session.epoch == pending.message.epoch:
                    session.fence(error)
            pending.settle(error=error)
        else:
            pending.settle(message)
        if self._outbox and not self._scheduled:
            self.wake()

    def resend(self) -> None:
        """After a reconnect: what was not answered goes out again, in order, with the counters it had."""
        assert self.welcome is not None and self.keeper.connection is not None
        self._counter = max(self._counter, self.welcome.messages_counter)
        self._cancelled.clear()
        for pending in self.unanswered.values():
            session = self.sessions.get((getattr(pending.message, "task", ""), getattr(pending.message, "node", "")))
            if session is not None and not isinstance(pending.message, wire.Claim | wire.Release):
                pending.message.epoch = session.epoch
                if isinstance(pending.message, wire.Receive) and not pending.message.peek:
                    pending.message.position = session.position
            self.keeper.connection.write([_encode(pending.message)])
        self.records.resend(self.welcome.logs_counter)

    def fail_all(self, error: HubError) -> None:
        """Nothing of what is queued or under way will be answered. Also for other threads, once the link is closed."""
        with self._failing:
            failed = list(self.unanswered.values())
            self.unanswered.clear()
            while self._outbox:
                item = self._outbox.popleft()
                if isinstance(item, Pending):
                    failed.append(item)
        for pending in failed:
            pending.settle(error=error)

    # -- the end -------------------------------------------------------------------------------------------------------

    def close(self, seconds: float = 2.0, *, exiting: bool = False) -> None:
        """Send what is queued, for at most so many seconds, then end the thread."""
        if self.closed or os.getpid() != self._pid:
            return
        self._exiting = exiting
        deadline = Deadline(seconds)
        if self.connected:
            self.records.drain(deadline)
        if left := self.records.waiting():
            logger.warning(
                "The hub is away or too slow: it has not stored the last log records of this process (%s).", f"{left:,}"
            )
        try:
            self.loop.call_soon_threadsafe(self._stop)
        except RuntimeError:
            return
        wait_until(self._ended, lambda: not self._running, deadline.within(2.0))

    def _stop(self) -> None:
        self.flush()
        self.keeper.stop()

    def drop_in_child(self) -> None:
        """A forked child closes its copy of the socket, so that the hub sees when the parent is gone."""
        self.closed = True
        if self.keeper.connection is not None:
            self.keeper.connection.socket.drop()
