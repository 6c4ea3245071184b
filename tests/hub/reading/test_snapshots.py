"""Snapshots: as of now and as of a number, through the files."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from raw_link import RawLink
from running_hub import RunningHub, with_hub

from alphamed_nb.hub.store.query import RowQuery
from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.messages import Record, Records, RecordsStored, Release


async def say_lines(link: RawLink, count: int) -> None:
    link.log_counter += 1
    records = [
        Record(node="a", context="c", kind="log", body=LogBody(time=1.0, level=20, text="x")) for _ in range(count)
    ]
    await link.say(Records(counter=link.log_counter, records=records))
    await link.expect(RecordsStored, counter=link.log_counter)


def run_of(snapshot: Any, task: str, run: int) -> Any:
    runs = {(entry["task"], each["run"]): each for entry in snapshot["tasks"] for each in entry["runs"]}
    return runs[task, run]


def test_it_is_kept_up_to_date_and_can_go_back(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim("task", "a", ["a"], context="c")
        await link.send(held, "task", "a", ["a"], 1)
        first = await hub.read("/api/snapshot", link)
        assert (first["number"], run_of(first, "task", 1)["events"]) == (2, 1)
        for _ in range(3):  # more than a page
            await say_lines(link, 400)
        stored = await link.send(held, "task", "a", ["a"], 2)
        second = await hub.read("/api/snapshot?task=task", link)
        assert (second["number"], run_of(second, "task", 1)["events"]) == (stored.seq, 2)
        (member,) = run_of(second, "task", 1)["members"]
        assert sum(member["levels"].values()) == 1200
        assert await hub.read("/api/snapshot?number=2", link) == first
        assert await hub.read(f"/api/snapshot?task=task&number={stored.seq + 1000}", link) == second
        assert (await hub.read("/api/snapshot?task=other", link))["tasks"] == []

    with_hub(tmp_path, scenario)


def test_a_removed_run_is_in_none(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim("task", "a", ["a"])
        assert run_of(await hub.read("/api/snapshot", link), "task", 1)
        await link.ask(Release(id=900, task="task", node="a", epoch=held.epoch))
        await hub.service.pipeline.drop_run("task", 1, "for the test")
        for query in ("", "?number=2"):
            assert (await hub.read(f"/api/snapshot{query}", link))["tasks"] == []

    with_hub(tmp_path, scenario)


def test_the_next_hub_knows_what_was(tmp_path: Path) -> None:
    async def before(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a", "b"])

    async def after(hub: RunningHub) -> None:
        snapshot = await hub.read("/api/snapshot", await hub.link())
        assert run_of(snapshot, "task", 1)["nodes"] == ["a", "b"]

    with_hub(tmp_path, before)
    with_hub(tmp_path, after)


def test_one_run_alone(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        for context in ("b", "c"):
            held = await link.claim("task", "a", ["a"], context=context)
            if context == "c":
                await say_lines(link, 3)
            await link.ask(Release(id=next(link.ids), task="task", node="a", epoch=held.epoch))
        number = (await hub.read("/api/snapshot", link))["number"]
        whole = await hub.read("/api/snapshot?task=task", link)
        for query in ("", f"&number={number}"):
            one = await hub.read(f"/api/snapshot?task=task&run=2{query}", link)
            assert one["number"] == number and one["tasks"][0]["runs"] == whole["tasks"][0]["runs"][1:]
        assert whole["tasks"][0]["runs"][1]["logs"] == 3
        assert (await hub.read("/api/snapshot?task=task&run=3", link))["tasks"] == []
        assert (await hub.fetch("/api/snapshot?run=1", link)).code == 400

    with_hub(tmp_path, scenario)


def test_lines_that_name_another_task_count_there(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"], context="c")
        await link.claim("other", "b", ["b"], context="d")
        link.log_counter += 1
        record = Record(node="a", context="c", task="other", kind="log", body=LogBody(time=1.0, level=40, text="x"))
        await link.say(Records(counter=link.log_counter, records=[record]))
        await link.expect(RecordsStored, counter=link.log_counter)
        run = run_of(await hub.read("/api/snapshot", link), "other", 1)
        assert [(m["node"], m["state"], m["levels"]) for m in run["members"]] == [
            ("b", "up", {}), ("a", "absent", {"40": 1}),
        ]  # fmt: skip
        assert len(run["members"][1]["errors"]) == run["logs"] == 1
        [row] = hub.service.journal.logs.page(RowQuery(task="other")).rows
        assert run["members"][1]["error_times"] == [row.at]

    with_hub(tmp_path, scenario)


def test_who_asked_may_go_while_the_thread_is_at_work(tmp_path: Path) -> None:
    """The next one waits for the thread all the same: the fold is changed by one at a time."""

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"])
        entered, go_on = threading.Event(), threading.Event()

        def slow(fold: object, number: int) -> None:
            entered.set()
            go_on.wait(20)

        asking = asyncio.ensure_future(hub.service.snapshots.read(slow))
        while not entered.is_set():
            await asyncio.sleep(0.01)
        asking.cancel()
        second = asyncio.ensure_future(hub.service.snapshots.read(lambda fold, number: list(fold.tasks)))
        await asyncio.sleep(0.2)
        assert not second.done()
        go_on.set()
        assert await second == ["task"]

    with_hub(tmp_path, scenario)
