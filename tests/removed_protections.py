"""Proof that the tests can fail: each protection is switched off in turn, and its test must then fail.

A removal is a change of a module's source, made when that module is imported (tests/helpers/removed), so that the
protection is gone in every process that the test starts. A snippet that no longer stands in the source is an error: the
list cannot fall behind the code. Run all with `python -m pytest tests/removed_protections.py`, one with `-k NAME`.

The list stands in tests/helpers/removals, by part of the product.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

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
TIMEOUT = 20
"""Seconds. Without its protection a test may wait for ever; with it each of these takes a fraction of that."""
AT_ONCE = 3
"""More than this machine need have cores: some of the tests wait for most of their time."""

Done = subprocess.CompletedProcess[str]


def _pytest(*arguments: str, removed: dict[str, list[tuple[str, str]]] | None = None) -> Done:
    path = [str(CHANGER), str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if removed is not None:
        environment["REMOVED_PROTECTION"] = json.dumps(removed)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout", *arguments],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Done]]]:
    """All selected runs, some at the same time: by the removal's name, and the unchanged one under an empty name."""
    selected = [
        item.callspec.params["removal"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_without_the_protection_its_test_fails"
    ]
    pool = ThreadPoolExecutor(AT_ONCE)
    tests = sorted({removal.test for removal in selected})
    found = {"": pool.submit(_pytest, *tests)} if tests else {}
    for removal in selected:
        found[removal.name] = pool.submit(
            _pytest, "-x", f"--timeout={TIMEOUT}", removal.test, removed=removal.all_changes
        )
    yield found
    pool.shutdown(cancel_futures=True)


def test_each_removal_is_of_a_name_and_of_source_of_its_own() -> None:
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
    names = [removal.name for removal in REMOVALS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("removal", REMOVALS, ids=[removal.name for removal in REMOVALS])
def test_without_the_protection_its_test_fails(removal: Removal, runs: dict[str, Future[Done]]) -> None:
    done = runs[removal.name].result()
    shown = f"{removal.test}\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
    # One test failed, and none of its fixtures: a hub that does not even start proves nothing.
    assert done.returncode == 1 and re.search(r"^1 failed( in|, \d+ warn)", done.stdout, re.MULTILINE), shown
    assert not re.search(r"^E +(ImportError|ModuleNotFoundError|NameError|SyntaxError)\b", done.stdout, re.M), shown


@pytest.mark.timeout(600)
def test_with_all_protections_they_pass(runs: dict[str, Future[Done]]) -> None:
    if "" in runs:
        done = runs[""].result()
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
