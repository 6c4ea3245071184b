from __future__ import annotations

import enum
import math
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from alphamed_nb.node.plain import (
    as_integer,
    as_names,
    as_number,
    as_seconds,
    as_text,
    make_plain,
    record_content,
    shortened,
)
from alphamed_nb.protocol.errors import InvalidName
from alphamed_nb.protocol.journal import Failure, Frame, LogBody, StateBody, Traceback, Wait
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.messages import Record, Report, Send, decode_client_frame, encode_frame


class Ward(str, enum.Enum):  # noqa: UP042  as users write it
    NORTH = "north"


class Shouting(str):
    def __str__(self) -> str:
        return self.upper()


class Stage(enum.IntEnum):
    SECOND = 2


LONE = "ct_\udcb2.dcm"
"""As `os.listdir` gives the name of a file in another encoding."""


@pytest.mark.parametrize(
    ("convert", "value", "plain"),
    [
        (as_text, np.str_("数据"), "数据"),
        (as_text, np.array("x"), "x"),
        (as_text, Ward.NORTH, "north"),
        (as_text, Shouting("quiet"), "quiet"),
        (as_text, LONE, "ct_\\udcb2.dcm"),
        (as_integer, np.uint8(7), 7),
        (as_integer, np.array(7), 7),
        (as_integer, Stage.SECOND, 2),
        (as_number, np.float32(0.5), 0.5),
        (as_number, np.int64(3), 3.0),
        (as_number, np.longdouble(0.25), 0.25),
        (as_seconds, math.inf, math.inf),
        (as_seconds, None, None),
        (as_names, np.array(["b", "c"]), ["b", "c"]),
        (as_names, np.str_("b"), ["b"]),
        (as_names, iter(["b"]), ["b"]),
    ],
)
def test_a_value_is_what_it_stands_for(convert: Callable, value: object, plain: object) -> None:
    found = convert(value, "what")
    assert found == plain and type(found) is type(plain)
    if isinstance(found, list):
        assert {type(item) for item in found} == {str}


@pytest.mark.parametrize(
    ("convert", "value", "error", "said"),
    [
        (as_text, None, TypeError, "title must be a string, got NoneType."),
        (as_text, b"x", TypeError, "title must be a string, got bytes."),
        (as_text, np.int64(5), TypeError, "title must be a string, got int64."),
        (as_integer, True, TypeError, "title must be an integer, got bool."),
        (as_integer, np.bool_(True), TypeError, f"title must be an integer, got {np.bool_.__name__}."),
        (as_integer, 2.0, TypeError, "title must be an integer, got float."),
        (as_integer, 10**100, ValueError, "title is out of range"),
        (as_number, "3", TypeError, "title must be a number, got str."),
        (as_number, np.str_("3"), TypeError, "title must be a number, got str_."),
        (as_number, False, TypeError, "title must be a number, got bool."),
        (as_number, np.array([1.0]), TypeError, "title must be a number, got ndarray."),
        (as_number, 10**400, ValueError, "title is out of range"),
        (as_seconds, math.nan, ValueError, "title must be a number of seconds, got NaN."),
        (as_names, 5, TypeError, "title must be a list of node ids, got int."),
        (as_names, ["a", 5], InvalidName, r"title\[1\]: A node id must be a string, got int."),
        (as_names, "a/b", InvalidName, "title: 'a/b' cannot be a node id"),
    ],
)
def test_what_is_wrong_is_named(convert: Callable, value: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        convert(value, "title")


def test_a_long_text_keeps_its_ends_and_says_what_is_missing() -> None:
    text = shortened("begin" + "x" * 1_000_000 + "end", 500)
    assert len(text) == 500 and text.startswith("beginx") and text.endswith("xend")
    assert " characters and some more are left out here] " in text
    assert shortened("short", 5) == "short"
    assert len(shortened("x" * 100, 20)) == 20


def send(**fields: object) -> Send:
    found = {"targets": ["b"], "type": "word", "contract": msgspec.Raw(b"{}")} | fields
    return Send(id=1, counter=1, task="t", node="a", epoch=1, message="m", **found)  # type: ignore[arg-type]


def test_any_field_of_a_message_is_made_plain_or_refused() -> None:
    wait = Wait(whom=[np.str_("b")], name=LONE, since=np.float64(1.5), limit=math.inf, expected=np.int32(2))
    failure = Failure(type="ValueError", message="x" * 100_000, place="a.py:1")
    state = StateBody(time=1.0, activity="waiting", round=np.int64(3), wait=wait, failure=failure)
    report = Report(id=1, counter=1, task="t", node=np.str_("a"), epoch=1, state=state)
    make_plain(report, Limits())
    (read,) = decode_client_frame(encode_frame([report]))
    assert (read.node, read.state.round, read.state.wait.whom) == ("a", 3, ["b"])
    assert (read.state.wait.name, read.state.wait.limit, read.state.wait.expected) == ("ct_\\udcb2.dcm", None, 2)
    assert len(read.state.failure.message) == Limits().text_characters
    assert (read.state.failure.type, read.state.failure.place) == ("ValueError", "a.py:1")
    for wrong, said in [
        (send(title=5), r"Send\.title must be a string, got int"),
        (send(targets=["b", None]), r"Send\.targets\[1\] must be a string, got NoneType"),
        (send(sent=math.nan), r"Send\.sent must be a finite number, got nan"),
        (Report(id=1, counter=1, task="t", node="a", epoch=True), r"Report\.epoch must be an integer, got bool"),
    ]:
        with pytest.raises((TypeError, ValueError), match=said):
            make_plain(wrong, Limits())


def test_whatever_a_log_record_holds_it_can_be_written() -> None:
    body = LogBody(
        time=math.nan,
        level=True,
        text=LONE,
        logger=np.str_("mine"),
        module=None,
        function=object,
        line=None,
        round=10**30,
        traceback=Traceback(type="E", message=LONE, text="t", frames=[Frame(function="f", line=1, code=LONE)]),
    )  # type: ignore[arg-type]
    content = record_content(Record(node="a", context="c", kind="log", body=body), Limits())
    read = msgspec.json.decode(content, type=Record[LogBody]).body
    assert (read.time, read.level, read.text, read.logger, read.line) == (0.0, 1, "ct_\\udcb2.dcm", "mine", 0)
    assert read.round == 2**53 and read.traceback.frames[0].code == "ct_\\udcb2.dcm"


def test_a_long_text_beside_a_line_is_cut() -> None:
    body = LogBody(time=1.0, level=20, text="x" * 100_000, logger="y" * 100_000)
    content = record_content(Record(node="a", context="c", kind="log", body=body), Limits())
    read = msgspec.json.decode(content, type=Record[LogBody]).body
    assert len(read.text) == 100_000 and len(read.logger) == Limits().text_characters
