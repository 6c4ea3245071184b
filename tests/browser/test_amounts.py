"""A thousand nodes, and more log records than a list can be high for: what the panel shows of them, and that all of it
can be reached."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from alphamed_nb.protocol.journal import Failure, LogBody, MetricBody, Traceback, Wait
from tests.browser.lab import Lab, LabPage
from tests.helpers.crowd import Crowd, crowd

COUNT = 1000
FAILED = (385, 412, 608)
SLOW = tuple(range(100, 940, 35))
"""24 of them."""
TASK = "4be1d020-a97c-4d0e-8f7a-b1f5a8d3c214"
LINES = 20
"""Of each node."""
MANY_LINES = 401_000
"""More than a list holds at a time."""

_ROWS = """
() => {
    const list = document.querySelector('.jp-alphamed-Logs-list');
    const box = list.getBoundingClientRect();
    return [...list.querySelectorAll('[aria-posinset]')].filter(row => {
        const {top, bottom} = row.getBoundingClientRect();
        return bottom > box.top + 1 && top < box.bottom - 1;
    }).map(row => [Number(row.getAttribute('aria-posinset')), row.textContent]);
}
"""
"""The rows on screen: place and text."""


@pytest.fixture(scope="module")
def thousand(lab: Lab) -> Iterator[Crowd]:
    with crowd(_hub_file(lab), TASK, COUNT) as them:
        _two_rounds(them)
        yield them


def _hub_file(lab: Lab) -> Path:
    (file,) = (lab.folder / "runtime").glob("alphamed-nb-*.json")
    return file


def _two_rounds(them: Crowd) -> None:
    """One whole round, and one in which some nodes failed, some are slow, and the aggregator waits for updates."""
    holders, aggregator = them.holders, them.aggregator
    slow = [them.nodes[place] for place in SLOW]
    failed = [them.nodes[place] for place in FAILED]
    them.claim()
    them.tell([aggregator], change="started", scheduler="ManyAvg", max_rounds=5)
    them.tell(holders, change="started", scheduler="ManyAvg")
    for number in (1, 2):
        here = {"round": number}
        them.tell([aggregator], change="round", round=number)
        them.send([aggregator], ["*"], "sync_state")
        them.read(them.nodes)
        them.send(holders, [aggregator], "sync_state_response")
        for _ in holders:
            them.read([aggregator])
        them.offer(aggregator, holders, 90_000, f"parameters of round {number}", number)
        them.say([aggregator], activity="sending", **here)
        them.say(holders, activity="receiving", **here)
        them.take(holders, aggregator)
        them.say(holders, activity="training", **here)
        them.log([(aggregator, MetricBody(time=time.time(), name="loss", value=1 / number, step=number, round=number))])
        them.log(
            [
                (node, LogBody(time=time.time(), level=20, text=f"line {line} of {place}", module="trainer", line=40))
                for line in range(LINES // 2)
                for place, node in enumerate(them.nodes)
            ]
        )
        done = holders
        if number == 2:
            _fail(them, failed)
            done = [node for node in holders if node not in slow and node not in failed]
        them.say(done, activity="sending", **here)
        them.say(done, activity="waiting", wait=Wait(kind="message", name="the next round", whom=[aggregator]), **here)
        arrived = done if number == 2 else []
        waiting = Wait(
            kind="stream",
            name="update",
            round=number,
            whom=holders,
            since=time.time(),
            expected=len(holders),
            arrived=arrived,
        )
        them.say([aggregator], activity="waiting", wait=waiting, **here)
        if number == 1:
            them.say([aggregator], activity="aggregating", **here)


def _fail(them: Crowd, failed: list[str]) -> None:
    message = "batch of size 0"
    text = f"Traceback (most recent call last):\nValueError: {message}"
    traceback = Traceback(type="ValueError", message=message, text=text)
    for node in failed:
        body = LogBody(time=time.time(), level=40, text=text, source="traceback", traceback=traceback)
        them.log([(node, body)])
    them.fail(failed, Failure(type="ValueError", message=message, place="trainer.py:41"), round=2)


def _view(page: LabPage, name: str, task: str = TASK) -> Locator:
    page.command("alphamed:open", {"task": task, "view": name})
    return page.page.locator(".jp-alphamed-View")


def _foot(page: Page) -> Locator:
    return page.locator(".jp-alphamed-Logs-foot")


def test_the_strip_has_a_lane_for_each_state_and_some_for_trouble(
    thousand: Crowd, open_page: Callable[..., LabPage]
) -> None:
    page = open_page()
    view = _view(page, "nodes")
    strip = view.locator(".jp-alphamed-Strip")
    expect(strip).to_contain_text("waiting")
    for word in ("training", "failed"):
        expect(strip).to_contain_text(word)
    for place in FAILED[:2]:
        expect(strip).to_contain_text(thousand.nodes[place][:8])
    assert strip.locator(".jp-alphamed-Strip-row").count() <= 12
    expect(view).to_contain_text("3 of 1,000 nodes failed in round 2, all with ValueError: batch of size 0")
    expect(view).to_contain_text("24 are over twice the median training time")
    expect(page.page.locator(".jp-alphamed-Status")).to_contain_text("3 failed")


def test_nodes_are_cells_and_rows_with_problems_first(
    thousand: Crowd, open_page: Callable[..., LabPage], shots: Path
) -> None:
    page = open_page()
    view = _view(page, "nodes")
    cells = view.locator(".jp-alphamed-Nodes-cell")
    expect(cells).to_have_count(COUNT)
    assert cells.evaluate_all("cells => cells.flatMap((cell, i) => cell.dataset.state === 'failed' ? [i] : [])") == [
        *FAILED
    ]
    expect(view.locator(".jp-alphamed-Nodes-cell[data-state='slow']")).to_have_count(len(SLOW))
    chips = view.locator(".jp-alphamed-Nodes-chips")
    for count in ("1,000", "failed 3", "slow 24", "waiting 973"):
        expect(chips).to_contain_text(re.compile(count.replace(" ", r"\s*")))
    rows = view.locator(".jp-alphamed-Nodes-row")
    for at, place in enumerate(FAILED):
        expect(rows.nth(at)).to_contain_text(thousand.nodes[place][:8])
        expect(rows.nth(at)).to_contain_text("ValueError: batch of size 0")
    # The aggregator's wait stands out, and goes before those who work, once it takes more than 10 s.
    holders = rows.filter(has_not_text="aggregator")
    expect(holders.nth(len(FAILED))).to_contain_text(re.compile("training .* s"))
    assert rows.count() < 100, "rows that nobody sees are drawn"
    page.shot(shots, "amounts-nodes")

    view.get_by_label("Find node").fill(thousand.nodes[777])
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("777")


def test_logs_of_some_of_a_thousand_nodes(thousand: Crowd, open_page: Callable[..., LabPage], shots: Path) -> None:
    page = open_page()
    asked: list[dict[str, list[str]]] = []
    page.page.on("request", lambda request: asked.extend(_asked(request)))
    failures: list[str] = []
    page.page.on("response", lambda answer: failures.append(answer.url) if answer.status >= 400 else None)
    view = _view(page, "logs")
    foot = _foot(page.page)
    total = COUNT * LINES + len(FAILED)
    expect(foot).to_contain_text(f"{total:,} shown")
    page.shot(shots, "amounts-logs")

    # One is hidden: it is named, and not the others.
    view.get_by_role("button", name="Find node").click()
    box = view.get_by_role("searchbox", name="Find node")
    box.fill("777")
    first = view.locator(".jp-alphamed-Popover-row").first
    expect(first).to_contain_text(thousand.nodes[777][:8])
    asked.clear()
    first.get_by_role("checkbox").click()
    expect(foot).to_contain_text(f"{total - LINES:,} shown")
    page.shot(shots, "amounts-logs-picks")
    # The list may still have been reading a page of the filter before; what names the node names no other.
    named = [one for one in asked if "without" in one]
    assert named and all(one["without"] == [thousand.nodes[777]] and "node" not in one for one in named), asked
    assert named[-1] == asked[-1], asked

    # Only one.
    asked.clear()
    first.get_by_role("button", name="Only this node").click()
    expect(foot).to_contain_text(f"{LINES} shown")
    expect(view.locator(".jp-alphamed-Logs-row").first).to_contain_text("line 0 of 777")
    # The list may still have been reading a page of the filter before; what names the node names no other.
    named = [one for one in asked if "node" in one]
    assert named and all(one["node"] == [thousand.nodes[777]] and "without" not in one for one in named), asked
    assert named[-1] == asked[-1], asked

    # All again, in the page of the next test too.
    with page.saved(without=[thousand.nodes[1], thousand.nodes[777]]):
        view.get_by_role("button", name="Show all nodes").click()
    expect(foot).to_contain_text(f"{total:,} shown")
    assert not failures, failures


def _asked(request: Request) -> list[dict[str, list[str]]]:
    """The parameters, if it asks for lines."""
    url = urlsplit(request.url)
    if not url.path.endswith("/api/lines"):
        return []
    return [json.loads(request.post_data or "") if request.method == "POST" else parse_qs(url.query)]


def test_messages_of_a_thousand_nodes(thousand: Crowd, open_page: Callable[..., LabPage], shots: Path) -> None:
    page = open_page()
    view = _view(page, "messages")
    heads = view.locator(".jp-alphamed-Messages-heads")
    expect(heads).to_contain_text("996 holders")
    for place in (0, *FAILED):
        expect(heads).to_contain_text(thousand.nodes[place][:8])
    expect(view).to_contain_text("parameters of round 2")
    expect(view.locator(".jp-alphamed-Messages-foot")).not_to_contain_text("skipped")
    view.get_by_role("button", name="Find node").click()
    view.get_by_role("searchbox", name="Find node").fill("777")
    view.locator(".jp-alphamed-Popover-row").first.get_by_role("checkbox").check()
    expect(heads).to_contain_text("995 holders")
    expect(heads).to_contain_text(thousand.nodes[777][:8])
    page.page.keyboard.press("Escape")
    page.shot(shots, "amounts-messages")


def test_rounds_of_a_thousand_nodes(thousand: Crowd, open_page: Callable[..., LabPage], shots: Path) -> None:
    page = open_page()
    view = _view(page, "rounds")
    expect(view).to_contain_text("min · median · max")
    expect(view).to_contain_text("989 others")
    expect(view.locator(".jp-alphamed-Gantt-who")).to_have_count(11)
    page.shot(shots, "amounts-rounds")


def test_every_row_of_a_very_long_list_can_be_reached(lab: Lab, open_page: Callable[..., LabPage], shots: Path) -> None:
    with crowd(_hub_file(lab), "long", 2) as them:
        them.claim()
        for begin in range(0, MANY_LINES, 50_000):
            lines = range(begin, min(begin + 50_000, MANY_LINES))
            them.log([(them.aggregator, LogBody(time=1.0, level=20, text=f"record {line}")) for line in lines])
        page = open_page()
        view = _view(page, "logs", "long")
        list_ = view.locator(".jp-alphamed-Logs-list")
        expect(list_).to_contain_text(f"record {MANY_LINES - 1}")
        bar = view.locator(".jp-alphamed-Logs-scrollbar")
        assert bar.evaluate("bar => bar.scrollHeight") == 8_000_000

        # The keys.
        list_.focus()
        page.page.keyboard.press("Home")
        _first_row(page.page, 1)

        # The wheel: as many pixels as it says.
        list_.hover()
        page.page.mouse.wheel(0, 2000)
        _first_row(page.page, 101)

        # The bar: as far as it says.
        _drag(bar, "bar.scrollHeight")
        page.page.wait_for_function(f"({_ROWS})().at(-1)?.[0] === {MANY_LINES}")
        expect(list_).to_contain_text(f"record {MANY_LINES - 1}")
        _drag(bar, "(bar.scrollHeight - bar.clientHeight) / 2")
        _first_row(page.page, MANY_LINES // 2, within=50)
        page.shot(shots, "amounts-long-list")
        _drag(bar, "0")
        _first_row(page.page, 1)

        # To where the list must hold other rows, and with the wheel over the end of what it holds.
        _drag(bar, "0.899 * bar.scrollHeight")
        _first_row(page.page, round(0.899 * MANY_LINES), within=50)
        _drag(bar, "0")
        _first_row(page.page, 1)
        _drag(bar, "0.897 * bar.scrollHeight")
        _first_row(page.page, round(0.897 * MANY_LINES), within=50)
        page.page.wait_for_timeout(500)
        before = page.page.evaluate(_ROWS)[0][0]
        for _ in range(10):
            page.page.mouse.wheel(0, 2000)
            before += 100
            _first_row(page.page, before)


def _drag(bar: Locator, to: str) -> None:
    """As a reader does: the handle is held while it moves."""
    bar.evaluate(
        f"""async bar => {{
            bar.dispatchEvent(new PointerEvent('pointerdown'));
            bar.scrollTop = {to};
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            document.dispatchEvent(new PointerEvent('pointerup'));
        }}"""
    )


def _first_row(page: Page, place: int, within: int = 0) -> None:
    """Wait until the row at this place is the first on screen, and is there."""
    page.wait_for_function(
        f"""([place, within]) => {{
            const rows = ({_ROWS})();
            return rows.length > 0 && Math.abs(rows[0][0] - place) <= within && rows[0][1].includes('record');
        }}""",
        arg=[place, within],
    )
