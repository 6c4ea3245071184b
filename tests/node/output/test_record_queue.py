from __future__ import annotations

import threading
from typing import Any

import msgspec
import pytest

from alphamed_nb.node.output import record_queue
from alphamed_nb.node.output.record_queue import RecordQueue
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.journal import KINDS, LogBody
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.messages import Record, decode_client_frame


class Link:
    """As much of a link as the queue needs; the test sends and answers."""

    def __init__(self) -> None:
        self.limits = Limits(records_per_frame=10)
        self.closed = False
        self.woken = 0
        self.own = False

    def wake(self) -> None:
        self.woken += 1

    def on_own_thread(self) -> bool:
        return self.own


def decode(part: bytes) -> list[Any]:
    return decode_client_frame(b"[" + part + b"]")


def record(text: str) -> Record:
    return Record(node="a", context="c", kind="log", body=LogBody(time=1.0, level=20, text=text))


def text_of(record: Record) -> str:
    return KINDS["log"].decode(record.body).text


def sent(queue: RecordQueue, upto: int | None = None) -> list[list[str]]:
    return [[text_of(each) for each in message.records] for part in queue.frames(upto) for message in decode(part)]


def test_an_idle_queue_sends_at_once_and_a_busy_one_in_batches() -> None:
    queue = RecordQueue(Link())
    queue.put(record("0"))
    assert sent(queue) == [["0"]]
    for number in range(1, 10):
        queue.put(record(str(number)))
    assert sent(queue) == []  # one is under way, and a message is not full
    queue.put(record("10"))
    assert sent(queue) == [[str(number) for number in range(1, 11)]]
    queue.put(record("11"))
    assert sent(queue) == []
    queue.stored(2)
    assert sent(queue) == [["11"]]


def test_what_was_put_before_a_request_does_not_wait() -> None:
    queue = RecordQueue(Link())
    queue.put(record("0"))
    assert sent(queue) == [["0"]]
    queue.put(record("1"))
    before = queue.position
    queue.put(record("2"))
    assert sent(queue, before) == [["1"]]
    assert sent(queue, before) == []  # it is on its way
    for number in range(3, 100):
        queue.put(record(str(number)))
    assert sent(queue) == [[str(number) for number in range(first, first + 10)] for first in range(2, 62, 10)]
    assert sent(queue, queue.position) == []  # the window is full


def test_the_window_is_bounded() -> None:
    queue = RecordQueue(Link())
    for number in range(200):
        queue.put(record(str(number)))
    assert len(sent(queue)) == 8
    queue.stored(3)
    assert len(sent(queue)) == 3


def test_after_a_reconnect_what_was_not_stored_is_sent_again() -> None:
    queue = RecordQueue(Link())
    for number in range(30):
        queue.put(record(str(number)))
    assert len(sent(queue)) == 3
    again = [decode(each.encoded())[0] for each in queue.under_way(logs_counter=1)]
    assert [(message.counter, len(message.records)) for message in again] == [(2, 10), (3, 10)]


def test_dropped_records_are_counted_where_they_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_queue, "_MEMORY_BYTES", 450)
    monkeypatch.setattr(record_queue, "_BLOCK_SECONDS", 0.01)
    queue = RecordQueue(Link())
    for number in range(10):
        queue.put(record(str(number)))
    assert queue.waiting() == 10
    messages = [message for part in queue.frames() for message in decode(part)]
    kept = [KINDS["log"].decode(each.body) for message in messages for each in message.records]
    dropped = [body.dropped for body in kept if body.source == "dropped"]
    assert [body.text for body in kept if body.source == "log"] == ["0", "1", "2"] and dropped == [7]
    assert msgspec.to_builtins(kept[-1])["text"].startswith("7 records were dropped here")


def test_a_producer_waits_for_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_queue, "_MEMORY_BYTES", 450)
    monkeypatch.setattr(record_queue, "_BLOCK_SECONDS", 30.0)
    queue = RecordQueue(Link())
    for number in range(3):
        queue.put(record(str(number)))
    producer = threading.Thread(target=queue.put, args=(record("late"),))
    producer.start()
    assert len(sent(queue)[0]) == 3
    queue.stored(1)
    producer.join(20)
    assert sent(queue) == [["late"]]


def test_the_links_own_thread_never_waits_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_queue, "_MEMORY_BYTES", 10)
    link = Link()
    link.own = True
    queue = RecordQueue(link)
    queue.put(record("x"))
    assert queue.waiting() and len(sent(queue)) == 1  # the count of what was dropped


def test_drain_waits_until_all_is_stored() -> None:
    queue = RecordQueue(Link())
    assert queue.drain(Deadline.passed())
    queue.put(record("x"))
    assert not queue.drain(Deadline(0.01))
    assert sent(queue)
    threading.Timer(0.05, queue.stored, (1,)).start()
    assert queue.drain(Deadline(20))
