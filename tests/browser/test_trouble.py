"""A task that hangs, hostile content, lost connections: what the panel says, and that nothing is lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, LabPage, node

SECONDS = 60_000


def _run(lab: Lab, task: str, name: str, nodes: str, body: str) -> None:
    with node(lab, task, name, nodes, body) as process:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


def _view(page: LabPage, task: str, name: str) -> None:
    page.command("alphamed:open", {"task": task, "view": name})


_AGGREGATOR = """
from alphamed_nb.node.active import require_context
from alphamed_nb.protocol.journal import Wait
import time
session = require_context().session(task)
session.report_state("waiting", role="aggregator", wait=Wait(whom=["absent"], what="checkin", since=time.time()))
contractor.notify_task_completion(True)
sys.stdin.readline()
"""
_HOLDER = """
from alphamed_nb.node.active import require_context
from alphamed_nb.protocol.journal import Wait
import time
session = require_context().session(task)
wait = Wait(whom=["aggregator"], what="start_round", since=time.time())
session.report_state("waiting", role="data holder", wait=wait)
sys.stdin.readline()
"""


def test_a_task_that_hangs_says_who_waits_for_whom(open_page: Callable[..., LabPage], lab: Lab, shots: Path) -> None:
    nodes = "aggregator,holder,absent"
    page = open_page()
    with node(lab, "hangs", "aggregator", nodes, _AGGREGATOR), node(lab, "hangs", "holder", nodes, _HOLDER):
        _view(page, "hangs", "nodes")
        view = page.page.locator(".jp-alphamed-View")
        sentence = view.locator(".jp-alphamed-Sentence")
        expect(sentence).to_contain_text(re.compile("aggregator waits for absent to check in"), timeout=SECONDS)
        expect(sentence).to_contain_text("absent was never started", timeout=SECONDS)
        expect(view).to_contain_text("never started in this task")
        expect(page.page.locator(".jp-alphamed-Status")).to_contain_text("2 wait for absent", timeout=SECONDS)
        page.page.wait_for_timeout(11_000)  # from ten seconds on a wait stands out
        page.shot(shots, "hang-nodes")
        _view(page, "hangs", "messages")
        expect(view).to_contain_text("not read 1")
        expect(view).to_contain_text("not read for")
        expect(sentence).to_contain_text("aggregator waits for absent")
        page.shot(shots, "hang-messages")


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
            "import dataclasses, re",
            "from alphamed_nb.node.active import require_context",
            "session = require_context().session(task)",
            f"session.report_state('custom', detail={_HOSTILE[0]!r})",
            f"session.report_metric({_HOSTILE[2]!r}, 1.0, 1)",
            "contractor.notify_task_completion(True)",
            f"raise ValueError({_HOSTILE[0]!r})",
        ]
    )
    with node(lab, "hostile", evil, f"{evil},b", body) as process:
        process.communicate(timeout=60)
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
sys.stdin.readline()
for i in range(300):
    print(f"line {i} of the second part")
sys.stdin.readline()
"""


@pytest.mark.parametrize("trouble", ["reload", "restart", "sleep"])
def test_nothing_is_missing_or_doubled_afterwards(open_page: Callable[..., LabPage], lab: Lab, trouble: str) -> None:
    page = open_page()
    task = f"lines-{trouble}"
    with node(lab, task, "a", "a,b", _LINES) as process:
        _view(page, task, "logs")
        view = page.page.locator(".jp-alphamed-View")
        expect(view.get_by_role("log")).to_contain_text("line 299 of the first part", timeout=SECONDS)
        if trouble == "reload":
            page.load()
            _view(page, task, "logs")
        elif trouble == "restart":
            lab.kill()
            expect(view).to_contain_text("Reconnecting", timeout=SECONDS)
            lab.start()
        else:
            page.page.context.set_offline(True)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        if trouble == "sleep":
            page.page.wait_for_timeout(2000)
            page.page.context.set_offline(False)
        expect(view.get_by_role("log")).to_contain_text("line 299 of the second part", timeout=SECONDS)
        process.communicate("\n", timeout=30)
    stored = [row["seq"] for row in lab.ask(f"records?task={task}&kind=log&limit=5000")["rows"]]
    assert page.numbers() == stored
    assert len(stored) >= 600
