"""Overviews: what a viewer that watches tasks and a run is told, and that it is told nothing else."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import psutil
from raw_link import RawLink, process_info
from running_hub import RunningHub, with_hub
from viewer import Viewer

from alphamed_nb.hub.server import overview_feed
from alphamed_nb.hub.store.query import RowQuery
from alphamed_nb.protocol.journal import Failure, LogBody, MetricBody, StateBody, TaskBody, Wait
from alphamed_nb.protocol.live import Following, Overview, RunChange
from alphamed_nb.protocol.messages import Claimed, Record, Records, RecordsStored, Release, Report, Stored
from alphamed_nb.protocol.snapshot import NodeView, RunView, Snapshot


async def say(link: RawLink, *records: Record) -> None:
    link.log_counter += 1
    await link.say(Records(counter=link.log_counter, records=list(records)))
    await link.expect(RecordsStored, counter=link.log_counter)


def line(node: str, level: int = 20, *, context: str = "", **more: Any) -> Record:
    body = LogBody(time=1.0, level=level, text="text", **more)
    return Record(node=node, context=context or f"context of {node}", kind="log", body=body)


def value(node: str, name: str, number: float) -> Record:
    return Record(
        node=node, context=f"context of {node}", kind="metric", body=MetricBody(time=1.0, name=name, value=number)
    )


async def claim(link: RawLink, node: str, nodes: list[str], task: str = "task") -> Claimed:
    return await link.claim(task, node, nodes, context=f"context of {node}")


async def report(link: RawLink, held: Claimed, node: str, body: StateBody | TaskBody, task: str = "task") -> int:
    link.counter += 1
    fields: dict[str, Any] = {"state": body} if isinstance(body, StateBody) else {"record": body}
    message = Report(id=next(link.ids), counter=link.counter, task=task, node=node, epoch=held.epoch, **fields)
    answer = await link.ask(message)
    assert isinstance(answer, Stored), answer
    return answer.seq


async def release(link: RawLink, held: Claimed, node: str, task: str = "task") -> None:
    await link.ask(Release(id=next(link.ids), task=task, node=node, epoch=held.epoch))


def members(change: RunChange | None) -> dict[str, NodeView]:
    assert change is not None
    return {member.node.node: member.node for member in change.members}


class Copy:
    """A run as a viewer puts it together from what it is told."""

    def __init__(self) -> None:
        self.number = 0
        self.nodes: dict[str, NodeView] = {}
        self.change: RunChange | None = None

    def take(self, overview: Overview) -> None:
        self.number = overview.number
        change = overview.run
        if change is None:
            return
        if change.whole:
            self.nodes = {}
        for member in change.members:
            before = self.nodes.get(member.node.node)
            intervals = before.intervals[: member.intervals_from] if before is not None else []
            assert len(intervals) == member.intervals_from
            member.node.intervals = [*intervals, *member.node.intervals]
            self.nodes[member.node.node] = member.node
        self.change = change

    def view(self) -> RunView:
        change = self.change
        assert change is not None
        listed = [self.nodes[node] for node in change.nodes]
        others = [view for node, view in self.nodes.items() if node not in change.nodes]
        return RunView(
            run=change.run, seq=change.seq, started=change.started, ended=change.ended, nodes=change.nodes,
            members=[*listed, *others], attempts=change.attempts, transfers=change.transfers,
            failures=change.failures, events=change.events, logs=change.logs, dropped=change.dropped,
        )  # fmt: skip


async def snapshot(hub: RunningHub, task: str, number: int) -> RunView:
    found: Snapshot = await hub.service.snapshots.as_of(number, task)
    return found.tasks[0].runs[-1]


# -- tasks in short ----------------------------------------------------------------------------------------------------


def test_the_first_overview_has_all_tasks_and_later_ones_what_changed(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await claim(link, "a", ["a", "b"], "one")
        await claim(link, "a", ["a"], "two")
        viewer = await Viewer.open(hub, link)
        first = await viewer.watch()
        assert sorted(task.task for task in first.tasks) == ["one", "two"] and first.run is None
        assert first.number == hub.service.journal.number
        (one,) = (task for task in first.tasks if task.task == "one")
        assert (one.runs, one.run, one.live, one.states, one.problem) == (
            [1],
            1,
            True,
            {"starting": 1, "absent": 1},
            None,
        )
        assert [(member.node, member.index, member.state) for member in one.members] == [
            ("a", 0, "up"), ("b", 1, "absent"),
        ]  # fmt: skip
        await claim(link, "b", ["a", "b"], "one")
        second = await viewer.next()
        assert [task.task for task in second.tasks] == ["one"] and second.tasks[0].states == {"starting": 2}
        await viewer.nothing()

    with_hub(tmp_path, scenario)


def test_what_a_glance_says_of_a_task(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        a, b = await claim(link, "a", ["a", "b"]), await claim(link, "b", ["a", "b"])
        start = TaskBody(
            time=1.0, change="started", role="aggregator", leads=True, scheduler="Demo", max_rounds=7, attempt="n"
        )
        await report(link, a, "a", start)
        await report(
            link, a, "a", TaskBody(time=1.0, change="round", role="aggregator", leads=True, round=3, attempt="n")
        )
        wait = Wait(whom=["b", "c"], kind="stream", name="update", since=1.0, arrived=["c"])
        await report(link, a, "a", StateBody(time=1.0, activity="waiting", wait=wait))
        await say(link, value("a", "test_accuracy", 0.5), line("b", 40), line("a", 20), line("a", 40))
        viewer = await Viewer.open(hub, link)
        (task,) = (await viewer.watch()).tasks
        assert (task.scheduler, task.round, task.max_rounds, task.result) == ("Demo", 3, 7, "")
        assert task.states == {"waiting": 1, "starting": 1}
        assert (task.members[0].waits, task.members[0].whom, task.members[0].activity) == (True, ["b"], "waiting")
        assert task.score == ("test_accuracy", 0.5) and len(task.errors) == 2
        failure = Failure(type="ValueError", message="bad", place="net.py:3")
        await say(link, line("b", 40), line("a", 40))
        failed = await report(link, b, "b", StateBody(time=1.0, activity="failed", failure=failure))
        overview = await viewer.until(lambda it: it.tasks and it.tasks[0].problem)
        (task,) = overview.tasks
        assert overview.number >= failed and task.problem is not None
        assert task.problem.seq == task.errors[-2] and len(task.errors) == 4
        assert task.states == {"waiting": 1, "failed": 1}
        failure = Failure(type="TooFewUpdates", because_of=["b"])
        await report(link, a, "a", StateBody(time=1.0, activity="failed", failure=failure))
        (task,) = (await viewer.until(lambda it: it.tasks and it.tasks[0].states == {"failed": 2})).tasks
        # It leads with what failed first, and so does the record it leads to.
        assert task.problem is not None and task.problem.seq == task.errors[-2]
        first, consequence = task.problem.failures
        assert (first.nodes, first.type, first.place, first.message) == (["b"], "ValueError", "net.py:3", "bad")
        assert (consequence.nodes, consequence.type, consequence.because_of) == (["a"], "TooFewUpdates", ["b"])
        await report(
            link,
            a,
            "a",
            TaskBody(time=1.0, change="ended", role="aggregator", leads=True, attempt="n", result="stopped"),
        )
        assert (await viewer.until(lambda it: it.tasks)).tasks[0].result == "stopped"

    with_hub(tmp_path, scenario)


def test_lines_that_change_no_glance_are_no_news(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await claim(link, "a", ["a"])
        viewer = await Viewer.open(hub, link)
        await viewer.watch()
        await say(link, *(line("a") for _ in range(50)))
        await say(link, line("a", 40))
        overview = await viewer.next()
        assert len(overview.tasks[0].errors) == 1 and overview.run is None
        await say(link, line("a"))
        await viewer.nothing()

    with_hub(tmp_path, scenario, overview_seconds=0.05)


def test_of_a_large_task_only_nodes_in_trouble(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        nodes = [f"node {n}" for n in range(60)]
        held = {node: await claim(link, node, nodes) for node in nodes[1:]}
        await report(link, held["node 7"], "node 7", StateBody(time=1.0, activity="failed"))
        viewer = await Viewer.open(hub, link)
        (task,) = (await viewer.watch()).tasks
        assert [(member.node, member.state) for member in task.members] == [("node 7", "failed"), ("node 0", "absent")]
        assert task.states == {"absent": 1, "failed": 1, "starting": 58}

    with_hub(tmp_path, scenario)


# -- one run -----------------------------------------------------------------------------------------------------------


def test_errors_from_before_their_context_claimed_the_task_have_their_times_too(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await say(link, line("a", 40, context="context of b"))
        await claim(link, "a", ["a", "b"])
        await say(link, line("a", 40))
        viewer = await Viewer.open(hub, link)
        first = members((await viewer.watch(task="task")).run)["a"]
        assert len(first.errors) == len(first.error_times) == 1
        await claim(link, "b", ["a", "b"])
        second = await viewer.until(lambda it: it.run is not None and len(members(it.run).get("a", first).errors) == 2)
        rows = hub.service.journal.logs.page(RowQuery(task="task")).rows
        assert members(second.run)["a"].error_times == [row.at for row in rows] and len(rows) == 2

    with_hub(tmp_path, scenario, overview_seconds=0.02)


def test_only_members_that_changed_and_only_new_intervals(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        a, b = await claim(link, "a", ["a", "b", "c"]), await claim(link, "b", ["a", "b", "c"])
        await report(link, a, "a", StateBody(time=1.0, activity="training", round=1))
        await say(link, line("a"), line("a", 40))
        viewer = await Viewer.open(hub, link)
        first = (await viewer.watch(task="task")).run
        assert first is not None and first.whole and (first.task, first.run, first.logs) == ("task", 1, 2)
        assert list(members(first)) == ["a", "b", "c"]
        assert members(first)["a"].levels == {20: 1, 40: 1} and len(members(first)["a"].errors) == 1
        await report(link, a, "a", StateBody(time=1.0, activity="sending", round=1))
        second = (await viewer.until(lambda it: it.run)).run
        assert second is not None and not second.whole and list(members(second)) == ["a"]
        assert second.members[0].intervals_from == 0  # the first has an end now
        assert [interval.activity for interval in members(second)["a"].intervals] == ["training", "sending"]
        await report(link, a, "a", StateBody(time=1.0, activity="waiting", round=1))
        third = (await viewer.until(lambda it: it.run)).run
        assert third is not None and third.members[0].intervals_from == 1
        # Lines alone: counts, and no interval again.
        await say(link, line("b"), line("b", 30))
        fourth = (await viewer.until(lambda it: it.run)).run
        assert list(members(fourth)) == ["b"] and members(fourth)["b"].levels == {20: 1, 30: 1}
        await say(link, line("a", 50), line("a", 30, source="dropped", dropped=4))
        fifth = (await viewer.until(lambda it: it.run)).run
        assert fifth is not None and list(members(fifth)) == ["a"]
        assert (fifth.members[0].intervals_from, members(fifth)["a"].intervals) == (3, [])
        assert members(fifth)["a"].levels == {20: 1, 30: 1, 40: 1, 50: 1} and len(members(fifth)["a"].errors) == 2
        rows = hub.service.journal.logs.page(RowQuery(task="task", level=40)).rows
        assert members(fifth)["a"].error_times == [row.at for row in rows] and len(rows) == 2
        assert (fifth.logs, fifth.dropped) == (6, 4)
        await release(link, b, "b")

    with_hub(tmp_path, scenario, overview_seconds=0.02)


def test_put_together_it_is_the_snapshot(tmp_path: Path) -> None:
    """Whatever happens, in whatever portions it is told."""

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        nodes = ["a", "b", "c"]
        held = {node: await claim(link, node, nodes) for node in ("a", "b")}
        viewer = await Viewer.open(hub, link)
        copy = Copy()
        copy.take(await viewer.watch(task="task"))
        for step in range(40):
            node = "ab"[step % 2]
            activity = ("training", "sending", "waiting", "testing")[step // 3 % 4]
            await report(link, held[node], node, StateBody(time=1.0, activity=activity, round=step // 5))
            if step % 4 == 0:
                await say(link, line(node, (20, 30, 40)[step % 3]), line("b"), line("c", context="context of a"))
            if step % 5 == 0:
                await link.send(held[node], "task", node, ["b"], step)
            if step == 20:
                # The initiator's list counts from here on.
                await release(link, held["b"], "b")
                held["b"] = await claim(link, "b", ["b", "a", "d"])
                await report(link, held["b"], "b", TaskBody(time=1.0, change="started", role="aggregator", leads=True))
            if step % 7 == 0:
                copy.take(await viewer.next())
        last = await report(link, held["a"], "a", StateBody(time=1.0, activity="finished"))
        while copy.number < last:
            copy.take(await viewer.next())
        assert copy.view() == await snapshot(hub, "task", copy.number)
        assert copy.change is not None and copy.change.nodes == ["b", "a", "d"]

    with_hub(tmp_path, scenario, overview_seconds=0.01)


def test_the_next_run_begins_anew_for_who_watches_the_latest(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        viewer, pinned = await Viewer.open(hub, link), await Viewer.open(hub, link)
        assert (await viewer.watch(task="task")).run is None
        held = await claim(link, "a", ["a"])
        first = (await viewer.until(lambda it: it.run)).run
        assert first is not None and (first.run, first.whole) == (1, True)
        assert (await pinned.watch(task="task", run=1)).run is not None
        await release(link, held, "a")
        held = await claim(link, "b", ["b"])
        second = (await viewer.until(lambda it: it.run is not None and it.run.run == 2)).run
        assert second is not None and second.whole and list(members(second)) == ["b"]
        changes = []
        while not changes or changes[-1].tasks[0].runs != [1, 2]:
            changes.append(await pinned.until(lambda it: it.tasks))
        runs = [overview.run for overview in changes if overview.run is not None]
        assert {(run.run, run.whole) for run in runs} == {(1, False)} and runs[-1].ended

    with_hub(tmp_path, scenario)


def test_removed_runs_and_tasks(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        for node in ("a", "b"):
            await release(link, await claim(link, node, [node]), node)
        viewer = await Viewer.open(hub, link)
        first = await viewer.watch(task="task")
        assert first.tasks[0].runs == [1, 2] and first.run is not None and first.run.run == 2
        await hub.service.pipeline.drop_run("task", 2, "for the test")
        overview = await viewer.until(lambda it: it.tasks)
        assert overview.tasks[0].runs == [1]
        assert overview.run is not None and (overview.run.run, overview.run.whole) == (1, True)
        await hub.service.pipeline.drop_run("task", 1, "for the test")
        overview = await viewer.until(lambda it: it.removed)
        assert (overview.removed, overview.tasks, overview.run) == (["task"], [], None)

    with_hub(tmp_path, scenario)


def test_a_new_question_replaces_the_old_one_of_either_kind(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await claim(link, "a", ["a"])
        viewer = await Viewer.open(hub, link)
        await viewer.watch(task="task")
        await viewer.follow(after=0)
        assert isinstance(await viewer.next(), Following)
        await viewer.rows(1)
        await link.send(held, "task", "a", ["a"], 1)
        assert [row.kind for row in await viewer.rows(1)] == ["event"]
        again = await viewer.watch(task="task")
        assert again.tasks and again.run is not None and again.run.whole
        await link.send(held, "task", "a", ["a"], 2)
        assert (await viewer.until(lambda it: it.run)).run.events == 2  # type: ignore[union-attr]

    with_hub(tmp_path, scenario)


def test_overviews_come_at_most_so_often(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await claim(link, "a", ["a"])
        viewer = await Viewer.open(hub, link)
        await viewer.watch(task="task")
        loop = asyncio.get_running_loop()
        begin, frames, logs = loop.time(), 0, 0

        async def read() -> None:
            nonlocal frames, logs
            while logs < 300:
                logs = (await viewer.until(lambda it: it.run)).run.logs  # type: ignore[union-attr]
                frames += 1

        reading = asyncio.ensure_future(read())
        for _ in range(300):
            await say(link, line("a"))
        await reading
        assert frames <= (loop.time() - begin) / 0.25 + 2

    with_hub(tmp_path, scenario)


def test_lines_ahead_of_the_other_file_are_told_when_their_turn_comes(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await claim(link, "a", ["a"])
        viewer = await Viewer.open(hub, link)
        await viewer.watch(task="task")
        # As while a commit of the messages file takes long:
        first = hub.service.core.take_seq()
        hub.service.journal.watermark.taken(first)
        marks, looks = hub.service.journal.log_marks, []
        key = marks.key

        def noted(task: str, run: int, number: int) -> tuple[int, int]:
            found = key(task, run, number)
            if found[0]:
                looks.append(found)
            return found

        marks.key = noted
        await say(link, line("a"))
        while len(looks) < 2:  # at the task, and at its run: it is above what readers may see
            await asyncio.sleep(0.01)
        await hub.service.snapshots.read(lambda fold, number: None)  # and that look is over
        hub.service.journal.watermark.restart(first + 1)
        for watcher in list(hub.service.journal.row_watchers):
            watcher()
        overview = await viewer.until(lambda it: it.run)
        assert overview.run is not None and overview.run.logs == 1

    with_hub(tmp_path, scenario, overview_seconds=0.02)


def test_the_next_hub_counts_on(tmp_path: Path) -> None:
    async def before(hub: RunningHub) -> None:
        link = await hub.link()
        held = await claim(link, "a", ["a"])
        await say(link, line("a"), line("a", 40), value("a", "accuracy", 0.25))
        await release(link, held, "a")

    async def after(hub: RunningHub) -> None:
        first = await (await Viewer.open(hub, await hub.link())).watch(task="task")
        assert first.tasks[0].score == ("accuracy", 0.25) and len(first.tasks[0].errors) == 1
        assert members(first.run)["a"].levels == {20: 1, 40: 1}

    with_hub(tmp_path, before)
    with_hub(tmp_path, after)


def test_memory_of_processes_on_this_machine(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        elsewhere = await hub.link(process_info(host="elsewhere"))
        await claim(link, "a", ["a", "b", "c"])
        await claim(elsewhere, "b", ["a", "b", "c"])
        viewer = await Viewer.open(hub, link)
        first = await viewer.watch(task="task", memory=True)
        assert first.run is not None and first.run.whole and not first.memory
        overview = await viewer.until(lambda it: it.memory)
        assert list(overview.memory) == ["a"]
        assert abs(overview.memory["a"] / psutil.Process(os.getpid()).memory_info().rss - 1) < 0.5
        plain = await Viewer.open(hub, link)
        await plain.watch(task="task")
        await plain.nothing(0.5)

    with_hub(tmp_path, scenario, memory_seconds=0.05)


def test_memory_is_told_again_only_when_it_changed(tmp_path: Path, monkeypatch: Any) -> None:
    sizes = iter([1000, 1005, 995, 1010, 1011, 2000])

    monkeypatch.setattr(overview_feed, "resident_memory", lambda processes: dict.fromkeys(processes, next(sizes, 2000)))

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await claim(link, "a", ["a"])
        viewer = await Viewer.open(hub, link)
        await viewer.watch(task="task", memory=True)
        told = [(await viewer.until(lambda it: it.memory)).memory["a"] for _ in range(3)]
        assert told == [1000, 1011, 2000]
        await viewer.nothing()

    with_hub(tmp_path, scenario, memory_seconds=0.02)


def test_nobody_is_measured_once_the_viewer_is_gone(tmp_path: Path, monkeypatch: Any) -> None:
    looks: list[int] = []
    monkeypatch.setattr(overview_feed, "resident_memory", lambda processes: looks.append(1) or {})

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await claim(link, "a", ["a"])
        viewer = await Viewer.open(hub, link)
        await viewer.watch(task="task", memory=True)
        while not looks:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # between two looks
        viewer.connection.close()
        while hub.service.viewers:
            await asyncio.sleep(0.01)
        before = len(looks)
        await asyncio.sleep(1.0)
        assert len(looks) == before

    with_hub(tmp_path, scenario, memory_seconds=0.5)
