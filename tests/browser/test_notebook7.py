"""Notebook 7, where every document has a page of its own: the side panel, the full view, and the ways between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import START_SECONDS, Lab, LabPage

_NODE = """%%mock_node --id hospital --nodes hospital,laboratory --task notebook7
print("a line of the page")
1 / 0"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("notebook"), application="notebook")
    lab.start()
    cells = [nbformat.v4.new_code_cell("%load_ext alphamed_nb")]
    cells += [nbformat.v4.new_code_cell(f"# cell {number}\n" + "\n" * 10) for number in range(8)]
    cells += [nbformat.v4.new_code_cell(_NODE, id="node")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.root / "node.ipynb")
    yield lab
    lab.stop()


def follow(page: Page, click: Callable[[], None]) -> Page:
    """The page that a click opens."""
    with page.context.expect_page() as opened:
        click()
    opened.value.wait_for_load_state()
    return opened.value


def test_from_a_notebook_to_the_full_view_and_back_to_the_cell(
    open_page: Callable[..., LabPage], lab: Lab, shots: Path
) -> None:
    page = open_page()
    # The page with the files has the full view in a tab of its own.
    expect(page.page.get_by_role("tab", name="Federation")).to_be_visible()

    notebook = page.page
    notebook.goto(f"{lab.url}notebooks/node.ipynb")
    page.restored()
    notebook.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=1000 * START_SECONDS,
    )
    page.command("alphamed:show-sidebar")
    side = notebook.locator(".jp-alphamed-Sidebar")
    expect(side).to_contain_text("No node is running")
    page.command("notebook:run-all-cells")
    expect(side.locator(".jp-mod-problem")).to_contain_text("ZeroDivisionError: division by zero")
    page.shot(shots, "notebook7-side")

    full = follow(notebook, lambda: side.get_by_role("button", name="Show traceback").click())
    assert full.url.startswith(f"{lab.url}tree?alphamed=logs")
    log = full.locator(".jp-alphamed-View").get_by_role("log")
    expect(log).to_contain_text("ZeroDivisionError: division by zero")
    expect(log).to_contain_text("a line of the page")
    full.screenshot(path=shots / "notebook7-full.png")

    cell = follow(full, lambda: full.get_by_role("button", name=re.compile("^Open cell")).first.click())
    assert cell.url.startswith(f"{lab.url}notebooks/node.ipynb")
    line = cell.locator(".jp-alphamed-failingLine")
    expect(line).to_contain_text("1 / 0")
    expect(line).to_be_in_viewport()
    cell.screenshot(path=shots / "notebook7-cell.png")

    # Only that page was meant: it is not shown again.
    cell.reload()
    expect(cell.get_by_text("%load_ext alphamed_nb")).to_be_in_viewport()
    cell.wait_for_function("window.jupyterapp && window.jupyterapp.restored.then(() => true)")
    expect(cell.locator(".jp-alphamed-failingLine")).to_have_count(0)


def test_from_the_page_of_a_notebook_to_its_own_cell(open_page: Callable[..., LabPage], lab: Lab) -> None:
    page = open_page()
    page.page.goto(f"{lab.url}notebooks/node.ipynb")
    page.restored()
    page.command("alphamed:show-sidebar")
    side = page.page.locator(".jp-alphamed-Sidebar")
    side.get_by_role("button", name=re.compile("^Open cell")).first.click()
    line = page.page.locator(".jp-alphamed-failingLine")
    expect(line).to_contain_text("1 / 0")
    expect(line).to_be_in_viewport()
    assert len(page.page.context.pages) == 1
