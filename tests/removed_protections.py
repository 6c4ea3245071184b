"""Proof that the tests can fail: each protection is switched off in turn, and its test must then fail.

A removal is a change of a module's source, made when that module is imported (tests/helpers/removed), so that the
protection is gone in every process that the test starts. A snippet that no longer stands in the source is an error: the
list cannot fall behind the code. Run all with `python -m pytest tests/removed_protections.py`, one with `-k NAME`.

The list stands in tests/helpers/removals, by part of the product. It holds promises to users (nothing lost, nothing
doubled, in order, authenticated, isolated, nothing left behind), not every line that a test covers.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from removals import delivery, doors, nodes, requests, schedulers, sessions, stores
from removals.removal import Removal

REPOSITORY = Path(__file__).resolve().parent.parent
CHANGER = REPOSITORY / "tests" / "helpers" / "removed"
REMOVALS: list[Removal] = [
    *delivery.REMOVALS,
    *sessions.REMOVALS,
    *stores.REMOVALS,
    *requests.REMOVALS,
    *doors.REMOVALS,
    *nodes.REMOVALS,
    *schedulers.REMOVALS,
]
TIMEOUT = 10
"""Seconds. Without its protection a test may wait for ever; with it each of these takes a fraction of that."""
AT_ONCE = 3
"""Some of the tests wait for most of their time, and other tests run meanwhile."""

UNCHANGED = ""
"""Names the run of all tests with everything in place."""


class Runs:
    """pytest once for each removal, and once with everything in place; a few at the same time."""

    def __init__(self, removals: list[Removal], folder: Path) -> None:
        tests = sorted({str(REPOSITORY / removal.test) for removal in removals})
        self._names = [UNCHANGED, *(removal.name for removal in removals)]
        self._folder = folder
        self._codes: dict[str, int] = {}
        runs = [self._run(0, tests), *(
            self._run(number, ["-x", f"--timeout={TIMEOUT}", str(REPOSITORY / removal.test)], removal.all_changes)
            for number, removal in enumerate(removals, 1)
        )]  # fmt: skip
        path = [str(CHANGER), str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "tests" / "helpers" / "removals" / "runs.py")],
            cwd=REPOSITORY, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                              "PYTEST_ADDOPTS": ""},
        )  # fmt: skip
        assert self._process.stdin is not None
        with self._process.stdin as asked:
            json.dump({"at_once": AT_ONCE, "runs": runs}, asked)

    def _run(self, number: int, arguments: list[str], removed: dict[str, Any] | None = None) -> dict[str, Any]:
        folder = self._folder / str(number)
        folder.mkdir()
        place = [f"--rootdir={REPOSITORY}", "-c", str(REPOSITORY / "pyproject.toml")]
        # A test that has failed in time must not run out of it while that is reported.
        plugins = ["-p", "no:cacheprovider", "-p", "pytest_timeout", "-o", "timeout_func_only=true"]
        return {
            "arguments": ["-q", *place, *plugins, *arguments],
            "removed": removed or {},
            "folder": str(folder),
            "output": str(self._folder / f"{number}.txt"),
        }

    def result(self, name: str) -> tuple[int, str]:
        """Exit code and output, once the run has ended."""
        assert self._process.stdout is not None
        while name not in self._codes:
            line = self._process.stdout.readline()
            assert line, f"the process of all runs has ended, exit code {self._process.wait()}"
            number, code = json.loads(line)
            self._codes[self._names[number]] = code
        return self._codes[name], (self._folder / f"{self._names.index(name)}.txt").read_text()

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # also what a test that ran out of time left behind
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Of the removals that are selected."""
    selected = [
        item.callspec.params["removal"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_without_the_protection_its_test_fails"
    ]
    runs = Runs(selected or REMOVALS, tmp_path_factory.mktemp("runs"))
    yield runs
    runs.close()


def test_each_removal_is_of_a_name_and_of_source_of_its_own_and_its_test_is_there() -> None:
    spec = importlib.util.spec_from_file_location("changer", CHANGER / "sitecustomize.py")
    assert spec is not None and spec.loader is not None
    changer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(changer)
    for removal in REMOVALS:
        for module, changes in removal.all_changes.items():
            found = importlib.util.find_spec(module)
            assert found is not None and found.origin is not None, f"{removal.name}: there is no module {module}"
            text = changer.changed(module, Path(found.origin).read_text(), changes)
            compile(text, found.origin, "exec")
        file, *_, test = removal.test.split("::")
        tests = REPOSITORY / file
        assert tests.is_file() and f"def {test.partition('[')[0]}(" in tests.read_text(), f"there is no {removal.test}"
    names = [removal.name for removal in REMOVALS]
    assert len(names) == len(set(names)) <= 80, "each entry binds the source that it quotes: promises to users only"


@pytest.mark.parametrize("removal", REMOVALS, ids=[removal.name for removal in REMOVALS])
def test_without_the_protection_its_test_fails(removal: Removal, runs: Runs) -> None:
    code, output = runs.result(removal.name)
    shown = f"{removal.test}\n{output[-3000:]}"
    # One test failed, and none of its fixtures: a hub that does not even start proves nothing.
    assert code == 1 and re.search(r"^1 failed(, \d+ (passed|warnings?))* in ", output, re.MULTILINE), shown
    assert not re.search(r"^E +(ImportError|ModuleNotFoundError|NameError|SyntaxError)\b", output, re.MULTILINE), shown


@pytest.mark.timeout(600)
def test_with_all_protections_they_pass(runs: Runs) -> None:
    code, output = runs.result(UNCHANGED)
    assert code == 0, output[-5000:]
