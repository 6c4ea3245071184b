"""[run_end_scripts], [run_end_notebooks]: from the last line of the last node to the exit of `alphamed-nb run`.

Three nodes of one round, as scripts and as notebooks, in processes that have taken a training step of the example. The
floor are as many such processes of plain Python: from their last line to the exit of the last one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from .report import Figure, ratio_figure

NODES = ["agg", "b", "c"]
REPEATS = 5

_LAST = "this was the last line of"
_FLOOR = f"""
from benchmarks.example import timed_scheduler
trained = timed_scheduler(1)
print({_LAST!r}, "one")
"""
_NODE = f"""
from alphafed import mock_context
from benchmarks.example import empty_scheduler, timed_scheduler
trained = timed_scheduler(1)
with mock_context(id={{node!r}}, nodes={NODES!r}):
    empty_scheduler(1)._run(id={{node!r}}, task_id="T", is_initiator={{first}})
print({_LAST!r}, {{node!r}})
"""


def measure(names: Sequence[str]) -> Iterator[Figure]:
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        scripts, notebooks = _files(Path(folder))
        files = {"run_end_scripts": scripts, "run_end_notebooks": notebooks}
        for _ in range(REPEATS):
            floor = _end_of([[sys.executable, "-c", _FLOOR]] * len(NODES), folder)
            for name in names:
                run = [sys.executable, "-m", "alphamed_nb", "run", *files[name]]
                pairs[name].append((_end_of([run], folder), floor))
    for name in names:
        yield ratio_figure(name, pairs[name], "s")


def _files(folder: Path) -> tuple[list[str], list[str]]:
    for node in NODES:
        text = _NODE.format(node=node, first=node == NODES[0])
        (folder / f"{node}.py").write_text(text)
        nbformat.write(new_notebook(cells=[new_code_cell(text)]), folder / f"{node}.ipynb")
    return [f"{node}.py" for node in NODES], [f"{node}.ipynb" for node in NODES]


def _end_of(commands: list[list[str]], folder: str) -> float:
    """Run all at once; seconds from the last of their last lines to the end of the last of them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ALPHAMED", "JPY_"))}
    environment |= {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONUNBUFFERED": "1",
        "JUPYTER_DATA_DIR": folder,
        "JUPYTER_RUNTIME_DIR": folder,
    }
    reading, writing = os.pipe()
    processes = [
        subprocess.Popen(command, cwd=folder, env=environment, stdout=writing, stderr=subprocess.STDOUT)
        for command in commands
    ]
    os.close(writing)
    last = []
    output = ""
    with open(reading) as lines:
        for line in lines:
            output += line
            if _LAST in line:
                last.append(time.perf_counter())
    if any(process.wait() for process in processes) or len(last) != len(NODES):
        raise RuntimeError(f"{commands[0]} failed:\n{output}")
    return time.perf_counter() - last[-1]
