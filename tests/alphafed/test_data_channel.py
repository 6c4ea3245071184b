"""Data streams between nodes through a real hub."""

import os
import threading
from dataclasses import dataclass

import pytest

from alphamed_nb.alphafed import mock_context
from alphamed_nb.alphafed.contractor import ContractEvent, TaskMessageContractor, TaskMessageEventFactory
from alphamed_nb.alphafed.data_channel import DataChannelException, SharedFileDataChannel

A, B, C = "a", "node b", "c"
NODES = [A, B, C]
DATA = os.urandom(200_000)


@dataclass
class Note(ContractEvent):
    TYPE = "note"

    text: str

    @classmethod
    def contract_to_event(cls, contract):
        return cls(text=contract["text"])


class NoteFactory(TaskMessageEventFactory):
    _CLASS_MAP = {Note.TYPE: Note, **TaskMessageEventFactory._CLASS_MAP}


class NoteContractor(TaskMessageContractor):
    def __init__(self, task_id):
        super().__init__(task_id=task_id)
        self._event_factory = NoteFactory

    def note(self, text, *targets):
        self._new_contract(list(targets), Note(text=text))


def channel(task):
    return SharedFileDataChannel(NoteContractor(task))


def node(name):
    return mock_context(id=name, nodes=NODES)


def test_one_to_one(start_node, task):
    receiver = start_node(B, NODES, lambda: channel(task).receive_stream(receiver=B, source=A))
    with node(A):
        assert channel(task).send_stream(source=A, target=B, data_stream=DATA) == B
    assert receiver.value() == (A, DATA)


def test_one_to_many_and_nothing(start_node, task):
    receivers = [start_node(name, NODES, lambda name=name: channel(task).receive_stream(name, A)) for name in (B, C)]
    with node(A):
        assert channel(task).batch_send_stream(A, [B, C], DATA, ensure_all_succ=True) == [B, C]
        assert channel(task).batch_send_stream(A, [], DATA) == []
    assert [receiver.value() for receiver in receivers] == [(A, DATA)] * 2


def test_many_to_one_and_back_at_the_same_time(start_node, task):
    """Two nodes send to a third one, which receives both with one batch call."""
    senders = [
        start_node(name, NODES, lambda name=name: channel(task).send_stream(name, A, name.encode())) for name in (B, C)
    ]
    with node(A):
        received = channel(task).batch_receive_stream(A, [B, C])
    assert received == {B: B.encode(), C: C.encode()}
    assert [sender.value() for sender in senders] == [A, A]


def test_older_forms_a_list_as_target_and_no_source(start_node, task):
    receivers = [start_node(name, NODES, lambda name=name: channel(task).receive_stream(name)) for name in (B, C)]
    with node(A):
        assert channel(task).send_stream(A, [B, C], b"") == [B, C]
    assert [receiver.value() for receiver in receivers] == [(A, b"")] * 2


def test_nobody_takes_it_in_time(in_hub, task, alphafed_log):
    with node(A):
        assert channel(task).send_stream(A, B, DATA, connection_timeout=0.1) is None
        assert channel(task).batch_send_stream(A, [B, C], DATA, connection_timeout=0.1) == []
        with pytest.raises(DataChannelException, match="node b: not taken in time"):
            channel(task).batch_send_stream(A, [B], DATA, connection_timeout=0.1, ensure_all_succ=True)
    assert any("did not take the data" in record.getMessage() for record in alphafed_log)
    with node(B):  # a receive that starts later finds nothing
        assert channel(task).receive_stream(B, A, timeout=0.2) is None


def test_what_was_announced_while_the_receiver_was_busy_is_received_later(start_node, task):
    sender = start_node(A, NODES, lambda: channel(task).send_stream(A, B, DATA))
    with node(B):
        assert channel(task).send_stream(B, C, b"other", connection_timeout=0.3) is None
        assert channel(task).receive_stream(B, A) == (A, DATA)
    assert sender.value() == B


def test_another_sender_is_denied_without_waiting_for_its_time_out(start_node, task, alphafed_log):
    receiver = start_node(B, NODES, lambda: channel(task).receive_stream(B, A))
    denied = start_node(C, NODES, lambda: channel(task).send_stream(C, B, b"x", connection_timeout=0, timeout=0))
    assert denied.value() is None
    with node(A):
        assert channel(task).send_stream(A, B, DATA) == B
    assert receiver.value() == (A, DATA)
    warnings = [record.getMessage() for record in alphafed_log if "batch_receive_stream" in record.getMessage()]
    assert len(warnings) == 2  # the denied one's and the denier's


def test_events_meanwhile_go_to_the_handler_in_order(start_node, task):
    def sender():
        contractor = NoteContractor(task)
        contractor.note("one", B)
        contractor.note("two", B)
        sent = SharedFileDataChannel(contractor).send_stream(A, B, DATA)
        contractor.note("after", B)
        return sent

    sending = start_node(A, NODES, sender)
    seen = []
    with node(B):
        received = channel(task).receive_stream(B, A, complementary_handler=lambda event: seen.append(event.text))
        assert received == (A, DATA) and seen == ["one", "two"]
        assert sending.value() == B
        assert [event.text for event in NoteContractor(task).contract_events(timeout=0.3)] == ["after"]


def test_a_batch_that_times_out_returns_what_it_took_and_a_late_offer_stays(start_node, task):
    go = threading.Event()
    early = start_node(B, NODES, lambda: channel(task).send_stream(B, A, b"b"))

    def late():
        assert go.wait(30)
        return channel(task).send_stream(C, A, b"c")

    sender = start_node(C, NODES, late)
    with node(A):
        assert channel(task).batch_receive_stream(A, [B, C], timeout=1) == {B: b"b"}
        go.set()
        assert channel(task).receive_stream(A, C) == (C, b"c")
    assert early.value() == A and sender.value() == A


def test_all_or_nothing_names_who_is_missing(start_node, task):
    sender = start_node(B, NODES, lambda: channel(task).send_stream(B, A, b"b"))
    with node(A):
        with pytest.raises(DataChannelException, match="No data came within 1 s from: c"):
            channel(task).batch_receive_stream(A, [B, C], timeout=1, ensure_all_succ=True)
        assert channel(task).receive_stream(A, B) == (B, b"b")  # it was given back
    assert sender.value() == A


def test_two_senders_that_each_send_twice_against_two_batches(start_node, task):
    def twice(name):
        return [channel(task).send_stream(name, A, f"{name} {i}".encode(), connection_timeout=0) for i in (1, 2)]

    senders = [start_node(name, NODES, lambda name=name: twice(name)) for name in (B, C)]
    with node(A):
        received = [channel(task).batch_receive_stream(A, [B, C]) for _ in range(2)]
    assert received == [{name: f"{name} {i}".encode() for name in (B, C)} for i in (1, 2)]
    assert [sender.value() for sender in senders] == [[A, A]] * 2


def test_wrong_arguments_get_clear_errors(in_hub, task):
    with node(A):
        with pytest.raises(TypeError, match="data_stream must be bytes, got str"):
            channel(task).send_stream(A, B, "text")
        with pytest.raises(ValueError, match="called for node 'node b', but the active mock_context is node 'a'"):
            channel(task).send_stream(B, A, b"")
        with pytest.raises(ValueError, match="'c'"):
            channel(task).receive_stream(C, A)
