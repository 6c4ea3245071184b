"""Lines of a process that died before it claimed a task: they are in a run named after their node."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import psutil
from raw_link import RawLink, process_info
from running_hub import RunningHub, with_hub

from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.messages import Record, Records, RecordsStored


def line(node: str, context: str, text: str) -> Record:
    return Record(node=node, context=context, kind="log", body=LogBody(time=1.0, level=20, text=text, source="stdout"))


async def writes(link: RawLink, counter: int, *records: Record) -> None:
    await link.say(Records(counter=counter, records=list(records)))
    assert (await link.expect(RecordsStored)).counter == counter


async def rows_of(hub: RunningHub, link: RawLink, task: str, kind: str, count: int) -> list[dict[str, Any]]:
    """The rows of the task, once there are so many."""
    came = asyncio.Event()
    hub.service.journal.row_watchers.add(came.set)
    while True:
        came.clear()
        rows: list[dict[str, Any]] = (await hub.read(f"/api/records?kind={kind}&task={task}", link))["rows"]
        if len(rows) >= count:
            return rows
        await came.wait()


def info_of(child: subprocess.Popen[bytes]) -> Any:
    return process_info(pid=child.pid, started=psutil.Process(child.pid).create_time())


def test_what_a_process_wrote_before_it_died_is_in_a_run_of_its_node(
    tmp_path: Path, child: subprocess.Popen[bytes]
) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, reader = await hub.link(info_of(child)), await hub.link()
        await writes(a, 1, line("a", "ctx", "last words"), line("b", "other", "of its other node"))
        child.kill()
        assert [row["body"]["text"] for row in await rows_of(hub, reader, "a", "log", 1)] == ["last words"]
        assert [row["body"]["text"] for row in await rows_of(hub, reader, "b", "log", 1)] == ["of its other node"]
        began, ended = [row["body"] for row in await rows_of(hub, reader, "a", "session", 2)]
        assert (began["change"], began["pid"]) == ("began", child.pid)
        assert (ended["change"], ended["reason"]) == ("ended", "died")
        assert not hub.service.core.owner_of("a", "a")

    with_hub(tmp_path, scenario, resume_seconds=3600.0)


def test_a_process_that_stays_away_too_long_counts_as_gone(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, reader = await hub.link(process_info(host="elsewhere")), await hub.link()
        await writes(a, 1, line("a", "ctx", "from far away"))
        a.cut()
        assert [row["body"]["text"] for row in await rows_of(hub, reader, "a", "log", 1)] == ["from far away"]

    with_hub(tmp_path, scenario, resume_seconds=0.1)


def test_lines_of_a_claimed_context_stay_where_they_are(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, reader = await hub.link(info_of(child)), await hub.link()
        await writes(a, 1, line("a", "ctx", "before the claim"))
        await a.claim("task", "a", ["a"], context="ctx")
        await writes(a, 2, line("b", "loose", "never claimed"))
        child.kill()
        await rows_of(hub, reader, "b", "log", 1)
        assert [row["body"]["text"] for row in await rows_of(hub, reader, "task", "log", 1)] == ["before the claim"]
        assert not (await hub.read("/api/records?task=a", reader))["rows"]

    with_hub(tmp_path, scenario, resume_seconds=3600.0)


def test_they_join_the_run_that_goes_on_there(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, other = await hub.link(info_of(child)), await hub.link()
        claimed = await other.claim("a", "a", ["a"], context="of the other")
        await writes(a, 1, line("a", "ctx", "last words"))
        child.kill()
        (row,) = await rows_of(hub, other, "a", "log", 1)
        assert row["run"] == claimed.run
        assert hub.service.core.owner_of("a", "a")

    with_hub(tmp_path, scenario, resume_seconds=3600.0)
