"""Contract messages between nodes through a real hub."""

import io
import json
import math
import threading
import urllib.request
from dataclasses import dataclass

import numpy as np
import pytest

from alphamed_nb.alphafed import mock_context
from alphamed_nb.alphafed.contractor import (
    ContractEvent,
    ContractException,
    NoticeTaskCompletionEvent,
    TaskContractor,
    TaskMessageContractor,
    TaskMessageEventFactory,
)
from alphamed_nb.alphafed.mock import NotInMockMode
from alphamed_nb.protocol.rest import RowPage
from alphamed_nb.reading.hub import connect


@dataclass
class Number(ContractEvent):
    TYPE = "number"

    value: int

    @classmethod
    def contract_to_event(cls, contract):
        assert isinstance(contract.get("value"), int) and contract["value"] >= 0
        return cls(value=contract["value"])


class NumberFactory(TaskMessageEventFactory):
    _CLASS_MAP = {Number.TYPE: Number, **TaskMessageEventFactory._CLASS_MAP}


class NumberContractor(TaskMessageContractor):
    def __init__(self, task_id):
        super().__init__(task_id=task_id)
        self._event_factory = NumberFactory

    def tell(self, value, targets=TaskMessageContractor.EVERYONE):
        return self._new_contract(targets=targets, event=Number(value=value))

    def numbers(self, timeout=0.3):
        return [event.value for event in self.contract_events(timeout=timeout) if isinstance(event, Number)]


A, B, C = "a", "node b", "c"
NODES = [A, B, C]


def node(name, nodes=NODES):
    return mock_context(id=name, nodes=nodes)


def test_goes_to_exactly_the_named_nodes_and_everyone_includes_the_sender(in_hub, task):
    contractor = NumberContractor(task)  # made before any context, used in each
    with node(A):
        contractor.tell(1)
        contractor.tell(2, [B])
        contractor.tell(3, [B, C])
        assert contractor.numbers() == [1]
    with node(B):
        assert contractor.numbers() == [1, 2, 3]
    with node(C):
        assert contractor.numbers() == [1, 3]


def test_a_message_id_is_returned(in_hub, task):
    with node(A):
        one, other = NumberContractor(task).tell(1), NumberContractor(task).tell(1)
        assert isinstance(one, str) and one and one != other


def test_tasks_do_not_hear_each_other(in_hub, task):
    with node(A):
        NumberContractor(task).tell(1)
        NumberContractor(f"{task}-2").tell(2)
        assert NumberContractor(task).numbers() == [1]
        assert NumberContractor(f"{task}-2").numbers() == [2]


def test_breaking_out_loses_nothing_also_in_a_new_context_and_another_object(in_hub, task):
    with node(A):
        contractor = NumberContractor(task)
        for value in range(6):
            contractor.tell(value)
        for event in contractor.contract_events():
            assert event.value == 0
            break
        for event in NumberContractor(task).contract_events():
            assert event.value == 1
            break
    with node(A):
        events = NumberContractor(task).contract_events(timeout=1)
        assert [next(events).value, next(events).value] == [2, 3]
        assert NumberContractor(task).numbers() == [4, 5]


def test_a_waiting_node_gets_what_comes(start_node, task):
    started = threading.Event()

    def wait():
        started.set()
        return next(NumberContractor(task).contract_events()).value

    waiting = start_node(B, NODES, wait)
    started.wait()
    with node(A):
        NumberContractor(task).tell(7, [B])
    assert waiting.value() == 7


def test_the_time_out_ends_the_generator_although_events_came(in_hub, task):
    with node(A):
        contractor = NumberContractor(task)
        contractor.tell(1)
        assert contractor.numbers(timeout=0.2) == [1]
        assert list(contractor.contract_events(timeout=0.05)) == []


def test_what_cannot_be_decoded_is_skipped_with_a_warning(in_hub, task, alphafed_log):
    with node(A):
        contractor = NumberContractor(task)
        contractor.tell(-1)  # refused by the receiver's assertion
        contractor.tell(2)
        assert contractor.numbers() == [2]
    assert len([record for record in alphafed_log if "could not be decoded" in record.getMessage()]) == 1


@dataclass
class Losses(ContractEvent):
    TYPE = "losses"

    value: float
    of: dict[str, list[float]]

    @classmethod
    def contract_to_event(cls, contract):
        assert isinstance(contract["value"], float)
        return cls(contract["value"], contract["of"])


class LossesContractor(TaskMessageContractor):
    def __init__(self, task_id):
        super().__init__(task_id)
        self._event_factory = type("Factory", (TaskMessageEventFactory,), {"_CLASS_MAP": {"losses": Losses}})


def test_what_is_no_finite_number_arrives_as_it_is_and_readers_get_json(in_hub, hub_file, task):
    contractor = LossesContractor(task)
    sent = Losses(np.float32("nan"), {"steps": [np.inf, np.mean([0.25, 0.75])], "$number": [-math.inf]})
    with node(A):
        contractor._new_contract([B], sent)
    with node(B):
        (got,) = contractor.contract_events(timeout=0.3)
    assert repr(got) == "Losses(type='losses', value=nan, of={'steps': [inf, 0.5], '$number': [-inf]})"
    reader = connect(hub_file)
    (row,) = reader.ask("records", RowPage, task=task, kind="event").rows
    reader.close()
    contract = json.loads(bytes(row.body), parse_constant=pytest.fail)["contract"]
    assert contract["value"] == {"$number": "NaN"}
    assert contract["of"] == {"steps": [{"$number": "Infinity"}, 0.5], "$number": [{"$number": "-Infinity"}]}


def test_what_is_wrong_is_refused_at_the_sender(in_hub, task):
    with node(A):
        contractor = NumberContractor(task)
        with pytest.raises(ContractException, match=r"Number\.value must be of type int"):
            contractor.tell("one")
        with pytest.raises(ContractException, match="no targets"):
            contractor.tell(1, [])
        with pytest.raises(ContractException, match="Only a ContractEvent"):
            contractor._new_contract([B], {"type": "number"})
        assert contractor.numbers() == []


def test_a_target_outside_nodes_gets_it_with_a_warning(in_hub, task, caplog):
    with node(A):
        NumberContractor(task).tell(1, ["stranger"])
    assert "stranger" in caplog.text
    with node("stranger", [A, "stranger"]):
        assert NumberContractor(task).numbers() == [1]


def test_completion_notice_reaches_everybody_and_the_other_calls_send_nothing(in_hub, task):
    with node(A):
        contractor = TaskMessageContractor(task)
        contractor.upload_metric_report([A])
        contractor.upload_model([A], "")
        contractor.upload_task_achivement(A, "missing.zip", None)
        contractor.report_progress(50)
        contractor.notify_task_completion(result=True)
    for name in NODES:
        with node(name):
            assert list(TaskMessageContractor(task).contract_events(timeout=0.3)) == [
                NoticeTaskCompletionEvent(result=True)
            ]


def test_announcing_without_data_disturbs_nobody(in_hub, task):
    with node(A):
        session_id = TaskMessageContractor(task).apply_sending_data(A, [B, C])
        assert int(session_id, 16) >= 0
    with node(B):
        assert list(TaskMessageContractor(task).contract_events(timeout=0.2)) == []


def test_query_nodes_is_a_new_list(in_hub, task):
    contractor = TaskContractor(task)
    with node(A):
        contractor.query_nodes().remove(A)
        assert contractor.query_nodes() == NODES
        assert contractor.query_address(B) is None


def test_an_uploaded_file_can_be_fetched_with_a_plain_get(in_hub, task):
    (in_hub / "data.bin").write_bytes(b"\x00\x01")
    with node(A):
        contractor = TaskMessageContractor(task)
        by_path = contractor.upload_file("data.bin", persistent=True)
        by_file = contractor.upload_file(io.BytesIO(b"abc"), upload_name="b.bin")
        with pytest.raises(TypeError, match="binary"):
            contractor.upload_file(io.StringIO("text"))
        assert urllib.request.urlopen(by_path).read() == b"\x00\x01"
    with node(B):
        assert urllib.request.urlopen(by_file).read() == b"abc"


def test_progress_never_claims_a_task(in_hub, task):
    from alphamed_nb.node.active import current_context

    with node(A):
        TaskContractor(task).report_progress(50)
        assert current_context().sessions() == []
    TaskContractor(task).report_progress(50)


def test_outside_a_context_there_is_one_clear_error(task):
    with pytest.raises(NotInMockMode, match=r"_new_contract\(\) needs a node"):
        NumberContractor(task).tell(1)
    with pytest.raises(NotInMockMode, match="mock_context"):
        next(NumberContractor(task).contract_events())
