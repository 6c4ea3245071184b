"""The FedAvg example in JupyterLab: three notebooks, run at once, and everything about them in the panel."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import START_SECONDS, Lab, LabPage, run_all

VIEWS = ("Logs", "Nodes", "Messages", "Rounds")


_HOLDS = """\
        while self.current_round == 3 and not os.path.exists({go!r}):
            time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def go(lab: Lab) -> Path:
    """A file: the example's third round goes on when it is there."""
    return lab.root / "go"


@pytest.fixture(scope="module", autouse=True)
def example(lab: Lab, go: Path) -> None:
    lab.copy_example()
    scheduler = lab.root / "scheduler.py"
    source, trains = scheduler.read_text(), "        self.model.train()\n"
    assert source.count(trains) == 1
    held = source.replace(trains, _HOLDS.format(go=str(go)) + trains).replace(
        "import torch\n", "import os, time, torch\n"
    )
    scheduler.write_text(held)


def _tab(page: LabPage, name: str) -> None:
    page.page.get_by_role("tab", name=re.compile(f"^{name}")).click()


def test_the_panel_shows_the_example_live(open_page: Callable[..., LabPage], lab: Lab, go: Path, shots: Path) -> None:
    page = open_page()
    run_all(page)
    page.command("alphamed:show-sidebar")
    page.command("alphamed:open")
    view = page.page.locator(".jp-alphamed-View")
    expect(view).to_contain_text("round 3 of 5", timeout=1000 * START_SECONDS)
    expect(view.get_by_role("log")).to_contain_text("trained in")
    for name in VIEWS:
        _tab(page, name)
        page.page.wait_for_timeout(400)
        page.shot(shots, f"live-{name.lower()}")
    expect(page.page.locator(".jp-alphamed-Status")).to_contain_text("3 running")
    go.touch()
    expect(view).to_contain_text("Finished: 5 rounds in")
    _tab(page, "Rounds")
    expect(view.get_by_role("row")).to_have_count(6)  # a head and five rounds
    expect(view).to_contain_text("accuracy")

    _tab(page, "Logs")
    (task,) = lab.ask("tasks")
    lines = lab.ask(f"lines?task={task['task']}&run=1&limit=1")
    expect(view).to_contain_text(f"{lines['total']:,} in the hub")


@pytest.mark.parametrize(("theme", "locale"), [("light", "en"), ("dark", "en"), ("light", "zh_CN"), ("dark", "zh_CN")])
def test_every_view_in_both_themes_and_languages(
    open_page: Callable[..., LabPage], shots: Path, theme: str, locale: str
) -> None:
    page = open_page(theme=theme, locale=locale)
    page.command("alphamed:show-sidebar")
    view = page.page.locator(".jp-alphamed-View")
    for name in VIEWS:
        page.command("alphamed:open", {"view": name.lower()})
        expect(view.get_by_role("tab", selected=True)).to_be_visible()
        page.page.wait_for_timeout(500)
        page.shot(shots, f"{name.lower()}-{theme}-{locale}")
    words = {"en": "Filter text", "zh_CN": "筛选内容"}[locale]
    page.command("alphamed:open", {"view": "logs"})
    expect(view.get_by_placeholder(words)).to_be_visible()


def test_a_reload_restores_what_was_open(open_page: Callable[..., LabPage]) -> None:
    page = open_page()
    tab = page.page.locator(".jp-alphamed-View").get_by_role("tab", selected=True)
    with page.saved('"alphamed-nb-view:main"', '"view":"messages"'):
        page.command("alphamed:open", {"view": "messages"})
    expect(tab).to_contain_text("Messages")
    page.load()
    expect(tab).to_contain_text("Messages")


def test_as_of_a_record_every_view_goes_back_to_its_moment(open_page: Callable[..., LabPage], shots: Path) -> None:
    page = open_page()
    page.command("alphamed:open", {"view": "logs"})
    view = page.page.locator(".jp-alphamed-View")
    log = view.get_by_role("log")
    expect(log).to_contain_text("finished: 5 rounds")
    view.get_by_placeholder("Filter text").fill("Round 2 closed")
    log.get_by_text("Round 2 closed").click()
    view.get_by_text("As of here").click()
    expect(view).to_contain_text("nodes, messages and rounds as they were")
    _tab(page, "Rounds")
    expect(view.get_by_role("row")).to_have_count(3)  # a head and two rounds
    page.shot(shots, "as-of-rounds")
    _tab(page, "Nodes")
    expect(view).not_to_contain_text("Finished")
    view.get_by_text("Back to live").click()
    expect(view).to_contain_text("Finished")
    _tab(page, "Logs")
    view.get_by_placeholder("Filter text").fill("")


def test_notebooks_are_run_and_interrupted_from_the_panel_and_runs_are_compared(
    open_page: Callable[..., LabPage], lab: Lab, go: Path, shots: Path
) -> None:
    go.unlink()
    page = open_page()
    page.command("alphamed:open", {"view": "nodes"})
    view = page.page.locator(".jp-alphamed-View")

    def of_all(action: str) -> None:
        view.get_by_role("button", name="Notebooks of all nodes").click()
        page.page.get_by_role("menuitem", name=re.compile(action)).click()

    of_all("Run all notebooks")
    expect(view.locator(".jp-alphamed-Sentence")).to_contain_text("Round 3 of 5", timeout=1000 * START_SECONDS)
    of_all("Interrupt all kernels")
    expect(view).to_contain_text("Stopped")
    expect(page.page.locator(".jp-alphamed-Status")).to_contain_text("no nodes")
    (task,) = lab.ask("tasks")
    assert [run["live"] for run in task["runs"]] == [False, False]

    _tab(page, "Rounds")
    view.get_by_text("+ task").click()
    page.page.get_by_role("menuitem", name=re.compile("run 1")).click()
    expect(view.get_by_role("button", name=re.compile("^Remove DemoAvg"))).to_be_visible()
    page.page.wait_for_timeout(500)
    page.shot(shots, "compare-runs")
