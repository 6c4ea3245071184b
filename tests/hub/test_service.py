"""The hub as a whole, through real sockets: what it acknowledged is stored, and delivered once and in order."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest
from raw_link import RawLink, process_info
from running_hub import RunningHub, with_hub

from alphamed_nb.protocol.errors import StorageFailed
from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.messages import (
    Clean,
    Cleaned,
    Done,
    EventItem,
    Presence,
    Receive,
    Record,
    Records,
    RecordsStored,
    Refused,
    Release,
    Stored,
    Watching,
    WatchNodes,
    encode_frame,
)


def contents(item: EventItem) -> Any:
    return json.loads(bytes(item.contract))["value"]


def test_an_event_reaches_its_target(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(), await hub.link()
        held_a = await a.claim("task", "a", ["a", "b"])
        held_b = await b.claim("task", "b", ["a", "b"])
        stored = await a.send(held_a, "task", "a", ["b"], {"n": 1})
        item = await b.receive(held_b, "task", "b")
        assert (item.seq, item.sender, contents(item)) == (stored.seq, "a", {"n": 1})

    with_hub(tmp_path, scenario)


def test_an_acknowledged_event_is_on_the_disk(tmp_path: Path) -> None:
    """The next hub on the directory delivers it, although the first one was never told to write anything out."""

    async def send(hub: RunningHub) -> None:
        a = await hub.link()
        await a.send(await a.claim("task", "a", ["a", "b"]), "task", "a", ["b"], "kept")
        # What a reader of the file sees before any orderly end:
        assert [row.kind for row in hub.service.journal.messages.rows(_all())] == ["session", "event"]

    async def receive(hub: RunningHub) -> None:
        b = await hub.link()
        held = await b.claim("task", "b", ["a", "b"])
        assert contents(await b.receive(held, "task", "b")) == "kept"

    with_hub(tmp_path, send)
    with_hub(tmp_path, receive)


@pytest.mark.parametrize("slow", ["messages", "logs"])
def test_nothing_is_acknowledged_before_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """While one file takes long, the answers of the other one say how far the hub is."""

    async def scenario(hub: RunningHub) -> None:
        a = await hub.link()
        held = await a.claim("task", "a", ["a"])
        rules = getattr(hub.service.journal, slow)._writer._rules
        written, apply = threading.Event(), rules.apply
        monkeypatch.setattr(rules, "apply", lambda connection, batch: written.wait(30) and apply(connection, batch))
        try:
            send = a.send_of(held, "task", "a", ["a"], 1)
            records = Records(counter=1, records=lines("a", "ctx", ["a line"]))
            first, second = (Stored, RecordsStored) if slow == "messages" else (RecordsStored, Stored)
            await a.say(*([send, records] if slow == "messages" else [records, send]))
            await a.expect(second)
            assert not a.got
        finally:
            written.set()
        await a.expect(first)

    with_hub(tmp_path, scenario)


def test_a_storm_from_several_links_is_delivered_in_order(tmp_path: Path) -> None:
    count, senders = 1500, ["a", "b", "c"]

    async def scenario(hub: RunningHub) -> None:
        receiver = await hub.link()
        held = await receiver.claim("task", "r", [*senders, "r"])

        async def storm(name: str) -> list[int]:
            link = await hub.link()
            claimed = await link.claim("task", name, [*senders, "r"])
            sends = [link.send_of(claimed, "task", name, ["r"], n) for n in range(count)]
            for at in range(0, count, 100):
                await link.say(*sends[at : at + 100])
            return [(await link.answer(send.id)).seq for send in sends]

        async def collect() -> list[EventItem]:
            return [await receiver.receive(held, "task", "r") for _ in range(count * len(senders))]

        *numbers, items = await asyncio.gather(*(storm(name) for name in senders), collect())
        assert [item.seq for item in items] == sorted(seq for some in numbers for seq in some)
        for name, acknowledged in zip(senders, numbers, strict=True):
            assert acknowledged == sorted(acknowledged)
            assert [contents(item) for item in items if item.sender == name] == list(range(count))

    with_hub(tmp_path, scenario)


def test_a_link_that_comes_back_resumes_and_nothing_is_stored_twice(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        process = process_info()
        a, b = await hub.link(process), await hub.link()
        held_a = await a.claim("task", "a", ["a", "b"])
        held_b = await b.claim("task", "b", ["a", "b"])
        first = a.send_of(held_a, "task", "a", ["b"], 1)
        await a.ask(first)
        second = a.send_of(held_a, "task", "a", ["b"], 2)
        await a.say(second)
        a.cut()
        again = await hub.link(process)
        resumed = await again.claim("task", "a", ["a", "b"], epoch=held_a.epoch)
        assert resumed.resumed
        for send in (first, second):
            assert isinstance(await again.ask(send), Stored)
        again.counter = second.counter
        await again.send(resumed, "task", "a", ["b"], 3)
        assert [contents(await b.receive(held_b, "task", "b")) for _ in range(3)] == [1, 2, 3]

    with_hub(tmp_path, scenario)


def test_a_second_link_of_a_process_replaces_the_first(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        process = process_info()
        first = await hub.link(process)
        held = await first.claim("task", "a")
        second = await hub.link(process)
        await first.wait_closed()
        assert (await second.claim("task", "a", epoch=held.epoch)).resumed
        assert len(hub.service.links) == 1

    with_hub(tmp_path, scenario)


def test_the_last_message_of_a_link_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that releases its node and closes at once has released it, though it never reads the answer."""

    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(), await hub.link()
        held = await a.claim("task", "a", ["a", "b"])
        held_b = await b.claim("task", "b", ["a", "b"])
        answer = await b.ask(WatchNodes(id=90, task="task", node="b", epoch=held_b.epoch))
        assert isinstance(answer, Watching)

        # The hub is held up at the first message until it knows that the link is closed.
        closed = threading.Event()
        messages, intake = hub.service.journal.messages, hub.service.intake
        ended_runs_of, end = messages.ended_runs_of, intake.end
        monkeypatch.setattr(messages, "ended_runs_of", lambda node: closed.wait(30) and ended_runs_of(node))
        monkeypatch.setattr(intake, "end", lambda *link: (end(*link), closed.set()))
        await a.say(Clean(id=999, node="a"), Release(id=1000, task="task", node="a", epoch=held.epoch))
        a.close()
        change = (await b.expect(Presence)).change
        assert (change.node, change.state) == ("a", "ended")

    with_hub(tmp_path, scenario)


def test_what_a_process_said_before_it_ended_counts(tmp_path: Path) -> None:
    """The operating system may tell of its end before the last it wrote was read."""

    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(), await hub.link()
        held = await a.claim("task", "a", ["a", "b"])
        held_b = await b.claim("task", "b", ["a", "b"])
        await b.ask(WatchNodes(id=90, task="task", node="b", epoch=held_b.epoch))
        release = Release(id=1000, task="task", node="a", epoch=held.epoch)
        written = a.connection.write_message(encode_frame([release]))
        hub.service.links.process_ended(a.process.incarnation)
        await written
        assert (await b.expect(Presence)).change.state == "ended"

    with_hub(tmp_path, scenario)


def info_of(child: subprocess.Popen[bytes]) -> Any:
    return process_info(pid=child.pid, started=psutil.Process(child.pid).create_time())


def test_a_process_that_dies_is_gone_at_once(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    """Although its link stays open, as when a child of it holds the socket, and long before a lost link would count."""

    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(info_of(child)), await hub.link()
        await a.claim("task", "a", ["a", "b"])
        held_b = await b.claim("task", "b", ["a", "b"])
        await b.ask(WatchNodes(id=90, task="task", node="b", epoch=held_b.epoch))
        child.kill()
        change = (await b.expect(Presence)).change
        assert (change.node, change.state, change.cause) == ("a", "gone", "its process ended")

    with_hub(tmp_path, scenario, resume_seconds=3600.0)


def test_a_claim_of_a_dead_owner_is_taken_over(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(info_of(child)), await hub.link()
        await a.claim("task", "a")
        hub.service.links.processes.close()  # not told by the operating system: the claim has to look for itself
        child.kill()
        child.wait()
        assert (await b.claim("task", "a")).epoch

    with_hub(tmp_path, scenario, resume_seconds=3600.0)


def test_a_live_owner_is_not(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(process_info(notebook="one.ipynb")), await hub.link()
        await a.claim("task", "a")
        answer = await b.ask(b.claim_of("task", "a"))
        assert isinstance(answer, Refused) and answer.error.code == "already_claimed"
        assert "one.ipynb" in answer.error.message

    with_hub(tmp_path, scenario)


def test_held_sessions_resume_at_the_next_hub(tmp_path: Path) -> None:
    process = process_info()
    held: list[Any] = []

    async def before(hub: RunningHub) -> None:
        a = await hub.link(process)
        held.append(await a.claim("task", "a", ["a"]))
        await a.send(held[0], "task", "a", ["a"], 1)

    async def after(hub: RunningHub) -> None:
        a = await hub.link(process)
        assert a.counter == 1
        claimed = await a.claim("task", "a", ["a"], epoch=held[0].epoch)
        assert claimed.resumed and claimed.epoch == held[0].epoch
        assert contents(await a.receive(claimed, "task", "a")) == 1

    with_hub(tmp_path, before)
    with_hub(tmp_path, after)


def test_sessions_of_processes_that_died_with_the_hub_are_gone(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    async def before(hub: RunningHub) -> None:
        a = await hub.link(info_of(child))
        await a.claim("task", "a", ["a", "b"])

    async def after(hub: RunningHub) -> None:
        b = await hub.link()
        held = await b.claim("task", "b", ["a", "b"])
        watching = await b.ask(WatchNodes(id=90, task="task", node="b", epoch=held.epoch))
        states = {state.node: state.state for state in watching.present}
        if states["a"] == "up":  # the news of its end may come a moment later
            assert (await b.expect(Presence)).change.state == "gone"

    with_hub(tmp_path, before)
    child.kill()
    child.wait()
    with_hub(tmp_path, after, resume_seconds=3600.0)


def test_a_request_without_a_session_is_refused_and_the_link_goes_on(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a = await hub.link()
        answer = await a.ask(Receive(id=1000, task="unknown", node="a", epoch=7, position=0))
        assert isinstance(answer, Refused) and answer.error.code == "fenced"
        assert (await a.claim("task", "a")).epoch

    with_hub(tmp_path, scenario)


def test_clean_drops_what_has_ended(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a = await hub.link()
        held = await a.claim("old", "a")
        await a.send(held, "old", "a", ["a"], 1)
        await a.ask(Release(id=500, task="old", node="a", epoch=held.epoch))
        await a.claim("new", "a")
        answer = await a.ask(Clean(id=501, node="a"))
        assert isinstance(answer, Cleaned) and answer.runs == 1
        assert {run.task for run in hub.service.journal.messages.runs()} == {"new"}

    with_hub(tmp_path, scenario)


def full_disk(*_: object) -> Any:
    raise OSError("the disk is full")


def test_a_store_that_fails_closes_the_links_and_they_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hub: RunningHub) -> None:
        process = process_info()
        a = await hub.link(process)
        held = await a.claim("task", "a", ["a"])
        await a.send(held, "task", "a", ["a"], 1)
        lost = a.send_of(held, "task", "a", ["a"], 2)
        rules = hub.service.journal.messages._writer._rules
        with monkeypatch.context() as patch:
            patch.setattr(rules, "apply", full_disk)
            await a.say(lost)
            assert (await a.refused()).error.code == "storage_failed"

        again = await hub.link(process)
        resumed = await again.claim("task", "a", ["a"], epoch=held.epoch)
        if again.counter < lost.counter:
            again.counter = lost.counter
            assert isinstance(await again.ask(lost), Stored)
        await again.send(resumed, "task", "a", ["a"], 3)
        assert [contents(await again.receive(resumed, "task", "a")) for _ in range(3)] == [1, 2, 3]

    with_hub(tmp_path, scenario)


def test_a_fault_of_the_hub_is_told_to_its_sender_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(), await hub.link()
        held = await b.claim("task", "b", ["b"])

        def broken(*_: object) -> Any:
            raise RuntimeError("a fault")

        with monkeypatch.context() as patch:
            patch.setattr(hub.service.core, "owner_of", broken)
            answer = await a.ask(a.claim_of("task", "a"))
        assert isinstance(answer, Refused) and answer.error.code == "hub_error"
        assert "a fault" not in answer.error.message
        await b.send(held, "task", "b", ["b"], 1)
        assert (await a.claim("task", "a")).epoch

    with_hub(tmp_path, scenario)


# -- records -----------------------------------------------------------------------------------------------------------


def _all(**fields: Any) -> Any:
    from alphamed_nb.hub.store.query import RowQuery

    return RowQuery(**fields)


def lines(node: str, context: str, texts: list[str], task: str = "") -> list[Record]:
    return [
        Record(node=node, context=context, task=task, kind="log", body=LogBody(time=1.0, level=20, text=text))
        for text in texts
    ]


def test_records_are_kept_once_and_belong_to_the_run(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        process = process_info()
        a = await hub.link(process)
        await a.say(Records(counter=1, records=lines("a", "ctx", ["before the claim"])))
        assert (await a.expect(RecordsStored)).counter == 1
        claimed = await a.claim("task", "a", ["a"], context="ctx")
        await a.say(Records(counter=2, records=lines("a", "ctx", ["one", "two"])))
        assert (await a.expect(RecordsStored)).counter == 2
        a.cut()
        again = await hub.link(process)
        assert again.log_counter == 2
        await again.say(Records(counter=2, records=lines("a", "ctx", ["one", "two"])))
        assert (await again.expect(RecordsStored)).counter == 2
        page = await hub.read("/api/records?kind=log&task=task", again)
        assert [row["body"]["text"] for row in page["rows"]] == ["before the claim", "one", "two"]
        assert {row["run"] for row in page["rows"]} == {claimed.run}
        assert page["complete"]

    with_hub(tmp_path, scenario)


def test_a_flood_of_records_does_not_hold_up_messages(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(), await hub.link()
        held = await b.claim("task", "b", ["b"])
        for counter in range(1, 101):
            await a.say(Records(counter=counter, records=lines("a", "ctx", [f"line {n}" for n in range(200)])))
        await b.send(held, "task", "b", ["b"], 1)
        assert contents(await b.receive(held, "task", "b")) == 1
        counter = 0
        while counter < 100:
            counter = (await a.expect(RecordsStored)).counter
        assert hub.service.journal.number >= 20_000

    with_hub(tmp_path, scenario)


# -- upkeep ------------------------------------------------------------------------------------------------------------


def test_retention_drops_old_runs_and_says_so(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:

        a = await hub.link()
        held = await a.claim("old", "a")
        assert isinstance(await a.ask(Release(id=500, task="old", node="a", epoch=held.epoch)), Done)
        await a.claim("live", "a")
        now = hub.service.journal.clock()
        hub.service.journal.clock = lambda: now + 8 * 24 * 3600
        dropped = await hub.embedded.upkeep.retain()
        assert [(run.task, run.run) for run in dropped] == [("old", 1)]
        assert {run.task for run in hub.service.journal.messages.runs()} == {"live"}
        rows = hub.service.journal.messages.rows(_all(kinds=("hub",)))
        assert rows and b"old" in bytes(rows[-1].body)

    with_hub(tmp_path, scenario)


def test_idle_tasks_leave_memory_and_come_back(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a = await hub.link()
        held = await a.claim("task", "a", ["a", "b"])
        await a.send(held, "task", "a", ["b"], "waits")
        await a.ask(Release(id=500, task="task", node="a", epoch=held.epoch))
        await hub.service.pipeline.tidy()
        assert not hub.service.core.knows("task")
        b = await hub.link()
        assert contents(await b.receive(await b.claim("task", "b", ["a", "b"]), "task", "b")) == "waits"

    with_hub(tmp_path, scenario)


def test_counters_of_records_leave_memory_once_they_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while others are on their way to the disk all the time."""

    async def scenario(hub: RunningHub) -> None:
        a = await hub.link()
        await a.say(Records(counter=1, records=lines("a", "ctx", ["a line"])))
        await a.expect(RecordsStored)
        rules = hub.service.journal.logs._writer._rules
        written, apply = threading.Event(), rules.apply
        monkeypatch.setattr(rules, "apply", lambda connection, batch: written.wait(30) and apply(connection, batch))
        records = hub.service.records
        try:
            await a.say(Records(counter=2, records=lines("a", "ctx", ["another"])))
            while records._counters[a.process.incarnation] < 2:
                await asyncio.sleep(0)
            records.forget(a.process.incarnation)
            assert await records.counter(a.process.incarnation) == 2, "it is on its way, and the process is back"
            records.forget(a.process.incarnation)
            assert a.process.incarnation in records._counters
        finally:
            written.set()
        await a.expect(RecordsStored, counter=2)
        assert not records._counters and not records._gone
        assert await records.counter(a.process.incarnation) == 2

    with_hub(tmp_path, scenario)


def test_links_are_counted(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        seen: list[int] = []
        gone = asyncio.get_running_loop().create_future()

        def watcher() -> None:
            seen.append(len(hub.service.links))
            if len(seen) == 2:
                gone.set_result(None)

        hub.service.links.watchers.append(watcher)
        a: RawLink = await hub.link()
        a.close()
        await gone
        assert seen == [1, 0]

    with_hub(tmp_path, scenario)


def test_links_are_closed_when_the_hub_stops(tmp_path: Path) -> None:
    links: list[RawLink] = []

    async def scenario(hub: RunningHub) -> None:
        link = RawLink.open(hub.file)
        links.append(await link)
        silent = await RawLink.dial(f"ws://{hub.file.address}/link")
        links.append(silent)
        await hub.embedded.stop()
        for each in links:
            await each.wait_closed()
            assert each.connection.close_code == 1001

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize("file", ["messages.db", "logs.db"])
def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path, file: str) -> None:
    """The hub does not start, says which file it is, and keeps nothing: another one may have the directory at once."""

    async def nothing(hub: RunningHub) -> None:
        pass

    with_hub(tmp_path, nothing)
    path = tmp_path / "data" / file
    kept = path.read_bytes()
    path.write_bytes(b"something else" * 1000)
    with pytest.raises(StorageFailed, match=file):
        with_hub(tmp_path, nothing)
    assert path.read_bytes() == b"something else" * 1000
    path.write_bytes(kept)
    with_hub(tmp_path, nothing)
    assert not (tmp_path / "data-2").exists()
