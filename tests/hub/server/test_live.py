"""The live feed: everything after a number, as it comes, and what a slow viewer misses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from raw_link import RawLink
from running_hub import RunningHub, with_hub
from tornado.httpclient import HTTPClientError
from tornado.websocket import websocket_connect
from viewer import Viewer

from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.live import Following, FollowRefused
from alphamed_nb.protocol.messages import Record, Records, RecordsStored


async def say_lines(link: RawLink, texts: list[str]) -> None:
    link.log_counter += 1
    records = [Record(node="a", context="c", kind="log", body=LogBody(time=1.0, level=20, text=text)) for text in texts]
    await link.say(Records(counter=link.log_counter, records=records))
    await link.expect(RecordsStored, counter=link.log_counter)


def test_a_viewer_gets_what_was_and_what_comes(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim("task", "a", ["a"], context="c")
        await link.send(held, "task", "a", ["a"], 1)
        viewer = await Viewer.open(hub, link)
        await viewer.follow(after=0)
        following = await viewer.next()
        assert following == Following(hub=hub.service.hub_id, number=2)
        assert [row.kind for row in await viewer.rows(2)] == ["session", "event"]
        await say_lines(link, ["one"])
        await link.send(held, "task", "a", ["a"], 2)
        rows = await viewer.rows(2)
        assert [(row.seq, row.kind) for row in rows] == [(3, "log"), (4, "event")]

    with_hub(tmp_path, scenario)


def test_from_now_on_and_filtered(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim("task", "a", ["a"], context="c")
        other = await link.claim("other", "a", ["a"], context="d")
        viewer = await Viewer.open(hub, link)
        await viewer.follow(task="task", kinds=["event"])
        assert isinstance(await viewer.next(), Following)
        await say_lines(link, ["left out"])
        await link.send(other, "other", "a", ["a"], "left out")
        await link.send(held, "task", "a", ["a"], 1)
        rows = await viewer.rows(1)
        assert [(row.kind, row.task) for row in rows] == [("event", "task")]
        await viewer.follow(after=0, kinds=["log"], text="LEFT")
        assert isinstance(await viewer.next(), Following)
        assert [row.kind for row in await viewer.rows(1)] == ["log"]

    with_hub(tmp_path, scenario)


def test_a_viewer_that_the_hub_fails_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for what will not come, and no other one notices."""

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"])
        other = await Viewer.open(hub, link)
        await other.watch(task="task")
        faults = (
            (hub.service.journal, "page", {"op": "follow", "after": 0}),
            (hub.service.snapshots, "read", {"op": "watch"}),
        )
        for place, name, question in faults:
            viewer = await Viewer.open(hub, link)
            with monkeypatch.context() as patch:
                patch.setattr(place, name, lambda *_: {}["a fault"])
                await viewer.connection.write_message(msgspec.json.encode(question))
                assert isinstance(await viewer.next(), Following)
                refused = await viewer.next()
            assert (
                isinstance(refused, FollowRefused) and refused.code == "hub_error" and "a fault" not in refused.message
            )
        await link.claim("task", "b", ["a", "b"])
        await other.until(lambda overview: overview.run is not None)

    with_hub(tmp_path, scenario)


def test_brief_events_come_without_their_contents(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim("task", "a", ["a"])
        stored = await link.send(held, "task", "a", ["a"], "x" * 1000)
        viewer = await Viewer.open(hub, link)
        await viewer.follow(after=0)
        await viewer.next()
        whole = msgspec.json.decode((await viewer.rows(2))[1].body)
        await viewer.follow(after=0, brief=True)
        await viewer.next()
        row = (await viewer.rows(2))[1]
        assert row.seq == stored.seq
        assert whole["contract"] == {"value": "x" * 1000} and whole["message"]
        assert msgspec.json.decode(row.body) == {**whole, "contract": None, "size": 1012}

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({}, {"log": 4000, "event": 10, "session": 2}),
        ({"kinds": ["log"]}, {"log": 4000}),
        ({"level": 20}, {"log": 4000}),
        ({"kinds": ["log", "event"], "nodes": ["a"]}, {"log": 4000, "event": 10}),
        ({"kinds": ["event", "session"]}, {"event": 10, "session": 2}),
    ],
)
def test_a_viewer_far_behind_skips_lines_and_nothing_else(
    tmp_path: Path, asked: dict[str, Any], rows: dict[str, int]
) -> None:
    """And it is told how many of those that it asked for."""

    async def scenario(hub: RunningHub) -> None:
        other = await hub.link()
        await other.claim("other", "b", ["b"], context="b")
        link = await hub.link()
        held = await link.claim("task", "a", ["a"], context="c")
        for n in range(10):
            await say_lines(link, [f"{n}/{m}" for m in range(400)])
            await link.send(held, "task", "a", ["a"], n)
        viewer = await Viewer.open(hub, link)
        await viewer.follow(after=0, **asked)
        last = (await viewer.next()).number
        kinds = dict.fromkeys(rows, 0)
        skipped, upto = 0, 0
        while upto < last:
            message = await viewer.next()
            skipped, upto = skipped + message.skipped, message.upto
            for row in message.rows:
                kinds[row.kind] = kinds.get(row.kind, 0) + 1
        logs = kinds.pop("log", 0)
        assert logs + skipped == rows.pop("log", 0)
        assert not skipped or 0 < logs < 4000
        assert kinds == rows

    with_hub(tmp_path, scenario, live_lag_rows=1000, live_batch_seconds=0.01)


@pytest.mark.parametrize(
    "frame",
    [
        "x", "[]", '{"op":"other"}', '{"op":"follow","kinds":["no"]}', '{"op":"follow","after":-1}', "[" * 50_000,
        '{"op":"watch","run":1}', '{"op":"watch","task":"t","run":-1}', '{"op":"watch","task":7}', '{"task":"t"}',
    ],
)  # fmt: skip
def test_a_bad_question_is_refused(tmp_path: Path, frame: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        viewer = await Viewer.open(hub, link)
        await viewer.connection.write_message(frame)
        refused = await viewer.next()
        assert isinstance(refused, FollowRefused) and refused.code == "invalid_request"
        assert await viewer.next() is None
        assert (await link.claim("task", "a")).epoch

    with_hub(tmp_path, scenario)


def test_a_large_question_is_refused(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        viewer = await Viewer.open(hub, await hub.link())
        await viewer.connection.write_message('{"op":"follow","text":"' + "x" * 70_000 + '"}')
        assert (await viewer.next()).code == "too_large"

    with_hub(tmp_path, scenario)


def test_viewers_are_forgotten(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        viewer = await Viewer.open(hub, await hub.link())
        await viewer.follow(after=0)
        assert isinstance(await viewer.next(), Following)
        assert len(hub.service.viewers) == len(hub.service.journal.row_watchers) == 1
        viewer.connection.close()
        while hub.service.viewers:
            await asyncio.sleep(0.01)
        assert not hub.service.journal.row_watchers

    with_hub(tmp_path, scenario)


def test_without_a_ticket_there_is_no_feed(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        with pytest.raises(HTTPClientError) as refusal:
            await websocket_connect(f"ws://{hub.file.address}/live")
        assert refusal.value.code == 403

    with_hub(tmp_path, scenario)
