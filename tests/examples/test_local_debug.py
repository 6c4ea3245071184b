"""The notebook with the deliberate mistake: it fails where and how its text says, and the correction works."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.helpers.servers import own_environment

NOTEBOOK = Path(__file__).resolve().parent.parent.parent / "examples" / "local_debug.ipynb"


def test_the_mistake_is_shown_and_the_correction_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for name, value in own_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = {cell.id: cell for cell in notebook.cells}
    (error,) = [output for output in cells["failure"].outputs if output.output_type == "error"]
    assert error.ename == "RuntimeError"
    assert error.evalue == "mat1 and mat2 shapes cannot be multiplied (1x320 and 30x50)"
    assert any("ConvNet.forward" in frame and "self.fc1(x)" in frame for frame in map(plain, error.traceback))
    assert "1x320 and 30x50" in cells["failure-text"].source
    printed = "".join(output.text for output in cells["success"].outputs if output.output_type == "stream")
    assert "in_features=320" in printed and "Predicted class: tensor([" in printed


def plain(text: str) -> str:
    """Without colours."""
    return re.sub("\x1b\\[[0-9;]*m", "", text)
