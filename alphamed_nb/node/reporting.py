"""The way of log and metric records out of the process.

Usually over the link: :class:`RecordQueue`, bounded in memory, sent in batches, kept until the hub stored them. In a
process of `alphamed-nb run`: its pipe (:mod:`.run_pipe`), into which each record is written before `print` or `log`
returns.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ..protocol.journal import LogBody, MetricBody
from ..protocol.messages import Record, Records
from . import forked
from .run_pipe import run_pipe
from .waiting import Deadline, Signal, wait_until, wall_clock

if TYPE_CHECKING:
    from .link import Link

__all__ = ["RecordQueue", "deliver", "metric_body", "size_of"]

_MEMORY_BYTES = 64 * 1024 * 1024
_BLOCK_SECONDS = 2.0
_WINDOW = 8
"""Frames under way."""
_OVERHEAD = 300
"""About what a record takes beside its text, bytes."""

_METRIC_NAME = 1024
_METRIC_WRITER = 4096
_LARGEST = 2**53
"""Of a metric, so much is taken by the hub: the characters of its name and writer, and the size of its step."""

_encode = msgspec.json.Encoder().encode


def size_of(record: Record) -> int:
    """About how much memory a record takes, bytes."""
    return _OVERHEAD + (len(record.log.text) if record.log is not None else 0)


def metric_body(name: str, value: float, step: int = 0, *, round: int = 0, writer: str = "") -> MetricBody:
    """A scalar of a `SummaryWriter`, or a progress value (`writer` is empty), such as every hub takes it."""
    return MetricBody(
        time=wall_clock(),
        name=_short(name, _METRIC_NAME),
        value=value if math.isfinite(value) else None,
        step=max(-_LARGEST, min(_LARGEST, step)),
        round=round,
        writer=_short(writer, _METRIC_WRITER),
    )


def _short(text: str, characters: int) -> str:
    return text[:characters].encode("utf-8", "replace").decode()  # a path may hold what is no character


def deliver(link: Link, record: Record, nodes: list[str]) -> None:
    """Send a record on its way: through the parent of a forked child, the pipe of `alphamed-nb run`, or the link."""
    if (pipe := run_pipe()) is not None:
        pipe.put(record, nodes)
    elif (parent := forked.parent_pipe()) is not None:
        parent.put(record)
    else:
        link.records.put(record)


class _Sent(NamedTuple):
    """A message of records that the hub has not stored yet."""

    counter: int
    message: bytes
    size: int
    records: int


class RecordQueue:
    """The records of one link that the hub has not stored yet."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lock = threading.RLock()  # re-entrant: a line may be printed by a signal handler or a finalizer in here
        self._queue: deque[Record] = deque()
        self._queued_bytes = 0
        self._sent: deque[_Sent] = deque()
        self._sent_bytes = 0
        self._counter = 0
        self.position = 0
        """So many records were put."""
        self.taken = 0
        """So many of them are in messages."""
        self._dropped: dict[tuple[str, str, str], int] = {}
        self._waiters: list[Signal] = []

    # -- for producers, on any thread ----------------------------------------------------------------------------------

    def put(self, record: Record) -> None:
        """Queue a record. When memory is full it waits up to 2 s for room, then drops the record and counts it."""
        size = size_of(record)
        if self._full(size) and not self._room_comes(size):
            with self._lock:
                key = (record.node, record.context, record.task)
                self._dropped[key] = self._dropped.get(key, 0) + 1
            return
        with self._lock:
            self._queue.append(record)
            self._queued_bytes += size
            self.position += 1
        # While one message is under way, fewer records than fill another wait for its answer, which wakes the link.
        sent = len(self._sent)
        if not sent or (sent < _WINDOW and len(self._queue) >= self._link.limits.records_per_frame):
            self._link.wake()

    def _full(self, size: int) -> bool:
        return self._queued_bytes + self._sent_bytes + size > _MEMORY_BYTES

    def _room_comes(self, size: int) -> bool:
        if self._link.on_own_thread():
            return False  # it would wait for itself
        return self._wait(lambda: not self._full(size), Deadline(_BLOCK_SECONDS))

    def _wait(self, predicate: object, deadline: Deadline) -> bool:
        signal = Signal()
        self._waiters.append(signal)
        try:
            return wait_until(signal, predicate, deadline)  # type: ignore[arg-type]
        finally:
            self._waiters.remove(signal)

    def waiting(self) -> int:
        """How many records are not stored yet."""
        with self._lock:
            return len(self._queue) + sum(sent.records for sent in self._sent) + sum(self._dropped.values())

    def drain(self, deadline: Deadline) -> bool:
        """Wait until the hub stored everything that was put so far."""
        self._link.wake()
        return self._wait(lambda: not self.waiting() or self._link.closed, deadline)

    # -- on the link's thread ------------------------------------------------------------------------------------------

    def frames(self, upto: int | None = None) -> Iterator[bytes]:
        """`Records` messages to send now, encoded.

        While one is under way, fewer records than fill a message wait for its answer: so a busy process sends large
        batches and an idle one sends each line at once.

        Args:
            upto: only what was put before this `position`; none of it waits, unless many messages are under way.
        """
        limits = self._link.limits
        while (self._queue or self._dropped) and len(self._sent) < _WINDOW:
            most = limits.records_per_frame
            if upto is not None:
                most = min(most, upto - self.taken)
                if most <= 0:
                    return
            elif self._sent and len(self._queue) < most:
                return
            records: list[Record] = []
            size = 0
            with self._lock:
                dropped, self._dropped = self._dropped, {}
                while self._queue and len(records) < most - len(dropped):
                    record_size = size_of(self._queue[0])
                    if records and size + 4 * record_size > limits.frame_bytes // 2:
                        break  # four bytes a character at most, and escapes
                    records.append(self._queue.popleft())
                    size += record_size
                self._queued_bytes -= size
                self._sent_bytes += size
                self.taken += len(records)
            records.extend(_dropped_record(*key, count) for key, count in dropped.items())
            self._counter += 1
            message = _encode(Records(counter=self._counter, records=records))
            self._sent.append(_Sent(self._counter, message, size, len(records)))
            yield message

    def stored(self, counter: int) -> None:
        """The hub stored all messages up to this one."""
        while self._sent and self._sent[0].counter <= counter:
            with self._lock:
                self._sent_bytes -= self._sent.popleft().size
        self._wake()

    def _wake(self) -> None:
        for signal in list(self._waiters):
            signal.set()

    def resend(self, logs_counter: int) -> None:
        """After a reconnect: `logs_counter` is the last one the hub stored."""
        self.stored(logs_counter)
        self._counter = max(self._counter, logs_counter)
        connection = self._link.keeper.connection
        if connection is not None:
            for sent in self._sent:
                connection.write([sent.message])


def _dropped_record(node: str, context: str, task: str, count: int) -> Record:
    text = f"{count} records were dropped here: the hub was away or slow for too long"
    body = LogBody(time=wall_clock(), level=30, text=text, source="dropped", dropped=count)
    return Record(node=node, context=context, task=task, log=body)
