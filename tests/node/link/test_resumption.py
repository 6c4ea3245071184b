"""What the hub closes a link over is found out, given up and shown; nothing else is lost, and nothing sent for ever."""

from __future__ import annotations

import logging

import msgspec
import pytest
from hub_process import HubProcess, eventually

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.link import link as link_module
from alphamed_nb.node.link import transport as transport_module
from alphamed_nb.node.link.registry import get_link
from alphamed_nb.node.link.transport import Transport
from alphamed_nb.node.output import record_queue
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.errors import InvalidRequest, TooLarge
from alphamed_nb.protocol.messages import Clean


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves this process is not made plain: as if a check had been forgotten."""
    monkeypatch.setattr(link_module, "make_plain", lambda message, limits: None)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each time a connection was opened."""
    found: list[None] = []
    connect = Transport._open

    async def counted(transport: Transport) -> object:
        found.append(None)
        return await connect(transport)

    monkeypatch.setattr(Transport, "_open", counted)
    return found


def word(text: str) -> dict[str, str]:
    return {"type": "word", "text": text}


def words(session) -> list[str]:
    found = []
    while (item := session.receive(Deadline(0.3))) is not None:
        found.append(msgspec.json.decode(item.contract)["text"])
    return found


def test_a_request_that_closes_the_link_is_given_up_alone(
    hub: HubProcess, task: str, unchecked: None, opened: list[None], caplog: pytest.LogCaptureFixture
) -> None:
    with NodeContext("a", ["a", "b"]) as a, NodeContext("b", ["a", "b"]) as b:
        mine, neighbour = a.session(task), b.session(task)
        waiting = neighbour.link.request  # the link of both
        pendings = [mine.post_send(["b"], "word", word(str(number)))[1] for number in range(3)]
        bad = mine.link.post(msgspec.structs.replace(mine._watch_message(), of=[5]))
        pendings += [mine.post_send(["b"], "word", word(str(number)))[1] for number in range(3, 6)]
        with pytest.raises(InvalidRequest, match="Expected `str`, got `int`"):
            bad.result(Deadline(20))
        for pending in pendings:
            pending.result(Deadline(20))
        assert words(neighbour) == [str(number) for number in range(6)]
        waiting(Clean(id=0, node="nobody"), Deadline(20))
        assert mine.held and neighbour.held
    given_up = [text for text in caplog.messages if "which is not sent again" in text]
    assert len(given_up) == 1 and given_up[0].startswith(
        f"The hub closed the link over a WatchNodes of node 'a' of task {task!r}"
    )
    assert len(opened) <= 4


def test_a_record_that_closes_the_link_is_given_up_alone(
    hub: HubProcess, task: str, opened: list[None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    content = record_queue.record_content

    def forged(record, limits) -> bytes:
        found = content(record, limits)
        return found.replace(b'"text":"bad"', b'"text":"bad","line":"one"')

    monkeypatch.setattr(record_queue, "record_content", forged)
    log = logging.getLogger("of the user")
    with NodeContext(task) as context:
        context.session(task)
        with context.link.records._lock:  # in one message
            for text in ("first", "bad", "second", "third"):
                log.warning(text)
        assert context.link.records.drain(Deadline(20))
    kept = [body["text"] for body in hub.logs(task)]
    assert sorted(text for text in kept if " " not in text) == ["first", "second", "third"], kept
    (dropped,) = [text for text in kept if "dropped" in text]
    assert dropped.startswith("1 records were dropped here: the hub does not take them (")
    given_up = [text for text in caplog.messages if "which is not sent again" in text]
    assert len(given_up) == 1 and given_up[0].startswith(f"The hub closed the link over the line 'bad' of node {task}")
    assert len(opened) <= 5


def test_what_cannot_be_written_is_its_callers_error_and_nobody_elses(
    hub: HubProcess, task: str, unchecked: None, opened: list[None]
) -> None:
    with NodeContext("a", ["a"]) as context:
        session = context.session(task)
        session.post_send(["a"], "word", word("before"))
        no_text = session.link.post(Clean(id=0, node="\udcb2"))
        too_long = session.link.post(Clean(id=0, node="x" * session.link.limits.frame_bytes))
        session.post_send(["a"], "word", word("after"))
        with pytest.raises(InvalidRequest, match="cannot be written as JSON: .*surrogates"):
            no_text.result(Deadline(20))
        with pytest.raises(TooLarge, match="a Clean of node .* the hub takes 8,388,608"):
            too_long.result(Deadline(20))
        assert words(session) == ["before", "after"]
    assert len(opened) == 1


def test_a_record_that_cannot_be_written_costs_itself_and_is_counted(
    hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = record_queue.record_content

    def failing(record, limits) -> bytes:
        if record.kind == "log" and record.body.text == "bad":
            raise ZeroDivisionError
        vast = record.body.text == "vast"
        return content(record, limits) + b" " * (limits.frame_bytes if vast else 0)

    monkeypatch.setattr(record_queue, "record_content", failing)
    with NodeContext(task):
        for text in ("before", "bad", "vast", "after"):
            print(text)
    kept = [body["text"] for body in hub.logs(task)]
    assert [text for text in kept if " " not in text] == ["before", "after"]
    assert sorted(text for text in kept if " " in text) == [
        "1 records were dropped here: the hub takes none of this size",
        "1 records were dropped here: they cannot be written as JSON (ZeroDivisionError)",
    ]


def test_pauses_grow_although_each_handshake_succeeds(
    hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    class Random:
        @staticmethod
        def uniform(least: float, most: float) -> float:
            pauses.append(get_link().transport._delay)
            return 0.0

    class Failing(link_module.Resumption):
        async def run(self, *, one_by_one: bool) -> bool:
            if len(pauses) < 7:
                self._connection.close()
            return await super().run(one_by_one=one_by_one)

    monkeypatch.setattr(transport_module, "random", Random)
    monkeypatch.setattr(link_module, "Resumption", Failing)
    with NodeContext("a"):
        eventually(lambda: get_link().connected)
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_a_connection_that_held_makes_pauses_short_again(
    hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "_HELD_SECONDS", 0.0)
    with NodeContext("a") as context:
        transport = context.link.transport
        connection, transport._delay = transport.connection, 1.0
        context.link.loop.call_soon_threadsafe(connection.close)
        eventually(lambda: context.link.connected and transport.connection is not connection)
        assert transport._delay == transport_module._FIRST_DELAY
