"""A task that hangs, hostile content, lost connections: what the panel says, and that nothing is lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import PATIENCE_SECONDS, Lab, LabPage, finish, node


def _view(page: LabPage, task: str, name: str) -> None:
    page.command("alphamed:open", {"task": task, "view": name})


_AGGREGATOR = """
session.report_task("started", role="aggregator", leads=True)
checkin = Wait(whom=["absent"], kind="join", name="checkin", since=time.time())
session.report_state("waiting", role="aggregator", wait=checkin)
contractor.notify_task_completion(True)
wait()
"""
_HOLDER = """
start = Wait(whom=["aggregator"], kind="message", name="start_round", since=time.time())
session.report_state("waiting", role="data holder", wait=start)
wait()
"""


def test_a_task_that_hangs_says_who_waits_for_whom(open_page: Callable[..., LabPage], lab: Lab, shots: Path) -> None:
    nodes = "aggregator,holder,absent"
    page = open_page()
    with node(lab, "hangs", "aggregator", nodes, _AGGREGATOR), node(lab, "hangs", "holder", nodes, _HOLDER):
        _view(page, "hangs", "nodes")
        view = page.page.locator(".jp-alphamed-View")
        sentence = view.locator(".jp-alphamed-Sentence")
        expect(sentence).to_contain_text(re.compile("aggregator waits for absent to check in"))
        expect(sentence).to_contain_text("absent was never started")
        expect(view).to_contain_text("never started in this task")
        expect(page.page.locator(".jp-alphamed-Status")).to_contain_text("2 wait for absent")
        page.page.wait_for_timeout(11_000)  # from ten seconds on a wait stands out
        page.shot(shots, "hang-nodes")
        _view(page, "hangs", "messages")
        expect(view).to_contain_text("not read 1")
        expect(view).to_contain_text("not read for")
        expect(sentence).to_contain_text("aggregator waits for absent")
        page.shot(shots, "hang-messages")


_SENDS_IN_VAIN = """
from alphafed.data_channel import SharedFileDataChannel
channel = SharedFileDataChannel(contractor)
assert channel.send_stream(source=node, target="reader", data_stream=b"x" * 3000) is None
assert channel.send_stream(source=node, target="absent", data_stream=b"x", connection_timeout=1) is None
wait()
"""
_READS_OF_ANOTHER = """
from alphafed.data_channel import SharedFileDataChannel
source, data = SharedFileDataChannel(contractor).receive_stream(receiver=node, source="late")
assert (source, len(data)) == ("late", 3000)
"""
_SENDS = """
from alphafed.data_channel import SharedFileDataChannel
channel = SharedFileDataChannel(contractor)
assert channel.send_stream(source=node, target="reader", data_stream=b"x" * 3000) == "reader"
"""


def test_streams_that_were_not_taken_say_why(open_page: Callable[..., LabPage], lab: Lab, shots: Path) -> None:
    nodes = "early,late,reader,absent"
    page = open_page()
    _view(page, "streams", "messages")
    view = page.page.locator(".jp-alphamed-View")
    detail = view.locator(".jp-alphamed-Messages-detail")
    with (
        node(lab, "streams", "early", nodes, _SENDS_IN_VAIN) as early,
        node(lab, "streams", "reader", nodes, _READS_OF_ANOTHER) as reader,
    ):
        denied = view.get_by_role("option", name="data stream from early to reader, denied")
        expect(denied).to_be_visible()
        finish(lab, "streams", "late", nodes, _SENDS)
        _, errors = reader.communicate(timeout=PATIENCE_SECONDS)
        assert reader.returncode == 0, errors
        withdrawn = view.get_by_role("option", name="data stream from early to absent, withdrawn")
        expect(withdrawn).to_be_visible()
        _, errors = early.communicate("\n", timeout=PATIENCE_SECONDS)
        assert early.returncode == 0 and "batch_receive_stream" in errors, errors
    expect(view.get_by_role("option")).to_have_count(3)
    withdrawn.click()
    expect(detail).to_contain_text("withdrawn")
    page.shot(shots, "stream-withdrawn")
    denied.click()
    expect(detail).to_contain_text("denied")
    page.shot(shots, "stream-denied")


_HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<style>body { display: none }</style>",
    '<img src="x" onerror="window.hacked = 2">',
    "<a href='javascript:window.hacked = 3'>click</a>",
    "\x1b]8;;javascript:window.hacked=4\x07link\x1b]8;;\x07",
    "\x1b[31mred\x1b[0m \x1b[2J\x1b[H cleared?",
    "[link](javascript:window.hacked=5)",
]


def test_hostile_content_is_text(open_page: Callable[..., LabPage], lab: Lab) -> None:
    evil = "<img src=x onerror=window.hacked=6>"
    body = "\n".join(
        [
            *(f"print({text!r})" for text in _HOSTILE),
            f"session.report_state('custom', detail={_HOSTILE[0]!r})",
            f"session.report_metric({_HOSTILE[2]!r}, 1.0, 1)",
            "contractor.notify_task_completion(True)",
            f"raise ValueError({_HOSTILE[0]!r})",
        ]
    )
    finish(lab, "hostile", evil, f"{evil},b", body, fails=True)
    page = open_page()
    view = page.page.locator(".jp-alphamed-View")
    for name in ("logs", "nodes", "messages", "rounds"):
        _view(page, "hostile", name)
        expect(view.get_by_role("tab", selected=True)).to_contain_text(re.compile(name, re.IGNORECASE))
        page.page.wait_for_timeout(500)
        assert page.page.evaluate("window.hacked") is None
        assert view.locator("script, style, a[href^='javascript'], img[src='x']").count() == 0
    _view(page, "hostile", "logs")
    log = view.get_by_role("log")
    for text in _HOSTILE[:4]:
        expect(log).to_contain_text(text)
    expect(log.locator(".jp-alphamed-ansi-red, [class*='ansi-red']").first).to_have_text("red")


_LINES = """
for i in range(300):
    print(f"line {i} of the first part")
contractor.notify_task_completion(True)
wait()
for i in range(300):
    print(f"line {i} of the second part")
wait()
"""


@pytest.mark.parametrize("trouble", ["reload", "restart", "sleep"])
def test_nothing_is_missing_or_doubled_afterwards(open_page: Callable[..., LabPage], lab: Lab, trouble: str) -> None:
    page = open_page()
    task = f"lines-{trouble}"
    with node(lab, task, "a", "a,b", _LINES) as process:
        _view(page, task, "logs")
        view = page.page.locator(".jp-alphamed-View")
        expect(view.get_by_role("log")).to_contain_text("line 299 of the first part")
        if trouble == "reload":
            page.load()
            _view(page, task, "logs")
        elif trouble == "restart":
            lab.kill()
            expect(view).to_contain_text("Reconnecting")
            lab.start()
        else:
            page.page.context.set_offline(True)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        if trouble == "sleep":
            page.page.wait_for_timeout(2000)
            page.page.context.set_offline(False)
        expect(view.get_by_role("log")).to_contain_text("line 299 of the second part")
        process.communicate("\n", timeout=PATIENCE_SECONDS)
    stored = [row["seq"] for row in lab.ask(f"records?task={task}&kind=log&limit=5000")["rows"]]
    assert page.numbers() == stored
    assert len(stored) >= 600
