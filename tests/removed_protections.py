"""Proof that the tests can fail: each protection is switched off in turn, and its test must then fail.

A removal is a change of one module's source, made when that module is imported (tests/helpers/removed), so that the
protection is gone in every process that the test starts. A snippet that no longer stands in the source is an error: the
list cannot fall behind the code. Run all with `python -m pytest tests/removed_protections.py`, one with `-k NAME`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Removal:
    name: str
    module: str
    changes: list[tuple[str, str]]
    test: str


REMOVALS: list[Removal] = []


def _run(test: str, removal: Removal) -> subprocess.CompletedProcess[str]:
    folder = Path(__file__).parent / "helpers" / "removed"
    environment = os.environ | {
        "ALPHAMED_NB_TEST_REMOVE": json.dumps({"module": removal.module, "changes": removal.changes}),
        "PYTHONPATH": os.pathsep.join([str(folder), str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize("removal", REMOVALS, ids=[removal.name for removal in REMOVALS])
def test_without_the_protection_its_test_fails(removal: Removal) -> None:
    done = _run(removal.test, removal)
    assert "holds" not in done.stdout or "times, not once" not in done.stdout, done.stdout[-3000:]
    assert done.returncode == 1, f"exit code {done.returncode}, 1 means that a test failed:\n{done.stdout[-3000:]}"
