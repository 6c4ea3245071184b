"""REST at the node door: what it says, page by page, and what it does not take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from raw_link import RawLink, process_info
from running_hub import RunningHub, with_hub

from alphamed_nb.protocol.journal import LogBody, StateBody, Wait
from alphamed_nb.protocol.messages import (
    Claimed,
    Done,
    Offer,
    OfferTarget,
    Record,
    Records,
    RecordsStored,
    Release,
    Report,
    Stored,
)


async def say_lines(link: RawLink, node: str, context: str, lines: list[tuple[int, str]]) -> None:
    link.log_counter += 1
    records = [
        Record(node=node, context=context, kind="log", body=LogBody(time=1.0, level=level, text=text))
        for level, text in lines
    ]
    await link.say(Records(counter=link.log_counter, records=records))
    await link.expect(RecordsStored, counter=link.log_counter)


async def report(link: RawLink, held: Claimed, task: str, node: str, state: StateBody) -> None:
    link.counter += 1
    message = Report(id=next(link.ids), counter=link.counter, task=task, node=node, epoch=held.epoch, state=state)
    assert isinstance(await link.ask(message), Stored)


def test_the_hub(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        status = await hub.read("/api/hub", link)
        assert (status["hub"], status["kind"], status["links"]) == (hub.service.hub_id, "standalone", 1)
        assert status["limits"]["contract_bytes"] == hub.service.settings.limits.contract_bytes
        assert hub.file.credential not in json.dumps(status)

    with_hub(tmp_path, scenario)


def test_what_the_hub_keeps(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        empty: Any = await hub.read("/api/storage", link)
        assert {name: empty[name] for name in ("streams_bytes", "files_bytes", "tasks", "runs", "records")} == {
            "streams_bytes": 0, "files_bytes": 0, "tasks": 0, "runs": 0, "records": 0,
        }  # fmt: skip
        for task in ("one", "two"):
            held = await link.claim(task, "a", ["a", "b"], context=task)
            await link.send(held, task, "a", ["b"], "x" * 5000)
            if task == "one":
                assert isinstance(await link.ask(Release(id=900, task=task, node="a", epoch=held.epoch)), Done)
                await link.claim(task, "b", ["a", "b"], context="again")
        await say_lines(link, "a", "two", [(20, "y" * 1000)] * 7)
        await say_lines(link, "a", "claims no task", [(20, "z")])
        await hub.fetch(f"/streams/{'ab' * 16}", link, method="PUT", body=b"x" * 90_100)
        await hub.fetch(f"/files/{'cd' * 16}", link, method="PUT", body=b"x" * 203)
        kept: Any = await hub.read("/api/storage", link)
        assert (kept["tasks"], kept["runs"], kept["live_runs"]) == (2, 3, 2)
        assert (kept["events"], kept["records"]) == (2, 8)
        # The token beside the streams is none.
        assert (kept["streams_bytes"], kept["files_bytes"]) == (90_100, 203)
        for name in ("messages", "logs"):
            files = list(hub.service.directory.path.glob(f"{name}.db*"))
            assert kept[f"{name}_bytes"] == sum(file.stat().st_size for file in files if file.suffix != ".db-shm")
            assert kept[f"{name}_bytes"] > empty[f"{name}_bytes"]
        assert 2 * 5000 + 7 * 1000 < kept["run_bytes"] < kept["messages_bytes"] + kept["logs_bytes"]
        assert kept["free_bytes"] > 0

    with_hub(tmp_path, scenario)


def test_tasks_and_runs(tmp_path: Path) -> None:
    task = "医院 1 %?#"

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim(task, "a", ["a", "b"])
        await link.send(held, task, "a", ["b"], 1)
        assert isinstance(await link.ask(Release(id=900, task=task, node="a", epoch=held.epoch)), Done)
        await link.claim(task, "b", ["a", "b"])
        tasks = await hub.read("/api/tasks", link)
        assert [(entry["task"], entry["live"]) for entry in tasks] == [(task, True)]
        runs = await hub.read(f"/api/tasks/{quote(task, safe='')}/runs", link)
        assert [(run["run"], run["live"], run["members"], run["events"]) for run in runs] == [
            (1, False, ["a"], 1),
            (2, True, ["b"], 0),
        ]
        assert (await hub.read(f"/api/tasks/{quote(task, safe='')}/runs/1", link)) == runs[0]
        assert (await hub.read(f"/api/tasks/{quote(task, safe='')}", link))["runs"] == runs
        for path in ("/api/tasks/none", "/api/tasks/none/runs", f"/api/tasks/{quote(task, safe='')}/runs/3"):
            response = await hub.fetch(path, link)
            assert (response.code, json.loads(response.body)["code"]) == (404, "not_found")

    with_hub(tmp_path, scenario)


def test_nodes(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        async def nodes() -> dict[str, Any]:
            (task,) = (await hub.read("/api/snapshot?task=task&run=1", link))["tasks"]
            return {member["node"]: member for member in task["runs"][0]["members"]}

        process = process_info(notebook="a.ipynb", kernel="k")
        link = await hub.link(process)
        held = await link.claim("task", "a", ["b", "a"])
        wait = Wait(whom=["b"], kind="join", name="checkin", since=1.0)
        await report(link, held, "task", "a", StateBody(time=1.0, activity="waiting", role="aggregator", wait=wait))
        await link.send(held, "task", "a", ["a"], 1)
        a, b = [(await nodes())[node] for node in "ab"]
        assert (a["state"], a["index"], a["notebook"], a["pid"], a["addressed"]) == ("up", 1, "a.ipynb", process.pid, 1)
        assert a["wait"]["whom"] == ["b"] and a["role"] == "aggregator"
        assert (b["state"], b["index"], b["reported"]) == ("absent", 0, 0)
        came = Wait(since=1.0, arrived=["c"])  # the later report of a wait says no more
        await report(link, held, "task", "a", StateBody(time=1.0, activity="waiting", role="aggregator", wait=came))
        told = (await nodes())["a"]["wait"]
        assert (told["whom"], told["name"], told["arrived"]) == (["b"], "checkin", ["c"])
        assert (await hub.read("/api/snapshot?task=task&run=2", link))["tasks"] == []
        assert (await hub.fetch("/api/snapshot?run=1", link)).code == 400

    with_hub(tmp_path, scenario)


def test_events_and_offers(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim("task", "a", ["a", "b"])
        stored = await link.send(held, "task", "a", ["*"], "content")
        item = await link.receive(held, "task", "a")
        assert item.seq == stored.seq
        link.counter += 1
        offer = Offer(
            id=800, counter=link.counter, task="task", node="a", epoch=held.epoch, stream="ab" * 16, size=5,
            offers=[OfferTarget(offer="cd" * 16, target="b")],
        )  # fmt: skip
        assert isinstance(await link.ask(offer), Stored)
        events = (await hub.read("/api/events?task=task", link))["rows"]
        assert [row["kind"] for row in events] == ["event", "read"]
        assert events[0]["body"]["contract"] == {"value": "content"} and events[0]["body"]["targets"] == ["a", "b"]
        assert events[1]["body"]["event"] == stored.seq
        offers = (await hub.read("/api/offers", link))["rows"]
        assert [(row["body"]["state"], row["body"]["target"]) for row in offers] == [("offered", "b")]

    with_hub(tmp_path, scenario)


def test_records_are_filtered_and_paged(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"], context="ca")
        await link.claim("task", "b", ["a"], context="cb")
        await say_lines(link, "a", "ca", [(20, f"Line {n}") for n in range(30)] + [(40, "it Broke")])
        await say_lines(link, "b", "cb", [(30, "b line 7")])

        async def texts(query: str) -> list[str]:
            page = await hub.read(f"/api/records?{query}", link)
            return [row["body"]["text"] for row in page["rows"]]

        assert await texts("level=30") == ["it Broke", "b line 7"]
        assert await texts("level=30&node=b") == ["b line 7"]
        assert await texts("level=30&without=b") == ["it Broke"]
        assert await texts("level=30&without=b&without=a") == []
        assert await texts("kind=log&node=a&node=b&text=broke") == ["it Broke"]
        assert await texts("kind=log&regex=" + quote("line 7$")) == ["b line 7"]
        assert await texts("kind=log&order=newest&limit=2") == ["b line 7", "it Broke"]
        paged, after = [], 0
        while True:
            page = await hub.read(f"/api/records?kind=log&limit=7&after={after}", link)
            paged.extend(row["seq"] for row in page["rows"])
            if page["complete"]:
                break
            after = page["next"]
        assert len(paged) == 32 and paged == sorted(set(paged))
        assert page["number"] == paged[-1]

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=100000", "limit=-1", "limit=x", "after=1e5", "after=99999999999999999999", "kind=secret",
        "order=sideways", "regex=(", "regex=" + "a" * 1100, "level=x", "limit=1&limit=2", "unknown=1", "task=%ff",
        "run=%E0%A5%A7",
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense(tmp_path: Path, query: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        response = await hub.fetch(f"/api/records?{query}", link)
        assert (response.code, json.loads(response.body)["code"]) == (400, "invalid_request"), response.body

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize(
    "query",
    ["snapshot?task=..%2Fx", "records?task=..%2F..", "records?node=%2F", "events?without=..",
     "offers?node=a&node=.."],
)  # fmt: skip
def test_a_query_for_what_can_be_no_task_or_node(tmp_path: Path, query: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        response = await hub.fetch(f"/api/{query}", await hub.link())
        assert (response.code, json.loads(response.body)["code"]) == (400, "invalid_name")

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize("path", ["tasks/..%2F..", "tasks/%2e%2e/runs", "tasks/a%2Fb"])
def test_a_path_is_no_task(tmp_path: Path, path: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        response = await hub.fetch(f"/api/{path}", link)
        assert (response.code, json.loads(response.body)["code"]) in ((400, "invalid_name"), (404, "http_404"))

    with_hub(tmp_path, scenario)


def test_readers_see_nothing_that_is_not_on_the_disk(tmp_path: Path) -> None:
    """Log rows commit on their own; a number above one that is still under way is not shown yet."""

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"], context="c")
        # As while a commit of the messages file takes long:
        first = hub.service.core.take_seq()
        hub.service.journal.watermark.taken(first)
        await say_lines(link, "a", "c", [(20, "early")])
        page: Any = await hub.read("/api/records?kind=log", link)
        assert page["rows"] == [] and page["number"] == first - 1
        hub.service.journal.watermark.restart(first + 1)
        page = await hub.read("/api/records?kind=log", link)
        assert [row["body"]["text"] for row in page["rows"]] == ["early"]

    with_hub(tmp_path, scenario)


def test_lines_by_their_place(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        for node in ("a", "b"):
            await link.claim("医院 1", node, ["a", "b"], context=node)
        await say_lines(link, "a", "a", [(10, "zero"), (20, "one"), (30, "two")])
        await say_lines(link, "b", "b", [(40, "three"), (20, "four")])
        here = f"/api/lines?task={quote('医院 1')}&run=1"
        page: Any = await hub.read(here, link)
        assert [row["body"]["text"] for row in page["rows"]] == ["zero", "one", "two", "three", "four"]
        assert {row["kind"] for row in page["rows"]} == {"log"}
        assert (page["offset"], page["total"], page["number"]) == (0, 5, hub.service.journal.number)
        three = page["rows"][3]["seq"]
        for query, texts, offset, total in (
            ("&offset=3&limit=1", ["three"], 3, 5),
            ("&offset=5", [], 5, 5),
            (f"&around={three}&limit=3", ["two", "three", "four"], 2, 5),
            ("&node=a&level=info&level=warning", ["one", "two"], 0, 2),
            ("&node=a&node=b&level=error", ["three"], 0, 1),
            ("&node=c", [], 0, 0),
            ("&without=a", ["three", "four"], 0, 2),
            ("&without=a&without=b&level=error", [], 0, 0),
        ):
            page = await hub.read(here + query, link)
            assert ([row["body"]["text"] for row in page["rows"]], page["offset"], page["total"]) == (
                texts, offset, total,
            )  # fmt: skip
        assert (await hub.read("/api/lines?task=none&run=1", link))["total"] == 0

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize(
    "query",
    ["", "task=t", "run=1", "task=t&run=1&level=loud", "task=t&run=1&limit=0", "task=t&run=1&limit=1001",
     "task=t&run=1&offset=1&around=1", "task=t&run=1&offset=-1", "task=t&run=1&node=%2F",
     "task=t&run=1&without=%2F", "task=%2F&run=1"],
)  # fmt: skip
def test_lines_that_make_no_sense(tmp_path: Path, query: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        response = await hub.fetch(f"/api/lines?{query}", await hub.link())
        assert response.code == 400 and json.loads(response.body)["code"] in ("invalid_request", "invalid_name")

    with_hub(tmp_path, scenario)


def test_no_line_above_what_readers_may_see(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"], context="c")
        first = hub.service.core.take_seq()
        hub.service.journal.watermark.taken(first)
        await say_lines(link, "a", "c", [(40, "early")])
        for path in ("/api/lines?task=task&run=1", "/api/lines?task=task&run=1&node=a&level=error"):
            page: Any = await hub.read(path, link)
            assert (page["rows"], page["total"], page["number"]) == ([], 0, first - 1)
        (member,) = (await hub.read("/api/snapshot", link))["tasks"][0]["runs"][0]["members"]
        assert (member["levels"], member["errors"]) == ({}, [])
        hub.service.journal.watermark.restart(first + 1)
        assert (await hub.read("/api/lines?task=task&run=1", link))["total"] == 1

    with_hub(tmp_path, scenario)
