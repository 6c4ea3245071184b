"""The link: this process's one connection to a hub, held by a background thread.

User threads hand messages over (:meth:`Link.post`) and wait for the answers (`Request.result`); the thread's event loop
writes what came together in one turn as one frame, and wakes who waits. The connection is kept by :mod:`.transport`;
what was under way when one is lost is taken up on the next by :mod:`.resumption`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..._wakeup import Wakeup
from ...protocol import messages as wire
from ...protocol.errors import HubUnreachable, error_from_body
from ...protocol.limits import Limits
from ..output.record_queue import RecordQueue
from ..plain import make_plain
from ..waiting import Deadline, Signal, wait_until
from .connection import Connection, FrameWriter
from .discovery import HubPlace
from .refusals import Refusals
from .request import Request, next_id
from .requests import Requests
from .resumption import Resumption
from .session_port import Sessions
from .transport import Transport

__all__ = ["Link"]

logger = logging.getLogger("alphamed_nb")

T = TypeVar("T")
_CLOSED = "The link to the hub is closed."


class Link:
    """Use :func:`.registry.get_link`."""

    def __init__(self, place: HubPlace, hub: str | None = None) -> None:
        self.wanted = hub
        self.limits = Limits()
        self.welcome: wire.Welcome | None = None
        """What the hub said last; None before the first connection."""
        self.sessions: Sessions = {}
        self.claims = threading.Condition()
        """Guards `sessions`; notified when a claim is decided. Nobody holds it while the hub is asked."""
        self._users = 0
        self.records = RecordQueue(self)
        self.put = self.records.put
        self._on_stuck: list[Callable[[wire.Stuck], None]] = []
        self.requests = Requests(self.records, self.sessions)
        self.connected = False
        """And what was before a loss is taken up again."""
        self.closed = False
        self._pid = os.getpid()
        self._scheduled = False
        self._ended = Signal()
        self._exiting = False
        self._running = True
        self.loop = asyncio.new_event_loop()
        self._wakeup = Wakeup(self.loop, self.flush)
        self._refusals = Refusals()
        self._resumption: Resumption | None = None
        self.transport = Transport(
            place, busy=self.busy, on_up=self._up, on_message=self._take, on_lost=self._lost,
            on_refused=self.requests.fail_all,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._run, name="alphamed_nb link", daemon=True)
        self._thread.start()

    # -- for user threads ----------------------------------------------------------------------------------------------

    @property
    def place(self) -> HubPlace:
        """Where its hub is."""
        return self.transport.place

    def on_own_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def post(self, message: Any, on_answer: Callable[[Request], None] | None = None) -> Request:
        """Send a request; its answer is waited for elsewhere, or not at all. `id` and `counter` are filled in.

        Raises:
            HubUnreachable: the link is closed.
            TypeError, ValueError: a field holds what its type does not say.
        """
        self._check()
        make_plain(message, self.limits)
        message.id = next_id()
        return self._queue(Request(message, on_answer, after=self.records.position))

    def cancel(self, receive: int) -> None:
        """The wait of this `Receive` is over. An item that crosses the message still goes to its `on_answer`."""
        self._check()
        self.requests.queued.append(wire.Cancel(receive=receive))
        self.wake()

    def request(self, message: Any, deadline: Deadline | None = None) -> Any:
        """Send a request and wait for its answer. Errors: those of :meth:`Request.result`."""
        return self.post(message).result(deadline)

    def wait_connected(self, deadline: Deadline | None = None) -> wire.Welcome:
        """Wait until the hub has welcomed this process.

        Raises:
            HubError: the hub does not want it.
            TimeoutError: the deadline passed.
        """
        self._check()
        self._queue(Request(None)).result(deadline)
        assert self.welcome is not None
        return self.welcome

    def call(self, work: Callable[[], Coroutine[Any, Any, T]], deadline: Deadline | None = None) -> T:
        """Run a coroutine on the link's loop and wait for its result.

        Raises:
            HubUnreachable: the link was closed meanwhile.
            TimeoutError: the deadline passed.
        """
        self._check()
        signal = Signal()
        future = asyncio.run_coroutine_threadsafe(work(), self.loop)
        future.add_done_callback(lambda _: signal.set())
        try:
            if not wait_until(signal, future.done, deadline):
                raise TimeoutError("the hub has not answered in time")
            return future.result()
        except concurrent.futures.CancelledError:
            raise HubUnreachable(_CLOSED) from None
        finally:
            future.cancel()

    def _queue(self, request: Request) -> Request:
        self.requests.queued.append(request)
        if self.closed:  # since it was looked at: the thread may have ended without this one
            self.requests.fail_all(HubUnreachable(_CLOSED))
        self.wake()
        return request

    def wake(self) -> None:
        """Let the thread send what is queued. Cheap when it is about to."""
        if not self._scheduled:
            self._scheduled = True
            self._wakeup.ring()

    def watch_stuck(self, callback: Callable[[wire.Stuck], None]) -> None:
        """Have `callback` called, on the link's thread, whenever a task is stuck; also after a reconnect."""
        self._on_stuck.append(callback)
        self.request(wire.WatchStuck(id=0))

    def use(self) -> None:
        """Somebody needs the connection, until `let_go`."""
        with self.claims:
            self._users += 1

    def let_go(self) -> None:
        with self.claims:
            self._users -= 1
        if not self.closed:
            self.loop.call_soon_threadsafe(self.transport.rest_later)

    def busy(self) -> bool:
        """Whether there is a reason to hold a connection."""
        return bool(
            self._users
            or self.sessions
            or self.requests.unanswered
            or self.requests.queued
            or self._on_stuck
            or self.records.waiting()
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
            self.loop.run_until_complete(self.transport.run())
        finally:
            self.closed = True
            if not self._exiting:  # at the end of the process daemon threads just stand still, as anywhere in Python
                self._leave_nobody_waiting()
            self._wakeup.close()
            self.loop.close()
            self._running = False
            self._ended.set()

    def _leave_nobody_waiting(self) -> None:
        error = HubUnreachable(_CLOSED)
        self.requests.fail_all(error)
        for session in list(self.sessions.values()):
            session.fence(error)

        async def cancel_calls() -> None:
            await asyncio.sleep(0)  # those that were just handed over begin
            calls = asyncio.all_tasks() - {asyncio.current_task()}
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

        self.loop.run_until_complete(cancel_calls())

    def flush(self) -> None:
        """Write what is queued, as far as the hub's limits allow."""
        self._scheduled = False
        connection = self.transport.connection
        if not self.connected or connection is None:
            self.transport.something_to_do()
            return
        frames = FrameWriter(connection, self.limits.frame_bytes)
        self.requests.write(frames, self.limits)
        for part in self.records.frames():
            frames.add(part)
        frames.end()

    def _take(self, message: Any) -> None:
        """One message of the hub."""
        match message:
            case wire.OfferChanged():
                if session := self.sessions.get((message.task, message.target if message.for_target else message.node)):
                    session.offer_changed(message)
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
                self._refusals.error = error_from_body(message.error)
            case _:
                self.requests.answered(message)
                if self.requests.queued and not self._scheduled:
                    self.wake()

    async def _up(self, connection: Connection) -> None:
        if self.welcome is not None and self.welcome.hub != connection.welcome.hub:
            for session in list(self.sessions.values()):
                session.forget_position()
        self.welcome, self.limits = connection.welcome, connection.welcome.limits
        self._resumption = Resumption(connection, self.sessions, self.requests, self.records, bool(self._on_stuck))
        if await self._resumption.run(one_by_one=self._refusals.one_by_one):
            self._refusals.one_by_one = False
            self.connected = True
            self.flush()

    def _lost(self, held: bool) -> None:
        self.connected = False
        if self._resumption is not None:
            self._resumption.end()
            self._refusals.connection_lost(self._resumption, held=held)

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
        self.transport.stop()

    def drop_in_child(self) -> None:
        """A forked child closes its copy of the socket, so that the hub sees when the parent is gone."""
        self.closed = True
        if self.transport.connection is not None:
            self.transport.connection.socket.drop()
