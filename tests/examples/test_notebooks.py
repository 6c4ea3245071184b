"""The example notebooks as they are stored: no outputs, the ids of the task, and nothing of ours once migrated."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
NODES = [
    "1bb9feba-7b53-455b-b127-0eb19ffc9d3f",
    "663ad4b0-b617-409f-8bc9-3682b30f7f30",
    "0fc1a571-2920-47bf-9e4e-b4edb7fa2caa",
]
FEDAVG = ["mock_aggregator.ipynb", "mock_collaborator_1.ipynb", "mock_collaborator_2.ipynb"]
ALL = sorted(EXAMPLES.rglob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code(path: Path) -> list[str]:
    return [cell.source for cell in read(path).cells if cell.cell_type == "code"]


def test_these_are_all_of_them() -> None:
    assert [path.relative_to(EXAMPLES).as_posix() for path in ALL] == [
        *(f"fedavg/{name}" for name in FEDAVG),
        "local_debug.ipynb",
    ]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_stored_without_outputs_and_told_in_both_languages(path: Path) -> None:
    notebook = read(path)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata.language_info) == {"name"}, "no version of the Python that stored it"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
        else:
            assert re.search("[a-z]{3}", cell.source) and re.search("[\u4e00-\u9fff]", cell.source), cell.source


@pytest.mark.parametrize(("name", "node"), list(zip(FEDAVG, NODES, strict=True)))
def test_each_notebook_is_one_node_of_the_same_task(name: str, node: str) -> None:
    extension, data, run = code(EXAMPLES / "fedavg" / name)
    assert extension == "%load_ext alphamed_nb"
    task = re.search("task_id = '(.*)'", run)
    assert task is not None
    assert f"prepare_mnist(task_id='{task[1]}', nodes=['{node}'])" in data
    assert re.findall(r"^    '([-0-9a-f]+)'", run, re.MULTILINE) == NODES
    own = re.search(r"with mock_context\(id=(\w+), nodes=nodes\):", run)
    assert own is not None and f"{own[1]} = '{node}'" in run
    assert ("is_initiator=True" in run) == (node == NODES[0])
    assert "DemoAvg(max_rounds=5, log_rounds=1, calculation_timeout=60)" in run


def test_nothing_of_ours_is_left_after_migration() -> None:
    """The mock cells removed and the call replaced, as the notebook says it, no word of this package remains."""
    notebook = read(EXAMPLES / "fedavg" / FEDAVG[0])
    (before, after) = re.findall("```python\n(.*?)\n```", notebook.cells[-1].source, re.DOTALL)
    kept = [cell.source for cell in notebook.cells if "mock" not in cell.metadata.get("tags", [])]
    (run,) = [source for source in kept if "DemoAvg(" in source]
    assert before in run
    migrated = run.replace(before, after).replace("from alphafed import mock_context\n", "")
    texts = [migrated] + [
        (EXAMPLES / "fedavg" / name).read_text(encoding="utf-8") for name in ("net.py", "scheduler.py")
    ]
    assert "launch_task" in migrated and "_run" not in migrated
    for text in texts:
        assert "alphamed_nb" not in text and "mock_" not in text and "prepare_mnist" not in text
