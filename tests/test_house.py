"""The rules of the house: who may import whom, and who may wait or read the clock."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "alphamed_nb"

# ---------------------------------------------------------------------------------------------------------- imports

TOP = {"__init__", "__main__", "_host", "_own_files", "_version", "_wakeup", "_websocket", "alias"}
"""Modules directly in the package; what they may import is checked below or by a contract of their own."""

EVERYTHING = {"cli"}
"""May import every part, inside functions."""


def contracts() -> list[dict]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return config["tool"]["importlinter"]["contracts"]


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in `folder`, with this project's contracts."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
        + ["--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200", "PYTHONUTF8": "1", "PATH": ""},
        capture_output=True,
        text=True,
    )


def test_every_part_keeps_its_contract() -> None:
    done = check_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_has_a_contract_and_stands_in_those_of_the_others() -> None:
    parts = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    modules = {path.stem for path in PACKAGE.glob("*.py")}
    assert modules == TOP
    forbidden: dict[str, set[str]] = {}
    for contract in contracts():
        for source in contract.get("source_modules", ()):
            forbidden.setdefault(source, set()).update(contract["forbidden_modules"])
    for part in parts - EVERYTHING:
        targets = forbidden.get(f"alphamed_nb.{part}", set())
        assert targets, f"no contract for {part} in pyproject.toml"
        assert "alphamed_nb.cli" in targets
        assert part == "hub" or "alphamed_nb.hub" in targets, f"{part} may import hub"
        if part in ("protocol", "algorithms", "datasets"):
            assert {target for target in targets if target.startswith("alphamed_nb.")} == {
                f"alphamed_nb.{other}" for other in parts - {part}
            }


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("node/session/session.py", "from ...hub import service", "node imports protocol"),
        ("alphafed/mock.py", "import alphamed_nb.hub.service", "alphafed imports node"),
        ("datasets/mnist.py", "from ..protocol.names import check_name", "datasets imports nothing"),
        ("hub/service.py", "import torch", "torch is imported by schedulers only"),
        ("node/output/records.py", "from ..context import NodeContext", "node imports downwards"),
        ("node/link/transport.py", "from .link import Link", "no circle anywhere"),
        ("hub/routing/pipeline.py", "from ..service import HubService", "hub imports downwards"),
        ("hub/core/effects.py", "from .router import Core", "no circle anywhere"),
        ("cli/run/sink.py", "from .programs import Program", "no circle anywhere"),
    ],
)
def test_an_import_inside_a_function_counts(tmp_path: Path, file: str, line: str, broken: str) -> None:
    assert broken_by(tmp_path, file, f"def late() -> None:\n    {line}", broken)


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("alphafed/scheduler/running.py", "from .base import Scheduler", "no circle anywhere"),
        ("alphafed/rounds/part.py", "from ..fed_avg.scheduler import FedAvgScheduler", "alphafed imports downwards"),
        ("alphafed/rounds/members.py", "from .leader import Leader", "no circle anywhere"),
    ],
)
def test_a_circle_for_the_sake_of_a_type_counts(tmp_path: Path, file: str, line: str, broken: str) -> None:
    assert broken_by(tmp_path, file, f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {line}", broken)


def broken_by(folder: Path, file: str, code: str, contract: str) -> bool:
    """Whether this code at the end of the file breaks the contract."""
    shutil.copytree(PACKAGE, folder / "alphamed_nb", ignore=shutil.ignore_patterns("__pycache__"))
    with open(folder / "alphamed_nb" / file, "a", encoding="utf-8") as module:
        module.write(f"\n\n{code}\n")
    done = check_imports(folder)
    assert done.returncode == 1
    return any(contract in text and "BROKEN" in text for text in done.stdout.splitlines())


def test_no_part_is_imported_by_a_name_in_quotes() -> None:
    """import-linter cannot see ``import_module("alphamed_nb.hub")``."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
                texts = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
                found += [
                    f"{path.relative_to(ROOT)}:{node.lineno}: {text}"
                    for text in texts
                    if isinstance(text, str) and (text.startswith(("alphamed_nb", "..")))
                ]
    assert not found


@pytest.mark.parametrize(
    ("module", "parts"),
    [
        ("alphamed_nb", {"_version"}),
        ("alphamed_nb.cli.main", {"_version", "cli", "protocol"}),
        ("alphamed_nb.hub.extension", {"_host", "_own_files", "_version", "_wakeup", "_websocket", "hub", "protocol"}),
        ("alphamed_nb.datasets", {"datasets"}),
    ],
)
def test_importing_a_part_loads_few_others(module: str, parts: set[str]) -> None:
    """The face and the commands may use every part, but load it only when a function needs it."""
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert {name.split(".")[1] for name in loaded if name.startswith("alphamed_nb.")} - {"_version"} <= parts
    heavy = {"torch", "sklearn", "jupyter_server", "IPython"} & set(loaded)
    assert heavy <= ({"jupyter_server", "IPython"} if module == "alphamed_nb.hub.extension" else set())


# ---------------------------------------------------------------------------------------------- waiting and the clock

WATCHED = ("node", "hub", "alphafed")

FUNCTIONS = {
    "time": {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
    "asyncio": {"sleep", "wait", "wait_for", "timeout", "timeout_at"},
    "select": {"select", "poll", "epoll", "kqueue"},
    "signal": {"alarm", "setitimer", "sigtimedwait", "sigwait", "pause"},
    "threading": {"Timer"},
    "concurrent.futures": {"wait", "as_completed"},
    "multiprocessing.connection": {"wait"},
    "tornado.gen": {"sleep", "with_timeout"},
    "os": {"waitpid"},
}
METHODS = {"wait", "wait_for", "call_later", "call_at", "add_timeout", "PeriodicCallback"}
WITH_TIMEOUT = {"get", "put", "join", "result", "acquire", "exception", "communicate"}
"""Methods that wait when they are given a ``timeout``."""

OWN = {"self", "background", "self._background", "self._service.background"}
"""Calls on these are calls of a method of ours, whose own body is looked at: `Background.call_later`, for instance."""

LINK = "the link's event loop: it waits for work and for its connection, never for a node"
TIMER = "a timer of the hub's event loop, behind the one clock that it was given"

ALLOWED: dict[str, dict[str, str]] = {
    "node/waiting.py": {
        "time.monotonic": "the clock of all deadlines",
        ".acquire": "the one place where a node waits",
        ".wait": "the one place where a node waits",
    },
    "node/link/connection.py": {"asyncio.timeout": LINK},
    "node/link/transport.py": {
        ".call_later": LINK,
        ".wait": LINK,
        "asyncio.sleep": "growing pauses between attempts to connect",
    },
    "node/link/link.py": {"asyncio.sleep": "lets what was handed over begin, of no length"},
    "node/link/resumption.py": {".wait": LINK, "asyncio.wait": LINK},
    "node/link/websocket.py": {".call_later": LINK, "asyncio.timeout": LINK},
    "node/session/streams_out.py": {".wait": "a method of its own module, which waits through waiting.py"},
    "hub/routing/processes.py": {".call_later": "looks whether processes live, where the system cannot tell by itself"},
    "hub/loop/background.py": {".call_later": TIMER},
    "hub/store/reader.py": {"time.perf_counter": "the time that one search may take, on a reader's thread"},
}
"""File in the package -> what it may use -> why."""


def ways_to_wait(source: str) -> list[tuple[int, str]]:
    """Find (line, what) for each use of a clock or of a way to wait in a module."""
    tree = ast.parse(source)
    modules: dict[str, str] = {}  # local name -> module
    functions: dict[str, str] = {}  # local name -> module.function
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if alias.name in FUNCTIONS.get(node.module, ()):
                    functions[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                    found.append((node.lineno, f"{node.module}.{alias.name}"))
                elif f"{node.module}.{alias.name}" in FUNCTIONS:
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            module = modules.get(ast.unparse(node.value))
            if module is not None and node.attr in FUNCTIONS.get(module, ()):
                found.append((node.lineno, f"{module}.{node.attr}"))
        if isinstance(node, ast.Name) and node.id in functions:
            found.append((node.lineno, functions[node.id]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if ast.unparse(node.func.value) in {*modules, *OWN}:
                continue
            name = node.func.attr
            if name in METHODS or (name in WITH_TIMEOUT and any(word.arg == "timeout" for word in node.keywords)):
                found.append((node.lineno, f".{name}"))
    return sorted(set(found))


def test_nodes_hub_and_api_wait_only_where_waiting_is_done() -> None:
    refused, unused = [], {(file, what) for file, uses in ALLOWED.items() for what in uses}
    for part in WATCHED:
        for path in sorted((PACKAGE / part).rglob("*.py")):
            file = path.relative_to(PACKAGE).as_posix()
            for line, what in ways_to_wait(path.read_text(encoding="utf-8")):
                if what in ALLOWED.get(file, {}):
                    unused.discard((file, what))
                else:
                    refused.append(f"alphamed_nb/{file}:{line}: {what}")
    assert not refused, "Wait through node/waiting.py, take the hub's time from its clock:\n" + "\n".join(refused)
    assert not unused, f"no longer needed in ALLOWED: {sorted(unused)}"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import time\ntime.sleep(1)", "time.sleep"),
        ("import time as t\ndef f():\n    return t.monotonic()", "time.monotonic"),
        ("from time import perf_counter as now", "time.perf_counter"),
        ("import threading\nthreading.Event().wait(1)", ".wait"),
        ("def f(condition):\n    condition.wait_for(bool, 1)", ".wait_for"),
        ("import asyncio\nasync def f():\n    await asyncio.sleep(0.1)", "asyncio.sleep"),
        ("async def f():\n    from asyncio import wait_for\n    await wait_for(x, 1)", "asyncio.wait_for"),
        ("from threading import Timer\nTimer(1, print).start()", "threading.Timer"),
        ("def f(queue):\n    queue.get(timeout=1)", ".get"),
        ("def f(loop):\n    loop.call_later(1, print)", ".call_later"),
        ("import concurrent.futures\nconcurrent.futures.wait([])", "concurrent.futures.wait"),
    ],
)
def test_each_way_to_wait_is_found(source: str, what: str) -> None:
    assert what in {name for _, name in ways_to_wait(source)}


def test_other_code_is_left_alone() -> None:
    source = "import time\ndef f(d, t):\n    t.join()\n    return time.time(), d.get('a'), ', '.join(d)"
    source += "\nclass A:\n    def f(self):\n        self.wait_for('a')\n        self._background.call_later(1, print)"
    assert not ways_to_wait(source)
