"""What the panel opens, runs, exports and notifies, in one JupyterLab: notebooks, files, downloads, the clipboard."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Download, Locator, expect

from tests.browser.lab import NOTEBOOKS, Lab, LabPage, finish, node

TASK = "acts"


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[LabPage]:
    """One page for all tests that do not need one of their own."""
    page = lab.open(browser, width=2000)  # beside an open document there is room for every column
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield page
    page.close()
    assert not page.errors, page.errors


def write_notebook(path: Path, cells: list[tuple[str, str]]) -> None:
    """Cells are pairs of an id and a source; one that begins with `#` and a blank is Markdown."""
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    )
    for name, source in cells:
        make = nbformat.v4.new_markdown_cell if source.startswith("# ") else nbformat.v4.new_code_cell
        notebook.cells.append(make(source, id=name))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def show(page: LabPage, task: str, view: str) -> Locator:
    page.command("alphamed:open", {"task": task, "view": view})
    view_node = page.page.locator(".jp-alphamed-View:visible")
    expect(view_node.get_by_role("tab", selected=True)).to_contain_text(re.compile(view, re.IGNORECASE))
    return view_node


def choose(page: LabPage, button: Locator, entry: str) -> None:
    button.click()
    page.page.get_by_role("menuitem", name=entry).click()


def downloaded(page: LabPage, act: Callable[[], None]) -> tuple[str, bytes]:
    """The name and content of the file that it makes the browser save."""
    with page.page.expect_download() as waiting:
        act()
    download: Download = waiting.value
    return download.suggested_filename, Path(download.path()).read_bytes()


def copied(page: LabPage, act: Callable[[], None]) -> str:
    """What it makes the browser copy."""
    page.page.evaluate("navigator.clipboard.writeText('')")
    act()
    text = page.page.wait_for_function("navigator.clipboard.readText()").json_value()
    assert isinstance(text, str)
    return text


def open_documents(page: LabPage) -> list[str]:
    """The paths of the documents in the main area, in the order of their tabs."""
    paths = page.page.evaluate(
        """() => [...window.jupyterapp.shell.widgets('main')].filter(w => w.context).map(w => w.context.path)"""
    )
    assert isinstance(paths, list)
    return paths


def close_all(page: LabPage) -> None:
    """Save and close what is open in the main area."""
    page.page.evaluate(
        """async () => {
            const widgets = [...window.jupyterapp.shell.widgets('main')];
            for (const widget of widgets) {
                if (widget.context && widget.context.model.dirty) await widget.context.save();
                widget.close();
                // Each one that goes shows the next, whose tool bar must not vanish while it is laid out.
                await new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)));
            }
        }"""
    )


def notice(page: LabPage, text: str | re.Pattern[str]) -> Locator:
    return page.page.locator(".Toastify__toast", has_text=text)


# -- the first run -----------------------------------------------------------------------------------------------------


def test_open_the_example_opens_what_is_there_and_a_second_time_the_same(lab: Lab, desk: LabPage, shots: Path) -> None:
    desk.command("alphamed:open")
    view = desk.page.locator(".jp-alphamed-View")
    example = view.get_by_role("button", name="Open the example")

    # Without the example's folder, a small notebook of two nodes is written.
    for _ in range(2):
        example.click()
        expect(desk.page.locator(".jp-Notebook:visible")).to_contain_text("--id clinic-b")
        assert open_documents(desk) == ["first_federation.ipynb"]
        desk.command("alphamed:open")
    assert [path.name for path in lab.root.glob("*.ipynb")] == ["first_federation.ipynb"]

    lab.copy_example("examples/fedavg")
    for _ in range(2):
        example.click()
        expect(desk.page.locator(".jp-Notebook:visible")).to_contain_text("DemoAvg")
        current = desk.page.evaluate("window.jupyterapp.shell.currentWidget.context.path")
        assert current == f"examples/fedavg/{NOTEBOOKS[0]}"
        opened = ["first_federation.ipynb", *(f"examples/fedavg/{name}" for name in NOTEBOOKS)]
        assert sorted(open_documents(desk)) == sorted(opened)
        desk.shot(shots, "example-opened")
        desk.command("alphamed:open")
    close_all(desk)


# -- nodes with a notebook ---------------------------------------------------------------------------------------------

_RUNS = """%%mock_node --id {node} --nodes a,b,c --task acts
from pathlib import Path
from alphafed.contractor import TaskMessageContractor
contractor = TaskMessageContractor(task_id="acts")
folder = Path("{node}/acts/result")
if "{node}" == "a":
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pt").write_bytes(b"weights of a")
    (folder / "report.zip").write_bytes(b"report of a")
print("{node} is up")
for event in contractor.contract_events():
    pass"""


def row(view: Locator, name: str) -> Locator:
    return view.locator(f".jp-alphamed-Nodes-row[data-node='{name}']")


def act(page: LabPage, view: Locator, name: str, entry: str) -> None:
    choose(page, row(view, name).get_by_role("button", name="Actions for"), entry)


def runs(lab: Lab) -> dict[int, bool]:
    """Whether each run of the task goes on."""
    (task,) = [task for task in lab.ask("tasks") if task["task"] == TASK]
    return {run["run"]: run["live"] for run in task["runs"]}


def up(lab: Lab) -> set[str]:
    (task,) = lab.ask(f"snapshot?task={TASK}")["tasks"]
    return {member["node"] for member in task["runs"][-1]["members"] if member["state"] == "up"}


def test_notebooks_of_nodes_are_shown_run_interrupted_and_restarted(lab: Lab, desk: LabPage, shots: Path) -> None:
    for name in "ab":
        path = f"work/{name}.ipynb"
        cells = [("load", "%load_ext alphamed_nb"), (f"runs-{name}", _RUNS.format(node=name))]
        write_notebook(lab.root / path, cells)
        desk.open_notebook(path)
    desk.run_all_cells("work/a.ipynb")
    desk.run_all_cells("work/b.ipynb")
    with node(lab, TASK, "c", "a,b,c", "contractor.notify_task_completion(True)\nwait()"):
        view = show(desk, TASK, "nodes")
        for name in "ab":
            expect(row(view, name)).to_contain_text("Cell [*] · pid")
        expect(row(view, "c")).to_contain_text("no notebook")
        expect(row(view, "c")).not_to_contain_text("Cell")
        desk.page.wait_for_timeout(300)
        desk.shot(shots, "nodes-cells")

        # One node: interrupted, its cell has a number; run again; restarted, the number is gone.
        act(desk, view, "b", "Interrupt the kernel")
        expect(row(view, "b")).to_contain_text("Stopped")
        expect(row(view, "b")).to_contain_text("Cell [2] · pid")
        assert up(lab) == {"a", "c"}
        act(desk, view, "b", "Run the notebook")
        expect(row(view, "b")).to_contain_text("Waits for any message")
        expect(row(view, "b")).to_contain_text("Cell [*]")
        act(desk, view, "b", "Restart the kernel")
        dialog = desk.page.locator(".jp-Dialog")
        expect(dialog).to_contain_text("the kernel of b.ipynb")
        dialog.get_by_role("button", name="Restart").click()
        # The server interrupts a kernel before it restarts it.
        expect(row(view, "b")).to_contain_text("Stopped")
        expect(row(view, "b")).to_contain_text("Cell · pid")
        assert up(lab) == {"a", "c"}

        # All of them: those with a notebook, after one question.
        every = view.get_by_role("button", name="Notebooks of all nodes")
        choose(desk, every, "Run all notebooks")
        expect(row(view, "b")).to_contain_text("Waits for any message")
        assert up(lab) == {"a", "b", "c"}
        choose(desk, every, "Restart all kernels")
        expect(dialog).to_contain_text("the kernels of 2 notebooks")
        dialog.get_by_role("button", name="Restart").click()
        for name in "ab":
            expect(row(view, name)).to_contain_text("Stopped")
            expect(row(view, name)).to_contain_text("Cell · pid")
        expect(dialog).to_have_count(0)
        assert up(lab) == {"c"}
        choose(desk, every, "Run all notebooks")
        for name in "ab":
            expect(row(view, name)).to_contain_text("Waits for any message")
        choose(desk, every, "Interrupt all kernels")
        for name in "ab":
            expect(row(view, name)).to_contain_text("Stopped")
    expect(row(view, "c")).to_contain_text("Gone")
    assert set(runs(lab).values()) == {False}


def test_a_row_leads_to_the_cell_of_its_node(desk: LabPage) -> None:
    close_all(desk)
    view = show(desk, TASK, "nodes")
    # The notebook is closed: the cell is known, its number is not.
    cell = row(view, "b").get_by_role("button", name=re.compile("^Cell"))
    expect(cell).to_have_text("Cell")
    cell.click()
    active = desk.page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")
    expect(active).to_contain_text("--id b")
    expect(active).to_be_in_viewport()
    expect(cell).to_have_text(re.compile(r"Cell \[\d\]"))
    act(desk, view, "a", "Open cell")
    expect(active.filter(has_text="--id a")).to_be_in_viewport()
    close_all(desk)


def test_results_of_a_node_are_shown_and_downloaded(lab: Lab, desk: LabPage) -> None:
    view = show(desk, TASK, "nodes")
    act(desk, view, "a", "Open the result folder")
    files = desk.page.locator(".jp-DirListing-content:visible")
    expect(files).to_contain_text("model.pt")
    expect(files).to_contain_text("report.zip")
    for name, content in (("model.pt", b"weights of a"), ("report.zip", b"report of a")):
        found = downloaded(desk, lambda name=name: act(desk, view, "a", f"Download {name}"))  # type: ignore[misc]
        assert found == (name, content)
    command = shlex.split(copied(desk, lambda: act(desk, view, "a", "Copy the TensorBoard command")))
    assert command[:2] == ["tensorboard", "--logdir"]
    assert Path(command[2]).expanduser() == lab.root / "work/a/acts/result"

    act(desk, view, "b", "Download model.pt")
    expect(notice(desk, "work/b/acts/result/model.pt does not exist yet.")).to_be_visible()
    act(desk, view, "c", "Open the result folder")
    expect(notice(desk, "It is not known where the files of c lie.")).to_be_visible()
    for name in ("Run the notebook", "Interrupt the kernel", "Restart the kernel"):
        row(view, "c").get_by_role("button", name="Actions for").click()
        expect(desk.page.get_by_role("menuitem", name=name)).to_be_disabled()
        desk.page.keyboard.press("Escape")


# -- errors in files ---------------------------------------------------------------------------------------------------

_BROKEN = "def first():\n    return second()\n\n\ndef second():\n    raise ValueError('in {where}')\n"
_CALLS = """%%mock_node --id {where} --nodes inside,outside --task errors-{where}
import broken_{where}
broken_{where}.first()"""


@pytest.fixture(scope="module")
def broken(lab: Lab, desk: LabPage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two notebooks that fail in a module: one in a folder of the server, one elsewhere; the latter folder."""
    outside = tmp_path_factory.mktemp("elsewhere")
    places = {"inside": lab.root / "errors" / "lib", "outside": outside}
    for where, folder in places.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"broken_{where}.py").write_text(_BROKEN.format(where=where))
        path = f"errors/{where}.ipynb"
        load = f"%load_ext alphamed_nb\nimport sys\nsys.path.insert(0, {str(folder)!r})"
        write_notebook(lab.root / path, [("load", load), ("calls", _CALLS.format(where=where))])
        desk.open_notebook(path)
        desk.run_all_cells(path)
    status = desk.page.locator(".jp-alphamed-Status")
    expect(status).to_contain_text("2 failed")
    return outside


def failing_line(page: LabPage) -> Locator:
    return page.page.locator(".jp-alphamed-failingLine:visible")


def test_an_error_in_a_file_opens_the_file_from_everywhere(desk: LabPage, broken: Path, shots: Path) -> None:
    def opens(button: Locator) -> None:
        expect(button).to_have_text("Open file")
        button.click()
        line = failing_line(desk)
        expect(line).to_contain_text("raise ValueError('in inside')")
        expect(line).to_be_in_viewport()
        assert open_documents(desk)[-1] == "errors/lib/broken_inside.py"
        desk.command("application:close")

    close_all(desk)
    view = show(desk, "errors-inside", "logs")
    opens(view.locator(".jp-alphamed-Sentence").get_by_role("button"))
    view.get_by_role("log").get_by_text("ValueError: in inside").first.click()
    detail = view.locator(".jp-alphamed-Logs-detail")
    opens(detail.get_by_role("button", name="Open file"))
    desk.shot(shots, "error-file-detail")
    show(desk, "errors-inside", "nodes")
    row(view, "inside").click()
    opens(view.locator(".jp-alphamed-NodeDetail").get_by_role("button", name="Open file"))


def test_an_error_outside_of_the_servers_folder_says_so_and_opens_its_caller(desk: LabPage, broken: Path) -> None:
    close_all(desk)
    view = show(desk, "errors-outside", "logs")
    said = notice(desk, f"{broken.name}/broken_outside.py lies outside of the folder that this server shows.")
    button = view.locator(".jp-alphamed-Sentence").get_by_role("button")
    expect(button).to_have_text("Open cell")
    button.click()
    expect(said).to_contain_text("This is the code that called it.")
    active = desk.page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")
    expect(active).to_contain_text("broken_outside.first()")
    said.get_by_role("button").first.click()
    expect(said).to_have_count(0)

    # The link of the frame itself means the file and nothing else.
    view.get_by_role("log").get_by_text("ValueError: in outside").first.click()
    detail = view.locator(".jp-alphamed-Logs-detail")
    expect(detail.get_by_role("button", name="Open cell")).to_be_visible()
    detail.get_by_role("button", name="File broken_outside.py:6").click()
    expect(said).to_be_visible()
    expect(said).not_to_contain_text("This is the code that called it.")


# -- logs --------------------------------------------------------------------------------------------------------------

_LINES = """
for i in range(30):
    logger.info("step %d of the plan", i)
    if i % 3 == 0:
        logger.warning("odd step %d", i)
print("two", "lines", sep="\\n")
"""


@pytest.fixture(scope="module")
def lines(lab: Lab) -> list[dict[str, Any]]:
    """Rows of a task with many log lines."""
    finish(lab, "lines", "a", "a", _LINES)
    rows = lab.ask("records?task=lines&kind=log&limit=5000")["rows"]
    assert len(rows) >= 41
    return list(rows)


def test_export_writes_what_the_filters_let_through(desk: LabPage, lines: list[dict[str, Any]]) -> None:
    view = show(desk, "lines", "logs")
    expect(view.get_by_role("log")).to_contain_text("two")

    def export(how: str) -> tuple[str, str]:
        name, content = downloaded(desk, lambda: choose(desk, view.get_by_role("button", name="Export"), how))
        return name, content.decode()

    name, text = export("as JSONL")
    assert name == "lines-run1-log.jsonl"
    assert [json.loads(line) for line in text.splitlines()] == lines

    view.get_by_placeholder("Filter text").fill("odd step 2")
    view.get_by_role("button", name=re.compile("^INFO")).click()
    expect(view.get_by_role("log").get_by_role("row")).to_have_count(3)  # 21, 24, 27
    wanted = [row for row in lines if "odd step 2" in row["body"]["text"] and row["body"]["level"] == 30]
    assert len(wanted) == 3
    name, text = export("as JSONL")
    assert [json.loads(line)["seq"] for line in text.splitlines()] == [row["seq"] for row in wanted]
    name, text = export("as text")
    assert name == "lines-run1-log.txt"
    written = text.splitlines()
    assert len(written) == 3
    for line, one in zip(written, wanted, strict=True):
        assert line.endswith(one["body"]["text"]) and " a " in line and "WARN" in line
    view.get_by_role("button", name=re.compile("^INFO")).click()
    view.get_by_placeholder("Filter text").fill("")


def test_the_view_is_cleared_and_restored_and_records_are_copied(
    lab: Lab, desk: LabPage, lines: list[dict[str, Any]]
) -> None:
    view = show(desk, "lines", "logs")
    log = view.get_by_role("log")
    expect(log).to_contain_text("step 29 of the plan")
    with desk.saved('"cleared":{"lines/1":'):
        view.get_by_role("button", name="Clear view").click()
    expect(view).to_contain_text("Nothing new since the view was cleared")
    assert len(lab.ask("records?task=lines&kind=log&limit=5000")["rows"]) == len(lines)
    desk.load()
    expect(view).to_contain_text("Nothing new since the view was cleared")
    view.get_by_role("button", name="Undo clear").first.click()
    expect(log).to_contain_text("step 29 of the plan")

    log.get_by_text("step 29 of the plan").click()
    (last,) = [row for row in lines if row["body"]["text"] == "step 29 of the plan"]
    detail = view.locator(".jp-alphamed-Logs-detail")
    raw = detail.get_by_role("button", name="Raw JSON")
    raw.click()
    assert json.loads(detail.locator("pre").last.inner_text()) == last
    assert json.loads(copied(desk, detail.get_by_role("button", name="Copy").last.click)) == last
    log.get_by_text("step 29 of the plan").click()
    line = copied(desk, lambda: desk.page.keyboard.press("c"))
    assert line.endswith("step 29 of the plan") and " a " in line


# -- rounds ------------------------------------------------------------------------------------------------------------

_METRICS = """
session.report_task("started", scheduler="Demo", role="aggregator", leads=True, max_rounds=3, attempt="x")
for round in range(1, 4):
    session.report_task("round", round=round, attempt="x", role="aggregator", leads=True)
    session.report_state("training", role="aggregator", round=round, attempt="x")
    session.report_metric("accuracy", round / 4)
    session.report_metric("loss", 1 / round)
    time.sleep(0.05)
session.report_task("ended", result="finished", attempt="x", role="aggregator", leads=True)
"""


def test_metrics_are_saved_as_csv_and_png(lab: Lab, desk: LabPage, shots: Path) -> None:
    finish(lab, "metrics", "a", "a", _METRICS)
    view = show(desk, "metrics", "rounds")
    canvases = view.locator(".jp-alphamed-Rounds canvas")
    expect(canvases).to_have_count(2)
    desk.page.wait_for_timeout(500)
    name, content = downloaded(desk, view.get_by_role("button", name="Save the metrics as CSV").click)
    assert name == "Demo_metrics_metrics.csv"
    found = list(csv.DictReader(io.StringIO(content.decode())))
    stored = lab.ask("records?task=metrics&kind=metric&limit=100")["rows"]
    assert [(row["name"], float(row["value"]), int(row["seq"])) for row in found] == [
        (row["body"]["name"], row["body"]["value"], row["seq"])
        for row in sorted(stored, key=lambda row: row["body"]["name"])
    ]
    assert {row["task"] for row in found} == {"metrics"} and len(found) == 6

    name, content = downloaded(desk, view.get_by_role("button", name="Save the charts as PNG").click)
    assert name == "Demo_metrics_metrics.png"
    shots.mkdir(parents=True, exist_ok=True)
    (shots / "charts-exported.png").write_bytes(content)
    boxes = [box for box in (canvas.bounding_box() for canvas in canvases.all()) if box is not None]
    width, height = struct.unpack(">II", content[16:24])
    # Two columns, each as wide as the chart with 16 points on either side, below a title of 30, above 16.
    assert content.startswith(b"\x89PNG") and width == 2 * (max(round(box["width"]) for box in boxes) + 32)
    assert height == max(round(box["height"]) for box in boxes) + 46
    colours = desk.page.evaluate(
        """async bytes => {
            const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: 'image/png'}));
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext('2d');
            context.drawImage(image, 0, 0);
            const {data} = context.getImageData(0, 0, image.width, image.height);
            const colours = new Set();
            for (let i = 0; i < data.length; i += 4) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
            return colours.size;
        }""",
        list(content),
    )
    assert colours > 20  # axes, curves and letters
    name, content = downloaded(desk, view.get_by_role("button", name="Save as PNG").first.click)
    assert name.startswith("Demo_metrics_") and content.startswith(b"\x89PNG")


# -- notifications -----------------------------------------------------------------------------------------------------

_ENDS = """
session.report_task("started", scheduler="Demo", role="aggregator", leads=True, max_rounds=1)
session.report_task("ended", result="{result}", role="aggregator", leads=True)
"""


def test_ends_and_failures_are_told_unless_that_is_switched_off(lab: Lab, desk: LabPage, shots: Path) -> None:
    show(desk, "lines", "nodes")
    status = desk.page.locator(".jp-alphamed-Status")
    finish(lab, "ends-well", "a", "a", _ENDS.format(result="finished"))
    expect(notice(desk, "Demo ends-well has finished.")).to_be_visible()
    finish(lab, "breaks", "a", "a", "raise KeyError('weights')", fails=True)
    failure = notice(desk, re.compile("a failed in breaks: KeyError"))
    expect(failure).to_be_visible()
    desk.page.wait_for_timeout(300)
    desk.shot(shots, "notifications")
    unseen = status.locator(".jp-mod-unseen")
    expect(unseen).to_be_visible()

    # Its button leads to the traceback; what was on screen for a second is seen.
    def seen(task: str) -> None:
        desk.page.wait_for_function("task => task in JSON.parse(localStorage['alphamed_nb:seen']).tasks", arg=task)

    failure.get_by_role("button", name="Show traceback").click()
    view = desk.page.locator(".jp-alphamed-View:visible")
    expect(view.get_by_role("log")).to_contain_text("KeyError: 'weights'")
    seen("breaks")
    for task in ("errors-inside", "errors-outside"):
        show(desk, task, "logs")
        expect(view.get_by_role("log")).to_contain_text("ValueError")
        seen(task)
    expect(unseen).to_have_count(0)
    expect(status).to_contain_text("no nodes")

    # Switched off, while the page is open.
    desk.page.evaluate(
        """async () => {
            await window.jupyterapp.serviceManager.settings.save(
                'alphamed_nb:plugin', JSON.stringify({hintSeen: true, notifyEnd: false, notifyFailure: false}));
        }"""
    )
    desk.load()
    expect(status).to_contain_text("no nodes")
    finish(lab, "ends-silently", "a", "a", _ENDS.format(result="finished"))
    finish(lab, "breaks-silently", "a", "a", "raise KeyError('weights')", fails=True)
    expect(status).to_contain_text("1 failed")
    desk.page.wait_for_timeout(500)
    expect(notice(desk, "silently")).to_have_count(0)


# -- cells that are far away -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["contentVisibility", "full", "defer"])
def test_the_failing_line_is_brought_into_sight_however_a_notebook_is_drawn(
    lab: Lab, open_page: Callable[..., LabPage], mode: str
) -> None:
    path = "long.ipynb"
    failing = "%%mock_node --id a --nodes a --task far\n" + "\n".join(f"x = {i}" for i in range(40)) + "\n1 / 0"
    if not (lab.root / path).exists():
        cells = [("load", "%load_ext alphamed_nb"), ("head", "# Hidden")]
        cells += [(f"c{i}", "\n".join(f"print({i}, {j})" for j in range(i % 17))) for i in range(60)]
        cells += [("fails", failing), *[(f"d{i}", "print()") for i in range(30)]]
        write_notebook(lab.root / path, cells)
        notebook = nbformat.read(lab.root / path, as_version=4)
        notebook.cells[1].metadata["jp-MarkdownHeadingCollapsed"] = True
        nbformat.write(notebook, lab.root / path)
    lab.setting("@jupyterlab/notebook-extension/tracker", {"windowingMode": mode})
    page = open_page()
    if not any(task["task"] == "far" for task in lab.ask("tasks")):
        page.open_notebook(path)
        page.run_all_cells(path)
        # What is unseen in the status bar may be of an earlier test.
        page.command("alphamed:show-sidebar")
        expect(page.page.locator(".jp-alphamed-Sidebar").get_by_text("far", exact=True).first).to_be_visible()
    close_all(page)
    view = show(page, "far", "logs")
    button = view.locator(".jp-alphamed-Sentence").get_by_role("button")
    expect(button).to_have_text("Open cell")
    button.click()
    line = failing_line(page)
    expect(line).to_have_text("1 / 0")
    page.page.wait_for_timeout(700)  # it stays where it is while the rest is drawn
    expect(line).to_be_in_viewport()
