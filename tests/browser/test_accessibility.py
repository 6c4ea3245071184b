"""The panel for people who do not use a mouse, do not see all of it, or see it larger: checked in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import START_SECONDS, Lab, LabPage, node, run_code
from tests.helpers.servers import REPOSITORY

TASK = "cbb3ffd0-838c-41ca-a41a-7c11cae29181"
NODES = (
    "1bb9feba-7b53-455b-b127-0eb19ffc9d3f",
    "663ad4b0-b617-409f-8bc9-3682b30f7f30",
    "0fc1a571-2920-47bf-9e4e-b4edb7fa2caa",
)
HANGS = "hangs"

_AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
_ROOTS = (".jp-alphamed-View", ".jp-alphamed-Sidebar", ".jp-alphamed-Status", ".jp-alphamed-Menu")

_SCHEDULER = """
import sys
from alphamed_nb import alphafed
from alphamed_nb.datasets import prepare_mnist
from alphafed import logger, mock_context
from scheduler import DemoAvg

class FailingAvg(DemoAvg):
    def train_an_epoch(self):
        super().train_an_epoch()
        if node == nodes[2] and self.current_round == 2:
            logger.warning("the labels look strange")
            raise ValueError("labels are 0 to 10, the model knows 0 to 9")

task, node, nodes = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
prepare_mnist(task_id=task, nodes=[node])
scheduler = FailingAvg(max_rounds=3, log_rounds=1, calculation_timeout=60)
with mock_context(id=node, nodes=nodes):
    scheduler._run(id=node, task_id=task, is_initiator=node == nodes[0])
"""

_WAITS = """
session.report_task("started", role="aggregator", leads=True)
checkin = Wait(whom=["absent"], kind="join", name="checkin", since=time.time() - 20)
session.report_state("waiting", role="aggregator", wait=checkin)
contractor.notify_task_completion(True)
wait()
"""


@pytest.fixture(scope="module", autouse=True)
def tasks(lab: Lab) -> Iterator[None]:
    """A real training in which one data holder fails in the second round, and a task that hangs."""
    lab.copy_example()
    with ExitStack() as stack:
        running = [stack.enter_context(run_code(lab, _SCHEDULER, TASK, name, ",".join(NODES))) for name in NODES]
        ends = [process.communicate(timeout=START_SECONDS) + (process.returncode,) for process in running]
        assert [code for *_, code in ends] == [0, 0, 1], ends
        assert "labels are 0 to 10" in ends[2][1]
        stack.enter_context(node(lab, HANGS, "aggregator", "aggregator,holder,absent", _WAITS))
        yield


def show(page: LabPage, view: str, task: str = TASK) -> Locator:
    page.command("alphamed:open", {"task": task, "view": view})
    shown = page.page.locator(".jp-alphamed-View:visible")
    expect(shown.get_by_role("tab", selected=True)).to_contain_text(re.compile(view, re.IGNORECASE))
    return shown


# -- what can be found by a program ------------------------------------------------------------------------------------

_CHECK = """
async ([roots, tags]) => {
    const include = roots.filter(root => [...document.querySelectorAll(root)].some(found => found.offsetParent !== null
        || getComputedStyle(found).position === 'fixed'));
    const {violations, passes} = await axe.run({include: include.map(root => [root])}, {
        runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']
    });
    return {
        looked: passes.length,
        violations: violations.flatMap(({id, nodes}) => nodes.map(({html, failureSummary}) =>
            `${id}: ${html.slice(0, 240)}\\n    ${failureSummary.replaceAll('\\n', '\\n    ')}`)),
    };
}
"""


def check(page: LabPage, what: str, found: list[str]) -> None:
    """Run axe-core over what is our own on the page, and add what it finds."""
    if not page.page.evaluate("'axe' in window"):
        page.page.evaluate(_AXE.read_text())
    result: dict[str, Any] = page.page.evaluate(_CHECK, [_ROOTS, _RULES])
    assert result["looked"] >= 8, f"{what}: only {result['looked']} rules found something to look at"
    found += [f"{what}: {text}" for text in result["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation_of_wcag_in_any_view(open_page: Callable[..., LabPage], theme: str) -> None:
    page = open_page(theme=theme)
    found: list[str] = []
    for name in _EACH:
        _EACH[name](page)
        check(page, name, found)
        page.page.keyboard.press("Escape")
    assert not found, "\n".join(found)


def _logs(page: LabPage) -> None:
    view = show(page, "logs")
    expect(view.get_by_role("log")).to_contain_text("finished: 3 rounds")


def _traceback(page: LabPage) -> None:
    view = show(page, "logs")
    view.get_by_role("treegrid").focus()
    for key in ("Home", "F8", "F8", "Enter", "ArrowRight"):  # from what is on screen, the first error could be either
        page.page.keyboard.press(key)
    expect(view.locator(".jp-alphamed-Logs-detail")).to_contain_text("labels are 0 to 10")


def _nothing_matches(page: LabPage) -> None:
    view = show(page, "logs")
    box = view.get_by_role("textbox").first
    box.fill("no such text anywhere")
    expect(view).to_contain_text("Nothing matches")


def _everything_again(page: LabPage) -> None:
    view = show(page, "logs")
    view.get_by_role("button", name="Clear filters").click()
    view.get_by_role("button", name=re.compile("Export")).click()


def _nodes(page: LabPage) -> None:
    view = show(page, "nodes")
    row = view.get_by_role("row").filter(has_text="labels are")
    if row.get_attribute("aria-selected") == "false":
        row.click()
    expect(view.locator(".jp-alphamed-NodeDetail")).to_contain_text("labels are 0 to 10")


def _hang(page: LabPage) -> None:
    view = show(page, "nodes", HANGS)
    row = view.get_by_role("row").filter(has_text="never started").last
    if row.get_attribute("aria-selected") == "false":
        row.click()
    expect(view.locator(".jp-alphamed-Chain")).to_be_visible()


def _menu(page: LabPage) -> None:
    show(page, "nodes", HANGS).get_by_role("button", name=re.compile("^Actions for")).first.click()
    expect(page.page.get_by_role("menu")).to_be_visible()


def messages(page: LabPage, task: str = TASK, *, table: bool = False) -> Locator:
    """The Messages view, as a diagram or as a table: it remembers which."""
    view = show(page, "messages", task)
    view.locator(".jp-alphamed-Messages-toolbar").get_by_role("button", name="More").click()
    item = view.get_by_role("menuitemcheckbox", name="Show as table")
    item.click() if (item.get_attribute("aria-checked") == "true") is not table else page.page.keyboard.press("Escape")
    expect(view.get_by_role("grid" if table else "listbox")).to_be_visible()
    return view


def _messages(page: LabPage) -> None:
    view = messages(page)
    view.get_by_role("listbox").focus()
    page.page.keyboard.press("Home")
    page.page.keyboard.press("ArrowDown")
    expect(view.locator(".jp-alphamed-Messages-detail")).to_be_visible()


def _unread(page: LabPage) -> None:
    expect(messages(page, HANGS)).to_contain_text("not read")


def _table(page: LabPage) -> None:
    view = messages(page, table=True)
    view.get_by_role("grid").focus()
    page.page.keyboard.press("Home")
    expect(view.locator(".jp-alphamed-Messages-tableRow[data-active=true]")).to_be_in_viewport()
    page.page.keyboard.press("End")
    page.page.keyboard.press("ArrowUp")
    expect(view.locator(".jp-alphamed-Messages-tableRow[data-active=true]")).to_be_in_viewport()


def _rounds(page: LabPage) -> None:
    view = show(page, "rounds")
    expect(view.get_by_role("grid", name="Rounds")).to_be_visible()
    bars = view.locator(".jp-alphamed-Gantt")
    bars.focus()
    page.page.keyboard.press("ArrowRight")
    expect(view.locator(".jp-alphamed-Rounds-detail")).to_be_visible()


def _side_bar(page: LabPage) -> None:
    page.command("alphamed:show-sidebar")
    expect(page.page.locator(".jp-alphamed-Sidebar")).to_contain_text("Last problem")


_EACH: dict[str, Callable[[LabPage], None]] = {
    "logs": _logs,
    "logs, traceback": _traceback,
    "logs, nothing matches": _nothing_matches,
    "logs, export": _everything_again,
    "nodes": _nodes,
    "nodes of a task that hangs": _hang,
    "menu": _menu,
    "messages": _messages,
    "messages not read": _unread,
    "messages as table": _table,
    "rounds": _rounds,
    "side bar": _side_bar,
}


def test_buttons_inside_of_lists_are_pressed_by_keys(open_page: Callable[..., LabPage]) -> None:
    """The keys of a list act only while the list itself has the focus."""
    page = open_page()
    button = show(page, "nodes", HANGS).get_by_role("button", name=re.compile("^Actions for")).first
    menu = page.page.get_by_role("menu")
    for key in ("Enter", "Space"):
        button.focus()
        page.page.keyboard.press(key)
        expect(menu).to_be_visible()
        page.page.keyboard.press("Escape")
        expect(menu).to_have_count(0)
        expect(button).to_be_focused()


# -- larger ------------------------------------------------------------------------------------------------------------

_USABLE = """
() => {
    const root = [...document.querySelectorAll('.jp-alphamed-View')].find(view => view.offsetParent);
    const name = part => (part.getAttribute('aria-label') || part.textContent || part.className).trim().slice(0, 40);
    const shown = [...root.querySelectorAll('button, input')].filter(part =>
        part.checkVisibility({visibilityProperty: true, opacityProperty: true}) && part.offsetWidth > 0);
    const found = [];
    const fixed = [];
    for (const part of shown) {
        const box = part.getBoundingClientRect();
        let scrolls = false;
        for (let outer = part.parentElement; outer !== root; outer = outer.parentElement) {
            const {overflowX, overflowY} = getComputedStyle(outer);
            scrolls ||= /auto|scroll/.test(overflowX + overflowY);
            const edge = outer.getBoundingClientRect();
            if (!scrolls && /hidden|clip/.test(overflowX) && (box.right > edge.right + 1 || box.left < edge.left - 1))
                found.push(`${name(part)} is cut off by ${outer.className}`);
        }
        const edge = root.getBoundingClientRect();
        if (!scrolls && (box.right > edge.right + 1 || box.left < edge.left - 1))
            found.push(`${name(part)} lies outside`);
        if (getComputedStyle(part).overflowX === 'visible' && part.scrollWidth > part.clientWidth + 1)
            found.push(`the text of ${name(part)} is wider than itself`);
        if (!scrolls) fixed.push([part, box]);
    }
    for (const [one, a] of fixed)
        for (const [other, b] of fixed)
            if (one !== other && !one.contains(other) && !other.contains(one) && a.left + 1.5 < b.right
                && b.left + 1.5 < a.right && a.top + 1.5 < b.bottom && b.top + 1.5 < a.bottom)
                found.push(`${name(one)} lies on ${name(other)}`);
    return found;
}
"""

_MAIN = ("logs, traceback", "nodes", "messages", "messages as table", "rounds")


@pytest.fixture
def special(lab: Lab, browser: Browser) -> Iterator[Callable[..., LabPage]]:
    """Opens a page with what the browser itself is set to."""
    with ExitStack() as stack:

        def open_one(**options: Any) -> LabPage:
            page = lab.page(browser, **options)
            stack.callback(page.close)
            page.load()
            return page

        yield open_one


def test_at_200_percent_nothing_is_cut_off_and_nothing_lies_on_another(
    special: Callable[..., LabPage], shots: Path
) -> None:
    page = special(viewport={"width": 720, "height": 450}, device_scale_factor=2)
    found = []
    for name in _MAIN:
        _EACH[name](page)
        page.shot(shots, f"zoom-{name.replace(', ', '-').replace(' ', '-')}")
        found += [f"{name}: {text}" for text in page.page.evaluate(_USABLE)]
        body = page.page.locator(".jp-alphamed-View-body:visible").bounding_box()
        assert body is not None and body["height"] >= 300
    assert not found, "\n".join(found)


# -- the reader's own colours, and no motion ---------------------------------------------------------------------------


def _style(part: Locator, name: str) -> str:
    value = part.first.evaluate("(part, name) => getComputedStyle(part)[name]", name)
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_with_forced_colours_marks_have_a_frame_and_bars_and_what_is_chosen_can_be_told_apart(
    special: Callable[..., LabPage], shots: Path, scheme: str
) -> None:
    page = special(viewport={"width": 1440, "height": 900}, forced_colors="active", color_scheme=scheme)
    canvas, text = (
        ("rgb(0, 0, 0)", "rgb(255, 255, 255)") if scheme == "dark" else ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    )
    for name in _MAIN:
        _EACH[name](page)
        page.shot(shots, f"forced-{scheme}-{name.replace(', ', '-').replace(' ', '-')}")
        view = page.page.locator(".jp-alphamed-View:visible")
        mark = view.locator(".jp-alphamed-Mark")
        assert [_style(mark, it) for it in ("color", "backgroundColor", "borderTopColor")] == [text, canvas, text]
        bars = view.locator(".jp-alphamed-Strip .jp-alphamed-bar")
        looks = {
            activity: _style(bars.and_(view.locator(f"[data-activity={activity}]")), "background")
            for activity in ("waiting", "training", "failed")
        }
        assert len(set(looks.values())) == len(looks)
        assert canvas not in (looks["training"], looks["failed"]) and "gradient" in looks["waiting"]
    _EACH["messages as table"](page)
    grid = page.page.get_by_role("grid", name="Messages")
    assert _style(grid, "outlineStyle") == "solid" and _style(grid, "outlineWidth") == "2px"
    assert _style(grid.locator("[data-active=true]"), "outlineWidth") == "2px"
    tabs = page.page.locator(".jp-alphamed-View:visible").get_by_role("tab")
    colours = {_style(tabs.nth(place), "borderBottomColor") for place in range(4)}
    assert len(colours) == 2


def test_with_reduced_motion_nothing_moves(special: Callable[..., LabPage]) -> None:
    page = special(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.page.evaluate(
        """() => {
            window.moved = [];
            for (const kind of ['transitionrun', 'animationstart'])
                document.addEventListener(kind, event => {
                    if (event.target.closest('[class*=jp-alphamed]'))
                        window.moved.push(kind + ' ' + event.target.className);
                }, true);
        }"""
    )
    for name in (*_MAIN, "side bar"):
        _EACH[name](page)
    assert page.page.evaluate("window.moved") == []
