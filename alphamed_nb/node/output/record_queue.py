"""The records of one link: bounded in memory, sent in batches, kept until the hub stored them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import msgspec

from ...protocol.errors import HubError
from ...protocol.journal import LogBody
from ...protocol.limits import Limits
from ...protocol.messages import Record, Records
from ..plain import record_content
from ..waiting import Deadline, Signal, wait_until, wall_clock

__all__ = ["RecordQueue", "SentRecords"]

_MEMORY_BYTES = 64 * 1024 * 1024
_BLOCK_SECONDS = 2.0
_WINDOW = 8
"""Messages under way."""
_OVERHEAD = 60
"""About what a record takes beside its JSON, bytes."""
_SHOWN = 60
"""Characters of a lost record that a warning shows."""
_AWAY = "the hub was away or slow for too long"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record[msgspec.Raw]).decode


class SentRecords:
    """A message of records that the hub has not stored yet. Each record is JSON already."""

    __slots__ = ("counter", "records", "size")

    def __init__(self, counter: int, records: list[bytes]) -> None:
        self.counter = counter
        self.records = records
        self.size = sum(map(_size, records))

    def encoded(self) -> bytes:
        raw: list[Any] = [msgspec.Raw(record) for record in self.records]
        return _encode(Records(counter=self.counter, records=raw))


def _size(content: bytes) -> int:
    return _OVERHEAD + len(content)


class _Loss(NamedTuple):
    """Where records are missing, and why."""

    node: str
    context: str
    task: str
    why: str


class Carrier(Protocol):
    """The link, as far as the queue needs it."""

    limits: Limits
    closed: bool

    def wake(self) -> None:
        """Have `frames` called soon."""

    def on_own_thread(self) -> bool:
        """Whether the caller is the one who calls `frames`."""


class RecordQueue:
    """The records of one link that the hub has not stored yet."""

    def __init__(self, link: Carrier) -> None:
        self._link = link
        self._lock = threading.RLock()  # re-entrant: a line may be printed by a signal handler or a finalizer in here
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._sent: deque[SentRecords] = deque()
        self._sent_bytes = 0
        self._counter = 0
        self.position = 0
        """So many records were put."""
        self.taken = 0
        """So many of them are in messages."""
        self._lost: dict[_Loss, int] = {}
        self._waiters: list[Signal] = []

    # -- for producers, on any thread ----------------------------------------------------------------------------------

    def put(self, record: Record[Any]) -> None:
        """Queue a record. When memory is full it waits up to 2 s for room, then drops the record and counts it."""
        limits = self._link.limits
        try:
            content = record_content(record, limits)
        except Exception as error:  # noqa: BLE001 - it costs this record, never the line that the user's code goes on with
            self._lose(record, f"they cannot be written as JSON ({type(error).__name__})")
            return
        size = _size(content)
        if size > limits.frame_bytes // 2:
            self._lose(record, "the hub takes none of this size")
            return
        if self._full(size) and not self._room_comes(size):
            self._lose(record, _AWAY)
            return
        with self._lock:
            self._queue.append(content)
            self._queued_bytes += size
            self.position += 1
        # While one message is under way, fewer records than fill another wait for its answer, which wakes the link.
        sent = len(self._sent)
        if not sent or (sent < _WINDOW and len(self._queue) >= limits.records_per_frame):
            self._link.wake()

    def _lose(self, record: Record[Any], why: str) -> None:
        with self._lock:
            loss = _Loss(record.node, record.context, record.task, why)
            self._lost[loss] = self._lost.get(loss, 0) + 1
        self._link.wake()

    def _full(self, size: int) -> bool:
        return self._queued_bytes + self._sent_bytes + size > _MEMORY_BYTES

    def _room_comes(self, size: int) -> bool:
        if self._link.on_own_thread():
            return False  # it would wait for itself
        return self._wait(lambda: not self._full(size), Deadline(_BLOCK_SECONDS))

    def _wait(self, predicate: Callable[[], object], deadline: Deadline) -> bool:
        signal = Signal()
        self._waiters.append(signal)
        try:
            return wait_until(signal, predicate, deadline)
        finally:
            self._waiters.remove(signal)

    def waiting(self) -> int:
        """How many records are not stored yet."""
        with self._lock:
            return len(self._queue) + sum(len(sent.records) for sent in self._sent) + sum(self._lost.values())

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
        while (self._queue or self._lost) and len(self._sent) < _WINDOW:
            most = limits.records_per_frame
            if upto is not None:
                most = min(most, upto - self.taken)
                if most <= 0:
                    return
            elif self._sent and len(self._queue) < most:
                return
            with self._lock:
                lost, self._lost = self._lost, {}
                records = self._next(most - len(lost), limits.frame_bytes // 2)
                self._counter += 1
                self.taken += len(records)
                self._queued_bytes -= sum(map(_size, records))
                records.extend(_encode(_dropped_record(loss, count)) for loss, count in lost.items())
                sent = SentRecords(self._counter, records)
                self._sent.append(sent)
                self._sent_bytes += sent.size
            yield sent.encoded()

    def _next(self, most: int, most_bytes: int) -> list[bytes]:
        """The next records of the queue: at most so many, and so many bytes."""
        records: list[bytes] = []
        size = 0
        while self._queue and len(records) < most:
            size += _size(self._queue[0])
            if records and size > most_bytes:
                break
            records.append(self._queue.popleft())
        return records

    def stored(self, counter: int) -> None:
        """The hub stored all messages up to this one."""
        with self._lock:
            while self._sent and self._sent[0].counter <= counter:
                self._sent_bytes -= self._sent.popleft().size
        self._wake()

    def _wake(self) -> None:
        for signal in list(self._waiters):
            signal.set()

    def under_way(self, logs_counter: int) -> list[SentRecords]:
        """After a reconnect, what to send again, numbered anew; `logs_counter` is the last one the hub stored."""
        self.stored(logs_counter)
        for sent in self._sent:
            logs_counter += 1
            sent.counter = logs_counter
        self._counter = max(self._counter, logs_counter)
        return list(self._sent)

    def refused(self, sent: SentRecords, error: HubError) -> str:
        """The hub closed the link over this message: what it holds is sent one by one, and a single one is given up.

        Returns:
            What was given up, in words; empty if nothing was.
        """
        with self._lock:
            if sent not in self._sent:
                return ""  # it was stored all the same
            place = self._sent.index(sent)
            del self._sent[place]
            if len(sent.records) > 1:
                for content in reversed(sent.records):
                    self._sent.insert(place, SentRecords(sent.counter, [content]))
                return ""
            self._sent_bytes -= sent.size
        record = _decode(sent.records[0])
        self._lose(record, f"the hub does not take them ({error})")
        return _in_words(record)


def _dropped_record(loss: _Loss, count: int) -> Record[LogBody]:
    text = f"{count} records were dropped here: {loss.why}"
    body = LogBody(time=wall_clock(), level=30, text=text, source="dropped", dropped=count)
    return Record(node=loss.node, context=loss.context, task=loss.task, kind="log", body=body)


def _in_words(record: Record[msgspec.Raw]) -> str:
    if record.kind != "log":
        return f"a {record.kind} of node {record.node}"
    text = msgspec.json.decode(record.body).get("text", "")
    return f"the line {str(text)[:_SHOWN]!r} of node {record.node}"
