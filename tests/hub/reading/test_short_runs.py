"""Of a run that has ended and that nobody looks at only the short form stays in memory; all else is folded anew."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from raw_link import RawLink
from running_hub import RunningHub, with_hub

from alphamed_nb.hub.fold.folds import Fold
from alphamed_nb.hub.reading.overviews import Overviews
from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.live import LiveMessage, Overview, TaskGlance
from alphamed_nb.protocol.messages import Claimed, Record, Records, RecordsStored, Release

_decode = msgspec.json.Decoder(LiveMessage).decode


async def log(link: RawLink, task: str, text: str, level: int = 40) -> None:
    link.log_counter += 1
    record = Record(
        node="a", context=f"context of {task}", task=task, kind="log", body=LogBody(time=1.0, level=level, text=text)
    )
    await link.say(Records(counter=link.log_counter, records=[record]))
    await link.expect(RecordsStored, counter=link.log_counter)


async def run(hub: RunningHub, task: str) -> RawLink:
    """A short run; its process stays."""
    link = await hub.link()
    held = await link.claim(task, "a", ["a", "b"], context=f"context of {task}")
    await link.send(held, task, "a", ["b"], 1)
    await log(link, task, "it failed")
    await link.ask(Release(id=9999, task=task, node="a", epoch=held.epoch, state="failed"))
    return link


async def told(overviews: Overviews) -> Overview:
    frame = await overviews.next()
    assert frame is not None
    overview = _decode(frame)
    assert isinstance(overview, Overview)
    return overview


async def everything(hub: RunningHub, task: str | None = None) -> tuple[dict[str, TaskGlance], Any]:
    """What a viewer that comes now is told: all tasks in short, and one run in full."""
    overviews = Overviews(hub.service.snapshots, hub.service.journal, "", task, None)
    overview = await told(overviews)
    overviews.close()
    return {glance.task: glance for glance in overview.tasks}, overview.run


async def closed(hub: RunningHub) -> set[tuple[str, int]]:
    """Read once more; which runs are closed then?"""

    def look(fold: Fold, _: int) -> set[tuple[str, int]]:
        return {(task, run) for task in fold.tasks for run in fold.runs(task) if fold.is_closed(task, run)}

    return await hub.service.snapshots.read(look)


async def pass_time(hub: RunningHub, link: RawLink, held: Claimed) -> None:
    """A minute later something happens somewhere else."""
    ahead = hub.service.journal.clock() - time.time() + 60.0
    hub.service.journal.clock = lambda: time.time() + ahead
    await link.send(held, "other", "o", ["o"], 1)


def test_a_run_that_ended_is_kept_in_short_and_told_as_before(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        other = await hub.link()
        held = await other.claim("other", "o", ["o"])
        await run(hub, "task")
        before, in_full = await everything(hub, "task")
        assert await closed(hub) == set(), "the last lines are still on their way"
        viewer = Overviews(hub.service.snapshots, hub.service.journal, "", "task", None)
        await viewer.next()
        await pass_time(hub, other, held)
        assert await closed(hub) == set(), "somebody looks at it"
        viewer.close()
        await pass_time(hub, other, held)
        assert await closed(hub) == {("task", 1)}
        after, _ = await everything(hub)
        assert after["task"] == before["task"]
        assert (await everything(hub, "task"))[1] == in_full
        snapshot = await hub.read("/api/snapshot", other)
        assert [entry["task"] for entry in snapshot["tasks"]] == ["other", "task"]

    with_hub(tmp_path, scenario)


def test_what_comes_after_it_was_closed_is_told(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        other = await hub.link()
        held = await other.claim("other", "o", ["o"])
        link = await run(hub, "task")
        viewer = Overviews(hub.service.snapshots, hub.service.journal, "", None, None)
        [first] = [glance for glance in (await told(viewer)).tasks if glance.task == "task"]
        await pass_time(hub, other, held)
        assert await closed(hub) == {("task", 1)}
        assert await viewer.next() is None, "that is no news"
        await log(link, "task", "one more")
        [glance] = (await told(viewer)).tasks
        assert glance.errors[:-1] == first.errors and len(glance.errors) == 2
        await pass_time(hub, other, held)
        assert await closed(hub) == {("task", 1)}
        await run(hub, "task")
        [glance] = (await told(viewer)).tasks
        assert (glance.run, glance.runs) == (2, [1, 2])
        await pass_time(hub, other, held)
        assert await closed(hub) == {("task", 1), ("task", 2)}
        await hub.service.pipeline.drop_run("task", 2, "for the test")
        [glance] = [glance for glance in (await told(viewer)).tasks if glance.task == "task"]
        assert (glance.run, glance.runs) == (1, [1])
        await hub.service.pipeline.drop_run("task", 1, "for the test")
        assert (await told(viewer)).removed == ["task"]

    with_hub(tmp_path, scenario)


def test_the_next_hub_does_not_keep_what_ended_long_ago_while_it_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glances: dict[str, TaskGlance] = {}

    async def before(hub: RunningHub) -> None:
        for number in range(5):
            await run(hub, f"task {number}")
        glances.update((await everything(hub))[0])

    async def after(hub: RunningHub) -> None:
        monkeypatch.setattr("alphamed_nb.hub.reading.snapshots._PAGE_ROWS", 3)
        hub.service.journal.clock = lambda: time.time() + 60.0
        most = 0
        close = hub.service.snapshots._close

        def counting(fold: Fold, upto: int) -> None:
            nonlocal most
            most = max(most, len(fold.open))
            close(fold, upto)

        monkeypatch.setattr(hub.service.snapshots, "_close", counting)
        assert (await everything(hub))[0] == glances
        assert most <= 2

    with_hub(tmp_path, before)
    with_hub(tmp_path, after)
