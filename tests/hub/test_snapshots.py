"""Snapshots: as of now and as of a number, through the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from raw_link import RawLink
from running_hub import RunningHub, with_hub

from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.messages import Record, Records, RecordsStored, Release


async def say_lines(link: RawLink, count: int) -> None:
    link.log_counter += 1
    records = [Record(node="a", context="c", log=LogBody(time=1.0, level=20, text="x")) for _ in range(count)]
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
        await hub.service.drop_run("task", 1, "for the test")
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
