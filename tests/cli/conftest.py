from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[2]


@dataclass
class CommandLine:
    """`alphamed-nb` in a folder of its own, where no hub of anybody else is found."""

    folder: Path
    environment: dict[str, str]

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "alphamed_nb", *arguments],
            cwd=self.folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *arguments: str, **more: str) -> tuple[int, str]:
        process = self.start(*arguments, **more)
        try:
            output, _ = process.communicate(timeout=120)
        finally:
            process.kill()
        return process.returncode, output

    def script(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name

    def notebook(self, name: str, *cells: str) -> str:
        nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), self.folder / name)
        return name


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    folder = tmp_path / "work"
    folder.mkdir()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ALPHAMED", "JPY_", "JUPYTER"))
    }
    environment.update(
        PYTHONPATH=os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", ""), str(ROOT)])),
        JUPYTER_DATA_DIR=str(tmp_path / "data"),
        JUPYTER_RUNTIME_DIR=str(tmp_path / "runtime"),
        IPYTHONDIR=str(tmp_path / "ipython"),
        PYTHONUNBUFFERED="1",
    )
    return CommandLine(folder, environment)
