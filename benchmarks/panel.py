"""The panel in JupyterLab in Chromium: a task with 1,000,000 log records, and 5,000 records a second coming in.

* [panel_first_rows] from the command that opens the view to rows on the screen, ms;
* [panel_frame] a frame while the list is scrolled by 90 px a frame, ms;
* [panel_memory] private memory of the tab's process with the list scrolled through, JupyterLab included, MB;
* [panel_filter] from the last key in the filter box to the filtered list, its pause of 120 ms after typing included;
* [panel_records] records taken in while the view is open (floor: the same with no page open), per second, and
  [panel_frame_meanwhile] a frame of the page that follows them, ms.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import urllib.parse
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from .processes import node_processes
from .report import Figure, figure

NODES = 10
LINES = 100_000
"""Of each node; ten times as many are in the task."""
RATE = 500
"""Records a second of each node."""
SECONDS = 60
REPEATS = 5

_FRAMES = """
count => new Promise(done => {
    const scroller = document.querySelector('.jp-alphamed-Logs-list');
    const times = [];
    const frame = now => {
        times.push(now);
        if (times.length > count) {
            done(times.slice(1).map((time, i) => time - times[i]));
            return;
        }
        scroller.scrollTop -= 90;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})
"""
_IDLE_FRAMES = """
seconds => new Promise(done => {
    const times = [];
    const frame = now => {
        times.push(now);
        if (now - times[0] > 1000 * seconds) done(times.slice(1).map((time, i) => time - times[i]));
        else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})
"""
_OPEN = """
task => new Promise((done, fail) => {
    const begin = performance.now();
    const look = () => {
        if (document.querySelector('.jp-alphamed-Logs-row[data-seq]')) done(performance.now() - begin);
        else if (performance.now() - begin > 20000) fail(new Error('no row after 20 s'));
        else requestAnimationFrame(look);
    };
    void window.jupyterapp.commands.execute('alphamed:open', {task, view: 'logs'}).catch(fail);
    look();
})
"""
_FILTER = """
text => new Promise((done, fail) => {
    const box = document.querySelector('.jp-alphamed-Logs input[type="text"], .jp-alphamed-Logs input[type="search"]');
    const foot = document.querySelector('.jp-alphamed-Logs-foot');
    const before = foot.textContent;
    const begin = performance.now();
    const look = () => {
        if (foot.textContent !== before) done(performance.now() - begin);
        else if (performance.now() - begin > 20000) fail(new Error('nothing happened: ' + before));
        else requestAnimationFrame(look);
    };
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, text);
    box.dispatchEvent(new Event('input', {bubbles: true}));
    look();
})
"""


def measure(names: Sequence[str]) -> Iterator[Figure]:
    from playwright.sync_api import sync_playwright

    from tests.browser.lab import Lab, chromium

    with tempfile.TemporaryDirectory(prefix="alphamed-nb-", ignore_cleanup_errors=True) as name:
        lab = Lab(Path(name))
        lab.start()
        try:
            with sync_playwright() as playwright, chromium(playwright) as browser:
                if {"panel_first_rows", "panel_frame", "panel_memory", "panel_filter"} & set(names):
                    yield from _many_records(lab, browser)
                if {"panel_records", "panel_frame_meanwhile"} & set(names):
                    yield from _many_a_second(lab, browser)
        finally:
            lab.stop()


def _many_records(lab: Any, browser: Any) -> Iterator[Figure]:
    task = uuid.uuid4().hex
    with node_processes(lab.hub(), [("log_writer", task, f"node {i}") for i in range(NODES)]) as writers:
        for writer in writers:
            writer.go(LINES)
        for writer in writers:
            writer.read()
    first, frames, filters, memory = [], [], [], []
    for _ in range(REPEATS):
        page = lab.open(browser)
        first.append(page.page.evaluate(_OPEN, task))
        page.page.wait_for_timeout(1000)
        frames.append(statistics.median(page.page.evaluate(_FRAMES, 300)))
        filters.append(page.page.evaluate(_FILTER, "line 9998"))
        page.page.wait_for_timeout(1000)
        memory.append(max(_private(process) for process in _renderers()))
        page.page.evaluate(_FILTER, "")  # the next page would begin with it
        page.page.wait_for_timeout(2000)
        page.close()
    yield figure("panel_first_rows", first, "ms")
    yield figure("panel_frame", frames, "ms")
    yield figure("panel_memory", memory, "MB")
    yield figure("panel_filter", filters, "ms")


def _many_a_second(lab: Any, browser: Any) -> Iterator[Figure]:
    closed, _ = _paced(lab, None)
    page = lab.open(browser)
    opened, frames = _paced(lab, page)
    page.close()
    yield figure("panel_records", [opened], "1/s", [closed])
    yield figure("panel_frame_meanwhile", [statistics.median(frames)], "ms")


def _paced(lab: Any, page: Any) -> tuple[float, list[float]]:
    """Records a second taken in, and the page's frames meanwhile."""
    task = uuid.uuid4().hex
    frames: list[float] = []
    with node_processes(lab.hub(), [("paced_log_writer", task, f"node {i}") for i in range(NODES)]) as writers:
        if page is not None:
            page.command("alphamed:open", {"task": task, "view": "logs"})
        for writer in writers:
            writer.go([RATE, SECONDS])
        if page is not None:
            frames = page.page.evaluate(_IDLE_FRAMES, SECONDS - 5)
        spans = [writer.read() for writer in writers]
    count = NODES * RATE * SECONDS
    query = urllib.parse.urlencode({"task": task, "run": 1, "level": "info", "limit": 1})
    deadline = time.monotonic() + 30
    while (total := lab.ask(f"lines?{query}")["total"]) < count and time.monotonic() < deadline:
        time.sleep(0.2)
    if total != count:
        raise RuntimeError(f"{total} of {count} records are in the hub")
    return count / (max(end for _, end in spans) - min(begin for begin, _ in spans)), frames


def _renderers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "--type=renderer" in child.cmdline()]


def _private(process: psutil.Process) -> float:
    return process.memory_full_info().uss / 1e6
