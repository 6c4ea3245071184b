"""The seed's shape bug inside `train_an_epoch`: seen within a second, and two clicks lead to the cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.lab import EXAMPLE, PATIENCE_SECONDS, START_SECONDS, Lab, LabPage, finish, node, run_all

_FAILED = "mock_collaborator_2.ipynb"


@pytest.fixture(scope="module", autouse=True)
def example(lab: Lab) -> None:
    """The example, with the network of data holder 2 in a cell of its notebook, and wrong."""
    lab.copy_example()
    network = (EXAMPLE / "net.py").read_text().replace("self.fc1(x)", "self.fc1(x[:, :30])")
    assert "self.fc1(x[:, :30])" in network
    notebook = nbformat.read(lab.root / _FAILED, as_version=4)
    place = next(i for i, cell in enumerate(notebook.cells) if "DemoAvg(" in cell.source)
    cell = nbformat.v4.new_code_cell(f"{network}\n\nimport scheduler as module\nmodule.ConvNet = ConvNet", id="network")
    notebook.cells.insert(place, cell)
    nbformat.write(notebook, lab.root / _FAILED)


def test_a_failure_is_in_the_status_bar_at_once_and_two_clicks_lead_to_its_cell(
    open_page: Callable[..., LabPage], lab: Lab, shots: Path
) -> None:
    page = open_page()
    page.page.evaluate(
        """() => {
            window.failedAt = 0;
            new MutationObserver(() => {
                const status = document.querySelector('.jp-alphamed-Status');
                const failed = status && /failed/.test(status.textContent);
                if (!window.failedAt && failed) window.failedAt = Date.now() / 1000;
            }).observe(document.body, {subtree: true, childList: true, characterData: true});
        }"""
    )
    run_all(page)
    status = page.page.locator(".jp-alphamed-Status")
    expect(status).to_contain_text("1 failed", timeout=1000 * START_SECONDS)
    (task,) = lab.ask("tasks")
    rows = lab.ask(f"records?task={task['task']}&kind=state&limit=5000")["rows"]
    failed = next(row for row in rows if row["body"]["activity"] == "failed")
    assert page.page.evaluate("window.failedAt") - failed["at"] < 5.0  # 0.1 s on an idle machine; no poll is that quick

    status.get_by_text("1 failed").click()  # the first click
    view = page.page.locator(".jp-alphamed-View")
    expect(view.get_by_role("log")).to_contain_text("mat1 and mat2 shapes cannot be multiplied")
    expect(view).to_contain_text("ConvNet.forward")
    page.page.wait_for_timeout(500)
    page.shot(shots, "failure-traceback")
    view.get_by_role("button", name=re.compile("^Open cell")).first.click()  # the second
    line = page.page.locator(".jp-alphamed-failingLine")
    expect(line).to_contain_text("self.fc1(x[:, :30])")
    expect(line).to_be_in_viewport()
    page.page.wait_for_timeout(500)
    page.shot(shots, "failure-cell")


def test_a_failure_stays_until_it_was_seen(open_page: Callable[..., LabPage]) -> None:
    page = open_page()
    page.command("alphamed:open", {"view": "logs"})
    sentence = page.page.locator(".jp-alphamed-Sentence")
    expect(sentence).to_contain_text("failed in round 1 while training")
    expect(sentence).to_contain_text("mat1 and mat2 shapes cannot be multiplied (64x30 and 320x50)")


_WANTS_DATA = """
from alphafed.data_channel import SharedFileDataChannel
contractor.notify_task_completion(True)
wait()
SharedFileDataChannel(contractor).batch_receive_stream("ag", ["h1", "h2"], timeout=0.1, ensure_all_succ=True)
"""


def test_what_failed_first_leads_and_consequences_follow(
    open_page: Callable[..., LabPage], lab: Lab, shots: Path
) -> None:
    task, nodes = "two holders", "ag,h1,h2"
    with node(lab, task, "ag", nodes, _WANTS_DATA) as aggregator:
        for name in ("h1", "h2"):
            finish(
                lab, task, name, nodes, "next(contractor.contract_events())\nraise RuntimeError('shapes')", fails=True
            )
        aggregator.communicate("now\n", timeout=PATIENCE_SECONDS)
    page = open_page()
    page.command("alphamed:show-sidebar")
    page.command("alphamed:open", {"task": task, "view": "nodes"})
    told = ("h1 and h2 failed: RuntimeError: shapes", "ag failed in consequence: DataChannelException")
    sentence = page.page.locator(".jp-alphamed-Sentence")
    expect(sentence).to_contain_text(re.compile(".*".join(told)))
    rows = page.page.locator(".jp-alphamed-Nodes-row")
    expect(rows.last).to_contain_text("in consequence of h1 and h2")
    page.shot(shots, "failure-consequence")
    sentence.get_by_role("button", name="Show traceback").click()
    expect(page.page.locator(".jp-alphamed-View").get_by_role("log")).to_contain_text("RuntimeError: shapes")
