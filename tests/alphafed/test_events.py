"""Contract events: their JSON form, their validation, and what a factory does with contracts."""

import base64
import copy
import enum
import json
import math
import pickle
from dataclasses import dataclass
from typing import Any, Literal, Optional

import numpy as np
import pytest
import torch

from alphamed_nb.alphafed.contractor import (
    ApplySharedFileSendingDataEvent,
    ContractEvent,
    ContractException,
    NoticeTaskCompletionEvent,
    TaskMessageEventFactory,
)
from alphamed_nb.alphafed.contractor.common import contract_of


@dataclass
class Greeting(ContractEvent):
    TYPE = "greeting"

    text: str
    numbers: list[int]
    more: dict[str, Any]

    @classmethod
    def contract_to_event(cls, contract):
        text = contract.get("text")
        assert text and isinstance(text, str), f"invalid text: {text}"
        return cls(text=text, numbers=contract["numbers"], more=contract["more"])


@dataclass
class Empty(ContractEvent):
    TYPE = "empty"


@dataclass
class Loose(ContractEvent):
    TYPE = "loose"

    maybe: Optional[str]  # noqa: UP045  users write it so
    either: int | list
    data: bytes


@dataclass
class WithPostInit(ContractEvent):
    TYPE = "with_post_init"

    value: int

    def __post_init__(self):
        self.value += 1


def test_type_is_a_field_but_no_argument_and_comes_first():
    event = Greeting(text="hi", numbers=[], more={})
    assert event.type == "greeting"
    assert repr(event) == "Greeting(type='greeting', text='hi', numbers=[], more={})"
    assert (
        repr(NoticeTaskCompletionEvent(result=True))
        == "NoticeTaskCompletionEvent(type='notice_task_completion', result=True)"
    )
    with pytest.raises(TypeError):
        Greeting(type="x", text="hi", numbers=[], more={})
    assert Greeting("hi", [], {}) == event


def test_type_is_set_whatever_post_init_does_and_survives_copies():
    event = WithPostInit(1)
    assert (event.type, event.value) == ("with_post_init", 2)
    assert copy.deepcopy(event) == event and pickle.loads(pickle.dumps(event)) == event


def test_an_event_without_fields():
    assert Empty().event_to_contract() == {"type": "empty"}
    Empty().validate()


def test_the_base_cannot_be_created():
    with pytest.raises(TypeError, match="TYPE"):
        ContractEvent()


def test_contract_is_ready_for_json():
    event = Loose(maybe=None, either=[b"\x00\xff", {"a": (1, 2.5, True, None)}], data=b"abc")
    contract = event.event_to_contract()
    assert json.loads(json.dumps(contract)) == contract
    assert contract == {
        "type": "loose",
        "maybe": None,
        "either": [base64.b64encode(b"\x00\xff").decode(), {"a": [1, 2.5, True, None]}],
        "data": base64.b64encode(b"abc").decode(),
    }


@pytest.mark.parametrize("value", [{1, 2}, object(), {(1, 2): 3}, [complex(1)]])
def test_what_has_no_json_form_is_named(value):
    with pytest.raises(ContractException, match="Loose.either"):
        Loose(maybe="", either=value, data=b"").event_to_contract()


@pytest.mark.parametrize(
    "values",
    [
        {"maybe": None, "either": 0, "data": b""},
        {"maybe": "", "either": [], "data": b""},
        {"maybe": "x", "either": False, "data": b"x"},
    ],
)
def test_empty_values_and_none_where_allowed_are_legal(values):
    Loose(**values).validate()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"maybe": 1, "either": 0, "data": b""}, "Loose.maybe"),
        ({"maybe": "", "either": None, "data": b""}, "Loose.either"),
        ({"maybe": "", "either": 0, "data": "text"}, "Loose.data must be of type bytes, got str"),
    ],
)
def test_wrong_values_are_named(values, says):
    with pytest.raises(ContractException, match=says):
        Loose(**values).validate()


@dataclass
class Scores(ContractEvent):
    TYPE = "scores"

    loss: float
    samples: int
    best: bool
    name: str
    kind: Literal["train", "test"]
    more: Any


class Split(str, enum.Enum):  # noqa: UP042  users write it so
    TRAIN = "train"


class Place(enum.IntEnum):
    FIRST = 1


SCORES = Scores(
    loss=np.mean([0.25, 0.75]), samples=np.int64(3), best=np.bool_(True), name=np.str_("net"), kind=Split.TRAIN, more=1
)


def test_numbers_and_texts_of_other_libraries_are_pythons():
    contract = contract_of(SCORES)
    assert repr(contract) == repr(
        {"type": "scores", "loss": 0.5, "samples": 3, "best": True, "name": "net", "kind": "train", "more": 1}
    )


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (np.float32(0.5), 0.5),
        (np.float16(2), 2.0),
        (np.longdouble(0.25), 0.25),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.array(1.5), 1.5),
        (np.array("text"), "text"),
        (torch.tensor(7), 7),
        (torch.tensor(0.5, requires_grad=True), 0.5),
        (Place.FIRST, 1),
        (np.float64("nan"), math.nan),
        ([np.float32("inf"), (np.int8(1),), {np.int64(3): np.bool_(False)}], [math.inf, [1], {"3": False}]),
        (
            {True: 1, None: 2, 0.5: 3, Split.TRAIN: 4, np.str_("a"): 5},
            {"true": 1, "null": 2, "0.5": 3, "train": 4, "a": 5},
        ),
        (np.bytes_(b"\x00"), "AA=="),
    ],
)
def test_a_number_is_one_whoever_made_it(value, arrives):
    event = copy.copy(SCORES)
    event.more = value
    assert repr(contract_of(event)["more"]) == repr(arrives)


def test_float_fields_take_the_numbers_of_numpy_and_torch_and_no_others():
    for loss in (np.float32(1), np.array(1.0), torch.tensor(1.0), np.int8(1), np.longdouble(1)):
        Scores(loss, 1, True, "", "test", None).validate()
    for loss in (np.array([1.0]), torch.zeros(1), "1.0", np.str_("1.0"), np.datetime64("2020-01-01"), None):
        with pytest.raises(ContractException, match=rf"Scores\.loss must be of type float, got {type(loss).__name__}"):
            Scores(loss, 1, True, "", "test", None).validate()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.zeros(2), r"Scores\.more is of type ndarray"),
        ({"a": [torch.zeros(2)]}, r"Scores\.more\['a'\]\[0\] is of type Tensor"),
        (np.datetime64("2020-01-01"), r"Scores\.more is of type datetime64"),
        (np.complex64(1), r"Scores\.more is of type complex64"),
        ({(1, 2): 3}, r"Scores\.more has the key \(1, 2\) of type tuple"),
        (["report-\udcff.csv"], r"Scores\.more\[0\] is a str that is not text"),
        ({"\udcff": 1}, r"A key of Scores\.more is a str that is not text"),
    ],
)
def test_what_cannot_travel_is_named_with_its_field_and_type(value, says):
    with pytest.raises(ContractException, match=says):
        contract_of(Scores(1.0, 1, True, "", "test", value))


@dataclass
class Converted(ContractEvent):
    TYPE = "converted"

    value: Any

    def event_to_contract(self):
        return self.value


def test_what_a_users_own_conversion_returns_is_looked_at_too():
    contract = contract_of(Converted({"type": "converted", "loss": np.float64(0.5), "seen": (1, np.nan)}))
    assert repr(contract) == repr({"type": "converted", "loss": 0.5, "seen": [1, math.nan]})
    with pytest.raises(ContractException, match=r"Converted\.seen is of type set"):
        contract_of(Converted({"type": "converted", "seen": {1}}))
    with pytest.raises(ContractException, match="must return a dict, got list"):
        contract_of(Converted([1]))


@dataclass
class Early(ContractEvent):
    TYPE = "early"
    value: "Later"  # noqa: F821


def test_a_name_that_is_defined_later_is_checked_from_then_on(monkeypatch):
    event = Early("text")
    event.validate()
    monkeypatch.setitem(globals(), "Later", int)
    with pytest.raises(ContractException, match="Early.value must be of type int, got str"):
        event.validate()


def test_a_missing_value_is_named():
    event = Greeting(text="hi", numbers=[], more={})
    del event.numbers
    with pytest.raises(ContractException, match="Greeting.numbers is missing"):
        event.validate()


class Factory(TaskMessageEventFactory):
    _CLASS_MAP = {Greeting.TYPE: Greeting, Loose.TYPE: Loose, **TaskMessageEventFactory._CLASS_MAP}


def test_factory_makes_events_of_its_own_and_of_the_librarys_types():
    event = Greeting(text="hi", numbers=[1], more={"a": None})
    assert Factory.contract_to_event(event.event_to_contract()) == event
    offer = ApplySharedFileSendingDataEvent(session_id="a", source="x", target=["y"], file_url="http://z")
    assert Factory.contract_to_event(offer.event_to_contract()) == offer


@pytest.mark.parametrize(
    "contract",
    [
        {"type": "unheard_of"},
        {"no": "type"},
        {"type": ["greeting"]},
        {"type": "greeting", "text": ""},  # refused by an assertion
        {"type": "greeting", "text": "hi"},  # KeyError in the user's decoding
        {"type": "loose", "maybe": ""},  # a class that can be sent, but not received
        "no dict",
    ],
)
def test_what_cannot_be_decoded_is_logged_and_none(contract, alphafed_log):
    assert Factory.contract_to_event(contract) is None
    assert [record.levelname for record in alphafed_log] == ["WARNING"]
