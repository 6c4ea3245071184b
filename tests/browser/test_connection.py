"""Hub lost, refused, of another version, slept through, hidden, behind a login: what the panel says and asks for."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jupyter_server.auth import passwd
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser.lab import PATIENCE_SECONDS, Lab, LabPage, node
from tests.browser.wire import Gate, Wire

OpenPage = Callable[..., LabPage]
LATER = 10 * 60_000
"""Longer than any attempt would wait; the page's clock jumps there."""

_TALKER = """
contractor.notify_task_completion(True)
for line in sys.stdin:
    word, count = line.split()
    for i in range(int(count)):
        print(f"{word} {i}")
"""


@pytest.fixture(autouse=True)
def nothing_open(lab: Lab) -> None:
    """What an earlier test opened, and how it looked at it, is not restored."""
    for file in (lab.folder / "workspaces").glob("*"):
        file.unlink()


def say(process: subprocess.Popen[str], word: str, count: int) -> None:
    """Make a talker log `word 0` and so on."""
    assert process.stdin is not None
    process.stdin.write(f"{word} {count}\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> None:
    """All that a talker logged is in the hub after this."""
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors


def log(lab: Lab, task: str, count: int) -> None:
    """A task that has logged `line 0` and so on, and ended."""
    with node(lab, task, "a", "a,b", _TALKER) as process:
        say(process, "line", count)
        end(process)


def show(page: LabPage, task: str, view: str = "logs") -> Locator:
    page.command("alphamed:open", {"task": task, "view": view})
    return page.page.locator(".jp-alphamed-View")


def stored(lab: Lab, task: str) -> list[int]:
    """The numbers of all that a task logged."""
    return [row["seq"] for row in lab.ask(f"records?task={task}&kind=log&limit=5000")["rows"]]


def watched(open_page: OpenPage) -> tuple[LabPage, Wire]:
    """A page, to be loaded, whose traffic is recorded and whose clock can be put forward."""
    page = open_page(load=False)
    page.page.clock.install()
    return page, Wire(page)


def load_to_lose(page: LabPage) -> None:
    """For a page whose server goes: JupyterLab itself has nothing to say about that."""
    dialog = page.page.locator(".jp-Dialog")
    page.page.add_locator_handler(dialog, lambda: dialog.get_by_role("button").first.click())
    # It asks this once and expects an answer.
    with page.page.expect_response(re.compile("/lab/api/build")):
        page.load()


def test_try_now_brings_back_a_hub_that_was_restarted(open_page: OpenPage, lab: Lab, shots: Path) -> None:
    page = open_page(load=False)
    gate = Gate(page)
    load_to_lose(page)
    with node(lab, "again", "a", "a,b", _TALKER) as process:
        view = show(page, "again")
        say(process, "before", 300)
        expect(view.get_by_role("log")).to_contain_text("before 299")
        gate.shut = True  # so that it is the button that brings it back, and no attempt of its own
        lab.stop()
        sentence = view.locator(".jp-alphamed-Sentence")
        said = r"^Reconnecting\. The hub cannot be reached since \d\d:\d\d:\d\d.*Next try in \d+ s"
        expect(sentence).to_contain_text(re.compile(said))
        page.shot(shots, "hub-lost")
        say(process, "meanwhile", 300)
        lab.start()
        gate.shut = False
        tries = page.page.evaluate(
            """() => {
                const settings = window.jupyterapp.serviceManager.serverSettings;
                const {WebSocket} = settings, tries = [];
                settings.WebSocket = function (url) { tries.push(url); return new WebSocket(url); };
                document.querySelector('.jp-alphamed-Sentence button').click();
                settings.WebSocket = WebSocket;
                return tries.length;
            }"""
        )
        assert tries > 0
        expect(view.get_by_role("log")).to_contain_text("meanwhile 299")
        expect(sentence).not_to_contain_text("Reconnecting")
        end(process)
    rows = stored(lab, "again")
    assert len(rows) >= 600
    assert page.numbers() == rows


@pytest.mark.parametrize("seconds", [1, 5])
def test_a_sleep_that_kills_connections_leaves_no_gap(open_page: OpenPage, lab: Lab, seconds: int) -> None:
    """However short: what was heard just before it says nothing of how a connection is after it."""
    task = f"sleep-{seconds}"
    page = open_page(load=False)
    gate = Gate(page)
    page.load()
    with node(lab, task, "a", "a,b", _TALKER) as process:
        view = show(page, task)
        say(process, "before", 300)
        expect(view.get_by_role("log")).to_contain_text("before 299")
        page.page.context.set_offline(True)
        gate.cut()
        say(process, "asleep", 300)
        page.page.wait_for_timeout(1000 * seconds)
        expect(view.get_by_role("log")).not_to_contain_text("asleep")
        page.page.context.set_offline(False)
        expect(view.get_by_role("log")).to_contain_text("asleep 299")
        say(process, "awake", 10)
        expect(view.get_by_role("log")).to_contain_text("awake 9")
        end(process)
    rows = stored(lab, task)
    assert len(rows) >= 610
    assert page.numbers() == rows


def test_a_server_that_refuses_is_not_asked_again(open_page: OpenPage, lab: Lab, shots: Path) -> None:
    log(lab, "refused", 10)
    page, wire = watched(open_page)
    load_to_lose(page)
    view = show(page, "refused")
    expect(view.get_by_role("log")).to_contain_text("line 9")
    lab.stop()
    lab.token = "another"
    (lab.folder / "runtime" / "jupyter_cookie_secret").unlink()  # else the page's cookie would still do
    lab.start()
    page.page.clock.fast_forward(LATER)
    sentence = view.locator(".jp-alphamed-Sentence")
    expect(sentence).to_contain_text("The server refuses: Forbidden")
    expect(page.page.locator(".jp-alphamed-Status")).to_contain_text("no access to the hub")
    expect(view.get_by_role("log")).to_contain_text("line 9")
    assert wire.open == []
    attempts = wire.attempts
    page.page.clock.fast_forward(LATER)
    page.page.context.set_offline(True)
    page.page.context.set_offline(False)
    page.command("alphamed:show-sidebar")
    expect(page.page.locator(".jp-alphamed-Sidebar-note")).to_contain_text("The server refuses: Forbidden")
    page.page.clock.fast_forward(LATER)
    page.shot(shots, "hub-refuses")
    assert wire.attempts == attempts
    # Whoever may log in again is asked to.
    sentence.get_by_role("button", name="Reload the page").click()
    expect(page.page).to_have_url(re.compile("/login"))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_request_says_so_and_is_not_repeated(open_page: OpenPage, lab: Lab, status: int) -> None:
    task = f"request-{status}"
    log(lab, task, 4000)
    page, wire = watched(open_page)
    page.load()
    view = show(page, task)
    expect(view.get_by_role("log")).to_contain_text("line 3999")
    refusal = {"message": "Your login has expired.", "reason": None}
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=status, json=refusal)

    page.page.route(re.compile("/alphamed-nb/api/lines"), refuse)
    view.locator(".jp-alphamed-Logs-list").focus()
    page.page.keyboard.press("Home")
    expect(view.get_by_role("alert")).to_contain_text("Your login has expired.")
    opened = len(wire.sockets)
    page.page.clock.fast_forward(LATER)
    expect(view.get_by_role("alert")).to_contain_text("Your login has expired.")
    page.page.wait_for_timeout(500)  # what it brought about has gone out
    # The key may have asked for more than one page of lines; none is asked for twice.
    assert len(asked) == len(set(asked)) and len(wire.sockets) == opened


def test_a_page_of_another_version_asks_to_be_reloaded(open_page: OpenPage, lab: Lab, shots: Path) -> None:
    log(lab, "version", 10)
    page, wire = watched(open_page)

    def update(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"release": "9.9.9"})

    page.page.route(re.compile("/alphamed-nb/api/hub$"), update)
    page.load()
    view = show(page, "version")
    sentence = view.locator(".jp-alphamed-Sentence")
    expect(sentence).to_contain_text("The server was updated and speaks another version than this page.")
    expect(page.page.locator(".jp-alphamed-Status")).to_contain_text("Reload the page")
    page.shot(shots, "hub-of-another-version")
    wire.wait_closed(wire.open)
    attempts = wire.attempts
    page.page.clock.fast_forward(LATER)
    expect(sentence).to_contain_text("another version")
    assert wire.attempts == attempts
    page.page.unroute_all()
    with page.page.expect_navigation():
        sentence.get_by_role("button", name="Reload the page").click()
    page.restored()
    show(page, "version")
    expect(view.get_by_role("log")).to_contain_text("line 9")
    expect(sentence).not_to_contain_text("another version")


_FAILS = """
contractor.notify_task_completion(True)
print("up")
wait()
raise ValueError("broken")
"""


def test_hidden_views_ask_for_nothing_but_the_counts(open_page: OpenPage, lab: Lab) -> None:
    page = open_page(load=False)
    wire = Wire(page)
    page.load()
    status = page.page.locator(".jp-alphamed-Status")
    with node(lab, "hidden", "a", "a,b", _TALKER) as process, node(lab, "hidden", "b", "a,b", _FAILS) as other:
        page.command("alphamed:show-sidebar")
        view = show(page, "hidden")
        say(process, "seen", 10)
        expect(view.get_by_role("log")).to_contain_text("seen 9")
        expect(page.page.locator(".jp-alphamed-Sidebar")).to_contain_text("No problem so far")
        (counts,) = [socket for socket in wire.open if wire.asked.get(socket) == {"op": "watch"}]
        assert len(wire.open) >= 4  # the run, in both views; the lines
        page.command("launcher:create")
        page.command("application:toggle-left-area")
        expect(view).to_be_hidden()
        expect(page.page.locator(".jp-alphamed-Sidebar")).to_be_hidden()
        wire.wait_closed([socket for socket in wire.open if socket is not counts])
        wire.frames.clear()
        wire.requests.clear()
        other.communicate("\n", timeout=PATIENCE_SECONDS)
        say(process, "unseen", 300)
        end(process)
        expect(status).to_contain_text("1 failed")
        # A task that begins is what hidden views will show; its failure is no reason to read anything yet.
        with node(lab, "hidden-too", "c", "c", _FAILS) as third:
            expect(status).to_contain_text("1 running")
            third.communicate("\n", timeout=PATIENCE_SECONDS)
        expect(status).to_contain_text("2 failed")
        assert wire.open == [counts]
        assert {frame["op"] for frame in wire.frames} == {"overview"}
        assert not any(frame.get("run") or frame.get("memory") for frame in wire.frames)
        assert wire.requests == []
    view = show(page, "hidden")
    rows = stored(lab, "hidden")
    assert len(rows) >= 311
    expect(view).to_contain_text(f"{len(rows)} shown · {len(rows)} loaded")
    assert page.numbers() == rows


def test_everything_works_below_a_prefix_with_a_login(browser: Browser, tmp_path: Path) -> None:
    lab = Lab(tmp_path, token="")
    (tmp_path / "config").mkdir()
    login = {"PasswordIdentityProvider": {"hashed_password": passwd("swordfish")}}
    (tmp_path / "config" / "jupyter_server_config.json").write_text(json.dumps(login))
    lab.start()
    page = lab.page(browser, viewport={"width": 1440, "height": 900})
    wire = Wire(page)
    urls: list[str] = []
    page.page.on("websocket", lambda socket: urls.append(socket.url))
    try:
        page.page.goto(f"{lab.url}lab")
        page.page.get_by_label("Password").fill("swordfish")
        page.page.keyboard.press("Enter")
        page.restored()
        with node(lab, "login", "a", "a,b", _TALKER) as process:
            page.command("alphamed:show-sidebar")
            view = show(page, "login")
            say(process, "live", 3000)
            expect(view.get_by_role("log")).to_contain_text("live 2999")
            for name in ("Nodes", "Messages", "Rounds", "Logs"):
                show(page, "login", name.lower())
                expect(view.get_by_role("tab", selected=True)).to_contain_text(name)
            end(process)
        assert len(page.numbers()) >= 3000
        view.get_by_role("button", name="More").click()
        page.page.get_by_role("menuitem", name="Remove run 1").click()
        view.get_by_role("button", name="Remove", exact=True).click()
        expect(view).to_contain_text("Run a federation on this machine")
        assert page.page.request.get(f"{lab.url}alphamed-nb/api/tasks").json() == []
        ours = (lab.url, lab.url.replace("http", "ws", 1), "data:", "blob:")
        assert [url for url in [*page.requests, *urls] if not url.startswith(ours)] == []
        assert not [url for url in [*wire.requests, *urls] if "token=" in url]
        assert not page.errors, page.errors
    finally:
        page.close()
        lab.stop()
