"""What the hub does when a file does not take something: all wait while it is the file, one is told if it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from raw_link import RawLink, process_info
from running_hub import RunningHub, with_hub

from alphamed_nb.hub import recovery
from alphamed_nb.hub.core.effects import Outcome, SetPosition
from alphamed_nb.hub.store import writer
from alphamed_nb.hub.store.query import RowQuery
from alphamed_nb.protocol.errors import StorageFailed
from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.messages import ProcessInfo, Record, Records, RecordsStored, Refused, Stored


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(recovery, "_LONGEST_PAUSE", 0.01)


OF_THE_DISK = {"apply", "prove_writable"}
"""What is to fail as SQLite or the system does; the others make a StorageFailed of it."""


def failing(place: Any, name: str, times: int) -> Callable[..., Any]:
    """As the function there, but for the first few calls: then the disk is full."""
    real = getattr(place, name)
    left = [times]

    def call(*arguments: Any, **more: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise OSError("full") if call.__name__ in OF_THE_DISK else StorageFailed("the disk is full")
        return real(*arguments, **more)

    call.__name__ = name
    return call


async def come_back(hub: RunningHub, process: ProcessInfo) -> RawLink:
    """As a node does: refused while the hub cannot store, it comes again."""
    while True:
        try:
            return await hub.link(process)
        except ConnectionError as error:
            assert "storage_failed" in str(error), error


def lines(*texts: str) -> list[Record]:
    return [Record(node="a", context="c", kind="log", body=LogBody(time=1.0, level=20, text=text)) for text in texts]


def test_whatever_fails_on_the_way_back_the_hub_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing that was acknowledged is lost, nothing stored twice."""

    async def scenario(hub: RunningHub) -> None:
        service = hub.service
        steps = {
            "opening a file": (writer, "open_database"),
            "writing to it": (writer, "prove_writable"),
            "reading who holds what": (service.journal.messages, "held_tasks"),
            "reading a task": (service.journal.messages, "load_task"),
            "reading the last number": (service.journal.logs, "highest_seq"),
            "the first commit": (service.journal.messages._writer._rules, "apply"),
            "what the core wants of the logs": (service.journal.logs, "adopt"),
        }
        process = process_info()
        a = await hub.link(process)
        held = await a.claim("task", "a", ["a"])
        for number, (what, (place, name)) in enumerate(steps.items(), 1):
            for file in service.journal.messages, service.journal.logs:
                sent = a.send_of(held, "task", "a", ["a"], number)
                with monkeypatch.context() as patch:
                    patch.setattr(file._writer._rules, "apply", failing(file._writer._rules, "apply", -1))
                    if file is service.journal.messages:
                        await a.say(sent)
                    else:
                        await a.say(Records(counter=1000 + number, records=lines("lost")))
                    assert (await a.refused()).error.code == "storage_failed", what
                with monkeypatch.context() as patch:
                    patch.setattr(place, name, failing(place, name, 3))
                    while True:
                        try:
                            a = await come_back(hub, process)
                            assert (await a.claim("task", "a", ["a"], epoch=held.epoch)).resumed, what
                            if a.counter < sent.counter:
                                a.counter = sent.counter
                                assert isinstance(await a.ask(sent), Stored)
                            break
                        except ConnectionError as error:
                            assert "storage_failed" in str(error), (what, error)
        a.position = held.position
        for number in range(1, len(steps) + 1):
            for _ in range(2):
                item = await a.receive(held, "task", "a")
                assert json.loads(bytes(item.contract)) == {"value": number}
        assert not service.journal.messages.load_task("task").unread

    with_hub(tmp_path, scenario)


def test_pauses_grow_while_files_fail_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_LONGEST_PAUSE", 100.0)

    async def scenario(hub: RunningHub) -> None:
        pauses: list[float] = []
        monkeypatch.setattr(hub.service.background, "call_later", lambda pause, function: pauses.append(pause))
        for _ in range(4):
            hub.service.journal.fail(OSError("full"))
            await hub.service.journal.recovery._try()
        assert pauses == [0.001, 0.002, 0.004, 0.008]

    with_hub(tmp_path, scenario)


def test_a_request_that_cannot_be_stored_is_refused_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hub: RunningHub) -> None:
        process, core = process_info(), hub.service.core
        a, b = await hub.link(process), await hub.link()
        held_a = await a.claim("task", "a", ["a", "b"])
        held_b = await b.claim("task", "b", ["a", "b"])
        real = core.handle

        def handle(link: str, message: Any, now: float) -> Outcome:
            outcome = real(link, message, now)
            if getattr(message, "type", "") == "astronomic":
                outcome.changes.append(SetPosition("task", "a", 2**70))
            return outcome

        monkeypatch.setattr(core, "handle", handle)
        first = a.send_of(held_a, "task", "a", ["b"], "first")
        bad = a.send_of(held_a, "task", "a", ["b"], "bad", type="astronomic")
        await a.say(first, bad)
        await b.send(held_b, "task", "b", ["b"], "of a neighbour")
        assert (await a.refused()).error.code == "hub_error"
        assert not b.got and hub.service.core is core
        a = await hub.link(process)
        assert (await a.claim("task", "a", ["a", "b"], epoch=held_a.epoch)).resumed
        bad.id = 1000
        assert isinstance(await a.ask(bad), Refused), "never taken for one that was stored"
        a.counter = bad.counter
        await a.send(held_a, "task", "a", ["b"], "last")
        rows = hub.service.journal.messages.rows(RowQuery(kinds=("event",)))
        contents = [msgspec.json.decode(row.body)["contract"]["value"] for row in rows]
        assert sorted(contents) == ["first", "last", "of a neighbour"]

    with_hub(tmp_path, scenario)


def test_records_that_cannot_be_stored_are_refused_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hub: RunningHub) -> None:
        process, intake = process_info(), hub.service.records
        a, b = await hub.link(process), await hub.link()
        real = intake._row

        def row(record: Record, seq: int, at: float) -> Any:
            found = real(record, seq, at)
            if b'"bad"' in bytes(record.body):
                found.run, found.task = 2**70, "task"
            return found

        monkeypatch.setattr(intake, "_row", row)
        await a.say(Records(counter=1, records=lines("bad", "in bad company")))
        await b.say(Records(counter=1, records=lines("of a neighbour")))
        await b.expect(RecordsStored, counter=1)
        assert (await a.refused()).error.code == "hub_error"
        a = await hub.link(process)
        assert a.log_counter == 1, "it is not sent again"
        await a.say(Records(counter=2, records=lines("next")))
        await a.expect(RecordsStored, counter=2)
        rows = hub.service.journal.logs.rows(RowQuery())
        assert sorted(msgspec.json.decode(row.body)["text"] for row in rows) == ["next", "of a neighbour"]

    with_hub(tmp_path, scenario)
