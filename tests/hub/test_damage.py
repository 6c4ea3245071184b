"""A task that the hub's file holds in a form that cannot be read: it alone is refused, and it can be removed."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from raw_link import process_info
from running_hub import RunningHub, with_hub
from viewer import Viewer

from alphamed_nb.protocol.journal import LogBody, StateBody
from alphamed_nb.protocol.messages import (
    Claimed,
    Clean,
    Cleaned,
    Offer,
    OfferTarget,
    Receive,
    Record,
    Records,
    RecordsStored,
    Refused,
    Release,
    Report,
)

DAMAGES = {
    "a process that is none": "UPDATE sessions SET process = '[]' WHERE task = 'bad'",
    "nodes that are none": "UPDATE tasks SET nodes = 'a, b' WHERE task = 'bad'",
    "a text that is none": "UPDATE sessions SET cause = CAST(x'ff' AS TEXT) WHERE task = 'bad'",
    "a number that is none": "UPDATE offers SET seq = 'first' WHERE task = 'bad' AND target = 'a'",
}


def damage(folder: Path, *statements: str, file: str = "messages.db") -> None:
    with contextlib.closing(sqlite3.connect(folder / "data" / file)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement


async def hold(hub: RunningHub, process: Any, task: str) -> Claimed:
    link = await hub.link(process)
    claimed = await link.claim(task, "a", ["a", "b"])
    await link.send(claimed, task, "a", ["b"], 1)
    link.counter += 1
    for name, target in ("aa", "b"), ("bb", "a"):
        targets = [OfferTarget(offer=name + process.incarnation[:8], target=target)]
        await link.ask(Offer(id=77, counter=link.counter, task=task, node="a", epoch=claimed.epoch, offers=targets))
        link.counter += 1
    return claimed


def told(caplog: pytest.LogCaptureFixture) -> int:
    return sum("'bad' is damaged" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("statement", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_task_that_was_held_keeps_the_hub_from_nothing(
    tmp_path: Path, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    process, other = process_info(), process_info()
    held: list[Claimed] = []

    async def before(hub: RunningHub) -> None:
        await hold(hub, process, "bad")
        held.append(await hold(hub, other, "good"))

    async def after(hub: RunningHub) -> None:
        a, b = await hub.link(process), await hub.link(other)
        for _ in range(3):
            refused = await a.ask(a.claim_of("bad", "a", ["a", "b"]))
            assert isinstance(refused, Refused) and refused.error.code == "damaged", refused
            assert "'bad'" in refused.error.message and refused.error.details == {"task": "bad"}
        assert told(caplog) == 1
        assert (await b.claim("good", "a", ["a", "b"], epoch=held[0].epoch)).resumed
        # It is over, so that it can be removed as any other.
        (entry,) = [task for task in await hub.read("/api/tasks", a) if task["task"] == "bad"]
        assert not entry["live"]
        snapshot = await hub.read("/api/snapshot", a)
        assert {task["task"] for task in snapshot["tasks"]} == {"bad", "good"}
        await hub.read("/api/records", a)
        answer = await a.ask(Clean(id=88, node="a"))
        assert isinstance(answer, Cleaned) and answer.runs == 1
        assert (await a.claim("bad", "a", ["a", "b"])).run == 2

    with_hub(tmp_path, before)
    damage(tmp_path, statement)
    with_hub(tmp_path, after)


@pytest.mark.parametrize("body", ["7b", "7b7d"])
def test_a_damaged_message_is_refused_to_whom_it_waits_for(
    tmp_path: Path, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    process = process_info()

    async def before(hub: RunningHub) -> None:
        await hold(hub, process, "bad")

    async def after(hub: RunningHub) -> None:
        b, reader = await hub.link(), await hub.link()
        held = await b.claim("bad", "b", ["a", "b"])
        for number in (101, 102):
            answer = await b.ask(Receive(id=number, task="bad", node="b", epoch=held.epoch, position=0))
            assert isinstance(answer, Refused) and answer.error.code == "damaged", answer
        assert told(caplog) == 1
        await b.send(held, "bad", "b", ["a"], "goes on")
        assert (await hub.read("/api/snapshot", reader))["tasks"]
        await hub.read("/api/records", reader)
        viewer = await Viewer.open(hub, reader)
        await viewer.follow(after=0, brief=True)
        await viewer.next()
        assert {row.kind for row in await viewer.rows(5)} >= {"session", "offer"}

    with_hub(tmp_path, before)
    damage(tmp_path, f"UPDATE rows SET body = x'{body}' WHERE kind = 'event' AND task = 'bad'")
    with_hub(tmp_path, after)


def test_a_damaged_task_that_has_ended_is_refused_and_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def before(hub: RunningHub) -> None:
        process = process_info()
        claimed = await hold(hub, process, "bad")
        link = await hub.link(process)
        await link.claim("bad", "a", ["a", "b"], epoch=claimed.epoch)
        await link.ask(Release(id=88, task="bad", node="a", epoch=claimed.epoch))

    async def after(hub: RunningHub) -> None:
        a = await hub.link()
        await a.say(*(a.claim_of("bad", "a") for _ in range(2)), a.claim_of("fine", "a"))
        assert [type(await a.answer(number)) for number in (1, 2, 3)] == [Refused, Refused, Claimed]
        assert told(caplog) == 1
        await hub.service.pipeline.drop_run("bad", 1, "a person")
        assert (await a.claim("bad", "a")).run == 2

    with_hub(tmp_path, before)
    damage(tmp_path, DAMAGES["a process that is none"])
    with_hub(tmp_path, after)


def test_damaged_rows_are_left_out_of_what_readers_see(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = process_info()

    async def before(hub: RunningHub) -> None:
        a = await hub.link(process)
        claimed = await a.claim("task", "a", ["a"], context="c")
        for number in (1, 2):
            state = StateBody(time=1.0, activity="training", round=number)
            await a.ask(Report(id=70 + number, counter=number, task="task", node="a", epoch=claimed.epoch, state=state))
        records = [
            Record(node="a", context="c", task="task", kind="log", body=LogBody(time=1.0, level=20, text=text))
            for text in "xyz"
        ]
        await a.say(Records(counter=1, records=records))
        await a.expect(RecordsStored)

    async def after(hub: RunningHub) -> None:
        a = await hub.link(process)
        (task,) = (await hub.read("/api/snapshot", a))["tasks"]
        assert task["runs"][0]["members"][0]["round"] == 1
        assert sum("are damaged" in record.getMessage() for record in caplog.records) == 1
        first, second, third = [row["body"] for row in (await hub.read("/api/lines?task=task&run=1", a))["rows"]]
        assert second["text"] == "y" and "damaged" in first["text"] and third == []
        found = await hub.read("/api/records?kind=log&text=y", a)
        assert [row["body"]["text"] for row in found["rows"]] == ["y"]

    with_hub(tmp_path, before)
    damage(tmp_path, "UPDATE rows SET body = x'7b7d' WHERE seq = (SELECT max(seq) FROM rows WHERE kind = 'state')")
    damage(
        tmp_path,
        "UPDATE rows SET body = x'7b' WHERE seq = (SELECT min(seq) FROM rows)",
        "UPDATE rows SET body = x'5b5d' WHERE seq = (SELECT max(seq) FROM rows)",
        file="logs.db",
    )
    with_hub(tmp_path, after)


def test_a_load_that_fails_for_any_reason_is_refused_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(hub: RunningHub) -> None:
        a = await hub.link()
        calls: list[str] = []

        def broken(task: str) -> Any:
            calls.append(task)
            raise RuntimeError("a fault")

        with monkeypatch.context() as patch:
            patch.setattr(hub.service.journal.messages, "load_task", broken)
            for _ in range(2):
                answer = await a.ask(a.claim_of("task", "a"))
                assert isinstance(answer, Refused) and answer.error.code == "hub_error"
        assert calls == ["task", "task"]
        assert (await a.claim("task", "a")).epoch

    with_hub(tmp_path, scenario)
