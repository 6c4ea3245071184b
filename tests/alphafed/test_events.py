"""Contract events: their JSON form, their validation, and what a factory does with contracts."""

import base64
import copy
import json
import pickle
from dataclasses import dataclass
from typing import Any, Optional

import pytest

from alphamed_nb.alphafed.contractor import (
    ApplySharedFileSendingDataEvent,
    ContractEvent,
    ContractException,
    NoticeTaskCompletionEvent,
    TaskMessageEventFactory,
)


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
