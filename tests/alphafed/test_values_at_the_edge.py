"""What user code hands over: it is what it stands for, or an error at the call that names parameter and type."""

import enum
import io
import logging
import math
import os
import urllib.request

import numpy as np
import pytest

from alphamed_nb.alphafed import mock_context
from alphamed_nb.alphafed.contractor import NoticeTaskCompletionEvent, TaskMessageContractor
from alphamed_nb.alphafed.data_channel import SharedFileDataChannel
from alphamed_nb.alphafed.fed_avg import FedAvgScheduler
from alphamed_nb.alphafed.scheduler import Scheduler
from alphamed_nb.node.active import current_context
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.errors import InvalidName, TooLarge

NODES = ["hospital-1", "hospital-2", "hospital-3"]
DONE = NoticeTaskCompletionEvent(result=True)


class Phase(enum.Enum):
    TRAINING = "training"


class TextPhase(enum.StrEnum):
    TRAINING = "training"


class Averaging(FedAvgScheduler):
    """Only made, never run."""

    build_model = build_optimizer = build_train_dataloader = build_test_dataloader = train_an_epoch = None


def test_ids_that_numpy_gives_are_ids(start_node, task):
    """Chosen with numpy, as federated sampling does it: a numpy string is a string, an array of them a list."""

    def receive():
        contractor = TaskMessageContractor(np.str_(task))
        event = next(contractor.contract_events(timeout=np.float64(30)))
        received = SharedFileDataChannel(contractor).receive_stream(np.str_(NODES[1]), np.str_(NODES[0]))
        return event, received

    receiver = start_node(NODES[1], NODES, receive)
    with mock_context(id=np.str_(NODES[0]), nodes=np.array(NODES)) as context:
        contractor = TaskMessageContractor(task)
        chosen = np.random.default_rng(1).choice(contractor.query_nodes()[1:2], 1, replace=False)
        assert contractor._new_contract(chosen, DONE, title=np.str_("数据"))
        channel = SharedFileDataChannel(contractor)
        taken = channel.batch_send_stream(context.id, chosen, b"data", connection_timeout=np.int64(30))
        assert taken == [NODES[1]] and type(taken[0]) is str
        contractor.report_progress(np.float32(50))
    assert receiver.value() == (DONE, (NODES[0], b"data"))


def test_a_wrong_type_is_an_error_at_the_call_and_breaks_nothing(in_hub, task, tmp_path):
    with mock_context(id=NODES[0], nodes=NODES):
        contractor = TaskMessageContractor(task)
        channel = SharedFileDataChannel(contractor)
        session = current_context().session(task)
        link, connection = session.link, session.link.transport.connection
        me = NODES[0]
        send, stream = contractor._new_contract, channel.send_stream
        calls = [
            (lambda: send([1], DONE), InvalidName, r"targets\[0\]: A node id must be a string, got int"),
            (lambda: send(7, DONE), TypeError, "targets must be a list of node ids, got int"),
            (lambda: send([me], DONE, title=5), TypeError, "title must be a string, got int"),
            (lambda: send([me], DONE, title=None), TypeError, "title must be a string, got NoneType"),
            (lambda: send([me] * 10_001, DONE), TooLarge, "10,001 targets at once"),
            (lambda: TaskMessageContractor(5)._new_contract([me], DONE), InvalidName, "A task id must be .* got int"),
            (lambda: next(contractor.contract_events(timeout="5")), TypeError, "timeout must be a number, got str"),
            (lambda: next(contractor.contract_events(timeout=math.nan)), ValueError, "timeout .* got NaN"),
            (lambda: contractor.apply_sending_data(me, [None]), InvalidName, r"target\[0\]: .* got NoneType"),
            (lambda: contractor.accept_sending_data(me, 12), TypeError, "session_id must be a string, got int"),
            (lambda: contractor.deny_sending_data(me, "ab", me, ValueError()), TypeError, "cause must be a string"),
            (lambda: contractor.report_progress("50"), TypeError, "percent must be a number, got str"),
            (lambda: contractor.upload_file(io.BytesIO(), upload_name=5), TypeError, "upload_name must be a string"),
            (lambda: stream(me, [2], b""), InvalidName, r"target\[0\]: A node id must be a string, got int"),
            (lambda: stream(me, me, b"", timeout="1"), TypeError, "timeout must be a number, got str"),
            (lambda: stream(me, me, b"", connection_timeout=True), TypeError, "connection_timeout .* got bool"),
            (lambda: channel.receive_stream(me, 3), InvalidName, "source: A node id must be a string, got int"),
            (lambda: channel.receive_stream(me, me, timeout=[]), TypeError, "timeout must be a number, got list"),
            (lambda: channel.batch_receive_stream(me, None), TypeError, "source_list must be a list of node ids"),
            (lambda: mock_context(id="x", nodes=[me, 4]), InvalidName, r"nodes\[1\]: A node id must be .* got int"),
            (lambda: mock_context(id=4).__enter__(), InvalidName, "id: A node id must be a string, got int"),
            (lambda: Averaging(max_rounds="3"), ValueError, "max_rounds must be a number of at least 0, got .3."),
            (lambda: Averaging(schedule_timeout=math.nan), ValueError, "schedule_timeout .* at least 0, got nan"),
        ]
        for call, error, said in calls:
            with pytest.raises(error, match=said):
                call()
        named = tmp_path / os.fsdecode(b"scan_\xe9.nii")
        named.write_bytes(b"file")
        with urllib.request.urlopen(contractor.upload_file(named)) as fetched:
            assert fetched.read() == b"file"
        assert contractor._new_contract([me], DONE)
        assert list(contractor.contract_events(timeout=0.2)) == [DONE]
        assert link.transport.connection is connection


class Counting(Scheduler):
    """Shows each of `statuses` with one of `rounds`."""

    def __init__(self, statuses, rounds):
        super().__init__()
        self.statuses, self.rounds = statuses, rounds

    def _run(self, id, task_id, is_initiator=False):
        self.id, self.task_id = id, task_id
        for number in self.rounds:
            self.current_round = number
            for status in self.statuses:
                self._switch_status(status)


@pytest.mark.parametrize(
    ("statuses", "rounds", "said"),
    [
        ([None], [1], "status must be a string, got NoneType"),
        ([Phase.TRAINING], [1], "status must be a string, got Phase"),
        (["trains"], [True], "current_round must be an integer, got bool"),
        (["trains"], ["2"], "current_round must be an integer, got str"),
        (["trains"], [2**60], "current_round is out of range"),
    ],
)
def test_a_status_that_cannot_be_shown_is_an_error_where_it_is_set(in_hub, task, alphafed_log, statuses, rounds, said):
    with mock_context(id="a", nodes=["a"]):
        with pytest.raises((TypeError, ValueError), match=said) as raised:
            Counting(["begins", *statuses], [1, *rounds])._run("a", task)
        session = current_context().session(task)
        assert (session.last_state.activity, session.last_state.round) == ("failed", 1)
        assert session.last_state.failure.type == raised.type.__name__
    (failed,) = [record.getMessage() for record in alphafed_log if record.levelno == logging.ERROR]
    assert failed == f"Node a failed in round 1: {raised.type.__name__}."


def test_statuses_and_rounds_of_other_kinds_are_what_they_stand_for(in_hub, task):
    with mock_context(id="a", nodes=["a"]):
        scheduler = Counting([TextPhase.TRAINING, np.str_("测试"), "ct_\udcb2"], [None, -1, np.int64(2)])
        scheduler._run("a", task)
        assert scheduler.status == "ct_\\udcb2"
        last = current_context().session(task).last_state
        assert (last.activity, last.round, type(last.round)) == ("finished", 2, int)


class Failing(Scheduler):
    def _run(self, id, task_id, is_initiator=False):
        self.id, self.task_id = id, task_id
        raise RuntimeError("Missing keys: " + ", ".join(f"encoder.{number}.weight" for number in range(60_000)))


def test_a_failure_of_any_length_reaches_who_waits(start_node, task):
    with mock_context(id="a", nodes=["a", "b"]):
        session = current_context().session(task)
        session.watch(["b"])
        failing = start_node("b", ["a", "b"], lambda: Failing()._run("b", task))
        changes = [session.receive(Deadline(30), presence=True) for _ in range(2)]
    with pytest.raises(RuntimeError):
        failing.value()
    assert [(change.state, change.error) for change in changes] == [("up", ""), ("failed", "RuntimeError")]
